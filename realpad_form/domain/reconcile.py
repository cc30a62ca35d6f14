"""What Realpad's own list of leads tells about ours: which are there, which are not, which we cannot tell.

A pure comparison. A lead called absent is sent again and a lead called there is not, so both need proof:

- An entry is a lead's if no other call of ours could have made it.
- A lead is absent if no assignment of the listed entries to our calls makes one of them this lead, and
  leads that were delivered before and after it are listed, so that the list cannot end before it.
- Times come last. They exclude an entry only while Realpad's clock and ours are known to agree.

Everything else is unclear and goes to a person.
Source: Realpad docs, "Verifying submitted leads (list-leads)".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from realpad_form.domain.listing import Call, Evidence, ListEntry, grouped, match, nearest_first, plain, words
from realpad_form.domain.reason import Code, Reason

NEARBY: Final = timedelta(hours=1)
"""A clock that was right at one call was right at another one so shortly before or after it."""

MOST_ALIKE: Final = 40
"""More calls or entries of one person than this are not compared one by one: a person decides."""


class Presence(StrEnum):
    """Whether a lead is in the list."""

    THERE = "there"
    ABSENT = "absent"
    NOT_LISTED = "not listed"  # and nothing shows that the list is complete around it
    UNCLEAR = "unclear"  # more than one explanation is possible


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMatch:
    """What the list says about one call whose end nobody knows."""

    presence: Presence
    entries: tuple[ListEntry, ...] = ()  # the one that is it, or those that may be
    clocks_apart: timedelta | None = None  # Realpad's minus ours, where they do not agree
    is_of_other_account: bool = False  # the lead may have been sent to an account with another list

    def unclear_about_account(self) -> "ListMatch":
        """Return this match as unclear, since the lead may be in another account's list."""
        return replace(self, presence=Presence.UNCLEAR, is_of_other_account=True)

    @property
    def reason(self) -> Reason:
        """What a person needs to decide an unclear match, without names."""
        if self.clocks_apart is not None:
            return Reason(code=Code.CLOCKS_APART, params=_difference(self.clocks_apart))
        if not self.entries:
            code = Code.OTHER_ACCOUNT if self.is_of_other_account else Code.LIST_INCOMPLETE
            return Reason(code=code)
        seen = "; ".join(
            f"customer {entry.customer_id} at {entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            for entry in self.entries
        )
        return Reason(code=Code.AMBIGUOUS, params={"entries": seen})


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing our calls with the list."""

    results: Mapping[UUID, ListMatch]  # of the unknown
    missing: tuple[Call, ...]  # delivered, and yet not listed
    clocks_apart: timedelta | None = None  # Realpad's minus ours, where they do not agree


def compare(
    unknown: Sequence[Call],
    delivered: Sequence[Call],
    listed: Sequence[ListEntry],
    *,
    others: Sequence[Call] = (),
    clock_offset: timedelta | None = None,
    names: Mapping[str, Collection[str]] | None = None,
) -> Comparison:
    """Compare our calls of the last 7 days with what Realpad lists.

    Arguments:
        unknown: the last calls of leads whose call came to an unknown end.
        delivered: the last calls of delivered leads that the list must show, with their customer ids.
        listed: the entries of the list.
        others: further calls that may have arrived, such as earlier ones of the same leads.
        clock_offset: Realpad's clock minus ours by the `Date` of the answer; None if it had none.
        names: what project files call Realpad's projects, by their number there. It keeps an entry from
            being taken for another project's lead, and proves nothing else.

    Returns: a match for each unknown call, and the delivered leads that are missing.
    """
    evidence = _Verdicts(unknown, delivered, listed, others, clock_offset, names or {})
    found: dict[int, int] = {}
    for call in sorted(evidence.unknown, key=lambda each: evidence.calls[each].started_at):
        entry = evidence.find(call, found)
        if entry is not None:
            found[call] = entry
    evidence.found = found
    results = {
        evidence.calls[call].lead_id: evidence.judge(call, found.get(call)) for call in evidence.unknown
    }
    return Comparison(results, tuple(evidence.missing), evidence.clocks_apart)


class _Verdicts(Evidence):
    """The verdict on each unknown call, from the evidence."""

    found: Mapping[int, int] = MappingProxyType({})  # the entry of each unknown call that is there

    def find(self, call: int, found: Mapping[int, int]) -> int | None:
        """Return the entry that only this call can have made; None if there is none.

        `found` holds what was found for other unknown calls. However the other calls are assigned to
        entries, one remains that has this call's name, project, campaign and time, and no other one remains.
        That holds also if each other call made an entry like itself where there is one, under its own name or
        under the name that Realpad knows its customer by: the log may lack the calls of further entries,
        since it was restored. Where it may be one of several, they are of one customer.
        """
        if self.clocks_apart is not None or self._is_crowded(call):
            return None
        mine, gone = self.calls[call], set(found.values())
        rivals = [n for n in self._connected(call) if n not in found and self._is_rival(n, mine)]
        edges = {n: [e for e in self._edges[n] if e not in gone] for n in rivals}
        edges[call] = [e for e in self._edges[call] if e not in gone and self._is_alike(call, e)]
        possible = _left_for(call, rivals, edges)
        customers = {self.entries[e].customer_id for e in possible}
        is_left = len(customers) == 1 and all(
            _left_for(call, rivals, {n: [e for e in own if is_like(n, e)] or own for n, own in edges.items()})
            for is_like in (self._is_alike, self._is_of_kind)
        )
        # Nobody knows what an erased call's entry is like, nor, in a restored log, whose else the others are.
        is_erased_ones = mine.is_presumed and any(e in self._edges[n] for n in self._erased for e in possible)
        is_erased_ones |= any(self._may_have_any_entry(n, is_sure=not mine.is_presumed) for n in self._erased)
        return possible[0] if is_left and not is_erased_ones else None

    def _may_have_any_entry(self, erased: int, *, is_sure: bool) -> bool:
        """Return whether an erased call may have made any entry, since there is none of its time.

        Our clock may have been wrong then, unless a lead delivered within the hour shows that it was right.
        `is_sure` asks only after calls that Realpad accepted, so that their entries were there.
        """
        call = self.calls[erased]
        is_clock_known = any(abs(each.started_at - call.started_at) <= NEARBY for each, _ in self._witnesses)
        return not self._edges[erased] and not is_clock_known and (call.is_accepted or not is_sure)

    def _is_rival(self, other: int, call: Call) -> bool:
        """Return whether another call would make an entry that says nothing about this one's lead.

        An earlier call of the same lead is one, too, if the lead was corrected since: its entry does not show
        that the correction arrived.
        """
        its = self.calls[other]
        return other in self.delivered or its.lead_id != call.lead_id or its.body_hash != call.body_hash

    def _is_alike(self, call: int, entry: int) -> bool:
        """Return whether an entry has a call's name, project, campaign and time."""
        return self._names[entry] == words(self.calls[call].name) and self._is_of_kind(call, entry)

    def _is_of_kind(self, call: int, entry: int) -> bool:
        """Return whether an entry has a call's project, campaign and time."""
        mine, its = self.calls[call], self.entries[entry]
        return (
            plain(its.campaign) == plain(mine.campaign)
            and mine.is_in_time(its)
            and self._may_be_called_so(mine, its.projects)
        )

    def _may_be_called_so(self, call: Call, names: Sequence[str]) -> bool:
        """Return whether a call's project has one of these names, as far as its name is known."""
        own_names = {name for name, projects in self._known.items() if call.project in projects}
        if names and own_names:
            return not own_names.isdisjoint(map(plain, names))
        return _may_be_called(call.project, names, self._file_names)

    def _connected(self, call: int) -> list[int]:
        """Return the calls that compete with one for entries, directly or through others, with itself."""
        seen, queue = {call}, [call]
        while queue:
            for entry in self._edges[queue.pop()]:
                new = set(self._callers[entry]) - seen
                seen |= new
                queue.extend(new)
        return sorted(seen, key=lambda n: self.calls[n].started_at)

    def _is_crowded(self, call: int) -> bool:
        """Return whether a call competes with too many for their entries to be compared one by one."""
        calls = self._connected(call)
        return max(len(calls), len({e for n in calls for e in self._edges[n]})) > MOST_ALIKE

    def judge(self, call: int, found: int | None) -> ListMatch:
        """Return what the list says about an unknown call; `found` is the entry that is it, if any."""
        if found is not None:
            return ListMatch(presence=Presence.THERE, entries=(self.entries[found],))
        entries = tuple(self.entries[e] for e in sorted(self._doubts(call)))
        if entries or self.clocks_apart is not None:
            return ListMatch(presence=Presence.UNCLEAR, entries=entries, clocks_apart=self.clocks_apart)
        is_shown, project = self._is_shown(call), self.calls[call].project
        if any(each.project == project or not is_shown for each in self.missing):
            return ListMatch(presence=Presence.UNCLEAR)
        return ListMatch(presence=Presence.ABSENT if is_shown else Presence.NOT_LISTED)

    def _doubts(self, call: int) -> set[int]:
        """Return every entry that may be a call's under some assignment of entries to our calls."""
        own = self._edges[call]
        strangers = (e for e in self._of_others_in_time(call) if self._may_be_of_somebody_else(call, e))
        return {e for e in own if self._may_be_own(call, e)} | set(strangers)

    def _may_be_own(self, call: int, entry: int) -> bool:
        """Return whether an entry of the same person is not surely another of that person's leads."""
        delivered = self._delivered_to.get(self.entries[entry].customer_id, ())
        if len(delivered) > MOST_ALIKE:
            return True
        if self._is_needed(entry, [n for n in delivered if self._is_shown(n)]):
            return False
        is_clock_known = self.clocks_apart is None and (self._clock_offset is not None or self._witnesses)
        is_of_another_time = is_clock_known and not self._is_in_time(call, entry)
        return not (is_of_another_time and self._is_needed(entry, delivered))

    def _is_needed(self, entry: int, calls: Sequence[int]) -> bool:
        """Return whether calls need an entry so that each has one of its own time."""
        in_time = {n: [e for e in self._edges[n] if self._is_in_time(n, e)] for n in calls}
        return len(match(calls, in_time, without=entry)) < len(match(calls, in_time))

    def _of_others_in_time(self, call: int) -> Iterable[int]:
        """Return entries of other persons that go by the time may be a call's: Realpad may know its customer
        under another name.

        When a presumed call can have been made is known from the restored log's clock alone, which may have
        been wrong then even if it is right today.
        """
        is_proof = self._are_times_proof and not self.calls[call].is_presumed
        near = self._in_time(self.calls[call]) if is_proof else range(len(self.entries))
        own = set(self._edges[call])
        return (e for e in near if e not in own)

    def _may_be_of_somebody_else(self, call: int, entry: int) -> bool:
        """Return whether an entry of other persons is nobody's of ours, and may be a call's."""
        if not self._is_of_project(call, entry):
            return False
        campaigns = {plain(self.calls[call].campaign), plain(self.entries[entry].campaign)}
        may_be_its = self.calls[call].is_presumed or "" in campaigns or len(campaigns) == 1
        return may_be_its and self._may_be_nobodys(entry)

    def _may_be_nobodys(self, entry: int) -> bool:
        """Return whether our calls that surely arrived may all have made other entries."""
        nearby = self._callers.get(entry)
        if not nearby:
            return True
        if self._is_crowded(nearby[0]):
            return True
        # A call that need not have arrived explains nothing: it leaves the entry to whoever made it.
        calls = [n for n in self._connected(nearby[0]) if n in self.delivered or n in self.found]
        return len(match(calls, self._edges, without=entry)) == len(match(calls, self._edges))


