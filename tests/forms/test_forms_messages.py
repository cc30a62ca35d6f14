import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from realpad_form.domain.text import LANGUAGES
from realpad_form.forms import translations

ROOT = Path(__file__).parents[2]
SOURCES = ("realpad_form/forms", "realpad_form/web", "templates")
OF_THE_DESK = ("desk/**", "alerts.py", "summaries.py")  # the desk has texts of its own
METHODS = [*((of, "ignore") for of in OF_THE_DESK), ("**.py", "python"), ("**.html", "jinja2")]
TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def texts():
    """Every text of the form, as the sources mark them: a msgid, or its singular and plural."""
    found = (extract_from_dir(ROOT / source, METHODS) for source in SOURCES)
    return {message for messages in found for _, _, message, _, _ in messages}


def catalog(language):
    path = ROOT / "realpad_form" / "forms" / "locale" / f"{language}.po"
    with path.open("rb") as source:
        return {m.id: m for m in read_po(source, locale=language, abort_invalid=True) if m.id}


def strings(message):
    return [message.string] if isinstance(message.string, str) else message.string


def test_sources_hold_texts(texts):
    assert "Enter your first name." in texts


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language, texts):
    messages = catalog(language)

    missing = [t for t in texts if t not in messages or messages[t].fuzzy or not all(strings(messages[t]))]

    assert missing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_same_placeholders(language):
    for message in catalog(language).values():
        source = message.id if isinstance(message.id, str) else message.id[1]

        for text in strings(message):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), text


@pytest.mark.parametrize(
    ("language", "quotes"), [("cs", "„“"), ("sk", "„“"), ("de", "„“"), ("pl", "„”"), ("uk", "«»")]
)
def test_quotes_are_those_of_the_language(language, quotes):
    text = translations(language).gettext("Please tick “%(label)s”.")

    assert f"{quotes[0]}%(label)s{quotes[1]}" in text


@pytest.mark.parametrize("language", ["cs", "sk", "pl", "uk"])
def test_no_line_ends_in_a_single_letter_word(language):
    for message in catalog(language).values():
        for text in strings(message):
            assert not re.search(r"(?:^|[ „«(])[aikosuvzwавзийіоу] ", text, re.IGNORECASE), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_line_begins_with_an_ellipsis_or_a_unit(language):
    for message in catalog(language).values():
        for text in strings(message):
            assert not re.search(r" …|%\(\w+\)d |\(minutes\)s |\(time\)s Uhr|z\. B\.", text), text


def test_polish_speaks_to_one_person_throughout():
    said = " ".join(text for message in catalog("pl").values() for text in strings(message))

    assert not re.search(r"[Pp]rosimy|\bPa(?:ń|n[aiu])", said)


def test_ukrainian_calls_the_enquiry_one_thing():
    said = " ".join(text for message in catalog("uk").values() for text in strings(message))

    assert "заявк" in said
    assert not re.search(r"\bзапит(?!ання|ує)", said)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_is_of_a_text_that_is_said(language, texts):
    assert catalog(language).keys() <= texts


def test_apostrophes_and_quotes_are_typographic():
    for language in TRANSLATED:
        for message in catalog(language).values():
            assert not re.search("['\"]", "".join(strings(message))), message.id


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "Please shorten this by 1 character."),
        ("cs", 1, "Zkraťte prosím text o 1 znak."),
        ("cs", 3, "Zkraťte prosím text o 3 znaky."),
        ("cs", 5, "Zkraťte prosím text o 5 znaků."),
        ("uk", 21, "Скоротіть, будь ласка, текст на 21 символ."),
        ("uk", 12, "Скоротіть, будь ласка, текст на 12 символів."),
        ("pl", 22, "Skróć tekst o 22 znaki."),
    ],
)
def test_plurals_follow_the_language(language, count, text):
    singular, plural = (f"Please shorten this by %(count)d {noun}." for noun in ("character", "characters"))

    said = translations(language).ngettext(singular, plural, count) % {"count": count}

    assert said.replace("\N{NO-BREAK SPACE}", " ") == text


def test_catalogues_are_read_once():
    assert translations("cs") is translations("cs")


def test_file_of_texts_says_which_language_it_is():
    for language in LANGUAGES:
        assert translations(language).info()["language"] == language
