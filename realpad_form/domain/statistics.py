"""How many people saw a form, began it, sent it, and what became of it; nothing tells who they were."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import IntFlag, StrEnum
from itertools import chain
from math import ceil, log2
from typing import Final
from zoneinfo import ZoneInfo

from realpad_form.domain.delivery import Outcome, Status
from realpad_form.domain.lead import LeadRecord

ZONE: Final = ZoneInfo("Europe/Prague")
"""Whose days are counted."""

OTHER: Final = "…"
"""Campaigns or units beyond as many as are told apart."""

NAME_CHARS: Final = 100
"""The longest name of a campaign or unit; the rest of a longer one is cut off."""

TEST_CAMPAIGN: Final = "test"
"""The campaign of test leads, which statistics leave out."""

WAIT: Final = "wait "
"""Begins what is counted of waits: then comes the class."""

SUMMARY_TIME: Final = time(8)
"""When on Monday the summary of the week before is mailed, local."""

SUMMARY_DUE_FOR: Final = timedelta(days=2)
"""How late it may be, after an outage: later, it would be no news."""

_PER_DOUBLING: Final = 4
"""Classes of waits between one and twice as long: a median is right to a fifth."""

_ANSWERS: Final = (Outcome.ACCEPTED, Outcome.REFUSED)


class FunnelStep(StrEnum):
    """One step of the way from a visitor to Realpad."""

    VIEW = "view"  # the form came into sight
    START = "start"  # something was typed or chosen
    SEND = "send"  # the first click on send
    ACCEPTED = "accepted"  # we stored a lead
    QUARANTINED = "quarantined"  # of these, held back as likely spam
    ANSWERED = "answered"  # of these, accepted or refused by Realpad
    DELIVERED = "delivered"  # of these, in Realpad


IN_BROWSER: Final = frozenset({FunnelStep.VIEW, FunnelStep.START, FunnelStep.SEND})
"""The steps that only the visitor's browser can tell; blocked scripts and closed tabs are missing."""


@dataclass(frozen=True, slots=True, order=True)
class TallyKey:
    """Where something was counted."""

    project: str
    day: date  # of the visit or, for all that is counted of a lead, of its submission
    campaign: str = ""  # '' if none
    unit: str = ""  # '' if none


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """What was counted under one name: a day (ISO 8601), a campaign, a unit or a project.

    The name '' is none, and `OTHER` the rest.
    """

    name: str
    unit: str = ""  # of a campaign, in statistics by both; `name` is the campaign then
    counts: Mapping[FunnelStep, int]  # every step, 0 if none
    waits: Mapping[int, int] = field(default_factory=dict)  # for Realpad's first answer, by class

    @property
    def answered_in_s(self) -> float | None:
        """The median time from the submission to Realpad's first answer; None without any."""
        return median_s(self.waits)

    def rate(self, step: "FunnelStep", *, of: "FunnelStep") -> float | None:
        """Return which part of those of one step took another, at most 1.

        None if there was nobody, or if more took the later step: browsers that block scripts and other
        systems send leads without having been counted before, so there is nothing to compare with.
        """
        whole, part = self.counts[of], self.counts[step]
        return part / whole if 0 < whole >= part else None


def nothing(name: str = "", unit: str = "") -> Funnel:
    """Return a funnel in which nothing was counted."""
    return Funnel(name=name, unit=unit, counts=dict.fromkeys(FunnelStep, 0))


def summed(funnels: Iterable[Funnel]) -> Funnel:
    """Return what was counted under several names together."""
    counts: Counter[FunnelStep] = Counter(dict.fromkeys(FunnelStep, 0))
    waits: Counter[int] = Counter()
    for each in funnels:
        counts.update(each.counts)
        waits.update(each.waits)
    return Funnel(name="", counts=counts, waits=waits)


