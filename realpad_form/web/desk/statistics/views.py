"""Statistics for marketers: how many saw a form, began it, sent it, and what became of it.

Charts are places in an SVG: one bar a day, at a scale with round numbers.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import ProjectNotFoundError
from realpad_form.domain.people import Person, Right
from realpad_form.domain.project_rules import is_slug
from realpad_form.domain.statistics import OTHER, Funnel, FunnelStep, GroupBy, StatisticsQuery, day_of
from realpad_form.forms.messages import _
from realpad_form.services.export import defused
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs, project_name, visible_projects
from realpad_form.web.desk.i18n import full_day, gettext, language
from realpad_form.web.desk.pages import render

CHART_WIDTH: Final = 720.0
CHART_HEIGHT: Final = 150.0
CHART_LINES: Final = 4
"""At most so many lines of the scale, the lowest not counted."""

CHART_DAYS: Final = 7
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
    """Bars by day, in a box of CHART_WIDTH and CHART_HEIGHT."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]  # value and height of each line of the scale
    named: tuple[Bar, ...]  # whose day is written below


def draw_chart(days: Sequence[tuple[date, int, int]]) -> Chart:
    """Return a chart of (day, value, part of the value), oldest first."""
    highest = max((value for _, value, _ in days), default=0)
    # The smallest round distance at which CHART_LINES lines reach the highest value.
    rough = max(1.0, highest / CHART_LINES)
    power = 10 ** floor(log10(rough))
    step = int(next(each * power for each in _ROUND if each * power >= rough))
    top = step * max(1, ceil(highest / step))
    slot = CHART_WIDTH / max(1, len(days))
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
    return Chart(bars=bars, lines=lines, named=bars[:: ceil(len(bars) / CHART_DAYS) or 1])


def _height(value: int, top: int) -> float:
    return round(CHART_HEIGHT * (1 - value / top), 2)


STEPS: Final = {
    FunnelStep.VIEW: _("Saw the form"),
    FunnelStep.START: _("Began"),
    FunnelStep.SEND: _("Sent"),
    FunnelStep.ACCEPTED: _("Leads"),
    FunnelStep.DELIVERED: _("In Realpad"),
}
"""The way from a visitor to Realpad, with its words, untranslated."""

BY: Final = {
    GroupBy.DAY: _("By day"),
    GroupBy.CAMPAIGN: _("By campaign"),
    GroupBy.UNIT: _("By unit"),
    GroupBy.PROJECT: _("By project"),
}

NOTHING: Final = Funnel(name="", counts=dict.fromkeys(FunnelStep, 0), answered_in_s=None)
HEADS: Final = {
    GroupBy.DAY: _("Day"),
    GroupBy.CAMPAIGN: _("Campaign"),
    GroupBy.UNIT: _("Unit"),
    GroupBy.PROJECT: _("Project"),
}
RANGES: Final = (7, 30, 90)
LONGEST: Final = timedelta(days=400)

bp = blueprint("statistics", "/figures")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsFilters:
    """What the page is asked for."""

    since: date
    until: date
    project: str = ""
    by: GroupBy = GroupBy.DAY

    @classmethod
    def read(cls) -> "StatisticsFilters":
        """Return what the address holds, without what cannot be meant."""
        today = day_of(deps().services.log.now())
        until = min(_day("until") or today, today)
        since = min(_day("since") or until - timedelta(days=RANGES[1] - 1), until)
        asked, project = request.args.get("by", ""), request.args.get("project", "")
        return cls(
            since=max(since, until - LONGEST),
            until=until,
            project=project if is_slug(project) else "",
            by=GroupBy(asked) if asked in list(BY) else GroupBy.DAY,
        )

    def address(self, page: str = "/figures/", **changes: Any) -> str:
        """Return the address of a page with this choice, changed."""
        chosen = replace(self, **changes)
        return f"{page}?" + urlencode(
            {"project": chosen.project, "since": chosen.since, "until": chosen.until, "by": chosen.by}
        )

    def query(self, person: Person) -> StatisticsQuery:
        """Return what to count, among a person's projects only. Raises: ProjectNotFoundError."""
        if self.project and not person.sees(self.project):
            raise ProjectNotFoundError(self.project)
        projects = frozenset({self.project}) if self.project else person.projects
        return StatisticsQuery(since=self.since, until=self.until, projects=projects)

    @property
    def days(self) -> list[date]:
        """Every day, oldest first."""
        return [self.since + timedelta(days=each) for each in range((self.until - self.since).days + 1)]