def _left_for(call: int, rivals: Sequence[int], edges: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the entries of which one is left for a call however its rivals are assigned to entries.

    Empty if none need be left, or if there is one to spare, of a call that the log does not know.
    """
    without_it, everybody = match(rivals, edges), [*rivals, call]
    if len(match(everybody, edges)) == len(without_it):
        return []
    if any(len(match(everybody, edges, without=e)) > len(without_it) for e in edges[call]):
        return []
    return [e for e in edges[call] if len(match(rivals, edges, without=e)) == len(without_it)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry of the list that a person may take for a lead, and what of it agrees."""

    entry: ListEntry
    is_named_so: bool
    is_in_time: bool
    is_of_project: bool
    is_of_campaign: bool
    taken_by: UUID | None  # the delivered lead of ours that it belongs to

    @property
    def agreements(self) -> int:
        """How much speaks for it."""
        return self.is_named_so + self.is_in_time + self.is_of_project + self.is_of_campaign


def sightings(
    call: Call,
    delivered: Sequence[Call],
    listed: Sequence[ListEntry],
    *,
    names: Mapping[str, Collection[str]],
) -> list[Sighting]:
    """Return the entries with a call's name or time, the likeliest first, for a person to judge.

    `names` holds what project files call Realpad's projects, by their number there.
    """
    by_start = sorted(range(len(delivered)), key=lambda n: delivered[n].started_at)
    of_customer = grouped((entry.customer_id, e) for e, entry in enumerate(listed))
    edges = {
        n: nearest_first(of_customer.get(each.customer_id or 0, ()), listed, each.started_at)
        for n, each in enumerate(delivered)
    }
    taken = match(by_start, edges)
    seen = [
        Sighting(
            entry=entry,
            is_named_so=words(entry.customer_name) == words(call.name),
            is_in_time=call.is_in_time(entry),
            is_of_project=_may_be_called(call.project, entry.projects, names),
            is_of_campaign=plain(entry.campaign) == plain(call.campaign),
            taken_by=delivered[taken[e]].lead_id if e in taken else None,
        )
        for e, entry in enumerate(listed)
    ]
    near = [each for each in seen if each.is_named_so or each.is_in_time]
    return sorted(near, key=lambda each: (each.taken_by is not None, -each.agreements))


def _may_be_called(project: str, called: Iterable[str], names: Mapping[str, Collection[str]]) -> bool:
    """Return whether none of the names in an entry is given to other projects only."""
    owners = [{number for number, own in names.items() if plain(name) in map(plain, own)} for name in called]
    return not owners or any(not each or project in each for each in owners)


def describe_clocks(apart: timedelta) -> str:
    """Return by how much Realpad's clock is ahead of ours, or behind it."""
    return "Realpad's clock is {difference} {direction} ours".format_map(_difference(apart))


def _difference(apart: timedelta) -> dict[str, str]:
    direction = "ahead of" if apart > timedelta(0) else "behind"
    return {"difference": describe_duration(abs(apart)), "direction": direction}


def describe_duration(duration: timedelta) -> str:
    """Return a duration in its two largest units, such as "2 d 3 h" or "7 min 5 s"."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((n for n, (number, _) in enumerate(parts) if number), len(parts) - 1)
    shown = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(shown) or "0 s"
