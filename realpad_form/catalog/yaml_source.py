"""YAML without surprises: a strict subset, read into plain values that know their lines.

No aliases, anchors, merge keys, tags or duplicate keys; the only implicit values are `null`, `true`,
`false`, whole numbers and decimals; everything else is a text.
"""

import re
from decimal import Decimal
from typing import Any, Final, NamedTuple

import yaml

from realpad_form.domain.message import Message

_QUOTES: Final = Message(
    "put a text in quotes if it starts with one of [ { * & ! | > %% @ ` or holds `: ` or ` #`"
)
_INDENTATION: Final = Message("wrong indentation, or quotes are missing; %(advice)s", advice=_QUOTES)
_START: Final = Message("this character cannot start a value; %(advice)s", advice=_QUOTES)

_ADVICE: Final = (
    ("found character '\\t'", Message("a tab stands here; indent with spaces")),
    (
        "mapping values are not",
        Message("wrong indentation, or a `: ` too many; put a text with `: ` in quotes"),
    ),
    ("sequence entries are not allowed", Message("a list starts on its own line, each item as `- …`")),
    ("could not find expected ':'", Message("a colon is missing; write key: value")),
    ("unexpected end of stream", Message("the quote opened here is never closed; close it")),
    ("but got '?'", Message("a text with a ? in it needs quotes inside [ ] and { }")),
    ("expected ',' or ']'", Message("a list opened with [ is not closed; write [a, b]")),
    ("expected ',' or '}'", Message("a map opened with { is not closed; write {a: b, c: d}")),
    ("expected the node content", Message("a value or a closing bracket is missing here; write it")),
    ("expected <block end>", _INDENTATION),
    ("cannot start any token", _START),
    ("expected alphabetic or numeric", _START),
    ("chomping or indentation", _START),
    ("undefined tag handle", _START),
    ("escape ", Message("write \\\\ for a \\ in double quotes, or use single quotes")),
)
"""PyYAML's words and ours; the first that fits counts."""

_AT_ITS_START: Final = ("could not find expected ':'", "unexpected end of stream")
"""What is noticed only far below the line to fix."""


def advice(error: yaml.MarkedYAMLError) -> tuple[int, Message]:
    """Return the line to fix and what to write there."""
    problem = error.problem or ""
    late = any(words in problem for words in _AT_ITS_START)
    mark = error.context_mark if late and error.context_mark else error.problem_mark
    ours = (ours for theirs, ours in _ADVICE if theirs in problem)
    what = next(ours, None) or Message("this is not YAML:", detail=problem)
    return (mark.line + 1 if mark else 1), what


MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 16

Place = tuple[str | int, ...]
"""The way from the top of a file to one of its values: keys, and positions in lists."""

_NULLS: Final = ("", "~", "null")
_BOOLEANS: Final = {"true": True, "false": False}
_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,29})", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d{0,29})\.\d{1,30}", re.ASCII)
_UNSEEN: Final = yaml.reader.Reader.NON_PRINTABLE


class Mistake(NamedTuple):
    """A line that is not the YAML we take, and what to write instead."""

    line: int
    what: Message


class Document(NamedTuple):
    """The value of a file, the line of each place in it, and the mistakes met on the way."""

    value: Any
    lines: dict[Place, int]  # of a key, or of an item of a list
    mistakes: list[Mistake]


def parse(source: bytes) -> Document:
    """Read one YAML document; its value counts only if there are no mistakes."""
    if len(source) > MAX_BYTES:
        return _failed(Mistake(1, Message("the file is larger than 256 KiB; shorten it")))
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        what = Message("this is not UTF-8; save the file with the encoding UTF-8")
        return _failed(Mistake(line, what))
    unseen = [
        Mistake(
            number,
            Message("the character %(name)s cannot be seen; delete it", name=f"U+{ord(found[0]):04X}"),
        )
        for number, line in enumerate(text.split("\n"), start=1)
        if (found := _UNSEEN.search(line))
    ]
    if unseen:
        return _failed(*unseen)
    return _Reading(text).document()


def _failed(*mistakes: Mistake) -> Document:
    return Document(None, {}, list(mistakes))