def merged(*reports: Iterable[Funnel]) -> list[Funnel]:
    """Return statistics of several periods as one, by name and in its order."""
    found: defaultdict[tuple[str, str], list[Funnel]] = defaultdict(list)
    for each in chain(*reports):
        found[each.name, each.unit].append(each)
    return [
        replace(summed(funnels), name=name, unit=unit) if len(funnels) > 1 else funnels[0]
        for (name, unit), funnels in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What was counted under one name, and in equally many days before."""

    now: Funnel
    before: Funnel
    spent_cents: int | None = None  # now, by a campaign; None if nobody said
    currency: str = ""  # of that, ISO 4217

    @property
    def cost(self) -> float | None:
        """What one lead in Realpad cost, in whole units of the currency; None if that cannot be said."""
        delivered = self.now.counts[FunnelStep.DELIVERED]
        return self.spent_cents / 100 / delivered if self.spent_cents is not None and delivered else None

    def change(self, step: FunnelStep) -> float | None:
        """Return by which part of what it was a number has changed: -0.5 is half of it; None if it was 0."""
        before = self.before.counts[step]
        return self.now.counts[step] / before - 1 if before else None


Counts = Mapping[tuple[TallyKey, str], int]
"""How much is to be added where: to a `Step`, or to the class of a wait, as `wait_step` writes it."""


class FormEvent(StrEnum):
    """What keeps a visitor from becoming a lead."""

    REFUSED = "refused"  # a submission, by why
    MISTAKE = "mistake"  # in a submission that was refused for it, by question
    LEFT = "left"  # a form that was begun, by the question reached


@dataclass(frozen=True, slots=True, order=True)
class FormEventKey:
    """Under what such an event is counted."""

    project: str
    day: date
    event: FormEvent
    name: str  # of the question, or why


FormEvents = Mapping[FormEventKey, int]


class Tallied(IntFlag):
    """What the statistics know of one lead already."""

    NOTHING = 0
    ACCEPTED = 1
    ANSWERED = 2
    DELIVERED = 4
    REJECTED = 8


def counts_of(record: LeadRecord, tallied: Tallied) -> tuple[Counts, Tallied]:
    """Return what a lead adds to the statistics beyond what they know, and what they know then."""
    here = place_of(record)
    steps: list[str] = []
    now = Tallied.ACCEPTED
    if record.lead.status is Status.REJECTED:
        now |= Tallied.REJECTED
    if Tallied.ACCEPTED not in tallied:
        steps += [FunnelStep.ACCEPTED]
        steps += [FunnelStep.QUARANTINED] if record.lead.status is Status.QUARANTINED else []
    answered_at = next((each.ended_at for each in record.attempts if each.outcome in _ANSWERS), None)
    if answered_at is not None:
        now |= Tallied.ANSWERED
        if Tallied.ANSWERED not in tallied:
            wait = (answered_at - record.lead.created_at).total_seconds()
            steps += [FunnelStep.ANSWERED, wait_step(wait)]
    if record.lead.status is Status.DELIVERED:
        now |= Tallied.DELIVERED
        steps += [] if Tallied.DELIVERED in tallied else [FunnelStep.DELIVERED]
    return {(here, step): 1 for step in steps}, tallied | now


def place_of(record: LeadRecord) -> TallyKey:
    """Return where a lead is counted: where its visitor sent it from, whatever was corrected later."""
    first = record.revisions[0]
    answers = first.answers
    unit = answers.get("unit") or answers.get("unit_id") or ""
    return place(
        record.lead.project,
        record.lead.created_at,
        campaign=first.payload.get("campaign", ""),
        unit=str(unit),
    )


def day_of(at: datetime) -> date:
    """Return the local day of an aware time."""
    return at.astimezone(ZONE).date()


def place(project: str, at: datetime, *, campaign: str = "", unit: str = "") -> TallyKey:
    """Return where something of a time, campaign and unit is counted."""
    return TallyKey(project, day_of(at), campaign[:NAME_CHARS], unit[:NAME_CHARS])


def wait_step(seconds: float) -> str:
    """Return what a wait is counted as: its class, 0 being all up to a second."""
    return f"{WAIT}{ceil(_PER_DOUBLING * log2(max(seconds, 1)))}"


def median_s(waits: Mapping[int, int]) -> float | None:
    """Return the median of waits counted by class, in seconds: its class's upper end."""
    total, passed = sum(waits.values()), 0
    for each in sorted(waits):
        passed += waits[each]
        if 2 * passed >= total > 0:
            return float(2 ** (each / _PER_DOUBLING))
    return None


class GroupBy(StrEnum):
    """What statistics are listed by."""

    DAY = "day"
    CAMPAIGN = "campaign"
    UNIT = "unit"
    CAMPAIGN_AND_UNIT = "campaign-unit"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuery:
    """Which statistics to show; what is None does not matter.

    Test leads are left out, unless their campaign is asked for.
    """

    since: date  # the first local day
    until: date  # the last local day, itself included
    projects: frozenset[str] | None = None  # None: all; empty: none
    campaign: str | None = None  # '': without one
    unit: str | None = None  # '': without one

    @property
    def before(self) -> "StatisticsQuery":
        """The same for as many days before these."""
        days = self.until - self.since + timedelta(days=1)
        return replace(self, since=self.since - days, until=self.until - days)


@dataclass(frozen=True, slots=True)
class Week:
    """A week of local days, Monday to Sunday."""

    first: date

    @classmethod
    def to_summarize(cls, now: datetime) -> "Week | None":
        """Return the week whose summary is due at an aware time; None if it is too early or too late."""
        today = day_of(now)
        week = cls(today - timedelta(days=today.weekday() + 7))
        return week if week.due_at <= now < week.due_at + SUMMARY_DUE_FOR else None

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)

    @property
    def due_at(self) -> datetime:
        """When its summary is mailed: on the Monday after it."""
        return datetime.combine(self.first + timedelta(days=7), SUMMARY_TIME, ZONE)

    def of(self, projects: Iterable[str]) -> StatisticsQuery:
        """Return the query of some projects in this week."""
        return StatisticsQuery(since=self.first, until=self.last, projects=frozenset(projects))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectWeek:
    """What a week brought to one project; nothing in it is about a visitor."""

    slug: str
    trend: Trend  # beside the week before
    waiting: int  # leads that a person has to decide about, now
    refused: int  # submissions
    campaigns: tuple[tuple[str, int], ...]  # those with most leads, and how many; '' is none

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to report."""
        leads = (each.counts[FunnelStep.ACCEPTED] for each in (self.trend.now, self.trend.before))
        return not (any(leads) or self.waiting or self.refused)
