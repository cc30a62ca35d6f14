"""What people ask for about what is kept of them, and what came of it in every place.

Source: GDPR Art. 7(3), 15 and 17: to take a consent back, to get a copy, to be forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from realpad_form.domain.message import Message


class RequestKind(StrEnum):
    """What somebody asks for; the value is the command."""

    EXPORT = "export"
    ERASE = "erase"
    WITHDRAW = "withdraw"


class Place(StrEnum):
    """Where something about a person may be."""

    LOG = "log"
    SPOOL = "spool"
    SEARCH = "search"
    ATTEMPTS = "attempts"
    JOURNAL = "journal"  # of the database: what it freed, and its write-ahead log
    CONSENTS = "consents"  # the evidence of what was given and refused
    STATISTICS = "statistics"
    WEBHOOKS = "webhooks"
    SOURCES = "sources"
    MAILS = "mails"
    EXPORTS = "exports"
    BACKUPS = "backups"
    REALPAD = "realpad"
    OTHER_LEADS = "other-leads"  # with the same e-mail or phone
    OTHER = "other"  # one that only a newer version knows

    @classmethod
    def _missing_(cls, _value: object) -> "Place":
        return cls.OTHER

    @property
    def is_ours(self) -> bool:
        """Whether the service itself can do what is asked there; elsewhere people have to."""
        return self in _OURS


_OURS = frozenset({Place.LOG, Place.SPOOL, Place.SEARCH, Place.ATTEMPTS, Place.JOURNAL, Place.CONSENTS})


class ReceiptState(StrEnum):
    """How far a request is, in one place or as a whole."""

    OPEN = "open"  # a person has to do it, or it has not ended
    DONE = "done"
    FAILED = "failed"  # it can be tried again

    @classmethod
    def _missing_(cls, _value: object) -> "ReceiptState":
        return cls.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReceipt:
    """What came of a request in one place: ids, numbers and names of systems, no personal data."""

    place: Place
    state: ReceiptState
    at: datetime  # aware, UTC
    detail: Message  # its parameters are texts

    def is_same_task(self, other: "PlaceReceipt") -> bool:
        """Whether both are about the same thing to do."""
        return (self.place, self.detail) == (other.place, other.detail)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can keep it."""
        words = {"msgid": self.detail.msgid, "params": dict(self.detail.params)}
        return {"place": self.place, "state": self.state, "at": self.at.isoformat(), "detail": words}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return what `to_json` made."""
        return cls(
            place=Place(kept["place"]),
            state=ReceiptState(kept["state"]),
            at=aware(kept["at"]),
            detail=Message(kept["detail"]["msgid"], **kept["detail"]["params"]),
        )


def aware(text: str) -> datetime:
    """Return a time with its offset. Raises: ValueError, if it has none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """One request of a person, known by a keyed hash of the e-mail or phone that it names."""

    id: UUID
    kind: RequestKind
    subject: str
    at: datetime  # aware, UTC
    by: UUID | None  # None for a command
    receipts: tuple[PlaceReceipt, ...] = ()
    finished_at: datetime | None = None  # None while it is carried out, and after a crash

    @property
    def state(self) -> ReceiptState:
        """How far it is: failed if it failed anywhere, else open if anything is left to do."""
        states = {each.state for each in self.receipts}
        if ReceiptState.FAILED in states:
            return ReceiptState.FAILED
        is_open = ReceiptState.OPEN in states or self.finished_at is None
        return ReceiptState.OPEN if is_open else ReceiptState.DONE

    @property
    def changed_at(self) -> datetime:
        """When anything of it was last written down."""
        return max(self.finished_at or self.at, *(each.at for each in self.receipts), self.at)

    @property
    def is_to_be_repeated(self) -> bool:
        """Whether asking for the same again goes on with this one, and makes no other."""
        return self.finished_at is None or self.state is ReceiptState.FAILED

    @property
    def tasks(self) -> tuple[PlaceReceipt, ...]:
        """What people have to do."""
        return tuple(each for each in self.receipts if each.state is ReceiptState.OPEN)

    def closed(self, at: datetime) -> Self:
        """Return this request after a person has done what was left to people."""
        receipts = (
            replace(each, state=ReceiptState.DONE, at=at) if each.state is ReceiptState.OPEN else each
            for each in self.receipts
        )
        return replace(self, receipts=tuple(receipts))
