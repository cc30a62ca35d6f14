"""A project file with its comments, order and formatting, as ruamel.yaml keeps them; see `editing`.

ruamel.yaml keeps comments with the value before them. People write them above what they are about, so they
are moved accordingly here.
"""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString
from ruamel.yaml.tokens import CommentToken

from realpad_form.catalog.violations import at
from realpad_form.domain.text import LANGUAGES

FLOW_CHARS: Final = 80
"""Texts in several languages and lists of words stand on one line up to this length."""

BLOCK_TEXTS: Final = (LiteralScalarString, FoldedScalarString)
"""Texts after `|` and `>`, which end with their line."""

_LIST: Final = re.compile(r"^( *)[\w-]+:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*( *)- ", re.MULTILINE)

Way = Sequence[str | int]
"""Keys and positions in lists that lead to a map or list."""


class CommentedDocument:
    """The document with its comments; `editing.Editable` says what its methods do.

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
        """Set a key, or an item that is there; what stands above, beside and below it stays."""
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
        """Take a key or an item away, and what stands directly above it."""
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
        """Put an item into a list; what stands above the one that was there stays with that one."""
        order = list(range(len(at(self.root, *way))))
        self._arrange(way, [*order[:index], None, *order[index:]], new=value)

    def move(self, way: Way, index: int, to: int) -> None:
        """Give an item another index, and with it what stands above it."""
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
