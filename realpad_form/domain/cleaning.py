"""What is taken out of every text before anybody reads it: nothing invisible is ever stored."""

import re
import unicodedata
from itertools import groupby, islice
from typing import Final

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
