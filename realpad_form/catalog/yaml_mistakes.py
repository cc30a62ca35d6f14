"""What to write instead where a text is no YAML at all."""

from typing import Final

import yaml

_QUOTES: Final = "put a text in quotes if it starts with one of [ { * & ! | > % @ ` or holds `: ` or ` #`"

_ADVICE: Final = (
    ("found character '\\t'", "a tab stands here; indent with spaces"),
    ("mapping values are not", "wrong indentation, or a `: ` too many; put a text with `: ` in quotes"),
    ("sequence entries are not allowed", "a list starts on its own line, each item as `- …`"),
    ("could not find expected ':'", "a colon is missing; write key: value"),
    ("unexpected end of stream", "the quote opened here is never closed; close it"),
    ("but got '?'", "a text with a ? in it needs quotes inside [ ] and { }"),
    ("expected ',' or ']'", "a list opened with [ is not closed; write [a, b]"),
    ("expected ',' or '}'", "a map opened with { is not closed; write {a: b, c: d}"),
    ("expected the node content", "a value or a closing bracket is missing here; write it"),
    ("expected <block end>", f"wrong indentation, or quotes are missing; {_QUOTES}"),
    ("cannot start any token", f"this character cannot start a value; {_QUOTES}"),
    ("expected alphabetic or numeric", f"this character cannot start a value; {_QUOTES}"),
    ("chomping or indentation", f"this character cannot start a value; {_QUOTES}"),
    ("undefined tag handle", f"this character cannot start a value; {_QUOTES}"),
    ("escape ", "write \\\\ for a \\ in double quotes, or use single quotes"),
)
"""PyYAML's words and ours; the first that fits counts."""

_AT_ITS_START: Final = ("could not find expected ':'", "unexpected end of stream")
"""What is noticed only far below the line to mend."""


def advice(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return the line to mend and what to write there."""
    problem = error.problem or ""
    late = any(words in problem for words in _AT_ITS_START)
    mark = error.context_mark if late and error.context_mark else error.problem_mark
    what = next((ours for theirs, ours in _ADVICE if theirs in problem), f"this is not YAML: {problem}")
    return (mark.line + 1 if mark else 1), what
