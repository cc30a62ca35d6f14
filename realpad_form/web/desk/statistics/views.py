"""Statistics for marketers: how many saw a form, began it, sent it, and what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import ProjectNotFoundError
from realpad_form.domain.people import Person, Right
from realpad_form.domain.project_rules import is_slug
from realpad_form.domain.spend import SpendFault
from realpad_form.domain.statistics import (
    FormEvent,
    Funnel,
    FunnelStep,
    GroupBy,
    StatisticsQuery,
    Trend,
    day_of,
)
from realpad_form.forms.messages import _
from realpad_form.services.export import Cell
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, get_visible_project, me, needs, visible_projects
from realpad_form.web.desk.i18n import gettext, language, money, read_day
from realpad_form.web.desk.inbox.filters import Filters
from realpad_form.web.desk.pages import render, spreadsheet
from realpad_form.web.desk.statistics.charts import draw_chart, intervals
from realpad_form.web.desk.statistics.table import (
    REFUSALS,
    SortBy,
    by_day,
    columns,
    question_rows,
    row_names,
    rows,
    sort,
    value_of,
)

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
    GroupBy.CAMPAIGN_AND_UNIT: _("By campaign and unit"),
    GroupBy.PROJECT: _("By project"),
}
HEADS: Final = {
    GroupBy.DAY: (_("Day"),),
    GroupBy.CAMPAIGN: (_("Campaign"),),
    GroupBy.UNIT: (_("Unit"),),
    GroupBy.CAMPAIGN_AND_UNIT: (_("Campaign"), _("Unit")),
    GroupBy.PROJECT: (_("Project"),),
}
RANGES: Final = (7, 30, 90)
LONGEST: Final = timedelta(days=400)
PAGE: Final = 30
"""Rows of the table at once."""

CURRENCIES: Final = ("CZK", "EUR", "PLN")
"""What amounts may be in that name no currency, the usual one first."""

NO_FILE: Final = _("Choose a CSV file, and the currency of its amounts.")
FAULTS: Final = {
    SpendFault.DATE: _("the date cannot be read"),
    SpendFault.CAMPAIGN: _("the campaign is missing"),
    SpendFault.AMOUNT: _("the amount cannot be read"),
    SpendFault.CURRENCY: _("the currency is none that is known"),
}
"""Why a line was left out, untranslated."""

MAX_PAGE: Final = 100_000

bp = blueprint("statistics", "/figures")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsFilters:
    """What the page is asked for."""

    since: date
    until: date
    project: str = ""
    by: GroupBy = GroupBy.DAY
    sort: SortBy | None = None  # None for the usual order
    is_ascending: bool = False
    page: int = 1
    is_turned: bool = False  # the first day asked for was after the last

    @classmethod
    def read(cls) -> "StatisticsFilters":
        """Return what the address holds, without what cannot be meant."""
        today = day_of(deps().services.log.now())
        until = min(read_day(request.args.get("until", "")) or today, today)
        since = read_day(request.args.get("since", "")) or until - timedelta(days=RANGES[1] - 1)
        asked, project, sort = (request.args.get(name, "") for name in ("by", "project", "sort"))
        first, last = min(since, until), min(max(since, until), today)
        return cls(
            since=max(first, last - LONGEST),
            until=last,
            project=project if is_slug(project) else "",
            by=GroupBy(asked) if asked in list(BY) else GroupBy.DAY,
            sort=SortBy(sort) if sort in list(SortBy) else None,
            is_ascending=request.args.get("order") == "up",
            page=max(1, min(request.args.get("page", 1, type=int), MAX_PAGE)),
            is_turned=since > until,
        )

    def address(self, path: str = "/figures/", **changes: Any) -> str:
        """Return the address of a page with this choice, changed; of the table, its beginning."""
        chosen = replace(self, **{"page": 1, **changes})
        query: dict[str, Any] = {
            "project": chosen.project,
            "since": chosen.since,
            "until": chosen.until,
            "by": chosen.by,
        }
        if chosen.sort:
            query.update(sort=chosen.sort, **({"order": "up"} if chosen.is_ascending else {}))
        if chosen.page > 1:
            query["page"] = chosen.page
        return f"{path}?" + urlencode(query)

    def query(self, person: Person) -> StatisticsQuery:
        """Return what to count, among a person's projects only. Raises: ProjectNotFoundError."""
        if self.project and not person.sees(self.project):
            raise ProjectNotFoundError(self.project)
        projects = frozenset({self.project}) if self.project else person.projects
        return StatisticsQuery(since=self.since, until=self.until, projects=projects)

    @property
    def order(self) -> tuple[SortBy, bool]:
        """By which column the table is sorted, and whether downwards."""
        if self.sort:
            return self.sort, not self.is_ascending
        return (SortBy.NAME if self.by is GroupBy.DAY else SortBy.LEADS), True

    def sorted_by(self, column: SortBy) -> str:
        """Return the address of the table in the order of a column; turned round if it is in it already."""
        shown, is_descending = self.order
        is_ascending = is_descending if column is shown else column is SortBy.NAME
        return self.address(sort=column, is_ascending=is_ascending) + "#table"

    @property
    def leads(self) -> Filters:
        """What the inbox finds the leads of all this by."""
        return Filters(project=self.project, since=self.since.isoformat(), until=self.until.isoformat())


