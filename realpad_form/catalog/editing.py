"""Edits of a project file by program, as the builder makes them: comments, order and formatting survive."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from realpad_form.catalog.commented import CommentedDocument, Way
from realpad_form.catalog.violations import at
from realpad_form.catalog.yaml_source import MAX_DEPTH, parse
from realpad_form.domain.errors import NotEditableError
from realpad_form.domain.publishing import merge

MOST_CHARS: Final = 50_000
"""The longest text that is edited: a second or two of what serves the forms. Longer ones are for the text."""

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)

logger = logging.getLogger(__name__)

Step = Annotated[int, Field(ge=0)] | Annotated[str, Field(max_length=200)]
Steps = Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_DEPTH)]
"""The way from the top of a file to one of its values."""


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    place: Steps


class SetValue(_Edit):
    """Puts a value in its place, making the maps on the way there; without one, takes the place away."""

    do: Literal["set"]
    value: JsonValue

    def apply(self, document: "Editable") -> None:
        """Make the edit. Raises: NotEditableError."""
        _put(document, self.place, self.value)


class SetWords(_Edit):
    """Writes a text in one language; without a text, takes the language away."""

    do: Literal["words"]
    language: Annotated[str, Field(max_length=10)]
    text: str

    def apply(self, document: "Editable") -> None:
        """Make the edit. Raises: NotEditableError."""
        languages = [str(each) for each in at(document.root, "languages") or ()]
        before = at(document.root, *self.place)
        if isinstance(before, dict):
            if self.text or len(before) > 1:
                _put(document, (*self.place, self.language), self.text or None)
                return
            after: Any = None
        elif self.text and languages != [self.language]:
            shared = {} if before is None else dict.fromkeys(languages, before)
            after = {**shared, self.language: self.text}
        else:
            after = self.text or None
        _put(document, self.place, after)


class Insert(_Edit):
    """Puts a new item into a list, which is made if it is not there."""

    do: Literal["insert"]
    index: Annotated[int, Field(ge=0)] = 10**6  # behind the last one
    value: JsonValue

    def apply(self, document: "Editable") -> None:
        """Make the edit. Raises: NotEditableError."""
        items = at(document.root, *self.place)
        if isinstance(items, list):
            document.insert(self.place, min(self.index, len(items)), self.value)
        elif items is None:
            _put(document, self.place, [self.value])
        else:
            raise NotEditableError


class Include(_Edit):
    """Puts a value at the end of a list that does not have it yet."""

    do: Literal["include"]
    value: JsonValue

    def apply(self, document: "Editable") -> None:
        """Make the edit. Raises: NotEditableError."""
        items = at(document.root, *self.place)
        if not isinstance(items, list) or self.value not in items:
            Insert(do="insert", place=self.place, value=self.value).apply(document)


class Remove(_Edit):
    """Takes a value away, and the maps and lists that are empty without it."""

    do: Literal["remove"]

    def apply(self, document: "Editable") -> None:
        """Make the edit. Raises: NotEditableError."""
        _drop(document, self.place)


class Move(_Edit):
    """Gives an item of a list another position."""

    do: Literal["move"]
    to: Annotated[int, Field(ge=0)]

    def apply(self, document: "Editable") -> None:
        """Make the edit. Raises: NotEditableError."""
        *way, index = self.place
        items = at(document.root, *way)
        if not isinstance(items, list) or not isinstance(index, int) or max(index, self.to) >= len(items):
            raise NotEditableError
        document.move(way, index, self.to)


Edit = Annotated[SetValue | SetWords | Insert | Include | Remove | Move, Field(discriminator="do")]
EDITS: Final = TypeAdapter(Annotated[list[Edit], Field(max_length=100)])
"""Reads edits from JSON. Raises: pydantic.ValidationError."""


class Editable(Protocol):
    """A document with the four ways in which it is changed."""

    root: Any

    def put(self, way: Way, step: Any, value: JsonValue) -> None:
        """Set a key of a map, or an item that a list has; a new key stands last."""

    def drop(self, way: Way, step: str | int) -> None:
        """Take a key or an item away."""

    def insert(self, way: Way, index: int, value: JsonValue) -> None:
        """Put an item into a list at an index."""

    def move(self, way: Way, index: int, to: int) -> None:
        """Give an item of a list another index."""


def edit_text(text: str, edits: Sequence[Edit]) -> str:
    """Return the text of a project file after edits, all else as it was.

    Args:
        text: a text without mistakes of YAML; its lines end with a line feed.
        edits: what to change, one after the other.

    Raises: NotEditableError, if a place is not there, or what comes of it would not say what was meant.
    """
    document = parse(text.encode())
    if document.mistakes or not isinstance(document.value, dict) or len(text) > MOST_CHARS:
        raise NotEditableError
    meant = _Values(document.value)
    for edit in edits:
        edit.apply(meant)
    # What ruamel.yaml writes without quotes, our reading of YAML may take for something else.
    for is_quoted in (False, True):
        after = _edited(text, edits, is_quoted=is_quoted)
        if after and _says(after, meant.root):
            return after
    raise NotEditableError


def _edited(text: str, edits: Sequence[Edit], *, is_quoted: bool) -> str | None:
    """Return a text after edits, or None if ruamel.yaml cannot keep all that it says."""
    try:
        written = CommentedDocument(text, is_quoted=is_quoted)
        before = written.dump()
        for edit in edits:
            edit.apply(written)
        after = written.dump()
    except NotEditableError:
        raise
    except Exception as error:  # noqa: BLE001 - it stumbles over texts that we take, e.g. 2026-02-30
        logger.info("ruamel.yaml cannot edit a project file: %s", type(error).__name__)
        return None
    if before == text:
        return after
    # Lines that no edit touched stay as they were typed; those that it would have written without their
    # comments, between the entries of a list in brackets, have to.
    merged = merge(before, text, after, theirs_wins=True) or after
    is_whole = not (_comments(text) - _comments(before)) - _comments(merged)
    return merged if is_whole else None


def _comments(text: str) -> Counter[str]:
    """Return what may be comments."""
    return Counter(_COMMENT.findall(text))


def _says(text: str, value: Any) -> bool:
    document = parse(text.encode())
    return not document.mistakes and bool(document.value == value)


def _put(document: Editable, place: Way, value: JsonValue) -> None:
    if value is None and _is_all_of_item(document, place):
        value = ""  # without it the item would go, and the next one would have its place
    if value is None:
        _drop(document, place)
        return
    for end in range(1, len(place)):
        if at(document.root, *place[:end]) is None:
            for step in reversed(place[end:]):
                value = {str(step): value}
            place = place[:end]
            break
    *way, last = place
    container = at(document.root, *way)
    is_item = isinstance(container, list) and isinstance(last, int) and last < len(container)
    if is_item or (isinstance(container, dict) and isinstance(last, str)):
        document.put(way, last, value)
    else:
        raise NotEditableError


def _is_all_of_item(document: Editable, place: Way) -> bool:
    """Return whether an item of a list is this value, or has nothing else."""
    while place and isinstance(place[-1], str):
        place = place[:-1]
        if len(at(document.root, *place) or ()) != 1:
            return False
    return bool(place)


def _drop(document: Editable, place: Way) -> None:
    *way, last = place
    container = at(document.root, *way)
    if at(container, last) is None:
        return
    if way and len(container) == 1:
        _drop(document, way)
    else:
        document.drop(way, last)


class _Values:
    """The document as plain values: what the file has to say after the edits."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def put(self, way: Way, step: Any, value: JsonValue) -> None:
        at(self.root, *way)[step] = _exact(value)

    def drop(self, way: Way, step: str | int) -> None:
        del at(self.root, *way)[step]

    def insert(self, way: Way, index: int, value: JsonValue) -> None:
        at(self.root, *way).insert(index, _exact(value))

    def move(self, way: Way, index: int, to: int) -> None:
        items = at(self.root, *way)
        items.insert(to, items.pop(index))


def _exact(value: JsonValue) -> Any:
    """Return a value as our own reading of YAML would have it."""
    match value:
        case float():
            return Decimal(str(value))
        case dict():
            return {key: _exact(each) for key, each in value.items()}
        case list():
            return [_exact(each) for each in value]
    return value
