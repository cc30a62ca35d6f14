"""What Realpad's own list of leads tells about ours: which are there, which are not, which we cannot tell.

A pure comparison. A lead called absent is sent again and a lead called there is not, so both need proof:

- An entry is a lead's if no other call of ours could have made it.
- A lead is absent if no assignment of the listed entries to our calls makes one of them this lead, and
  leads that were delivered before and after it are listed, so that the list cannot end before it.
- Times come last. They exclude an entry only while Realpad's clock and ours are known to agree.

Everything else is unclear and goes to a person.
Source: Realpad docs, "Verifying submitted leads (list-leads)".
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from realpad_form.domain.matching import match
from realpad_form.domain.reason import Code, Reason

SHOWN_FOR: Final = timedelta(days=7)
"""How long the list shows a lead."""

CLOCKS_APART: Final = timedelta(minutes=5)
"""How far Realpad's clock and ours may be apart and still count as agreeing."""

MOST_ALIKE: Final = 40
"""More calls or entries of one person than this are not compared one by one: a person decides."""

TEACHERS: Final = 2
"""How many customers' entries have to agree before a name of a project excludes anything."""

Name: TypeAlias = tuple[str, ...]
"""The words of a name as they are compared, in alphabetical order."""

Key: TypeAlias = Name | str
"""What makes two calls one person's: a name, an e-mail address or a phone number."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One entry of the list."""

    inquiry_id: int
    customer_id: int
    customer_name: str
    at: datetime  # aware
    projects: tuple[str, ...] = ()  # their names in Realpad
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Realpad's list as it was read once."""

    entries: tuple[Listed, ...]
    dated_at: datetime | None = None  # the answer's own `Date`, aware; None if it had none


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of create-lead, as the log knows it."""

    lead_id: UUID
    name: str  # first and last; empty once the lead was erased
    project: str  # Realpad's number of it
    campaign: str
    started_at: datetime
    ended_at: datetime
    late: timedelta = timedelta(0)  # how long after its end it may still arrive
    customer_id: int | None = None  # of a delivered lead
    contacts: frozenset[str] = frozenset()  # e-mail and phone
    is_presumed: bool = False  # it may have been made with other answers: see `Attempt`

    @property
    def latest_at(self) -> datetime:
        """When Realpad can have stored it at the latest, by our clock."""
        return self.ended_at + self.late

    @property
    def keys(self) -> frozenset[Key]:
        """What this call shares with others of the same person; nothing once the lead was erased."""
        name = _words(self.name)
        return frozenset([name] if name else []) | self.contacts

    def is_in_time(self, entry: Listed) -> bool:
        """Return whether an entry's time fits, for clocks that agree."""
        return self.started_at - CLOCKS_APART <= entry.at <= self.latest_at + CLOCKS_APART


class Presence(StrEnum):
    """Whether a lead is in the list."""

    THERE = "there"
    ABSENT = "absent"
    NOT_LISTED = "not listed"  # and nothing shows that the list is complete around it
    UNCLEAR = "unclear"  # more than one explanation is possible


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the list says about one call whose end nobody knows."""

    presence: Presence
    entries: tuple[Listed, ...] = ()  # the one that is it, or those that may be
    clocks_apart: timedelta | None = None  # Realpad's minus ours, where they do not agree
    is_of_other_account: bool = False  # the lead may have been sent to an account with another list

    def unclear_about_account(self) -> "Finding":
        """Return this finding as unclear, since the lead may be in another account's list."""
        return replace(self, presence=Presence.UNCLEAR, is_of_other_account=True)

    @property
    def reason(self) -> Reason:
        """What a person needs to decide an unclear finding, without names."""
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

    findings: Mapping[UUID, Finding]  # of the unknown
    missing: tuple[Call, ...]  # delivered, and yet not listed
    clocks_apart: timedelta | None = None  # Realpad's minus ours, where they do not agree