@bp.get("/")
@needs(Right.STATISTICS)
def show() -> ResponseReturnValue:
    """Show the way from visitors to Realpad: all of it, day by day, and by what was chosen."""
    choice = StatisticsFilters.read()
    days, whole = deps().services.statistics.overview(choice.query(me()))
    trends = _sorted(choice, days)
    pages = max(1, ceil(len(trends) / PAGE))
    choice = replace(choice, page=min(choice.page, pages))
    shown = intervals(days, since=choice.since, until=choice.until)
    projects = visible_projects()
    if choice.project and choice.project not in dict(projects):  # its file is gone, its numbers are not
        projects = [*projects, (choice.project, choice.project)]
    obstacles = deps().services.statistics.obstacles(choice.query(me()))
    return render(
        "desk/statistics/show.html",
        choice=choice,
        projects=projects,
        by=BY,
        heads=HEADS[choice.by],
        columns=columns(choice.by, trends),
        SortBy=SortBy,
        value_of=value_of,
        money=lambda amount, currency: money(amount, currency, language()),
        ranges=list(_ranges(choice)),
        funnel=list(_funnel(whole)),
        answered=whole.now.answered_in_s,
        before=choice.query(me()).before,
        rows=list(
            rows(trends[PAGE * (choice.page - 1) : PAGE * choice.page], choice.by, within=choice.leads)
        ),
        count=len(trends),
        pages=pages,
        first=PAGE * (choice.page - 1) + 1,
        shown=shown,
        questions=question_rows(obstacles, choice.project),
        refused=obstacles[FormEvent.REFUSED],
        refusals=REFUSALS,
        FunnelStep=FunnelStep,
        leads=draw_chart(shown, FunnelStep.ACCEPTED, FunnelStep.DELIVERED),
        views=draw_chart(shown, FunnelStep.VIEW, FunnelStep.START),
    )


@bp.get("/figures.<any(csv,xlsx):format_>")
@needs(Right.STATISTICS)
def table(format_: str) -> ResponseReturnValue:
    """Send the whole table for spreadsheets."""
    choice = StatisticsFilters.read()
    days = (
        deps().services.statistics.report(choice.query(me()), by=GroupBy.DAY)
        if choice.by is GroupBy.DAY
        else []
    )
    trends = _sorted(choice, days)
    shown = columns(choice.by, trends)
    head = [*HEADS[choice.by], *shown.values()]
    units = {_("Change"): " (%)", _("Leads per visitor"): " (%)", _("Time to Realpad"): " (s)"}
    lines = ([*_names(each.now, choice.by), *(_cell(each, column) for column in shown)] for each in trends)
    head = [gettext(words) + units.get(words, "") for words in head]
    name = f"statistics-{choice.project or 'all'}-{choice.since}-{choice.until}-{choice.by}"
    return spreadsheet(head, lines, name=name, format_=format_)


@bp.get("/spend")
@needs(Right.STATISTICS)
def ask_spend() -> ResponseReturnValue:
    """Ask for a file of what campaigns cost."""
    return _spend_page()


@bp.post("/spend")
@needs(Right.STATISTICS)
def import_spend() -> ResponseReturnValue:
    """Import what campaigns of a project cost, and say what could not be. Raises: ProjectNotFoundError."""
    project = get_visible_project(request.form.get("project", ""))
    currency, file = request.form.get("currency", ""), request.files.get("file")
    text = file.read().decode("utf-8", "replace") if file else ""
    if not text.strip() or currency not in CURRENCIES:
        return _spend_page(status=422, problem=gettext(NO_FILE))
    report = deps().services.statistics.import_spend(
        text, project=project.slug, currency=currency, by=me().id
    )
    return _spend_page(status=200 if report.imported else 422, report=report)


def _spend_page(*, status: int = 200, **more: Any) -> Response:
    return render(
        "desk/statistics/spend.html",
        status=status,
        projects=visible_projects(),
        project=request.values.get("project", ""),
        currency=request.form.get("currency", CURRENCIES[0]),
        currencies=CURRENCIES,
        faults=FAULTS,
        **more,
    )


def _sorted(choice: StatisticsFilters, days: Sequence[Funnel]) -> list[Trend]:
    """Return the rows of the table in their order."""
    column, is_descending = choice.order
    if choice.by is GroupBy.DAY:
        trends = by_day(days)
    else:
        trends = deps().services.statistics.trends(choice.query(me()), by=choice.by)
    return sort(trends, column, is_descending=is_descending)


def _names(funnel: Funnel, by: GroupBy) -> list[Cell]:
    """Return what a row is called in a spreadsheet, where days can be reckoned with."""
    return [date.fromisoformat(funnel.name)] if by is GroupBy.DAY else list(row_names(funnel, by))


def _cell(trend: Trend, column: SortBy) -> Cell:
    value = value_of(trend, column)
    if isinstance(value, float):
        if column in (SortBy.SPENT, SortBy.COST):
            return round(value, 2)
        return round(value) if column is SortBy.ANSWERED else round(100 * value, 1)
    return value


def _ranges(choice: StatisticsFilters) -> Iterator[tuple[int, str, bool]]:
    """Yield the usual spans up to today: days, address, whether it is the one shown."""
    today = day_of(deps().services.log.now())
    for days in RANGES:
        since = today - timedelta(days=days - 1)
        is_shown = (choice.since, choice.until) == (since, today)
        yield days, choice.address(since=since, until=today), is_shown


def _funnel(whole: Trend) -> Iterator[tuple[str, int, float | None, float | None, int]]:
    """Yield of each step its words, how many took it, which part of those of the step before, by how much
    that has changed, and how many it was before.
    """
    last: FunnelStep | None = None
    for step, words in STEPS.items():
        rate = whole.now.rate(step, of=last) if last else None
        yield words, whole.now.counts[step], rate, whole.change(step), whole.before.counts[step]
        last = step
