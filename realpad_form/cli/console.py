"""How commands talk with a terminal: for machines to stdout, for people to stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, TypeVar

import click

T = TypeVar("T")


class FieldValue(click.ParamType[tuple[str, str]]):
    """`field=value`."""

    name = "field=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return field and value."""
        field, sign, text = str(value).partition("=")
        if not sign or not field:
            self.fail(f"{value!r} is not field=value", param, ctx)
        return field, text


def print_json(value: Any, *, file: IO[str] | None = None) -> None:
    """Print a value as indented JSON, letters of every script as they are, to stdout or a file."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain), file=file)


def print_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under a head, in columns as wide as they need."""
    texts = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def echo(message: str) -> None:
    """Say something to a person."""
    click.echo(message, err=True)


def progress(items: Iterable[T], *, length: int, label: str) -> Iterator[T]:
    """Yield items; a terminal sees a progress bar, if there is something to do."""
    if not length or not sys.stderr.isatty():  # click would still print the label
        yield from items
        return
    with click.progressbar(items, length=length, label=label, file=sys.stderr) as bar:
        yield from bar


def count(number: int, thing: str) -> str:
    """Return how many of a thing there are, in words that fit one of it, too."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    """Return what JSON has no type for as text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found about one part: all well, advice, or bad news, which says what to do."""

    part: str
    text: str
    is_bad: bool = False
    is_advice: bool = False  # works, and could be better

    def __str__(self) -> str:
        mark = "✗" if self.is_bad else "!" if self.is_advice else "✓"
        return f"{mark} {self.part}: {self.text}"


def show(findings: Iterable[CheckResult]) -> None:
    """Print findings; a terminal that has no such marks gets words."""
    encoding = sys.stdout.encoding or "ascii"
    for finding in findings:
        click.echo(_as_shown(str(finding), encoding))


def _as_shown(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        marked = text.replace("✗", "BAD", 1).replace("✓", "ok ", 1)
        return marked.encode(encoding, errors="replace").decode(encoding)
    return text
