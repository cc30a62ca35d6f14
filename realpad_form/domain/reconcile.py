"""What Realpad's own list of leads tells about ours: which are there, which are not, which we cannot tell.

Pure comparison; when in doubt, it says so, since a lead sent twice is as bad as a lost one.
Source: Realpad docs, "Verifying submitted leads (list-leads)".
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

SHOWN_FOR: Final = timedelta(days=7)
"""How long the list shows a lead."""

CLOCKS_APART: Final = timedelta(minutes=2)
"""How far Realpad's clock and ours may be apart."""

NAMESAKES_APART: Final = timedelta(days=1)
"""How far from a call an entry of the same name and project that is nobody's still leaves it in doubt."""


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
class Call:
    """The last call of a lead, as the log knows it."""

    lead_id: UUID
    name: str  # first and last
    project: str  # Realpad's number of it
    campaign: str
    started_at: datetime
    ended_at: datetime
    late: timedelta = timedelta(0)  # how long after its end it may still arrive
    customer_id: int | None = None  # of a delivered lead


class Presence(StrEnum):
    """Whether a lead is in the list."""

    THERE = "there"
    ABSENT = "absent"
    UNCLEAR = "unclear"  # more than one reading is possible


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the list says about one call whose end nobody knows."""

    presence: Presence
    entries: tuple[Listed, ...] = ()  # the one that is it, or those that may be; none if the list has a gap

    def describe(self) -> str:
        """Return what a person needs to decide, without names."""
        if not self.entries:
            return "Realpad's list lacks leads it took: look there for this one, then discard or resubmit it"
        seen = "; ".join(
            f"customer {entry.customer_id} at {entry.at:%Y-%m-%d %H:%M:%S}" for entry in self.entries
        )
        return f"Realpad lists what may be this lead ({seen}): look there, then discard or resubmit it"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing our calls with the list."""

    findings: Mapping[UUID, Finding]  # of the unknown
    missing: tuple[Call, ...]  # delivered, and yet not listed


def compare(
    unknown: Sequence[Call],
    delivered: Sequence[Call],
    listed: Sequence[Listed],
    *,
    names: Mapping[str, Collection[str]],
    others: Sequence[Call] = (),
) -> Comparison:
    """Compare our calls of the last 7 days with what Realpad lists.

    `others` are further calls that may have arrived: an entry that may come of another lead's proves nothing.

    `names` holds what a project may be called in Realpad, by its number there; the entries of
    delivered leads teach more.
    """
    mine, missing = _pair_by_customer(delivered, listed)
    rest = [entry for entry in listed if entry not in mine.values()]
    known = _names_with_lessons(names, mine, delivered)
    likely = {call.lead_id: _like(call, rest, known) for call in unknown}
    found = {
        lead_id: entry
        for lead_id, entry in _pairs(unknown, likely)
        if not any(_may_come_of(call, entry, known) for call in others if call.lead_id != lead_id)
    }
    strangers = [entry for entry in rest if entry not in found.values()]
    nobodys = [entry for entry in strangers if not any(_may_come_of(call, entry, known) for call in others)]
    findings = {
        call.lead_id: _finding(
            found.get(call.lead_id),
            [
                *(entry for entry in strangers if _may_be(call, entry, known)),
                *(entry for entry in nobodys if _may_be_listed_otherwise(call, entry, known)),
                *(each for each in _of_namesakes(call, others, mine) if _may_be(call, each, known)),
            ],
            is_shown=_is_shown(call, listed, missing),
        )
        for call in unknown
    }
    return Comparison(findings, tuple(missing))


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
    """Return the entries with a call's name or time, the likeliest first, for a person to judge."""
    mine, _ = _pair_by_customer(delivered, listed)
    known = _names_with_lessons(names, mine, delivered)
    owners = {entry.inquiry_id: lead_id for lead_id, entry in mine.items()}
    seen = [_sighting(call, entry, known, owners.get(entry.inquiry_id)) for entry in listed]
    near = [each for each in seen if each.is_named_so or each.is_in_time]
    return sorted(near, key=lambda each: (each.taken_by is not None, -each.agreements))


def _sighting(call: Call, entry: Listed, known: Mapping[str, set[str]], taken_by: UUID | None) -> Sighting:
    return Sighting(
        entry=entry,
        is_named_so=_words(entry.customer_name) == _words(call.name),
        is_in_time=_is_in_time(call, entry),
        is_of_project=_is_of_project(call, entry, known),
        is_of_campaign=_plain(entry.campaign) == _plain(call.campaign),
        taken_by=taken_by,
    )


def _pair_by_customer(
    delivered: Iterable[Call], listed: Sequence[Listed]
) -> tuple[dict[UUID, Listed], list[Call]]:
    """Return the entry of each delivered lead, and the leads without one."""
    by_customer: defaultdict[int | None, list[Listed]] = defaultdict(list)
    for entry in listed:
        by_customer[entry.customer_id].append(entry)
    mine: dict[UUID, Listed] = {}
    missing = []
    for call in sorted(delivered, key=lambda call: call.started_at):
        candidates = by_customer[call.customer_id]
        if candidates:
            nearest = min(candidates, key=lambda entry: abs(entry.at - call.started_at))
            candidates.remove(nearest)
            mine[call.lead_id] = nearest
        else:
            missing.append(call)
    return mine, missing


