"""The table of the statistics: a row per name, sorted as asked for, and leading to its leads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from realpad_form.domain.metrics import Refusal
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.statistics import NAME_CHARS, OTHER, FormEvent, Funnel, FunnelStep, GroupBy, Trend
from realpad_form.domain.text import pick
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me, project_name
from realpad_form.web.desk.i18n import full_day, gettext, language
from realpad_form.web.desk.inbox.filters import Filters, exactly
from realpad_form.web.desk.labels import ANSWER_NAMES

QUESTIONS: Final = 20
"""At most so many questions are listed."""

Number = int | float | None


class SortBy(StrEnum):
    """A column of the table."""

    NAME = "name"
    VIEW = "view"
    START = "start"
    SEND = "send"
    LEADS = "leads"
    CHANGE = "change"
    RATE = "rate"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    SPENT = "spent"
    COST = "cost"


COLUMNS: Final = {
    SortBy.VIEW: _("Saw the form"),
    SortBy.START: _("Began"),
    SortBy.SEND: _("Sent"),
    SortBy.LEADS: _("Leads"),
    SortBy.CHANGE: _("Change"),
    SortBy.RATE: _("Leads per visitor"),
    SortBy.DELIVERED: _("In Realpad"),
    SortBy.ANSWERED: _("Time to Realpad"),
    SortBy.SPENT: _("Spent"),
    SortBy.COST: _("Cost per lead in Realpad"),
}
"""What the columns beside the name are called, untranslated."""

_STEPS: Final = {
    SortBy.VIEW: FunnelStep.VIEW,
    SortBy.START: FunnelStep.START,
    SortBy.SEND: FunnelStep.SEND,
    SortBy.LEADS: FunnelStep.ACCEPTED,
    SortBy.DELIVERED: FunnelStep.DELIVERED,
}


def columns(by: GroupBy, trends: Sequence[Trend]) -> dict[SortBy, str]:
    """Return the columns of a table: a single day is compared with none, and costs are there if imported."""
    left_out = {SortBy.CHANGE} if by is GroupBy.DAY else set()
    if all(each.spent_cents is None for each in trends):
        left_out |= {SortBy.SPENT, SortBy.COST}
    return {key: words for key, words in COLUMNS.items() if key not in left_out}


def value_of(trend: Trend, column: SortBy) -> Number:
    """Return what a column says of a row; None if it can say nothing."""
    if column in _STEPS:
        return trend.now.counts[_STEPS[column]]
    if column is SortBy.CHANGE:
        return trend.change(FunnelStep.ACCEPTED)
    if column is SortBy.RATE:
        return trend.now.rate(FunnelStep.ACCEPTED, of=FunnelStep.VIEW)
    if column is SortBy.SPENT:
        return None if trend.spent_cents is None else trend.spent_cents / 100
    return trend.cost if column is SortBy.COST else trend.now.answered_in_s


def by_day(days: Sequence[Funnel]) -> list[Trend]:
    """Return the rows of days."""
    return [Trend(now=each, before=each) for each in days]


def sort(trends: Sequence[Trend], column: SortBy, *, is_descending: bool) -> list[Trend]:
    """Return rows in the order of a column; where it says nothing they come last, either way."""
    named = sorted(trends, key=lambda each: (each.now.name.casefold(), each.now.unit.casefold()))
    if column is SortBy.NAME:
        return named[::-1] if is_descending else named
    known = [(value, each) for each in named if (value := value_of(each, column)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=is_descending)
    return [each for _value, each in known] + [each for each in named if value_of(each, column) is None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row as it is shown."""

    names: tuple[str, ...]
    trend: Trend
    leads_address: str | None  # None for who may see no leads, and where no filter finds them


def rows(trends: Sequence[Trend], by: GroupBy, *, within: Filters) -> Iterator[TableRow]:
    """Yield rows as they are shown; `within` is what the leads of all of them have in common."""
    may_see_leads = me().may(Right.LEADS)
    for each in trends:
        found = _filters(each.now, by, within) if may_see_leads else None
        names = tuple(row_names(each.now, by))
        yield TableRow(names=names, trend=each, leads_address=found.address("/inbox/") if found else None)


REFUSALS: Final[Mapping[str, str]] = {
    Refusal.VALIDATION: _("answers to correct"),
    Refusal.TOKEN: _(
        "the page was open for too long, or the captcha failed; the browser tries again by itself"
    ),
    Refusal.LIMIT: _("too many at once from one address or for one project"),
    Refusal.ORIGIN: _("from a website that the project file does not name"),
    Refusal.MALFORMED: _("not what the form sends"),
    Refusal.STORAGE: _("the service could not store it just then"),
}
"""Why a submission was refused, untranslated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """What happened at one question."""

    name: str
    left: int  # forms that were begun and left there
    mistakes: int  # submissions that were refused for it


def question_rows(found: Mapping[FormEvent, Sequence[tuple[str, int]]], slug: str) -> list[QuestionRow]:
    """Return the questions at which something happened, most of it first; `slug` is the project, or ''."""
    left, mistakes = dict(found[FormEvent.LEFT]), dict(found[FormEvent.MISTAKE])
    project = deps().services.catalog.projects().get(slug)
    rows = [
        QuestionRow(name=_question_name(key, project), left=left.get(key, 0), mistakes=mistakes.get(key, 0))
        for key in left.keys() | mistakes.keys()
    ]
    return sorted(rows, key=lambda row: (-row.left - row.mistakes, row.name))[:QUESTIONS]


def _question_name(key: str, project: Project | None) -> str:
    """Return what a question is called: as its project does, as all do, or by its key."""
    if key.startswith("consent_"):
        return gettext(_("Consent %(number)s")) % {"number": key.removeprefix("consent_")}
    entry = project.questions.get(key) if project else None
    if project and entry and entry.label:
        return pick(entry.label, language(), project.language)
    return gettext(ANSWER_NAMES[key]) if key in ANSWER_NAMES else key


def row_names(funnel: Funnel, by: GroupBy) -> Iterator[str]:
    """Yield what a row is called: one name, or that of the campaign and of the unit."""
    if by is GroupBy.DAY:
        yield full_day(date.fromisoformat(funnel.name), language())
    elif by is GroupBy.PROJECT:
        yield project_name(funnel.name)
    else:
        for name in (funnel.name, funnel.unit) if by is GroupBy.CAMPAIGN_AND_UNIT else (funnel.name,):
            yield gettext(_("all others")) if name == OTHER else name or gettext(_("none"))


def _filters(funnel: Funnel, by: GroupBy, within: Filters) -> Filters | None:
    """Return what the inbox finds the leads of a row by; None if it has no filter for them."""
    if by is GroupBy.DAY:
        return within.with_(since=funnel.name, until=funnel.name)
    if by is GroupBy.PROJECT:
        return within.with_(project=funnel.name)
    names = {"campaign": funnel.name, "unit": funnel.unit}
    if by is GroupBy.UNIT:
        names = {"unit": funnel.name}
    elif by is GroupBy.CAMPAIGN:
        names = {"campaign": funnel.name}
    # No filter finds those that have none, those of all others, or those whose name was cut off.
    if any(name in ("", OTHER) or len(name) >= NAME_CHARS for name in names.values()):
        return None
    return within.with_(**{facet: exactly(name) for facet, name in names.items()})