class _StopError(Exception):
    """Nothing after this line can be read."""

    def __init__(self, line: int, what: Message) -> None:
        super().__init__(what)
        self.mistake = Mistake(line, what)


class _Reading:
    """One pass over the events of a YAML text."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, yaml.SafeLoader)
        self._line = 1  # of the last event
        self._lines: dict[Place, int] = {}
        self._mistakes: list[Mistake] = []

    def document(self) -> Document:
        """Return what the text holds, as far as it can be read."""
        value = None
        try:
            value = self._only_document()
        except _StopError as stop:
            self._mistakes.append(stop.mistake)
        return Document(value, self._lines, self._mistakes)

    def _only_document(self) -> Any:
        self._next()  # start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _StopError(1, Message("the file is empty; start with version: 1"))
        value = self._value(self._next(), ())
        self._next()  # end of the document
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._object(after, Message("a second document starts here; write one project per file"))
        return value

    def _next(self) -> yaml.Event:
        try:
            event = next(self._events)
        except yaml.MarkedYAMLError as error:
            raise _StopError(*advice(error)) from error
        except (ValueError, OverflowError) as error:  # PyYAML lets them out of odd escapes
            raise _StopError(self._line, Message("an escape after \\ names no character")) from error
        self._line = _line(event)
        return event

    def _object(self, event: yaml.Event, what: Message) -> None:
        self._mistakes.append(Mistake(_line(event), what))

    def _value(self, event: yaml.Event, place: Place) -> Any:
        if len(place) > MAX_DEPTH:
            what = Message("too many levels inside each other; check the brackets")
            raise _StopError(_line(event), what)
        self._refuse_extras(event)
        match event:
            case yaml.SequenceStartEvent():
                return self._items(place)
            case yaml.MappingStartEvent():
                return self._pairs(place)
            case yaml.ScalarEvent():
                if _UNSEEN.search(event.value):
                    self._object(
                        event,
                        Message("an escape after \\ stands for a character that cannot be seen; delete it"),
                    )
                return _plain(event.value) if event.implicit[0] and not event.style else event.value
        return None  # an alias, objected to

    def _items(self, place: Place) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            item = (*place, len(items))
            self._lines[item] = _line(event)
            items.append(self._value(event, item))
        return items

    def _pairs(self, place: Place) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event)
            if key in pairs:
                what = Message(
                    "%(key)s: duplicate key, it stands in line %(line)s already; keep one of the two",
                    key=key,
                    line=self._lines[(*place, key)],
                )
                self._object(event, what)
                key = self._stand_in()
            self._lines[(*place, key)] = _line(event)
            pairs[key] = self._value(self._next(), (*place, key))
        return pairs

    def _key(self, event: yaml.Event) -> str:
        self._refuse_extras(event)
        if isinstance(event, yaml.ScalarEvent):
            if event.value in ("", "<<"):
                what = Message('"%(key)s" is no key; write a word before the colon', key=event.value)
                self._object(event, what)
            return str(event.value)
        if not isinstance(event, yaml.AliasEvent):
            what = Message("a key is one word; put a value that starts with [ or { in quotes")
            self._object(event, what)
            depth = 1
            while depth:  # pass over the rest of the list or mapping that has just begun
                inner = self._next()
                depth += isinstance(inner, yaml.CollectionStartEvent)
                depth -= isinstance(inner, yaml.CollectionEndEvent)
        return self._stand_in()

    def _stand_in(self) -> str:
        """Return a key that nobody can write, for one that was objected to."""
        return f"\0{len(self._lines)}"

    def _refuse_extras(self, event: yaml.Event) -> None:
        match event:
            case yaml.AliasEvent(anchor=name):
                self._object(
                    event,
                    Message("*%(name)s is an alias; write the value out, or put a text in quotes", name=name),
                )
            case yaml.NodeEvent(anchor=str(name)):
                self._object(
                    event,
                    Message("&%(name)s is an anchor; leave it out, or put a text in quotes", name=name),
                )
        if getattr(event, "tag", None):
            what = Message("a tag (!…) is not taken; leave it out, or put a text in quotes")
            self._object(event, what)


def _plain(text: str) -> Any:
    """Return the value of an unquoted text."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