def compare(
    unknown: Sequence[Call],
    delivered: Sequence[Call],
    listed: Sequence[Listed],
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

    Returns: a finding for each unknown call, and the delivered leads that are missing.
    """
    evidence = _Evidence(unknown, delivered, listed, others, clock_offset, names or {})
    found: dict[int, int] = {}
    for call in sorted(evidence.unknown, key=lambda each: evidence.calls[each].started_at):
        entry = evidence.find(call, found)
        if entry is not None:
            found[call] = entry
    findings = {
        evidence.calls[call].lead_id: evidence.judge(call, found.get(call)) for call in evidence.unknown
    }
    return Comparison(findings, tuple(evidence.missing), evidence.clocks_apart)


class _Evidence:
    """Our calls, Realpad's entries, and which of them can belong together.

    Calls and entries go by their position in `calls` and `entries`.
    """

    def __init__(
        self,
        unknown: Sequence[Call],
        delivered: Sequence[Call],
        listed: Sequence[Listed],
        others: Sequence[Call],
        clock_offset: timedelta | None,
        names: Mapping[str, Collection[str]],
    ) -> None:
        self.calls = [*unknown, *delivered, *others]
        self.entries = listed
        self.unknown = range(len(unknown))
        self.delivered = range(len(unknown), len(unknown) + len(delivered))
        self._clock_offset, self._file_names = clock_offset, names
        self._names = [_words(entry.customer_name) for entry in listed]
        self._of_customer = _grouped((entry.customer_id, n) for n, entry in enumerate(listed))
        self._delivered_to = _grouped((self.calls[n].customer_id or 0, n) for n in self.delivered)
        self._owners = self._owners_of_entries()
        self._edges = {n: self._by_person(n) for n in range(len(self.calls))}
        self._known = self._learned_names()
        self._edges = {
            n: [e for e in edges if self._is_in_time(n, e) or self._is_of_project(n, e)]
            for n, edges in self._edges.items()
        }
        self._callers = self._callers_of_entries()
        if not self._are_times_proof:
            # An erased call is known by nothing but its time, which may be of a wrong clock.
            for n in self._erased:
                self._edges[n] = list(range(len(listed)))
            self._callers = self._callers_of_entries()

    @property
    def _erased(self) -> list[int]:
        return [n for n, call in enumerate(self.calls) if n not in self.delivered and not call.keys]

    def _callers_of_entries(self) -> Mapping[int, Sequence[int]]:
        """Return, for each entry, the calls that may have made it."""
        return _grouped((e, n) for n, edges in self._edges.items() for e in edges)

    # Which entries a call could have made, by person

    def _owners_of_entries(self) -> list[frozenset[Key]]:
        """Return, for each entry, the keys of everybody of ours who is known to be its customer."""
        of_name: defaultdict[Name, set[Key]] = defaultdict(set)
        for call in self.calls:
            of_name[_words(call.name)] |= call.keys
        of_customer = {
            customer: {key for n in calls for key in self.calls[n].keys}
            for customer, calls in self._delivered_to.items()
        }
        return [
            frozenset(
                {*of_name.get(name, ()), *of_customer.get(entry.customer_id, ()), *([name] if name else [])}
            )
            for name, entry in zip(self._names, self.entries, strict=True)
        ]

    def _by_person(self, call: int) -> list[int]:
        """Return the entries that a call may have made going by the person, the nearest in time first.

        A delivered lead's are those of its customer. An erased one's may be anybody's of its time, if times
        are proof.
        """
        mine = self.calls[call]
        if call in self.delivered:
            edges: Iterable[int] = self._of_customer.get(mine.customer_id or 0, ())
        elif mine.keys:
            edges = {e for key in mine.keys for e in self._of_key.get(key, ())}
        else:
            edges = self._in_time(mine)
        return _nearest_first(edges, self.entries, mine.started_at)

    @cached_property
    def _of_key(self) -> Mapping[Key, Sequence[int]]:
        return _grouped((key, e) for e, keys in enumerate(self._owners) for key in keys)

    @cached_property
    def _by_time(self) -> list[tuple[datetime, int]]:
        return sorted((entry.at, e) for e, entry in enumerate(self.entries))

    def _in_time(self, call: Call) -> list[int]:
        first = bisect_left(self._by_time, (call.started_at - CLOCKS_APART, -1))
        last = bisect_right(self._by_time, (call.latest_at + CLOCKS_APART, len(self.entries)))
        return [e for _, e in self._by_time[first:last]]

    # What Realpad calls our projects

    def _learned_names(self) -> Mapping[str, set[str]]:
        """Return the projects that a name in the list stands for, by the entries of delivered leads.

        Only entries that could be no other lead's teach, so that neither a wrong clock nor a call that was
        stored late can teach a wrong name; and several customers' have to agree, since people move enquiries
        to other projects. What project files call a project is no proof.
        """
        callers = _grouped((e, n) for n, edges in self._edges.items() for e in edges)
        teachers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for calls, entries in self._clear_customers(callers):
            projects = {self.calls[n].project for n in calls}
            names = {self.entries[e].projects for e in entries}
            is_sure = all(self._agree(n, e) for n, e in zip(calls, entries, strict=True))
            if is_sure and len(projects) == len(names) == 1 and len(only := names.pop()) == 1:
                teachers[_plain(only[0])].update(projects)
        return {name: set(projects) for name, projects in teachers.items() if projects.total() >= TEACHERS}

    def _clear_customers(
        self, callers: Mapping[int, Sequence[int]]
    ) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
        """Yield delivered calls and entries, in order of time, of customers who have as many of the one as of
        the other, and whose entries no call of an unknown end can have made."""
        for customer, calls in self._delivered_to.items():
            entries = self._of_customer.get(customer, ())
            is_alone = all(n in self.delivered for e in entries for n in callers.get(e, ()))
            if len(entries) == len(calls) and is_alone:
                yield (
                    sorted(calls, key=lambda n: self.calls[n].started_at),
                    sorted(entries, key=lambda e: self.entries[e].at),
                )

    def _agree(self, call: int, entry: int) -> bool:
        mine, its = self.calls[call], self.entries[entry]
        return mine.is_in_time(its) and _plain(its.campaign) in ("", _plain(mine.campaign))

    def _is_of_project(self, call: int, entry: int) -> bool:
        """Return whether an entry is not known to be another project's; of some calls nobody knows theirs."""
        if not self.calls[call].project or self.calls[call].is_presumed:
            return True
        names = [self._known.get(_plain(name)) for name in self.entries[entry].projects]
        return not names or any(known is None or self.calls[call].project in known for known in names)

    # Whether the clocks agree, and how far the list reaches

    @cached_property
    def _witnesses(self) -> list[tuple[Call, Listed]]:
        """Delivered leads with an entry that can be no other call's."""
        return [
            (self.calls[n], self.entries[e])
            for calls, entries in self._clear_customers(self._callers)
            for n, e in zip(calls, entries, strict=True)
        ]

    @cached_property
    def clocks_apart(self) -> timedelta | None:
        """The largest difference that was measured, Realpad's clock minus ours; None while they agree."""
        offsets = [_offset(call, entry) for call, entry in self._witnesses]
        if self._clock_offset is not None:
            offsets.append(self._clock_offset)
        worst = max(offsets, key=abs, default=timedelta(0))
        return worst if abs(worst) > CLOCKS_APART else None

    @cached_property
    def _are_times_proof(self) -> bool:
        """Whether the entries' times can be compared with ours: some were seen to agree, and none not to."""
        return bool(self._witnesses) and self.clocks_apart is None

    @cached_property
    def _shown(self) -> Mapping[str, tuple[datetime, datetime]]:
        """From when until when the list shows leads of each project."""
        of_project = _grouped((call.project, call) for call, _ in self._witnesses)
        return {
            project: (min(call.latest_at for call in calls), max(call.started_at for call in calls))
            for project, calls in of_project.items()
        }

    def _is_shown(self, call: int) -> bool:
        """Return whether the list must show a call if it arrived: it shows leads from before and after it.

        They have to be of the same project. A list may be cut at either end, be as old as a cache, be empty
        by mistake, or lack a project that the account may not see any more.
        """
        mine = self.calls[call]
        if mine.project not in self._shown:
            return False
        since, until = self._shown[mine.project]
        return since <= mine.started_at and mine.latest_at <= until

    @cached_property
    def missing(self) -> list[Call]:
        """Delivered leads that are not listed."""
        by_start = sorted(self.delivered, key=lambda n: self.calls[n].started_at)
        listed = set(match(by_start, self._edges).values())
        return [self.calls[n] for n in by_start if n not in listed]

    # The verdict on one unknown call

    def find(self, call: int, found: Mapping[int, int]) -> int | None:
        """Return the entry that only this call can have made; None if there is none.

        `found` holds what was found for other unknown calls. However the other calls are assigned to
        entries, one remains that has this call's name, project, campaign and time, and no other one remains.
        That holds also if each other call made an entry like itself where there is one: the log may lack the
        calls of further entries, since it was restored. Where it may be one of several, they are of one
        customer.
        """
        if self.clocks_apart is not None or self._is_crowded(call):
            return None
        mine, gone = self.calls[call], set(found.values())
        rivals = [n for n in self._connected(call) if n not in found and self._is_rival(n, mine)]
        edges = {n: [e for e in self._edges[n] if e not in gone] for n in rivals}
        edges[call] = [e for e in self._edges[call] if e not in gone and self._is_alike(mine, e)]
        alike = {n: [e for e in own if self._is_alike(self.calls[n], e)] or own for n, own in edges.items()}
        possible = _left_for(call, rivals, edges)
        customers = {self.entries[e].customer_id for e in possible}
        return possible[0] if len(customers) == 1 and _left_for(call, rivals, alike) else None

    def _is_rival(self, other: int, call: Call) -> bool:
        """Return whether another call would make an entry that says nothing about this one's lead."""
        return other in self.delivered or self.calls[other].lead_id != call.lead_id

    def _is_alike(self, call: Call, entry: int) -> bool:
        """Return whether an entry has a call's name, project, campaign and time."""
        its = self.entries[entry]
        return (
            self._names[entry] == _words(call.name)
            and _plain(its.campaign) == _plain(call.campaign)
            and call.is_in_time(its)
            and self._may_be_called_so(call, its.projects)
        )

    def _may_be_called_so(self, call: Call, names: Sequence[str]) -> bool:
        """Return whether a call's project has one of these names, as far as its name is known."""
        own_names = {name for name, projects in self._known.items() if call.project in projects}
        if names and own_names:
            return not own_names.isdisjoint(map(_plain, names))
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

    def judge(self, call: int, found: int | None) -> Finding:
        """Return what the list says about an unknown call; `found` is the entry that is it, if any."""
        if found is not None:
            return Finding(presence=Presence.THERE, entries=(self.entries[found],))
        entries = tuple(self.entries[e] for e in sorted(self._doubts(call)))
        if entries or self.clocks_apart is not None:
            return Finding(presence=Presence.UNCLEAR, entries=entries, clocks_apart=self.clocks_apart)
        is_shown, project = self._is_shown(call), self.calls[call].project
        if any(each.project == project or not is_shown for each in self.missing):
            return Finding(presence=Presence.UNCLEAR)
        return Finding(presence=Presence.ABSENT if is_shown else Presence.NOT_LISTED)

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

    def _is_in_time(self, call: int, entry: int) -> bool:
        return self.calls[call].is_in_time(self.entries[entry])

    def _of_others_in_time(self, call: int) -> Iterable[int]:
        """Return entries of other persons that go by the time may be a call's: Realpad may know its customer
        under another name."""
        near = self._in_time(self.calls[call]) if self._are_times_proof else range(len(self.entries))
        own = set(self._edges[call])
        return (e for e in near if e not in own)

    def _may_be_of_somebody_else(self, call: int, entry: int) -> bool:
        """Return whether an entry of other persons is nobody's of ours, and may be a call's."""
        if not self._is_of_project(call, entry):
            return False
        campaigns = {_plain(self.calls[call].campaign), _plain(self.entries[entry].campaign)}
        may_be_its = self.calls[call].is_presumed or "" in campaigns or len(campaigns) == 1
        return may_be_its and self._may_be_nobodys(entry)

    def _may_be_nobodys(self, entry: int) -> bool:
        """Return whether our calls that could have made an entry may all have made other ones."""
        nearby = self._callers.get(entry)
        if not nearby:
            return True
        if self._is_crowded(nearby[0]):
            return True
        calls = self._connected(nearby[0])
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

    entry: Listed
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
    call: Call, delivered: Sequence[Call], listed: Sequence[Listed], *, names: Mapping[str, Collection[str]]
) -> list[Sighting]:
    """Return the entries with a call's name or time, the likeliest first, for a person to judge.

    `names` holds what project files call Realpad's projects, by their number there.
    """
    by_start = sorted(range(len(delivered)), key=lambda n: delivered[n].started_at)
    of_customer = _grouped((entry.customer_id, e) for e, entry in enumerate(listed))
    edges = {
        n: _nearest_first(of_customer.get(each.customer_id or 0, ()), listed, each.started_at)
        for n, each in enumerate(delivered)
    }
    taken = match(by_start, edges)
    seen = [
        Sighting(
            entry=entry,
            is_named_so=_words(entry.customer_name) == _words(call.name),
            is_in_time=call.is_in_time(entry),
            is_of_project=_may_be_called(call.project, entry.projects, names),
            is_of_campaign=_plain(entry.campaign) == _plain(call.campaign),
            taken_by=delivered[taken[e]].lead_id if e in taken else None,
        )
        for e, entry in enumerate(listed)
    ]
    near = [each for each in seen if each.is_named_so or each.is_in_time]
    return sorted(near, key=lambda each: (each.taken_by is not None, -each.agreements))


def _may_be_called(project: str, called: Iterable[str], names: Mapping[str, Collection[str]]) -> bool:
    """Return whether none of the names in an entry is given to other projects only."""
    owners = [
        {number for number, own in names.items() if _plain(name) in map(_plain, own)} for name in called
    ]
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


def _offset(call: Call, entry: Listed) -> timedelta:
    """Return how far an entry's time lies outside of its call; positive if it is later."""
    if entry.at > call.latest_at:
        return entry.at - call.latest_at
    return min(entry.at - call.started_at, timedelta(0))


def _nearest_first(entries: Iterable[int], listed: Sequence[Listed], at: datetime) -> list[int]:
    return sorted(entries, key=lambda e: (abs(listed[e].at - at), e))


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _words(name: str) -> Name:
    """Return the words of a name, whichever stands first."""
    return tuple(sorted(_plain(name).split()))


def _plain(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