def _names_with_lessons(
    names: Mapping[str, Collection[str]], mine: Mapping[UUID, Listed], delivered: Iterable[Call]
) -> dict[str, set[str]]:
    """Return the projects that a name may stand for: from the files, and from delivered leads' entries."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for project, each in names.items():
        for name in each:
            known[_plain(name)].add(project)
    for call in delivered:
        if call.lead_id in mine:
            for name in mine[call.lead_id].projects:
                known[_plain(name)].add(call.project)
    return known


def _may_come_of(call: Call, entry: Listed, known: Mapping[str, set[str]]) -> bool:
    """Return whether an entry has a call's name and all else; what was erased may have had any."""
    is_erased = not call.name.strip()
    return _is_in_time(call, entry) if is_erased else bool(_like(call, [entry], known))


def _of_namesakes(call: Call, others: Iterable[Call], mine: Mapping[UUID, Listed]) -> Iterator[Listed]:
    """Yield the entries of namesakes that were called several times: each may be the one of another call."""
    for other in others:
        entry = mine.get(other.lead_id)
        if entry and _words(call.name) in (_words(other.name), _words(entry.customer_name)):
            yield entry


def _like(call: Call, entries: Sequence[Listed], known: Mapping[str, set[str]]) -> tuple[Listed, ...]:
    """Return the entries that have a call's name and all that `_may_be` asks for."""
    words = _words(call.name)
    return tuple(
        entry for entry in entries if _words(entry.customer_name) == words and _may_be(call, entry, known)
    )


def _may_be(call: Call, entry: Listed, known: Mapping[str, set[str]]) -> bool:
    """Return whether an entry has a call's time and campaign, and not another project.

    The name is left out: of a customer whom Realpad knew already, it may list another one.
    """
    is_of_project = _is_of_project(call, entry, known)
    return _is_in_time(call, entry) and is_of_project and _plain(entry.campaign) == _plain(call.campaign)


def _may_be_listed_otherwise(call: Call, entry: Listed, known: Mapping[str, set[str]]) -> bool:
    """Return whether an entry has a call's project and time and no campaign, or its name and its day.

    A clock may be wrong, and a campaign be listed as nobody sent it, or not at all: no proof of absence.
    """
    is_about_then = call.started_at - NAMESAKES_APART <= entry.at <= call.ended_at + NAMESAKES_APART
    is_namesakes = is_about_then and _words(entry.customer_name) == _words(call.name)
    lacks_campaign = not entry.campaign and _is_in_time(call, entry)
    return (is_namesakes or lacks_campaign) and _is_of_project(call, entry, known)


def _is_shown(call: Call, listed: Sequence[Listed], missing: Iterable[Call]) -> bool:
    """Return whether the list shows the time of a call, so that its absence means something.

    A list may be cut, stand still or be empty by mistake: then it lacks delivered leads on that side, too.
    """
    times = [entry.at for entry in listed]
    is_early = all(call.started_at < at for at in times)
    is_late = all(call.started_at > at for at in times)
    lacks_early = any(all(each.started_at < at for at in times) for each in missing)
    lacks_late = any(all(each.started_at > at for at in times) for each in missing)
    return not (is_early and lacks_early) and not (is_late and lacks_late)


def _is_of_project(call: Call, entry: Listed, known: Mapping[str, set[str]]) -> bool:
    """Return whether an entry is not another project's, as far as its names are known."""
    if not any(call.project in each for each in known.values()):
        return True  # its file may have got another number since
    meanings = [known.get(_plain(name), {call.project}) for name in entry.projects]
    return not meanings or any(call.project in each for each in meanings)


def _is_in_time(call: Call, entry: Listed) -> bool:
    return call.started_at - CLOCKS_APART <= entry.at <= call.ended_at + call.late + CLOCKS_APART


def _pairs(calls: Iterable[Call], likely: Mapping[UUID, tuple[Listed, ...]]) -> Iterable[tuple[UUID, Listed]]:
    """Yield call and entry where there is one way to pair them: as many calls as entries that are alike."""
    groups: defaultdict[tuple[Listed, ...], list[Call]] = defaultdict(list)
    for call in calls:
        groups[likely[call.lead_id]].append(call)
    for entries, alike in groups.items():
        is_shared = any(set(entries) & set(other) for other in groups if other != entries)
        if len(entries) == len(alike) and not is_shared:
            in_order = sorted(alike, key=lambda call: call.started_at)
            for call, entry in zip(in_order, sorted(entries, key=lambda entry: entry.at), strict=True):
                yield call.lead_id, entry


def _finding(found: Listed | None, possible: Sequence[Listed], *, is_shown: bool) -> Finding:
    """Return what the list says about a call: absence counts only if nothing in it could be the lead."""
    if found:
        return Finding(presence=Presence.THERE, entries=(found,))
    entries = tuple(dict.fromkeys(possible))
    is_absent = is_shown and not entries
    return Finding(presence=Presence.ABSENT if is_absent else Presence.UNCLEAR, entries=entries)


def _words(name: str) -> list[str]:
    """Return the words of a name, whichever stands first."""
    return sorted(_plain(name).split())


def _plain(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
