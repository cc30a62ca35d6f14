"""Stand-ins for what the services need of the outside world, scripted by the tests."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.listing import LeadList
from realpad_form.ports import NewLead

ACCEPTED = Answer(outcome=Outcome.ACCEPTED, status=201, text="4711", customer_id=4711)
REFUSED = Answer(outcome=Outcome.REFUSED, status=400, text="bad phone")
BANNED = Answer(outcome=Outcome.ACCOUNT_REFUSED, status=401, text="login")
FORBIDDEN = Answer(outcome=Outcome.ACCOUNT_REFUSED, status=403, text="accept the terms")
BROKEN = Answer(outcome=Outcome.UNAVAILABLE, status=500, text="oops")
UNREACHABLE = Answer(outcome=Outcome.UNAVAILABLE, text="connection refused")
RETIRED = Answer(outcome=Outcome.ACCOUNT_REFUSED, status=418, text="gone")
LOST = Answer(outcome=Outcome.UNKNOWN, text="timed out")


def throttled(retry_after_s=None):
    return Answer(outcome=Outcome.UNAVAILABLE, status=429, text="slow", retry_after_s=retry_after_s)


SETTLED = [
    (ACCEPTED, "delivered", "open"),
    (Answer(outcome=Outcome.UNKNOWN, status=200, text="<html>"), "unknown", "open"),
    (REFUSED, "rejected", "open"),
    (BANNED, "queued", "stopped"),
    (RETIRED, "queued", "stopped"),
    (throttled(90), "queued", "paused"),
    (throttled(), "queued", "paused"),
    (BROKEN, "queued", "paused"),
    (Answer(outcome=Outcome.UNKNOWN, status=502, text="bad gateway"), "unknown", "paused"),
    (LOST, "unknown", "paused"),
    (UNREACHABLE, "queued", "paused"),
]
"""The answer → action table of docs/architecture.md: answer, status of the lead, state of the lane."""


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self):
        self.time = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    def __call__(self):
        return self.time

    def advance(self, *, seconds=0.0, **more):
        self.time += timedelta(seconds=seconds, **more)


@dataclass
class FakeCrm:
    """A CrmGateway that gives scripted answers, then the same one for ever.

    `sent` holds every call's (credential name, payload). While `gate` is not set, calls hang.
    """

    answer: Answer = ACCEPTED
    script: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    listed: list | Answer = field(default_factory=list)
    readings: int = 0
    dated_by: FakeClock | None = None  # tells the `Date` of its lists; without, they have none
    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)
    most_in_flight: int = 0
    _in_flight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self):
        self.gate.set()

    def list_leads(self, credential):
        self.readings += 1
        if isinstance(self.listed, Answer):
            return self.listed
        return LeadList(entries=tuple(self.listed), dated_at=self.dated_by and self.dated_by())

    def create_lead(self, credential, payload):
        with self._lock:
            self.sent.append((credential.name, dict(payload)))
            step = self.script.pop(0) if self.script else self.answer
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        self.entered.set()
        assert self.gate.wait(30)
        with self._lock:
            self._in_flight -= 1
        answer = step(credential, payload) if callable(step) else step
        if isinstance(answer, Exception):
            raise answer
        return answer


def new_lead(submission, *, credential="riverside", payload, account="", lead_id=None):
    """Return a submission as the intake gives it to the log; its id is a random one unless it is named."""
    return NewLead(
        lead_id=lead_id or uuid4(),
        submission=submission,
        credential=credential,
        payload=payload,
        account=account,
    )
