"""Edits of a project file by program, as the builder makes them: comments, order and formatting survive.

ruamel.yaml keeps comments with the value before them. People write them above what they are about, so they
are moved accordingly here.
"""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from io import StringIO
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString
from ruamel.yaml.tokens import CommentToken

from realpad_form.catalog.violations import at
from realpad_form.catalog.yaml_source import MAX_DEPTH, parse
from realpad_form.domain.errors import NotEditableError
from realpad_form.domain.publishing import merge
from realpad_form.domain.text import LANGUAGES

FLOW_CHARS: Final = 80
"""Texts in several languages and lists of words stand on one line up to this length."""

MOST_CHARS: Final = 50_000
"""The longest text that is edited: a second or two of what serves the forms. Longer ones are for the text."""

BLOCK_TEXTS: Final = (LiteralScalarString, FoldedScalarString)
"""Texts after `|` and `>`, which end with their line."""

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_LIST: Final = re.compile(r"^( *)[\w-]+:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*( *)- ", re.MULTILINE)

logger = logging.getLogger(__name__)

Step = Annotated[int, Field(ge=0)] | Annotated[str, Field(max_length=200)]
Steps = Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_DEPTH)]
"""The way from the top of a file to one of its values."""


Way = Sequence[str | int]
"""The same, to the map or list that a value stands in."""


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
        written = _Commented(text, is_quoted=is_quoted)
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


class _Commented:
    """The document with its comments.

    A comment stands above what it is about, or at the end of its line. ruamel.yaml has the former at the end
    of what stands before, which is called its tail here.
    """

    def __init__(self, text: str, *, is_quoted: bool) -> None:
        self._is_quoted = is_quoted  # each new text
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 10**6
        lists = _LIST.search(text)
        offset = len(lists[2]) - len(lists[1]) if lists else 2
        self._yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self.root = self._yaml.load(text.removeprefix("\ufeff"))

    def dump(self) -> str:
        """Return the document as text."""
        written = StringIO()
        self._yaml.dump(self.root, written)
        return self._mark + written.getvalue()

    def put(self, way: Way, step: Any, value: JsonValue) -> None:
        container = at(self.root, *way)
        if isinstance(container, CommentedSeq) or step in container:
            tail = _take_tail(container, step)
            if _is_block(container[step]):
                tail = _take_above(container, step) + tail
            end = _take_end_of_line(container, step)
            container[step] = self._commented(value)
            tail = _put_end_of_line(container, step, end) + tail
        else:
            keys = list(container)
            index = self._index_for(step, keys)
            tail = _take_tail(container, keys[index - 1]) if index else ""
            container.insert(index, step, self._commented(value))
        _add_tail(container, step, tail)

    def drop(self, way: Way, step: Any) -> None:
        container = at(self.root, *way)
        if isinstance(container, CommentedSeq):
            self._arrange(way, [index for index in range(len(container)) if index != step])
            return
        keys = list(container)
        index = keys.index(step)
        tail = _take_tail(container, step)
        if index:
            above = _take_tail(container, keys[index - 1])
        else:
            above = _take_above(at(self.root, *way[:-1]), way[-1]) if way else ""
        del container[step]
        container.ca.items.pop(step, None)
        if index:
            _add_tail(container, keys[index - 1], _without_last_block(above) + tail)
        elif way:
            _add_above(at(self.root, *way[:-1]), way[-1], _without_last_block(above) + tail)

    def insert(self, way: Way, index: int, value: JsonValue) -> None:
        order = list(range(len(at(self.root, *way))))
        self._arrange(way, [*order[:index], None, *order[index:]], new=value)

    def move(self, way: Way, index: int, to: int) -> None:
        order = list(range(len(at(self.root, *way))))
        order.insert(to, order.pop(index))
        self._arrange(way, order)

    def _index_for(self, key: str, keys: Sequence[str]) -> int:
        """Return where a new key stands: last, but a language where the file's order of languages has it."""
        order = [str(each) for each in at(self.root, "languages") or ()]
        if key not in order or not set(keys) <= set(order):
            return len(keys)
        return sum(order.index(each) < order.index(key) for each in keys)

    def _arrange(self, way: Way, order: Sequence[int | None], *, new: JsonValue = None) -> None:
        """Give a list other items: those at the old indices of `order`, None for the new one.

        What stands above an item goes where it goes; what stands below the last one stays below the list.
        """
        parent, key = at(self.root, *way[:-1]), way[-1]
        items = parent[key]
        tails = [_take_tail(items, index) for index in range(len(items))]
        above, below = [_take_above(parent, key), *tails[:-1]], "".join(tails[-1:]) + _take_end(items)
        for gone in set(range(len(items))) - {*order}:
            kept = _without_last_block(above[gone])
            if gone + 1 < len(items):
                above[gone + 1] = kept + above[gone + 1]
            else:
                below = kept + below
        old, ends = list(items), dict(items.ca.items)
        items.clear()
        items.ca.items.clear()
        for position, index in enumerate(order):
            items.append(self._commented(new) if index is None else old[index])
            if index in ends:
                items.ca.items[position] = ends[index]
            head = above[index] if index is not None else ""
            if position:
                _add_tail(items, position - 1, head)
            else:
                _add_above(parent, key, head)
        _add_tail(items, len(order) - 1, below)

    def _commented(self, value: JsonValue) -> Any:
        """Return a value as it is to be written: short texts and lists of words on one line."""
        match value:
            case str() if "\n" in value:
                return LiteralScalarString(value)
            case str():
                return DoubleQuotedScalarString(value) if self._is_quoted else value
            case dict():
                mapping = CommentedMap({key: self._commented(each) for key, each in value.items()})
                if value.keys() <= set(LANGUAGES) and len(str(value)) <= FLOW_CHARS:
                    mapping.fa.set_flow_style()
                return mapping
            case list():
                items = CommentedSeq([self._commented(each) for each in value])
                is_plain = not any(isinstance(each, dict | list) for each in value)
                if is_plain and len(str(value)) <= FLOW_CHARS:
                    items.fa.set_flow_style()
                return items
        return value


