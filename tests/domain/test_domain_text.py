import time

import pytest

from realpad_form.domain.text import LANGUAGES, LOCALE, line, paragraphs, units, with_no_break_spaces


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


def shown(text, language):
    """Return a text as pages show it, no-break spaces as `~`."""
    assert "~" not in text
    return with_no_break_spaces(text, language).replace("\N{NO-BREAK SPACE}", "~")


@pytest.mark.parametrize(
    ("language", "text", "as_shown"),
    [
        ("cs", "Byt v centru i s balkonem a sklepem", "Byt v~centru i~s~balkonem a~sklepem"),
        ("cs", "V domě (k nastěhování), „o patro výš“", "V~domě (k~nastěhování), „o~patro výš“"),
        ("cs", "údaje v [zásadách s podmínkami](https://a.example/v)", "údaje v~[zásadách s~podmínkami](https://a.example/v)"),
        ("sk", "Dom so záhradou a v meste", "Dom so záhradou a~v~meste"),
        ("pl", "Dom z ogrodem i w mieście", "Dom z~ogrodem i~w~mieście"),
        ("uk", "Будинок у місті й з балконом", "Будинок у~місті й~з~балконом"),
        ("en", "I have a dog", "I have a dog"),
        ("de", "Ist a so", "Ist a so"),
        ("cs", "typ k-a, kus’ a", "typ k-a, kus’ a"),
    ],
)  # fmt: skip
def test_no_line_ends_in_a_one_letter_word(language, text, as_shown):
    assert shown(text, language) == as_shown


@pytest.mark.parametrize(
    ("language", "text", "as_shown"),
    [
        ("cs", "1+kk · 38 m²", "1+kk · 38~m²"),
        ("cs", "do 9 mil. Kč", "do 9~mil.~Kč"),
        ("cs", "4 890 000 Kč", "4~890~000~Kč"),
        ("cs", "přes 22 let", "přes 22~let"),
        ("cs", "dům č. 5, odst. 1", "dům č.~5, odst.~1"),
        ("cs", "sleva 5 % nebo 100 €", "sleva 5~% nebo 100~€"),
        ("cs", "24. 12. 2026", "24.~12.~2026"),
        ("cs", "1. patro", "1.~patro"),
        ("cs", "od roku 2026. Pak", "od roku 2026. Pak"),
        ("cs", "Domov s. r. o.", "Domov s.~r.~o."),
        ("cs", "22 [bytů](https://a.example/9)", "22~[bytů](https://a.example/9)"),
        ("uk", "до 4 млн крон", "до 4~млн~крон"),
        ("pl", "500 000 zł, nr 7", "500~000~zł, nr~7"),
        ("en", "up to CZK 4 million", "up to CZK~4~million"),
        ("de", "z. B. 3 Zimmer", "z.~B.~3~Zimmer"),
    ],
)
def test_no_line_parts_a_number_from_what_belongs_to_it(language, text, as_shown):
    assert shown(text, language) == as_shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_differ_from_what_is_shown_in_kinds_of_spaces_only(language):
    text = "Byt v 1. patře, 38 m² za 9 mil. Kč a 5 % (č. 5), у 2026 році"

    once = with_no_break_spaces(text, language)

    assert once.replace("\N{NO-BREAK SPACE}", " ") == text
    assert with_no_break_spaces(once, language) == once
