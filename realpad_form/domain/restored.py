"""Whether the lead log is a restored copy of itself: what gives it away, what Realpad's list says.

A restored copy does not know what was sent after it was made, so nothing in it may be sent blindly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from realpad_form.domain.listing import ListEntry, words

LATER: Final = timedelta(minutes=10)
"""How much later than all our calls an entry has to be, lest the clocks be to blame."""


class Sign(StrEnum):
    """What shows that this log is a restored copy; stored, so a value never changes."""

    BACKUP = "backup"
    CALLS = "calls"
    JOURNAL = "journal"
    LIST = "list"
    AGE = "age"
    PERSON = "person"

    def describe(self) -> str:
        """Return what was noticed, for an operator."""
        return _WORDS[self]


_WORDS: Final = {
    Sign.BACKUP: "it was made by `db backup`",
    Sign.CALLS: "more calls were made than it has on record",
    Sign.JOURNAL: "its file was replaced, and the journal of the one before was left beside it",
    Sign.LIST: "Realpad has leads that it did not record as sent",
    Sign.AGE: "nothing was written to it for longer than the 7 days that Realpad's list goes back",
    Sign.PERSON: "`db restored` was run",
}


class Hint(StrEnum):
    """Why this log may be a restored copy, and a list is to be looked at first."""

    NO_RECORD = "there is no calls.json beside it"
    MOVED = "it is not the file, or not the server, that it was"
    TOUCHED = "calls.json was copied or restored"
    REBOOTED = "the machine was started anew"
    WRITTEN = "its file was written after its journal"
    IDLE = "nothing was written to it for over an hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A restored copy some of whose leads are still in doubt."""

    at: datetime  # when it was noticed, aware
    sign: Sign
    in_doubt: int  # leads


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCall:
    """A call in the log that Realpad may list."""

    name: str  # first and last; empty once the lead is erased
    contacts: frozenset[str]  # e-mail and phone
    started_at: datetime
    ended_at: datetime | None  # None while it is open
    customer_id: int | None = None  # of a lead that Realpad accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A lead that the log does not know to have been sent."""

    name: str
    contacts: frozenset[str]
    is_due: bool  # it would be sent: queued, or unknown; not one that waits for a person


def sent_since(
    unsent: Iterable[Unsent], calls: Sequence[KnownCall], entries: Sequence[ListEntry], *, late: timedelta
) -> tuple[ListEntry, ...]:
    """Return the entries of Realpad's list that show that leads were sent without this log's knowledge.

    That is, entries that no call accounts for: under the name, or the customer, of a lead that would be
    sent; or later than every call and under the name of any lead. `late` is how long after its end a call
    may still arrive.
    """
    # Each call takes the nearest entry that may be its own: those whose customer is known choose first, those
    # that were erased last.
    left = list(entries)
    for call in sorted(calls, key=lambda call: (call.customer_id is None, not call.name.strip())):
        own = [entry for entry in left if _may_be_of(call, entry, late=late)]
        if own:
            left.remove(min(own, key=lambda entry: abs(entry.at - call.started_at)))
    last = max((call.ended_at or call.started_at for call in calls), default=None)
    everybody = list(unsent)
    due = [lead for lead in everybody if lead.is_due]
    names_due, names = ({words(each.name) for each in leads} for leads in (due, everybody))
    contacts = frozenset[str]().union(*(lead.contacts for lead in due))
    customers = {call.customer_id for call in calls if call.customer_id and call.contacts & contacts}
    return tuple(
        entry
        for entry in left
        if words(entry.customer_name) in names_due
        or entry.customer_id in customers
        or (words(entry.customer_name) in names and (last is None or entry.at > last + LATER))
    )


def _may_be_of(call: KnownCall, entry: ListEntry, *, late: timedelta) -> bool:
    """Return whether an entry may come of a call.

    An accepted call is known by its customer, however wrong the clocks are; one whose end nobody knows by
    its time, or it would account for an entry that came of a later call of the same lead.
    """
    if call.customer_id is not None:
        return entry.customer_id == call.customer_id
    ended_at = call.ended_at or call.started_at
    is_in_time = call.started_at - LATER <= entry.at <= ended_at + late + LATER
    is_erased = not call.name.strip()
    return is_in_time and (is_erased or words(entry.customer_name) == words(call.name))