def _is_block(value: Any) -> bool:
    """Return whether a value is a map or list with a line for each entry."""
    return isinstance(value, CommentedMap | CommentedSeq) and bool(value) and not value.fa.flow_style()


def _last_step(container: Any) -> Any:
    return next(reversed(container)) if isinstance(container, CommentedMap) else len(container) - 1


def _take_tail(container: Any, step: Any) -> str:
    """Return the lines of comment below a value, and take them away."""
    below = ""
    while _is_block(container[step]):
        container = container[step]
        step = _last_step(container)
        below = _take_end(container) + below
    token = _tail_token(container, step)
    if token is None or container.fa.flow_style():
        return below
    if isinstance(container[step], BLOCK_TEXTS):
        end, tail = "", " " * token.start_mark.column + token.value
    else:
        end, _line_feed, tail = token.value.partition("\n")
    _set_tail_token(container, step, CommentToken(f"{end}\n", token.start_mark) if end else None)
    return str(tail) + below


def _take_end(container: Any) -> str:
    """Return the lines of comment that ruamel.yaml has at the end of a map or list, and take them away."""
    tokens = list(container.ca.end or ())
    container.ca.end = []
    return "".join(" " * token.start_mark.column + token.value for token in tokens)


def _add_tail(container: Any, step: Any, tail: str) -> None:
    """Put lines of comment below a value, and above those that are there."""
    owner, last = container, step
    while _is_block(owner[last]):
        owner = owner[last]
        last = _last_step(owner)
    if not tail or owner.fa.flow_style():
        return
    token = _tail_token(owner, last)
    if isinstance(owner[last], BLOCK_TEXTS):
        value = tail + (" " * token.start_mark.column + token.value if token else "")
        _set_tail_token(owner, last, CommentToken(value, CommentMark(0)))
        return
    end, _line_feed, rest = token.value.partition("\n") if token else ("", "", "")
    mark = token.start_mark if end else CommentMark(0)
    _set_tail_token(owner, last, CommentToken(f"{end}\n{tail}{rest}", mark))


def _take_end_of_line(container: Any, step: Any) -> CommentToken | None:
    """Return the comment at the end of a value's line, and take it away; its tail is taken already."""
    token: CommentToken | None = _tail_token(container, step)
    value = container[step]
    if token:
        _set_tail_token(container, step, None)
    if not isinstance(value, BLOCK_TEXTS):
        return token
    container.ca.items.pop(step, None)
    behind = str(getattr(value, "comment", None) or "").strip()  # the | or >
    return CommentToken(f"{behind}\n", CommentMark(0)) if behind else None


def _put_end_of_line(container: Any, step: Any, end: CommentToken | None) -> str:
    """Put a comment at the end of a value's line; return it as a line below, if it has no such place."""
    value = container[step]
    if end is None or container.fa.flow_style():
        return ""
    if _is_block(value) or isinstance(value, BLOCK_TEXTS):
        return f"{' ' * getattr(container.lc, 'col', 0)}{end.value}"
    _set_tail_token(container, step, end)
    return ""


def _tail_token(owner: Any, step: Any) -> Any:
    slots = owner.ca.items.get(step)
    token = slots[_slot(owner)] if slots else None
    return None if isinstance(token, str) else token  # the comment behind a | or >


def _set_tail_token(owner: Any, step: Any, token: CommentToken | None) -> None:
    if token or step in owner.ca.items:
        owner.ca.items.setdefault(step, [None] * 4)[_slot(owner)] = token
    value = owner[step]
    if isinstance(value, CommentedMap | CommentedSeq):  # on one line; it has the token, too
        value.ca.comment = [token, None] if token else None


def _slot(owner: Any) -> int:
    """Return where ruamel.yaml keeps what stands behind a value."""
    return 2 if isinstance(owner, CommentedMap) else 0


def _take_above(parent: Any, key: Any) -> str:
    """Return the lines of comment above the first entry of a map or list, and take them away."""
    container = parent[key]
    tokens = container.ca.comment[1] if container.ca.comment else None
    _set_above(parent, key, None)
    return "".join(" " * token.start_mark.column + token.value for token in tokens or ())


def _add_above(parent: Any, key: Any, head: str) -> None:
    """Put lines of comment above the first entry of a map or list."""
    if text := head + _take_above(parent, key):
        _set_above(parent, key, [CommentToken(text, CommentMark(0))])


def _set_above(parent: Any, key: Any, tokens: list[CommentToken] | None) -> None:
    comment = parent[key].ca.comment or [None, None]
    parent[key].ca.comment = [comment[0], tokens] if comment[0] or tokens else None
    if isinstance(parent, CommentedMap) and (tokens or key in parent.ca.items):
        parent.ca.items.setdefault(key, [None] * 4)[3] = tokens


def _without_last_block(head: str) -> str:
    """Return the lines above something without those that stand directly above it."""
    *others, _own = re.split(r"(?<=\n)(?=[ \t]*\n)", head) if head else [""]
    return "".join(others)
