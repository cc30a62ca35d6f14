"""Charts of the statistics: bars in a box of 100 by 100 percent, at a scale with round numbers.

In percent, since an SVG without a scale of its own keeps its texts as large as the rest of the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Final

from realpad_form.domain.statistics import Funnel, FunnelStep, summed

MAX_LINES: Final = 4
"""At most so many lines of the scale, the lowest not counted."""

MAX_NAMES: Final = 7
"""At most so many bars are named below."""

MAX_BARS: Final = 31
"""Beyond so many, days are summed up to weeks, and weeks to months."""

_ROUND: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Some days in a row, as one bar: a day, a week or a month, cut off where the period is."""

    first: date
    last: date
    funnel: Funnel


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One interval: a bar, and the part of it that got on; all places in percent of the box."""

    interval: Interval
    value: int
    part: int
    x: float
    width: float
    top: float  # of the bar
    part_top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars by interval."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]  # value and height of each line of the scale
    named: tuple[Bar, ...]  # what is written below


def intervals(days: Sequence[Funnel], *, since: date, until: date) -> list[Interval]:
    """Return a period in at most MAX_BARS intervals, oldest first, with what was counted in each.

    `days` are those on which something was counted, by name.
    """
    count = (until - since).days + 1
    by_week, by_month = count > MAX_BARS, count > 7 * (MAX_BARS - 1)
    found = {each.name: each for each in days}
    every = [since + timedelta(days=each) for each in range(count)]
    begins = [
        day
        for day in every
        if not by_week or day == since or (day.day == 1 if by_month else not day.weekday())
    ]
    ends = [*(day - timedelta(days=1) for day in begins[1:]), until]
    return [
        Interval(first=first, last=last, funnel=summed(_between(found, first, last)))
        for first, last in zip(begins, ends, strict=True)
    ]


def _between(found: dict[str, Funnel], first: date, last: date) -> Iterator[Funnel]:
    for number in range((last - first).days + 1):
        if funnel := found.get((first + timedelta(days=number)).isoformat()):
            yield funnel


def draw_chart(shown: Sequence[Interval], whole: FunnelStep, part: FunnelStep) -> Chart:
    """Return a chart of how many took a step, and which part of them another one."""
    counts = [each.funnel.counts for each in shown]
    highest = max((each[whole] for each in counts), default=0)
    # The smallest round distance at which MAX_LINES lines reach the highest value.
    rough = max(1.0, highest / MAX_LINES)
    power = 10 ** floor(log10(rough))
    step = int(next(each * power for each in _ROUND if each * power >= rough))
    top = step * max(1, ceil(highest / step))
    slot = 100 / max(1, len(shown))
    bars = tuple(
        Bar(
            interval=each,
            value=numbers[whole],
            part=min(numbers[part], numbers[whole]),
            x=round(index * slot + slot * 0.14, 2),
            width=round(slot * 0.72, 2),
            top=_height(numbers[whole], top),
            part_top=_height(min(numbers[part], numbers[whole]), top),
        )
        for index, (each, numbers) in enumerate(zip(shown, counts, strict=True))
    )
    lines = tuple((value, _height(value, top)) for value in range(0, top + 1, step))
    return Chart(bars=bars, lines=lines, named=bars[:: ceil(len(bars) / MAX_NAMES) or 1])


def _height(value: int, top: int) -> float:
    return round(100 * (1 - value / top), 2)
