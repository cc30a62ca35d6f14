"""The chain over consents and the audit log, by which it shows that one of them was changed afterwards.

Rows are put into links, some at a time. The digest of a link is SHA-256 over the link before, its own number
and time, and every row in it; so whoever changes a row has to make every link after it anew, and then the
heads that were recorded outside the database do not fit any more.

What is hashed (`VERSION` 1): lines of JSON, ASCII only, without blanks. The first is
`["realpad-form evidence",1,NUMBER,PREVIOUS,AT,CONSENTS,ENTRIES]`; then come the consents, by lead and
position, as `["consent", …]` with `CONSENT_FIELDS` in this order, and the entries of the audit log, by
number, as `["audit", …]` with `ENTRY_FIELDS`. Ids are 32 hexadecimal digits, times are in UTC with
microseconds (`2026-03-29T00:30:00.000000+00:00`), a boolean is 0 or 1. Nothing in it depends on the database.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

VERSION: Final = 1
"""How rows are written down to be hashed; a change of it must leave older links as they were hashed."""

GENESIS: Final = "0" * 64
"""What the first link follows."""

CONSENT_FIELDS: Final = (
    "lead_id",
    "position",
    "consent_id",
    "given",
    "language",
    "wording_hash",
    "form_version",
    "decided_at",
)
"""What never changes of a consent. Its sealed page and address do: `keys rotate` seals them anew."""

ENTRY_FIELDS: Final = ("number", "at", "deed", "by", "subject", "detail", "project")
"""All columns of the audit log, by the names that they have in its table."""

HEAD_EVERY: Final = timedelta(minutes=10)
"""How often a head is recorded outside the database at most."""


class Chained(StrEnum):
    """What is in the chain; the values are hashed, so they never change."""

    CONSENT = "consent"
    ENTRY = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """A link as it is stored."""

    number: int  # 1 is the first
    at: str  # as it is hashed
    consents: int  # rows in it
    entries: int
    previous: str  # digest of the link before
    digest: str

    @property
    def name(self) -> str:
        """What it is called in a problem."""
        return f"link {self.number} of {self.at[:19].replace('T', ' ')} UTC"


@dataclass(frozen=True, slots=True)
class ChainedRow:
    """A row of the database as it is hashed, and the number of the link that it belongs to."""

    link: int
    kind: Chained
    values: Sequence[object]  # in the order of CONSENT_FIELDS or ENTRY_FIELDS

    @property
    def name(self) -> str:
        """What a person may look for."""
        key = as_hashed(self.values[0])
        if self.kind is Chained.ENTRY:
            return f"audit entry {key}"
        if isinstance(key, str) and re.fullmatch("[0-9a-f]{32}", key):
            key = UUID(key)  # as pages and commands write it
        return f"consent {self.values[1]} of lead {key}"

    @property
    def wording(self) -> object:
        """The hash of the words of a consent."""
        return self.values[CONSENT_FIELDS.index("wording_hash")]


class LinkDigest:
    """The digest of a link, to which its rows are added one by one."""

    def __init__(self, *, number: int, at: str, consents: int, entries: int, previous: str) -> None:
        first = _line("realpad-form evidence", VERSION, number, previous, at, consents, entries)
        self._hash = hashlib.sha256(first)

    def add(self, row: ChainedRow) -> None:
        """Add the next row."""
        self._hash.update(_line(row.kind, *row.values))

    def hex(self) -> str:
        """Return the digest of what was added so far."""
        return self._hash.hexdigest()


def make_link(rows: Sequence[ChainedRow], *, after: ChainLink | None, at: datetime) -> ChainLink:
    """Return the link that holds these rows, consents first, each kind in its order."""
    consents = sum(row.kind is Chained.CONSENT for row in rows)
    about: dict[str, Any] = {
        "number": after.number + 1 if after else 1,
        "at": as_hashed(at),
        "consents": consents,
        "entries": len(rows) - consents,
        "previous": after.digest if after else GENESIS,
    }
    digest = LinkDigest(**about)
    for row in rows:
        digest.add(row)
    return ChainLink(**about, digest=digest.hex())


def as_hashed(value: object) -> object:
    """Return a value as it is hashed: the same for the same value, whichever database it comes from.

    What the database should never hold is hashed as it is, so that it is told from what was there.
    """
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, int | str) else repr(value)


def _line(*values: object) -> bytes:
    return json.dumps([as_hashed(each) for each in values], separators=(",", ":")).encode() + b"\n"


# What is recorded outside the database


@dataclass(frozen=True, slots=True)
class RecordedRestore:
    """A restore, as it is recorded beside the heads."""

    at: str  # when it was noticed, ISO 8601, UTC
    link: int  # the last link of the restored copy that was recorded before; 0: none
    replaced: int  # heads recorded before that are of the database which the copy replaced


@dataclass(slots=True)
class RecordedHeads:
    """The heads of the chain that one machine has recorded, and what became of the database since."""

    heads: list[tuple[int, str]] = field(default_factory=list)  # number and digest, oldest first
    at: float = 0.0  # when the last of them was recorded, seconds since 1970
    restored_at: str = ""  # the last restore that was known then
    restores: list[RecordedRestore] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterable[Mapping[str, Any]]) -> "RecordedHeads":
        """Return what the lines of a file say, oldest first; lines that say nothing are passed over."""
        found = cls()
        for line in lines:
            with suppress(KeyError, TypeError, ValueError):  # of a newer version, or damaged
                found._add(line)
        return found

    def _add(self, line: Mapping[str, Any]) -> None:
        """Take one line in. Raises: KeyError, TypeError, ValueError, and then it is as it was."""
        restored_at = str(line.get("restored_at") or "")
        if isinstance(link := line.get("continues_after"), int):
            if restored_at == self.restored_at:
                return  # two processes have recorded the same one
            left = [head for head in self.heads if head[0] <= link]
            self.restores.append(RecordedRestore(line["restored_at"], link, len(self.heads) - len(left)))
            self.heads, self.at = left, 0.0
        elif isinstance(link := line.get("link"), int):
            digest, at = str(line["digest"]), float(line["at"])
            self.heads.append((link, digest))
            self.at = at
        else:
            return
        self.restored_at = restored_at


# What is found


class EvidenceFault(StrEnum):
    """What can be wrong with the evidence; scripts read it, so a value never changes."""

    CHANGED = "changed"
    ROWS_MISSING = "rows missing"
    ROWS_ADDED = "rows added"
    LINK_MISSING = "link missing"
    LINK_BROKEN = "link broken"
    UNKNOWN_LINK = "unknown link"
    HEAD_MISSING = "head missing"
    WORDING_CHANGED = "wording changed"
    WORDING_MISSING = "wording missing"


@dataclass(frozen=True, slots=True)
class EvidenceProblem:
    """One thing that is not as it was written."""

    fault: EvidenceFault
    link: int | None  # None where it is about no link
    text: str  # for an operator


@dataclass(slots=True, kw_only=True)
class EvidenceReport:
    """What a check of the whole chain has found."""

    head: ChainLink | None
    links: int = 0
    consents: int = 0
    entries: int = 0
    unchained: int = 0  # rows that are too new to be in the chain
    wordings: int = 0
    recorded: int = 0  # heads outside the database that agree
    restores: Sequence[RecordedRestore] = ()
    problems: list[EvidenceProblem] = field(default_factory=list)  # the first ones
    more_problems: int = 0


_PLURALS: Final = {Chained.CONSENT: "consents", Chained.ENTRY: "audit entries"}

NAMED: Final = 10
"""So many rows of a link are named."""


class LinkCheck:
    """Compares one link with the rows that are there now, which are added one by one."""

    def __init__(self, link: ChainLink) -> None:
        self._link = link
        self._digest = LinkDigest(
            number=link.number,
            at=link.at,
            consents=link.consents,
            entries=link.entries,
            previous=link.previous,
        )
        self._expected = {Chained.CONSENT: link.consents, Chained.ENTRY: link.entries}
        self._names: list[str] = []
        self.counts = dict.fromkeys(Chained, 0)

    def add(self, row: ChainedRow) -> None:
        """Add the next row of the link."""
        self._digest.add(row)
        self.counts[row.kind] += 1
        if len(self._names) < NAMED:
            self._names.append(row.name)

    def problems(self) -> list[EvidenceProblem]:
        """Return what is wrong with the link, now that all its rows were added."""
        number, which = self._link.number, self._link.name
        found = []
        for kind, expected in self._expected.items():
            count, what = self.counts[kind], _PLURALS[kind]
            if count < expected:
                text = f"{which} had {expected} {what}, and {count} are left: {self._named()}"
                found.append(EvidenceProblem(EvidenceFault.ROWS_MISSING, number, text))
            elif count > expected:
                text = f"{which} had {expected} {what}, and now has {count}: {self._named()}"
                found.append(EvidenceProblem(EvidenceFault.ROWS_ADDED, number, text))
        if not found and self._digest.hex() != self._link.digest:
            text = f"{which} was changed, or one of its rows: {self._named()}"
            found.append(EvidenceProblem(EvidenceFault.CHANGED, number, text))
        return found

    def _named(self) -> str:
        more = sum(self.counts.values()) - len(self._names)
        return ", ".join(self._names or ["nothing"]) + (f" and {more} more" if more else "")


def follow(link: ChainLink, before: ChainLink | None) -> Iterator[EvidenceProblem]:
    """Yield why a link does not follow the one before it; None for the beginning."""
    expected = before.number + 1 if before else 1
    if link.number > expected:
        missing = [str(expected), *([str(link.number - 1)] if link.number - 1 > expected else [])]
        text = f"before {link.name}, this is missing: {' to '.join(missing)}"
        yield EvidenceProblem(EvidenceFault.LINK_MISSING, expected, text)
    elif link.previous != (before.digest if before else GENESIS):
        text = f"{link.name} does not follow what is stored before it"
        yield EvidenceProblem(EvidenceFault.LINK_BROKEN, link.number, text)
