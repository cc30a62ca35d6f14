import time

import pytest

from realpad_form.domain.text import LANGUAGES, LOCALE, line, paragraphs, units


def test_form_speaks_the_languages_it_has_texts_in():
    assert {"cs", "de", "en", "pl", "sk", "uk"} <= set(LANGUAGES)
    assert all((LOCALE / f"{language}.po").is_file() for language in LANGUAGES)


FAMILY = "👨\u200d👩\u200d👧"
ZALGO = "a" + "\u0345" * 8000 + "\u0315" * 8000 + "\u0300" * 8000 + "\u0327" * 8000


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Jan \t Novák ", "Jan Novák"),
        ("Jan\r\nBcc: x", "Jan Bcc: x"),
        ("Jan\u2028Novák", "Jan Novák"),
        ("6\u00a0000\u202f000", "6 000 000"),
        ("a\x00b\x1b[31m\x7f", "ab[31m"),
        ("a\ud800b\udfff", "ab"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("ad\u200bm\u2060i\ufeffn\u00ad", "admin"),
        ("\u3164\u200b", ""),
        ("e\u0301", "é"),
        ("\u200b \u200b", ""),
    ],
)
def test_line_is_one_visible_line(text, clean):
    assert line(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nb\rc\n\nd", "a\nb\nc\n\nd"),
        ("\n a \n", "a"),
        ("a\x00\x08b\tc", "ab c"),
        ("\u202eabc", "abc"),
        (FAMILY, FAMILY),
        ("\ud83d", ""),
    ],
)
def test_paragraphs_keep_lines_and_emoji(text, clean):
    assert paragraphs(text) == clean


def test_cleaning_twice_changes_nothing():
    text = " a\u0301\r\n\u202e b\ud800 "

    assert line(line(text)) == line(text)
    assert paragraphs(paragraphs(text)) == paragraphs(text)


@pytest.mark.parametrize("clean", [line, paragraphs])
def test_runs_of_marks_cost_no_time(clean):
    started = time.perf_counter()

    cleaned = clean(ZALGO)

    assert time.perf_counter() - started < 1
    assert len(cleaned) < 40


def test_marks_of_real_words_stay():
    vietnamese = "Nguye\u0302\u0303n Thi\u0323 Hu\u031bo\u031bng"

    assert line(vietnamese) == "Nguyễn Thị Hương"


def test_units_are_counted_as_a_browser_does():
    assert [units(text) for text in ("č", "🏠", "a\nb")] == [1, 2, 3]
