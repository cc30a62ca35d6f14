"""The use case that proves consents and the audit log unchanged: it chains them, and checks the chain."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from realpad_form.domain.evidence import (
    GENESIS,
    HEAD_EVERY,
    Chained,
    ChainedRow,
    ChainLink,
    EvidenceFault,
    EvidenceProblem,
    EvidenceReport,
    LinkCheck,
    RecordedHeads,
    follow,
)
from realpad_form.domain.lead import hash_of
from realpad_form.ports import EvidenceChain, RecordedLines
from realpad_form.services.outage import OutageLog

AT_ONCE: Final = 200
"""Rows of each kind in a link at most; on SQLite nobody else can write while it is made."""

POLL_EVERY_S: Final = 5.0
REST: Final = 3
"""So many times as long as a full link took, the database is left to others."""

LINKS_AT_ONCE: Final = 100
"""Links that are read in one go, with their rows; on some versions of SQLite nobody can write meanwhile."""

TOLD: Final = 1_000
"""So many problems are kept; the others are counted."""

FILE: Final = "evidence.jsonl"

HINT: Final = "if an older copy of the database was put back, run `realpad-form db restored`"

logger = logging.getLogger(__name__)


def _outage() -> OutageLog:
    return OutageLog(
        "consents and the audit log could not be chained", "consents and the audit log are chained again"
    )


@dataclass(slots=True, eq=False)
class EvidenceKeeper:
    """Chains consents and the audit log some seconds after they were stored, and checks them on demand.

    Any number of these may run, on any number of machines; each machine records heads in a file of its own.
    """

    chain: EvidenceChain
    recorded: RecordedLines
    clock: Callable[[], float] = time.time  # seconds since 1970, as in the file
    _outage: OutageLog = field(default_factory=_outage, init=False)
    _digest: str = field(default=GENESIS, init=False)  # of the head when it was last recorded
    _restored_at: str | None = field(default=None, init=False)  # None: the file was not read yet
    _due_at: float = field(default=0.0, init=False)  # when a head is recorded at the earliest
    _is_told: bool = field(default=False, init=False)

    def run(self, stop: threading.Event) -> None:
        """Chain again and again until told to stop."""
        while not stop.is_set():
            began, link = time.monotonic(), None
            with self._outage.tolerated():
                link = self.run_once()
            is_full = link is not None and max(link.consents, link.entries) >= AT_ONCE
            stop.wait(REST * (time.monotonic() - began) if is_full else POLL_EVERY_S)

    def run_once(self) -> ChainLink | None:
        """Chain some rows, and record the head if it is time; return the link that was made, if any was.

        Raises: StorageUnavailableError.
        """
        link = self.chain.extend(AT_ONCE)
        self._record_head()
        return link

    def verify(self) -> EvidenceReport:
        """Compare everything with the chain, and the chain with the heads that this machine has recorded.

        It reads in batches, beside running services. Raises: StorageUnavailableError.
        """
        restored_at = self.chain.restored_at()
        lines, continued = list(self.recorded.lines()), self._continued(restored_at)
        known = RecordedHeads.of([*lines, continued] if continued else lines)  # a check writes nothing
        report = EvidenceReport(head=self.chain.head(), restores=known.restores)
        for problem in EvidenceCheck(self.chain, report, known).problems():
            if len(report.problems) < TOLD:
                report.problems.append(problem)
            else:
                report.more_problems += 1
        report.unchained = sum(self.chain.count_unchained().values())
        return report

    def _record_head(self) -> None:
        """Record the newest link outside the database, unless one was recorded a short time ago."""
        head, restored_at, now = self.chain.head(), self.chain.restored_at(), self.clock()
        digest = head.digest if head else GENESIS
        is_due = not 0 < self._due_at - now <= HEAD_EVERY.total_seconds()  # else a clock was ahead
        is_new = digest != self._digest and is_due
        if restored_at == self._restored_at and not is_new:
            return
        known, every_s = self._read_recorded(restored_at), HEAD_EVERY.total_seconds()
        self._restored_at = restored_at
        if known.heads and not self.chain.has(*known.heads[-1]):
            self._due_at = now + every_s
            if not self._is_told:
                about = (FILE, known.heads[-1][0], HINT)
                logger.error("%s has link %d on record, which this database does not have; %s", *about)
            self._is_told = True
            return
        self._is_told = False
        if 0 <= now - known.at < every_s:
            self._due_at = known.at + every_s
            return
        self._digest = digest
        if head and (not known.heads or known.heads[-1][0] < head.number):
            self._due_at = now + every_s
            self.recorded.add(link=head.number, digest=head.digest, restored_at=restored_at)
            logger.info("consents and the audit log are chained up to link %d, %s", head.number, head.digest)

    def _read_recorded(self, restored_at: str) -> RecordedHeads:
        """Return what this machine has recorded, after recording a restore that it does not know of.

        A restored copy has the links of its time only: what was recorded after them is of the database that
        it replaced. Which those are shows by comparing them with the copy.
        """
        if continued := self._continued(restored_at):
            self.recorded.add(**continued)
            logger.warning(
                "this database is a restored copy: the chain goes on after link %d",
                continued["continues_after"],
            )
        return RecordedHeads.of(self.recorded.lines())

    def _continued(self, restored_at: str) -> dict[str, Any] | None:
        """Return what is to be recorded of a restore that this machine does not know of, or None."""
        known = RecordedHeads.of(self.recorded.lines())
        if not known.heads or restored_at in ("", known.restored_at):
            return None
        common = next((number for number, digest in known.heads[::-1] if self.chain.has(number, digest)), 0)
        return {"continues_after": common, "restored_at": restored_at}


class EvidenceCheck:
    """One check of everything, up to the head that there was when it began; it counts in its report."""

    def __init__(self, chain: EvidenceChain, report: EvidenceReport, known: RecordedHeads) -> None:
        self._chain, self._report = chain, report
        self._recorded = set(known.heads)  # those that no link was found for
        self._last = report.head.number if report.head else 0
        self._wordings = set[object]()
        self._missing_wordings = set[object]()

    def problems(self) -> Iterator[EvidenceProblem]:
        """Yield what is not as it was written."""
        yield from self._check_wordings()
        before = None
        while links := self._chain.links(after=before.number if before else 0, at_most=LINKS_AT_ONCE):
            links = [link for link in links if link.number <= self._last]
            if not links:
                break
            yield from self._check_links(links, before)
            before = links[-1]
        yield from map(_of_no_link, self._chain.rows_outside(up_to=self._last, at_most=TOLD))
        for number, digest in sorted(self._recorded):
            text = f"{FILE} has link {number} ({digest}) on record, and the database has not; {HINT}"
            yield EvidenceProblem(EvidenceFault.HEAD_MISSING, number, text)
        for hashed in sorted(self._missing_wordings, key=str):
            text = f"consents name words that are not stored: {hashed}"
            yield EvidenceProblem(EvidenceFault.WORDING_MISSING, None, text)

    def _check_wordings(self) -> Iterator[EvidenceProblem]:
        for hashed, words in self._chain.wordings():
            self._wordings.add(hashed)
            if hash_of(words) != hashed:
                text = f"the words of consents that are stored as {hashed} were changed"
                yield EvidenceProblem(EvidenceFault.WORDING_CHANGED, None, text)
        self._report.wordings = len(self._wordings)

    def _check_links(self, links: Sequence[ChainLink], before: ChainLink | None) -> Iterator[EvidenceProblem]:
        """Yield what is wrong with links that follow one another, and with the rows in them."""
        checks = {link.number: LinkCheck(link) for link in links}
        for row in self._chain.rows(after=before.number if before else 0, up_to=links[-1].number):
            if row.link in checks:
                checks[row.link].add(row)
            else:
                yield _of_no_link(row)
            is_worded = row.kind is Chained.ENTRY or row.wording in self._wordings
            if not is_worded and len(self._missing_wordings) < TOLD:
                self._missing_wordings.add(row.wording)
        for link in links:
            check, head = checks[link.number], (link.number, link.digest)
            yield from follow(link, before)
            yield from check.problems()
            self._report.links += 1
            self._report.consents += check.counts[Chained.CONSENT]
            self._report.entries += check.counts[Chained.ENTRY]
            self._report.recorded += head in self._recorded
            self._recorded.discard(head)
            before = link


def _of_no_link(row: ChainedRow) -> EvidenceProblem:
    text = f"{row.name} was put into link {row.link}, which there is not"
    return EvidenceProblem(EvidenceFault.UNKNOWN_LINK, row.link, text)
