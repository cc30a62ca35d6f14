"""Every small history of calls, clocks and lists, and what a comparison may say about it.

A history is up to four calls by up to three people for up to three projects of one account. Each call is
delivered, or its answer is lost: then it was stored at once, stored minutes later, or never. Realpad's list
shows any unbroken part of what was stored: all of it, cut at either end, as it was before, or nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from random import Random
from uuid import UUID

from untraced import untraced

from realpad_form.domain.listing import Call, ListEntry
from realpad_form.domain.reconcile import Presence, compare

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATE = timedelta(minutes=10)
"""How long after its end a call may still arrive, as far as the log is told."""

FATES = ("delivered", "stored", "stored late", "never stored")
STORED_LATE_BY = timedelta(minutes=5)
GAPS = (timedelta(seconds=8), timedelta(minutes=7), timedelta(hours=5))
CLOCKS = tuple(
    timedelta(minutes=sign * minutes)
    for minutes in (0, 1, 5, 60, 2880)
    for sign in (1, -1)
    if minutes or sign > 0
)
"""Realpad's clock minus ours: none, a minute, five minutes, an hour, two days, each way."""


HOLES = ("", "the first delivered", "the first project")
"""What people or Realpad have taken out of the list: an enquiry that sales deleted, a project not shown."""


@dataclass(frozen=True, slots=True)
class People:
    """Three people: what they type, and how Realpad knows them."""

    typed: tuple[str, str, str] = ("Jana Malá", "Petr Novák", "Eva Bílá")
    listed: tuple[str, str, str] = ("Jana Malá", "Petr Novák", "Eva Bílá")
    emails: tuple[str, str, str] = ("jana@example.com", "petr@example.com", "eva@example.com")
    customers: tuple[int, int, int] = (1, 2, 3)


PEOPLE = {
    "strangers": People(),
    "namesakes": People(
        typed=("Jana Malá", "Jana Malá", "Eva Bílá"), listed=("Jana Malá", "Jana Malá", "Eva Bílá")
    ),
    "known otherwise": People(listed=("Jana Veliká", "Petr Novák", "Eva Bílá")),
    "a couple": People(
        listed=("Petr Novák", "Petr Novák", "Eva Bílá"),
        emails=("petr@example.com", "petr@example.com", "eva@example.com"),
        customers=(2, 2, 3),
    ),
}  # fmt: skip
"""Who may call; Realpad knows a customer by the e-mail address, under the name that came first."""


@dataclass(frozen=True, slots=True)
class Made:
    """One call as it truly was."""

    person: int
    project: int
    outcome_of: str
    at: datetime

    @property
    def ended_at(self) -> datetime:
        return self.at + timedelta(seconds=1 if self.outcome_of == "delivered" else 15)

    @property
    def stored_at(self) -> datetime:
        if self.outcome_of == "stored late":
            return self.ended_at + STORED_LATE_BY
        return self.at + timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class History:
    """What was called, and how Realpad shows it."""

    made: tuple[Made, ...]
    shown: tuple[int, int]  # the part of what was stored that is listed, in the order of storing
    clock: timedelta  # Realpad's minus ours
    has_date: bool  # whether the answer says what time it is there
    who: str  # of PEOPLE
    hole: str = HOLES[0]

    @property
    def people(self) -> People:
        return PEOPLE[self.who]

    @property
    def is_whole(self) -> bool:
        return not self.hole and self.shown == (
            0,
            sum(each.outcome_of != "never stored" for each in self.made),
        )

    def judge(self) -> list[tuple[Made, Presence, int | None]]:
        """Return every unknown call with what the comparison says, and whose entry it takes for it."""
        calls = [self._call(number, each) for number, each in enumerate(self.made)]
        stored = sorted(
            (each for each in self.made if each.outcome_of != "never stored"), key=lambda each: each.stored_at
        )
        listed = [self._listed(number, each) for number, each in enumerate(stored)]
        told = compare(
            [call for call, made in zip(calls, self.made, strict=True) if made.outcome_of != "delivered"],
            [call for call, made in zip(calls, self.made, strict=True) if made.outcome_of == "delivered"],
            [listed[number] for number in self._visible(stored)][::-1],
            clock_offset=self.clock if self.has_date else None,
        )
        findings = (
            (made, told.results.get(call.lead_id)) for made, call in zip(self.made, calls, strict=True)
        )
        return [
            (made, found.presence, found.entries[0].customer_id if found.entries else None)
            for made, found in findings
            if found
        ]

    def _visible(self, stored: Sequence[Made]) -> list[int]:
        """Return which of the stored calls are listed."""
        visible = list(range(*self.shown))
        if self.hole == "the first project":
            return [number for number in visible if stored[number].project != 0]
        if self.hole == "the first delivered":
            delivered = [number for number in visible if stored[number].outcome_of == "delivered"]
            return [number for number in visible if number not in delivered[:1]]
        return visible

    def _call(self, number: int, made: Made) -> Call:
        is_delivered = made.outcome_of == "delivered"
        return Call(
            lead_id=UUID(int=number), name=self.people.typed[made.person],
            project=str(made.project), campaign="",
            started_at=made.at, ended_at=made.ended_at, late=timedelta(0) if is_delivered else LATE,
            customer_id=self.people.customers[made.person] if is_delivered else None,
            contacts=frozenset([self.people.emails[made.person]]),
        )  # fmt: skip

    def _listed(self, number: int, made: Made) -> ListEntry:
        return ListEntry(
            inquiry_id=number, customer_id=self.people.customers[made.person],
            customer_name=self.people.listed[made.person],
            at=made.stored_at + self.clock, projects=(f"Project {made.project}",),
        )  # fmt: skip

    def mistakes(self, findings: Sequence[tuple[Made, Presence, int | None]]) -> list[str]:
        """Return which findings are not true."""
        wrong = []
        for made, presence, customer_id in findings:
            is_stored = made.outcome_of != "never stored"
            if presence is Presence.ABSENT and is_stored:
                wrong.append(f"absent, but there: {made}")
            if presence is Presence.NOT_LISTED and is_stored and self.is_whole:
                wrong.append(f"not listed in a whole list, but there: {made}")
            if presence is Presence.THERE and (
                not is_stored or customer_id != self.people.customers[made.person]
            ):
                wrong.append(f"there, but not, or another's: {made}")
        return wrong