@bp.get("/")
@needs(Right.STATISTICS)
def show() -> ResponseReturnValue:
    """Show the way from visitors to Realpad: all of it, day by day, and by what was chosen."""
    choice = StatisticsFilters.read()
    query = choice.query(me())
    by_day = deps().services.statistics.report(query, by=GroupBy.DAY)
    rows = by_day if choice.by is GroupBy.DAY else deps().services.statistics.report(query, by=choice.by)
    whole = next(iter(deps().services.statistics.report(query, by=GroupBy.ALL)), NOTHING)
    return render(
        "desk/statistics/show.html",
        choice=choice,
        projects=visible_projects(),
        steps=STEPS,
        FunnelStep=FunnelStep,
        by=BY,
        heads=HEADS,
        ranges=list(_ranges(choice)),
        funnel=list(_funnel(whole)),
        answered=whole.answered_in_s,
        rows=list(reversed(rows)) if choice.by is GroupBy.DAY else rows,
        named=lambda name: _named(name, choice.by),
        leads=_chart(choice, by_day, FunnelStep.ACCEPTED, FunnelStep.DELIVERED),
        views=_chart(choice, by_day, FunnelStep.VIEW, FunnelStep.START),
    )


@bp.get("/figures.csv")
@needs(Right.STATISTICS)
def table() -> ResponseReturnValue:
    """Send the table as CSV for spreadsheets."""
    choice = StatisticsFilters.read()
    rows = deps().services.statistics.report(choice.query(me()), by=choice.by)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([choice.by, *FunnelStep, "answered_in_s"])
    for row in rows:
        answered = "" if row.answered_in_s is None else f"{row.answered_in_s:.0f}"
        writer.writerow([defused(row.name), *(row.counts[step] for step in FunnelStep), answered])
    answer = Response(BOM_UTF8 + text.getvalue().encode(), content_type="text/csv; charset=utf-8")
    name = f"figures-{choice.project or 'all'}-{choice.since}-{choice.until}-{choice.by}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def _ranges(choice: StatisticsFilters) -> Iterator[tuple[int, str, bool]]:
    """Yield the usual spans up to today: days, address, whether it is the one shown."""
    today = day_of(deps().services.log.now())
    for days in RANGES:
        since = today - timedelta(days=days - 1)
        is_shown = (choice.since, choice.until) == (since, today)
        yield days, choice.address(since=since, until=today), is_shown


def _funnel(whole: Funnel) -> Iterator[tuple[FunnelStep, int, float | None]]:
    """Yield each step, how many took it, and which part of those of the step before."""
    before: int | None = None
    for step in STEPS:
        count = whole.counts[step]
        yield step, count, min(1.0, count / before) if before else None
        before = count


def _chart(choice: StatisticsFilters, rows: Sequence[Funnel], whole: FunnelStep, part: FunnelStep) -> Chart:
    found = {row.name: row for row in rows}
    counts = [(day, found.get(day.isoformat(), NOTHING).counts) for day in choice.days]
    return draw_chart([(day, each[whole], each[part]) for day, each in counts])


def _named(name: str, by: GroupBy) -> str:
    """Return what a row is called."""
    if by is GroupBy.DAY:
        return full_day(date.fromisoformat(name), language())
    if by is GroupBy.PROJECT:
        return project_name(name)
    if name == OTHER:
        return gettext(_("all others"))
    return name or gettext(_("none"))
