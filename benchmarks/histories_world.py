"""The world of a random history: the true time, Realpad with its faults, and what each lead caused there."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.listing import SHOWN_FOR, LeadList, ListEntry
from realpad_form.ports import Credential

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)

ANSWERS: Final = (
    *["accepted"] * 8, *["lost, stored"] * 3, *["lost, stored late"] * 2, *["lost"] * 3, "html, stored",
    "refused", "banned", "throttled", "failed", "failed, stored", "unreachable",
)  # fmt: skip


@dataclass(eq=False)
class Arrival:
    """What Realpad stored of one call."""

    key: str  # of the submission, told by the note
    login: str
    project: str
    customer_id: int
    at: datetime  # by the true clock; late ones arrive in the future
    campaign: str = ""


@dataclass
class World:
    """The true time, Realpad, and what each lead may have caused there."""

    draw: Random
    now: datetime = START
    our_clock: timedelta = timedelta(0)  # ours minus the true one
    realpads_clock: timedelta = timedelta(0)
    arrivals: list[Arrival] = field(default_factory=list)
    customers: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # by account and e-mail
    is_well: bool = False
    denied: Counter[str] = field(default_factory=Counter)  # stored, and said to have failed

    def clock(self) -> datetime:
        """Return the database's time, which never stands still."""
        self.now += timedelta(microseconds=1)
        return self.now + self.our_clock

    def create_lead(self, credential: Credential, payload: dict[str, str]) -> Answer:
        """Be Realpad for one call."""
        kind = "accepted" if self.is_well else self.draw.choice(ANSWERS)
        self.now += timedelta(seconds=15 if kind.startswith("lost") else self.draw.uniform(0.05, 2))
        match kind:
            case "accepted" | "html, stored" | "lost, stored" | "failed, stored":
                stored = self._store(credential, payload, late=timedelta(0))
            case "lost, stored late":
                late = timedelta(seconds=self.draw.uniform(0, 300))
                stored = self._store(credential, payload, late=late)
            case _:
                stored = None
        if kind == "failed, stored" and stored:
            self.denied[stored.key] += 1
        if kind == "accepted" and stored:
            customer = stored.customer_id
            return Answer(outcome=Outcome.ACCEPTED, status=201, text=str(customer), customer_id=customer)
        return _UNWELL[kind]

    def _store(self, credential: Credential, payload: dict[str, str], *, late: timedelta) -> Arrival:
        email, name = payload["email"], f"{payload['name']} {payload['surname']}"
        known = (len(self.customers) + 1, name)
        customer_id, _ = self.customers.setdefault((credential.login, email), known)
        arrival = Arrival(
            key=payload["note"].split()[0], login=credential.login, project=payload["project"],
            customer_id=customer_id, at=self.now + late, campaign=payload.get("campaign", ""),
        )  # fmt: skip
        self.arrivals.append(arrival)
        return arrival

    def list_leads(self, credential: Credential) -> LeadList | Answer:
        """Return an account's list: mostly whole, sometimes cut, old or empty, once in a while none."""
        self.now += timedelta(seconds=0.2)
        if not self.is_well and self.draw.random() < 0.1:
            return self.draw.choice([_UNWELL["failed"], _UNWELL["html, stored"]])
        there = self.now + self.realpads_clock
        shown = [
            each
            for each in sorted(self.arrivals, key=lambda each: each.at)
            if each.login == credential.login and self.now - SHOWN_FOR < each.at <= self.now
        ]
        if not self.is_well and self.draw.random() < 0.1:
            cuts = sorted((self.draw.randint(0, len(shown)), self.draw.randint(0, len(shown))))
            shown = shown[slice(*cuts)]
        return LeadList(entries=tuple(map(self._listed, reversed(shown))), dated_at=there)

    def _listed(self, arrival: Arrival) -> ListEntry:
        names = dict(self.customers.values())
        return ListEntry(
            inquiry_id=self.arrivals.index(arrival), customer_id=arrival.customer_id,
            customer_name=names[arrival.customer_id], at=arrival.at + self.realpads_clock,
            projects=(f"Project {arrival.project}",), campaign=arrival.campaign,
        )  # fmt: skip


_UNWELL: Final = {
    "lost": Answer(outcome=Outcome.UNKNOWN, text="timed out"),
    "lost, stored": Answer(outcome=Outcome.UNKNOWN, text="timed out"),
    "lost, stored late": Answer(outcome=Outcome.UNKNOWN, text="timed out"),
    "html, stored": Answer(outcome=Outcome.UNKNOWN, status=200, text="<html>"),
    "refused": Answer(outcome=Outcome.REFUSED, status=400, text="bad phone"),
    "banned": Answer(outcome=Outcome.ACCOUNT_REFUSED, status=401, text="login"),
    "throttled": Answer(outcome=Outcome.UNAVAILABLE, status=429, text="slow", retry_after_s=90),
    "failed": Answer(outcome=Outcome.UNAVAILABLE, status=500, text="oops"),
    "failed, stored": Answer(outcome=Outcome.UNAVAILABLE, status=500, text="oops"),
    "unreachable": Answer(outcome=Outcome.UNAVAILABLE, text="connection refused"),
}
