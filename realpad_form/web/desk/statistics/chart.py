"""Charts of the statistics, as places in an SVG: one bar a day, at a scale with round numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 720.0
HEIGHT: Final = 150.0
LINES: Final = 4
"""At most so many lines of the scale, the lowest not counted."""

LABELS: Final = 7
"""At most so many days are named below."""

_ROUND: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: a bar, and the part of it that got on."""

    day: date
    value: int
    part: int
    x: float
    width: float
    top: float  # of the bar
    part_top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars by day, in a box of WIDTH and HEIGHT."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]  # value and height of each line of the scale
    named: tuple[Bar, ...]  # whose day is written below


def draw(days: Sequence[tuple[date, int, int]]) -> Chart:
    """Return a chart of (day, value, part of the value), oldest first."""
    highest = max((value for _, value, _ in days), default=0)
    # The smallest round distance at which LINES lines reach the highest value.
    rough = max(1.0, highest / LINES)
    power = 10 ** floor(log10(rough))
    step = int(next(each * power for each in _ROUND if each * power >= rough))
    top = step * max(1, ceil(highest / step))
    slot = WIDTH / max(1, len(days))
    bars = tuple(
        Bar(
            day=day,
            value=value,
            part=part,
            x=round(index * slot + slot * 0.14, 2),
            width=round(slot * 0.72, 2),
            top=_height(value, top),
            part_top=_height(part, top),
        )
        for index, (day, value, part) in enumerate(days)
    )
    lines = tuple((value, _height(value, top)) for value in range(0, top + 1, step))
    return Chart(bars=bars, lines=lines, named=bars[:: ceil(len(bars) / LABELS) or 1])


def _height(value: int, top: int) -> float:
    return round(HEIGHT * (1 - value / top), 2)