def histories(
    calls: int,
    *,
    gaps: Sequence[timedelta] = GAPS,
    clocks: Sequence[timedelta] = CLOCKS,
    who: Sequence[str] = tuple(PEOPLE),
    holes: Sequence[str] = HOLES,
) -> Iterator[History]:
    """Yield every history of so many calls, of which people and projects are told apart by order only."""
    for people, projects in product(_partitions(calls), repeat=2):
        for fates in product(FATES, repeat=calls):
            if set(fates) == {"delivered"}:
                continue
            for pauses in product(gaps, repeat=calls - 1):
                made = tuple(map(Made, people, projects, fates, accumulate(pauses, initial=NOON)))
                stored = sum(outcome_of != "never stored" for outcome_of in fates)
                shapes = product(_parts(stored), clocks, (True, False), who, holes)
                yield from (History(made, *shape) for shape in shapes)


def sample(number: int, *, calls: int, seed: int) -> Iterator[History]:
    """Yield so many histories drawn from all of a length, the same ones for the same seed."""
    draw = Random(seed)
    kinds = _partitions(calls)
    while number:
        fates = draw.choices(FATES, k=calls)
        if set(fates) == {"delivered"}:
            continue
        times = accumulate(draw.choices(GAPS, k=calls - 1), initial=NOON)
        made = tuple(map(Made, draw.choice(kinds), draw.choice(kinds), fates, times))
        shown = draw.choice(_parts(calls - fates.count("never stored")))
        clock, who, hole = draw.choice(CLOCKS), draw.choice(list(PEOPLE)), draw.choice(HOLES)
        yield History(made, shown, clock, draw.random() < 0.5, who, hole)
        number -= 1


def _partitions(calls: int) -> list[tuple[int, ...]]:
    """Return every way to sort calls into at most three kinds, numbered in the order in which they come."""
    return [
        each
        for each in product(range(3), repeat=calls)
        if all(kind <= max(each[:place], default=-1) + 1 for place, kind in enumerate(each))
    ]


def _parts(stored: int) -> list[tuple[int, int]]:
    """Return every unbroken part of a list, as start and end."""
    return [(0, 0), *((first, last) for first in range(stored) for last in range(first + 1, stored + 1))]


def count(histories: Iterator[History]) -> Counter[tuple[str, Presence]]:
    """Return how often each finding was made of calls of each fate; raise on the first mistake."""
    counted: Counter[tuple[str, Presence]] = Counter()
    with untraced():
        for history in histories:
            findings = history.judge()
            wrong = history.mistakes(findings)
            assert not wrong, f"{wrong} in {history}"
            counted.update((made.outcome_of, presence) for made, presence, _ in findings)
    return counted
