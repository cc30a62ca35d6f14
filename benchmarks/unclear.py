"""How often a lead whose answer was lost needs a person, in ordinary operation.

A simulated account at Realpad with three projects, an honest list and clocks that agree within two seconds.
One visitor in five has enquired within the last week; one customer in twenty is known to Realpad under
another name; names come from a small town. Single answers are lost, and all of some outages of ten minutes;
half of those calls were stored, some of them minutes late. The list is read every ten minutes.

    python benchmarks/unclear.py [--days 1000] [--seed 1]
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median, quantiles
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Lead
from realpad_form.domain.listing import SHOWN_FOR, Call, ListEntry
from realpad_form.domain.reconcile import ListMatch, Presence, compare

START = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=10)
PER_DAY = (1, 3, 10, 50)
GIVE_UP_AFTER = timedelta(days=1)
"""A lead that is unknown for so long is told to a person in any case."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who enquires, and how Realpad knows them."""

    customer_id: int
    name: str
    listed_as: str
    email: str


@dataclass
class Account:
    """What was called and stored, in the order of time."""

    draw: Random
    visitors: list[Visitor] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)  # every call, with its customer if it was answered
    entries: list[ListEntry] = field(default_factory=list)
    lost: list[Call] = field(default_factory=list)

    def enquire(self, at: datetime, *, is_lost: bool) -> None:
        """Let somebody enquire, whose answer may be lost."""
        visitor, project = self._visitor(), self.draw.choice("123")
        duration = timedelta(seconds=15 if is_lost else self.draw.uniform(0.1, 3))
        late = timedelta(seconds=self.draw.choice([0, 0, 0, 120])) if is_lost else timedelta(0)
        call = Call(
            lead_id=UUID(int=len(self.calls)), name=visitor.name, project=project, campaign="",
            started_at=at, ended_at=at + duration, late=APART if is_lost else timedelta(0),
            customer_id=None if is_lost else visitor.customer_id, contacts=frozenset([visitor.email]),
        )  # fmt: skip
        self.calls.append(call)
        if is_lost:
            self.lost.append(call)
        if not is_lost or self.draw.random() < 0.5:
            self.store(call, visitor, at + duration / 2 + late)

    def store(self, call: Call, visitor: Visitor, at: datetime) -> None:
        """Let Realpad store a call, by a clock that is nearly right."""
        shown_at = at + timedelta(seconds=self.draw.uniform(-2, 2))
        self.entries.append(
            ListEntry(
                inquiry_id=len(self.entries), customer_id=visitor.customer_id,
                customer_name=visitor.listed_as, at=shown_at, projects=(f"Project {call.project}",),
            )
        )  # fmt: skip

    def _visitor(self) -> Visitor:
        if self.visitors and self.draw.random() < 0.2:
            return self.draw.choice(self.visitors[-20:])
        number = len(self.visitors)
        name = f"First{int(self.draw.paretovariate(0.6)) % 60} Last{int(self.draw.paretovariate(0.4)) % 3000}"
        listed_as = f"Known {number}" if self.draw.random() < 0.05 else name
        self.visitors.append(Visitor(number + 1, name, listed_as, f"{number}@example.com"))
        return self.visitors[-1]

    def settle(self, call: Call) -> tuple[str, timedelta]:
        """Return what becomes of a lost call, and after how long."""
        lead = Lead(
            id=call.lead_id, project="bench", credential="bench", status=Status.UNKNOWN,
            created_at=call.started_at, due_at=call.started_at,
        )  # fmt: skip
        reason = "no list"
        for now in self._readings(call):
            finding = self._read(call, now)
            if finding.presence not in (Presence.THERE, Presence.UNCLEAR) and now < call.latest_at:
                continue
            lead = lead.reconciled(finding, asked_at=now, now=now, apart=APART)
            if lead.status is not Status.UNKNOWN:
                return str(lead.status), now - call.ended_at
            reason = str(finding.presence)
        return f"a person ({reason})", GIVE_UP_AFTER

    def _readings(self, call: Call) -> Iterator[datetime]:
        now = call.ended_at + timedelta(seconds=self.draw.uniform(60, 660))
        while now < call.ended_at + GIVE_UP_AFTER:
            yield now
            now += APART

    def _read(self, call: Call, now: datetime) -> ListMatch:
        since = now - SHOWN_FOR + timedelta(hours=1)
        before = [each for each in self.calls if since < each.started_at and each.ended_at < now]
        told = compare(
            [each for each in before if each.customer_id is None],
            [each for each in before if each.customer_id is not None],
            [each for each in self.entries if now - SHOWN_FOR < each.at <= now],
            clock_offset=timedelta(0),
        )
        return told.results[call.lead_id]


def operate(per_day: int, *, days: int, seed: int) -> Account:
    """Return an account after so many days."""
    account, draw = Account(Random(seed)), Random(seed + 1)
    at, outage = START, START + timedelta(days=draw.uniform(0, 20))
    while at < START + timedelta(days=days):
        at += timedelta(days=draw.expovariate(per_day))
        is_outage = outage <= at < outage + timedelta(minutes=10)
        if at >= outage + timedelta(minutes=10):
            outage = at + timedelta(days=draw.uniform(0, 20))
        account.enquire(at, is_lost=is_outage or draw.random() < 0.01)
    return account


def main() -> None:
    """Print what becomes of lost answers, by how many leads an account has a day."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for per_day in PER_DAY:
        days = max(options.days * 3 // per_day, 60)
        account = operate(per_day, days=days, seed=options.seed)
        results = [account.settle(call) for call in account.lost[-400:]]
        print(f"{per_day} leads a day, {days} days: {len(results)} answers lost")
        for outcome, number in Counter(outcome for outcome, _ in results).most_common():
            waits = sorted(wait / timedelta(minutes=1) for each, wait in results if each == outcome)
            late = quantiles(waits, n=20)[-1] if len(waits) > 1 else waits[0]
            print(f"  {number / len(results):6.1%} {outcome}: after {median(waits):.0f} min, p95 {late:.0f}")


if __name__ == "__main__":
    main()
