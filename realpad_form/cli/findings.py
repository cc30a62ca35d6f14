"""What `doctor` finds, and how it says it on any terminal."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

import click

from realpad_form.domain.restored import Restored


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found about one part; bad news says what to do."""

    part: str
    text: str
    is_bad: bool = False

    def __str__(self) -> str:
        return f"{'✗' if self.is_bad else '✓'} {self.part}: {self.text}"


def describe_restored(restored: Restored) -> str:
    """Return that this is a restored copy, and what becomes of its leads."""
    return (
        f"noticed at {restored.at:%Y-%m-%d %H:%M} UTC that this database is a restored copy"
        f" ({restored.sign.describe()}); leads in doubt until Realpad's list or a person decides:"
        f" {restored.in_doubt}; see `leads list --status unknown`"
    )


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
