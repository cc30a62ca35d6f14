"""Texts: freed of everything invisible before anybody reads them, chosen by language, split at links."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from itertools import groupby, islice
from typing import Final, NamedTuple

MARKS: Final = 30
"""Most combining marks in a row. Source: Unicode Standard Annex 15, "Stream-Safe Text Format"."""

# Controls but white space; soft hyphens, fillers, what has no width or sets a direction; surrogates.
_JOINERS: Final = "\u200c\u200d"
_INVISIBLE: Final = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\uffff"
)
_NOT_IN_LINES: Final = re.compile(f"[{_INVISIBLE}{_JOINERS}\U000e0000-\U000e007f]")
_NOT_IN_NOTES: Final = re.compile(f"[{_INVISIBLE}]")  # joiners and tags make emoji
_BREAK: Final = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_SYMBOLS: Final = re.compile(rf"[^\w\s\x00-\x7f]{{{MARKS + 1},}}")


def line(text: str) -> str:
    """Return a text as one line of visible characters in NFC, with single spaces."""
    return _compose(" ".join(_NOT_IN_LINES.sub("", text).split()))


def paragraphs(text: str) -> str:
    """Return a text of any number of lines in NFC; lines end in `\\n`, emoji stay whole."""
    text = _BREAK.sub("\n", text).replace("\t", " ")
    return _compose(_NOT_IN_NOTES.sub("", text).strip())


def units(text: str) -> int:
    """Return the length of a clean text as a browser counts it: UTF-16, a line break as one."""
    return len(text.encode("utf-16-le")) // 2


def _compose(text: str) -> str:
    """Return the text in NFC."""
    if text.isascii():
        return text
    # Normalising takes time square in a run of marks: seconds for one hostile body.
    return unicodedata.normalize("NFC", _SYMBOLS.sub(_thinned, text))


def _thinned(run: re.Match[str]) -> str:
    """Return a run of symbols without marks beyond the thirtieth in a row."""
    groups = groupby(run[0], key=lambda character: unicodedata.combining(character) > 0)
    return "".join("".join(islice(group, MARKS) if is_mark else group) for is_mark, group in groups)


LOCALE: Final = files("realpad_form") / "forms" / "locale"
"""Where the form's own texts are, `<language>.po` each."""

LANGUAGES: Final = tuple(sorted(po.name[:-3] for po in LOCALE.iterdir() if po.name.endswith(".po")))
"""ISO 639-1 codes of the languages the form speaks: those of its texts."""

Text = str | dict[str, str]
"""A text of a project file: for every language, or by ISO 639-1 code."""

_ALONE: Final = {"cs": "aikosuvz", "sk": "aikosuvz", "pl": "aiouwz", "uk": "авзийіоу"}
"""Letters that are a preposition or conjunction of their own, by language."""

_AROUND_NUMBERS: Final = re.compile(
    "|".join(
        [
            r"(?<=\d) (?=\[?[\w+%‰°€$£])",  # 38 m², 22 let, 4 890 000, 5 %
            r"(?<=\d\.) (?=\[?[\da-zà-žа-яіїєґ])",  # 24. 12. 2026, 1. patro; but not the end of a sentence
            r"(?<=[\w.]) (?=(?:€|(?:Kč|zł|грн|крон|CZK|EUR|PLN)\b(?! \d)))",  # 9 mil. Kč
            r"(?<=[€$№§+]) (?=\d)",
            r"(?<=\bnr|\bKč|\bzł) (?=\d)",
            r"(?<=\bCZK|\bEUR|\bPLN) (?=\d)",  # CZK 4 million
            r"(?<=\b[^\W\d]\.) (?=[^\W\d]\.)",  # s. r. o., z. B.
            *(rf"(?<=\b[^\W\d]{{{letters}}}\.) (?=\d)" for letters in (1, 2, 3, 4)),  # č. 5, odst. 1
        ]
    )
)


def with_no_break_spaces(text: str, language: str) -> str:
    """Return a text of a project file as pages show it, with no-break spaces where no line should end.

    They follow one-letter prepositions and conjunctions, in languages that have them, and stand between a
    number and what belongs to it. What is stored, compared or sent elsewhere keeps its plain spaces.
    """
    if letters := _ALONE.get(language):
        text = re.sub(rf"(?<![\w'’])([{letters}]) (?=\S)", "\\1\N{NO-BREAK SPACE}", text, flags=re.IGNORECASE)
    return _AROUND_NUMBERS.sub("\N{NO-BREAK SPACE}", text)


_LINK: Final = re.compile(r"\[([^\[\]]+)\]\((https://[^\s()<>\"]+)\)")


class Piece(NamedTuple):
    """A run of a text: plain words, or a link if `href` is set."""

    words: str
    href: str | None = None


def pick(text: str | Mapping[str, str] | None, *languages: str) -> str:
    """Return the text in the first of `languages` that it has, else in any, else ''."""
    if text is None or isinstance(text, str):
        return text or ""
    for language in languages:
        if language in text:
            return text[language]
    return next(iter(text.values()), "")


def wordings(text: Text) -> Collection[str]:
    """Return a text in every language it has."""
    return [text] if isinstance(text, str) else text.values()


def pieces(text: str) -> Iterator[Piece]:
    """Split a text at its `[label](https://…)` links; everything else stays plain words."""
    end = 0
    for link in _LINK.finditer(text):
        if link.start() > end:
            yield Piece(text[end : link.start()])
        yield Piece(link[1], link[2])
        end = link.end()
    if end < len(text):
        yield Piece(text[end:])
