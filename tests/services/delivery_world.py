"""The world of the delivery machine: a CRM that knows what arrived, and which leads may be called."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from fakes import ACCEPTED, BANNED, BROKEN, LOST, REFUSED, UNREACHABLE, FakeClock, throttled

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.listing import LeadList, ListEntry
from realpad_form.ports import Claim, Credential

APART = timedelta(minutes=10)
PROJECT = "39264441"
LEASE_S = 45.0
PACE_S = 0.5
LANES = [
    LaneKey(credential=name, fingerprint=f"of {name}", host="https://crm.example") for name in ("one", "two")
]
PAIRS = {key: Credential(name=key.credential, login=key.credential, password="p") for key in LANES}
ENDS = [
    ["send", "arrive", "answer"],
    ["send", "answer"],
    ["send", "arrive", "crash"],
    ["send", "crash"],
    ["send"],
    [],
]
"""How far a call gets at once; other things happen before it goes on."""

NEXT = [["send"], ["arrive"], ["answer"], ["arrive", "answer"], ["crash"]]
LISTS = [None, None, None, None, BROKEN, BANNED]
WAITS_S = [0.5, 1, 14, 16, 46, 61, 120, 600, 601, 3_600, 86_400, 700_000]

HTML = Answer(outcome=Outcome.UNKNOWN, status=200, text="<html>")
CUSTOMERS = {"Jana": 4711, "Petr": 4712}

WHEN_ARRIVED = [HTML, LOST]
"""How a call that arrived may end beside its customer's number."""

WHEN_NOT = [REFUSED, BANNED, BROKEN, throttled(), throttled(90), UNREACHABLE, LOST]
"""How a call that has not arrived may end; only after the last one it still can."""

FAILED = (Outcome.UNAVAILABLE, Outcome.ACCOUNT_REFUSED)
"""It never left, or Realpad itself said that it took nothing: it may be called again."""


class TickingClock(FakeClock):
    """A clock that never tells the same time twice, so that the oldest lead is always one lead."""

    def __call__(self):
        self.advance(microseconds=1)
        return self.time


@dataclass(eq=False)
class Flight:
    """One claim, and what became of its call."""

    claim: Claim
    claimed_at: datetime
    name: str
    has_left: bool = False
    has_arrived: bool = False
    is_dead: bool = False  # it never arrived, and never will
    is_over: bool = False  # its relay is through with it, or crashed
    ended_at: datetime | None = None  # as the log knows it


@dataclass
class World:
    """Everything that happened outside the lead log."""

    clock: object
    flights: list[Flight] = field(default_factory=list)
    listed: dict[str, list[ListEntry]] = field(default_factory=dict)  # by credential
    list_answer: Answer | None = None  # instead of the list
    may_be_called: dict[UUID, bool] = field(default_factory=dict)

    def list_leads(self, credential):
        """Return what an account got within 7 days, as Realpad does, or the answer that is set."""
        mine, since = self.listed.get(credential.name, []), self.clock() - timedelta(days=7)
        shown = [each for each in mine if each.at > since]
        return self.list_answer or LeadList(entries=tuple(shown), dated_at=self.clock())

    def note(self, alert):
        """Hear that a delivered lead is not listed: that never happens here."""
        raise AssertionError(f"false alarm: {alert.text}")

    def leave(self, flight):
        """A call begins; only if there is a reason for it."""
        assert self.may_be_called[flight.claim.lead_id], "called again without a reason"
        self.may_be_called[flight.claim.lead_id] = False
        flight.has_left = True

    def may_arrive(self, flight):
        """Say whether a call is still on its way; one that ended long ago cannot be."""
        is_late = flight.ended_at is not None and self.clock() >= flight.ended_at + APART
        return flight.has_left and not (flight.has_arrived or flight.is_dead or is_late)

    def arrive(self, flight):
        """Realpad stores the lead of a call."""
        flight.has_arrived = True
        mine = self.listed.setdefault(flight.claim.lane.credential, [])
        mine.append(
            ListEntry(
                inquiry_id=len(mine) + 1,
                customer_id=CUSTOMERS[flight.name],
                customer_name=f"{flight.name} Nováková",
                at=self.clock(),
                projects=("Riverside",),
            )
        )

    def answer_to(self, flight, pick):
        """Return an answer that fits what became of a call."""
        if not flight.has_arrived:
            return WHEN_NOT[pick % len(WHEN_NOT)]
        took = Answer(outcome=ACCEPTED.outcome, status=201, customer_id=CUSTOMERS[flight.name])
        return [took, *WHEN_ARRIVED][pick % 3]

    def heard(self, flight, answer):
        """The log took an answer down; some of them allow another call."""
        flight.ended_at = self.clock()
        if answer.outcome in FAILED:
            self.may_be_called[flight.claim.lead_id] = True

    def of(self, lead_id):
        """Return the calls of a lead that left."""
        return [each for each in self.flights if each.claim.lead_id == lead_id and each.has_left]

    def has_arrived(self, lead_id):
        """Say whether any call of a lead arrived."""
        return any(each.has_arrived for each in self.of(lead_id))

    def may_still_arrive(self, lead_id):
        """Say whether any call of a lead is still on its way."""
        return any(self.may_arrive(each) for each in self.of(lead_id))
