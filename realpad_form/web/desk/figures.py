"""Figures for marketers: how many saw a form, began it, sent it, and what became of it."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import ProjectNotFoundError
from realpad_form.domain.figures import OTHER, By, FigureQuery, Funnel, Step, day_of
from realpad_form.domain.people import Person, Right
from realpad_form.domain.project_rules import is_slug
from realpad_form.forms.messages import _
from realpad_form.services.export import defused
from realpad_form.web.context import deps
from realpad_form.web.desk.chart import Chart, draw
from realpad_form.web.desk.frame import blueprint, gettext, language, me, needs, render
from realpad_form.web.desk.inbox_rows import project_name, visible_projects
from realpad_form.web.desk.times import full_day

STEPS: Final = {
    Step.VIEW: _("Saw the form"),
    Step.START: _("Began"),
    Step.SEND: _("Sent"),
    Step.ACCEPTED: _("Leads"),
    Step.DELIVERED: _("In Realpad"),
}
"""The way from a visitor to Realpad, with its words, untranslated."""

BY: Final = {
    By.DAY: _("By day"),
    By.CAMPAIGN: _("By campaign"),
    By.UNIT: _("By unit"),
    By.PROJECT: _("By project"),
}

NOTHING: Final = Funnel(name="", counts=dict.fromkeys(Step, 0), answered_in_s=None)
HEADS: Final = {
    By.DAY: _("Day"),
    By.CAMPAIGN: _("Campaign"),
    By.UNIT: _("Unit"),
    By.PROJECT: _("Project"),
}
RANGES: Final = (7, 30, 90)
LONGEST: Final = timedelta(days=400)

bp = blueprint("figures", "/figures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the page is asked for."""

    since: date
    until: date
    project: str = ""
    by: By = By.DAY

    @classmethod
    def read(cls) -> "Choice":
        """Return what the address holds, without what cannot be meant."""
        today = day_of(deps().services.log.now())
        until = min(_day("until") or today, today)
        since = min(_day("since") or until - timedelta(days=RANGES[1] - 1), until)
        asked, project = request.args.get("by", ""), request.args.get("project", "")
        return cls(
            since=max(since, until - LONGEST),
            until=until,
            project=project if is_slug(project) else "",
            by=By(asked) if asked in list(BY) else By.DAY,
        )

    def address(self, page: str = "/figures/", **changes: Any) -> str:
        """Return the address of a page with this choice, changed."""
        chosen = replace(self, **changes)
        return f"{page}?" + urlencode(
            {"project": chosen.project, "since": chosen.since, "until": chosen.until, "by": chosen.by}
        )

    def query(self, person: Person) -> FigureQuery:
        """Return what to count, among a person's projects only. Raises: ProjectNotFoundError."""
        if self.project and not person.sees(self.project):
            raise ProjectNotFoundError(self.project)
        projects = frozenset({self.project}) if self.project else person.projects
        return FigureQuery(since=self.since, until=self.until, projects=projects)

    @property
    def days(self) -> list[date]:
        """Every day, oldest first."""
        return [self.since + timedelta(days=each) for each in range((self.until - self.since).days + 1)]


@bp.get("/")
@needs(Right.FIGURES)
def show() -> ResponseReturnValue:
    """Show the way from visitors to Realpad: all of it, day by day, and by what was chosen."""
    choice = Choice.read()
    query = choice.query(me())
    by_day = deps().services.figures.report(query, by=By.DAY)
    rows = by_day if choice.by is By.DAY else deps().services.figures.report(query, by=choice.by)
    whole = next(iter(deps().services.figures.report(query, by=By.ALL)), NOTHING)
    return render(
        "desk/figures/show.html",
        choice=choice,
        projects=visible_projects(),
        steps=STEPS,
        Step=Step,
        by=BY,
        heads=HEADS,
        ranges=list(_ranges(choice)),
        funnel=list(_funnel(whole)),
        answered=whole.answered_in_s,
        rows=list(reversed(rows)) if choice.by is By.DAY else rows,
        named=lambda name: _named(name, choice.by),
        leads=_chart(choice, by_day, Step.ACCEPTED, Step.DELIVERED),
        views=_chart(choice, by_day, Step.VIEW, Step.START),
    )


@bp.get("/figures.csv")
@needs(Right.FIGURES)
def table() -> ResponseReturnValue:
    """Send the table as CSV for spreadsheets."""
    choice = Choice.read()
    rows = deps().services.figures.report(choice.query(me()), by=choice.by)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([choice.by, *Step, "answered_in_s"])
    for row in rows:
        answered = "" if row.answered_in_s is None else f"{row.answered_in_s:.0f}"
        writer.writerow([defused(row.name), *(row.counts[step] for step in Step), answered])
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


def _ranges(choice: Choice) -> Iterator[tuple[int, str, bool]]:
    """Yield the usual spans up to today: days, address, whether it is the one shown."""
    today = day_of(deps().services.log.now())
    for days in RANGES:
        since = today - timedelta(days=days - 1)
        is_shown = (choice.since, choice.until) == (since, today)
        yield days, choice.address(since=since, until=today), is_shown


def _funnel(whole: Funnel) -> Iterator[tuple[Step, int, float | None]]:
    """Yield each step, how many took it, and which part of those of the step before."""
    before: int | None = None
    for step in STEPS:
        count = whole.counts[step]
        yield step, count, min(1.0, count / before) if before else None
        before = count


def _chart(choice: Choice, rows: Sequence[Funnel], whole: Step, part: Step) -> Chart:
    found = {row.name: row for row in rows}
    counts = [(day, found.get(day.isoformat(), NOTHING).counts) for day in choice.days]
    return draw([(day, each[whole], each[part]) for day, each in counts])


def _named(name: str, by: By) -> str:
    """Return what a row is called."""
    if by is By.DAY:
        return full_day(date.fromisoformat(name), language())
    if by is By.PROJECT:
        return project_name(name)
    if name == OTHER:
        return gettext(_("all others"))
    return name or gettext(_("none"))
