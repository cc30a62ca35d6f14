"""Realpad's list of leads beside our calls: which entries a call can have made, and what the list can prove.

Calls and entries are matched by person, project and time. From the pairs that can be nothing else follow what
Realpad calls our projects, whether its clock and ours agree, and how far the list reaches.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

SHOWN_FOR: Final = timedelta(days=7)
"""How long the list shows a lead."""

CLOCKS_APART: Final = timedelta(minutes=5)
"""How far Realpad's clock and ours may be apart and still count as agreeing."""

TEACHERS: Final = 2
"""How many customers' entries have to agree before a name of a project excludes anything."""

Name: TypeAlias = tuple[str, ...]
"""The words of a name as they are compared, in alphabetical order."""

Key: TypeAlias = Name | str
"""What makes two calls one person's: a name, an e-mail address or a phone number."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One entry of the list."""

    inquiry_id: int
    customer_id: int
    customer_name: str
    at: datetime  # aware
    projects: tuple[str, ...] = ()  # their names in Realpad
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """Realpad's list as it was read once."""

    entries: tuple[ListEntry, ...]
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
    is_accepted: bool = False  # Realpad said that it took it
    is_presumed: bool = False  # it may have been made with other answers: see `Attempt`
    body_hash: int = 0  # of what was sent; equal for equal bodies, within one process

    @property
    def latest_at(self) -> datetime:
        """When Realpad can have stored it at the latest, by our clock."""
        return self.ended_at + self.late

    @property
    def keys(self) -> frozenset[Key]:
        """What this call shares with others of the same person; nothing once the lead was erased."""
        name = words(self.name)
        return frozenset([name] if name else []) | self.contacts

    def is_in_time(self, entry: ListEntry) -> bool:
        """Return whether an entry's time fits, for clocks that agree."""
        return self.started_at - CLOCKS_APART <= entry.at <= self.latest_at + CLOCKS_APART


class Evidence:
    """Our calls, Realpad's entries, and which of them can belong together.

    Calls and entries go by their position in `calls` and `entries`.
    """

    def __init__(
        self,
        unknown: Sequence[Call],
        delivered: Sequence[Call],
        listed: Sequence[ListEntry],
        others: Sequence[Call],
        clock_offset: timedelta | None,
        names: Mapping[str, Collection[str]],
    ) -> None:
        self.calls = [*unknown, *delivered, *others]
        self.entries = listed
        self.unknown = range(len(unknown))
        self.delivered = range(len(unknown), len(unknown) + len(delivered))
        self._clock_offset, self._file_names = clock_offset, names
        self._names = [words(entry.customer_name) for entry in listed]
        self._of_customer = grouped((entry.customer_id, n) for n, entry in enumerate(listed))
        self._delivered_to = grouped((self.calls[n].customer_id or 0, n) for n in self.delivered)
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
        return grouped((e, n) for n, edges in self._edges.items() for e in edges)

    # Which entries a call could have made, by person

    def _owners_of_entries(self) -> list[frozenset[Key]]:
        """Return, for each entry, the keys of everybody of ours who is known to be its customer."""
        of_name: defaultdict[Name, set[Key]] = defaultdict(set)
        for call in self.calls:
            of_name[words(call.name)] |= call.keys
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
        return nearest_first(edges, self.entries, mine.started_at)

    @cached_property
    def _of_key(self) -> Mapping[Key, Sequence[int]]:
        return grouped((key, e) for e, keys in enumerate(self._owners) for key in keys)

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
        callers = grouped((e, n) for n, edges in self._edges.items() for e in edges)
        teachers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for calls, entries in self._clear_customers(callers):
            projects = {self.calls[n].project for n in calls}
            names = {self.entries[e].projects for e in entries}
            is_sure = all(self._agree(n, e) for n, e in zip(calls, entries, strict=True))
            if is_sure and len(projects) == len(names) == 1 and len(only := names.pop()) == 1:
                teachers[plain(only[0])].update(projects)
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
        return mine.is_in_time(its) and plain(its.campaign) in ("", plain(mine.campaign))

    def _is_in_time(self, call: int, entry: int) -> bool:
        return self.calls[call].is_in_time(self.entries[entry])

    def _is_of_project(self, call: int, entry: int) -> bool:
        """Return whether an entry is not known to be another project's; of some calls nobody knows theirs."""
        if not self.calls[call].project or self.calls[call].is_presumed:
            return True
        names = [self._known.get(plain(name)) for name in self.entries[entry].projects]
        return not names or any(known is None or self.calls[call].project in known for known in names)

    # Whether the clocks agree, and how far the list reaches

    @cached_property
    def _witnesses(self) -> list[tuple[Call, ListEntry]]:
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
        of_project = grouped((call.project, call) for call, _ in self._witnesses)
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


def _offset(call: Call, entry: ListEntry) -> timedelta:
    """Return how far an entry's time lies outside of its call; positive if it is later."""
    if entry.at > call.latest_at:
        return entry.at - call.latest_at
    return min(entry.at - call.started_at, timedelta(0))


def nearest_first(entries: Iterable[int], listed: Sequence[ListEntry], at: datetime) -> list[int]:
    """Return entries, by their position in `listed`, in the order of how near they are to a time."""
    return sorted(entries, key=lambda e: (abs(listed[e].at - at), e))


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Return the values of each key, in the order given."""
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def words(name: str) -> Name:
    """Return the words of a name, whichever stands first."""
    return tuple(sorted(plain(name).split()))


def plain(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


# Maximum matchings in small bipartite graphs: who can have what, if everybody takes one thing at most

Edges = Mapping[int, Sequence[int]]
"""What each taker could take, the best first."""


def match(takers: Iterable[int], edges: Edges, *, without: int | None = None) -> dict[int, int]:
    """Return who takes each thing, with as many takers served as possible; nobody takes `without`."""
    taken: dict[int, int] = {}
    for taker in takers:
        _augment(taker, edges, taken, without=without)
    return taken


def _augment(taker: int, edges: Edges, taken: dict[int, int], *, without: int | None) -> None:
    """Serve one more taker if that is possible, letting others take something else.

    Source: Berge's lemma; a breadth-first search for an augmenting path.
    """
    would_take: dict[int, int] = {}  # thing -> who would take it
    gives_up: dict[int, int] = {}  # taker -> the thing that somebody before on the path would take
    queue = deque([taker])
    while queue:
        current = queue.popleft()
        for thing in edges.get(current, ()):
            if thing == without or thing in would_take:
                continue
            would_take[thing] = current
            if thing not in taken:
                _switch(thing, would_take, gives_up, taken)
                return
            gives_up[taken[thing]] = thing
            queue.append(taken[thing])


def _switch(
    thing: int, would_take: Mapping[int, int], gives_up: Mapping[int, int], taken: dict[int, int]
) -> None:
    """Let everybody on the path that ends at `thing` take what the path says."""
    while True:
        taker = would_take[thing]
        taken[thing] = taker
        if taker not in gives_up:
            return
        thing = gives_up[taker]
