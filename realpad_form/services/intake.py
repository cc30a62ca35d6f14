"""The use case behind the form's submit button."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from realpad_form.domain.crash import CrashPoint, crash_point
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import LeadNotFoundError, SealBrokenError, StorageUnavailableError
from realpad_form.domain.lead import Answers, Consent, Receipt, Submission, hash_of
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.ports import IntakeLog, NewLead, Spool
from realpad_form.services.metrics import Metrics
from realpad_form.services.outage import OutageLog

POLL_EVERY_S: Final = 2.0
"""How often the spool is looked into."""

logger = logging.getLogger(__name__)


def _outage() -> OutageLog:
    return OutageLog("leads could not be taken from the spool", "leads are taken from the spool again")


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes submissions; whatever it returns a receipt for is on disk, in the log or in the spool.

    `accounts` are those of the configured credentials, by their name: a lead is sent to the one it was
    accepted for, and to no other.
    """

    log: IntakeLog
    spool: Spool | None = None
    require_data_keys: Callable[[], None] | None = None  # of the log, before anything is spooled
    accounts: Mapping[str, str] = field(default_factory=dict)
    redo_after_restore: Callable[[], Callable[[UUID], None]] | None = None  # AfterRestore.redo_for_spooled
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)
    _outage: OutageLog = field(default_factory=_outage, init=False, repr=False, compare=False)

    def accept(self, project: Project, submission: Submission) -> Receipt:
        """Store the submission as a lead, due at once, or quarantined if it looks like spam.

        Raises: StorageUnavailableError, or DataKeyError if this process has other data keys than the stored
        leads; then nothing was stored and nothing may be promised.
        """
        consents = tuple(self._as_shown(each) for each in submission.consents)
        submission = replace(submission, consents=consents)
        payload = compose(project, submission.answers, consents=consents, context=submission.context)
        credential = project.realpad.credentials
        new = NewLead(
            lead_id=submission.lead_id(),
            submission=submission,
            credential=credential,
            account=self.accounts.get(credential, ""),
            payload=payload,
        )
        if self.spool:
            before = self.spool.find(submission.key, project=project.slug, token=submission.token)
            if before:
                return before
        try:
            receipt = self.log.append(new)
            crash_point(CrashPoint.APPENDED)
        except StorageUnavailableError as error:
            if self.spool is None:
                raise
            if self.require_data_keys is not None:
                self.require_data_keys()  # what is sealed with a wrong key, nobody can open later
            receipt = self.spool.keep(new)
            logger.error("lead %s waits in the spool: %s", receipt.lead_id, error)
        if receipt.is_repeat:
            self._report_difference(submission, receipt.lead_id)
        else:
            self.metrics.accepted(
                project.slug, is_quarantined=bool(submission.suspicions), source=submission.context.source
            )
        return receipt

    def show(self, consents: Iterable[Consent]) -> None:
        """Keep the words of consents before a visitor sees them, lest a change of the file forget them."""
        try:
            self.log.keep_words(consent.wording for consent in consents)
        except StorageUnavailableError as error:
            logger.warning("the words of consents are kept with the first lead only: %s", error)

    def find_repeat(self, key: UUID | None, *, project: str | None, token: str | None) -> Receipt | None:
        """Return the receipt of a submission that was accepted before, or None.

        A key counts in its project, a token in all of them.
        """
        spooled = self.spool.find(key, project=project, token=token) if self.spool else None
        return spooled or self.log.find_repeat(key, project=project, token=token)

    def take_in(self) -> int:
        """Move what waits in the spool into the log; return how many there were.

        Raises: StorageUnavailableError, DataKeyError; what was not moved stays.
        """
        if self.spool is None or not self.spool.waiting():
            return 0
        taken = 0
        redo = self.redo_after_restore() if self.redo_after_restore else None
        with self.spool.taking() as kept:
            for new in kept:
                receipt = self.log.append(new)
                crash_point(CrashPoint.APPENDED)
                if redo:
                    redo(receipt.lead_id)  # before the file goes, so that it is done again after a crash
                if receipt.lead_id != new.lead_id:
                    logger.warning("spooled lead %s is lead %s, sent again", new.lead_id, receipt.lead_id)
                taken += 1
        return taken

    def run(self, stop: threading.Event) -> None:
        """Move what waits in the spool into the log, again and again until told to stop."""
        while not stop.wait(POLL_EVERY_S):
            # That the log is unavailable has been logged by whoever spooled.
            with self._outage.tolerated(passing_over=(StorageUnavailableError,)):
                if taken := self.take_in():
                    logger.info("leads taken from the spool into the log: %d", taken)

    def _as_shown(self, consent: Consent) -> Consent:
        """Return a consent in the words that its visitor saw; not given, if nobody knows them any more.

        Source: GDPR Art. 7(1), the controller must be able to demonstrate what was consented to.
        """
        if consent.shown in (None, hash_of(consent.wording)):
            return consent
        try:
            words = self.log.find_words(consent.shown)
        except StorageUnavailableError:
            words = None
        if words is None:
            logger.warning("consent %s was shown in words that are not known: not given", consent.id)
            return replace(consent, given=False)
        return replace(consent, wording=words)

    def _report_difference(self, submission: Submission, lead_id: UUID) -> None:
        """Log which answers of a repeat are not those of its lead, which keeps what came first.

        A repeat gets the first answer, whatever it says: the same post read by a project file that has
        changed in between may differ, too, and must not become a second lead. Our own page never sends
        other answers under a key or token that may be used up, so this tells of a program that does.
        """
        try:
            first = self.log.get(lead_id)
        except (LeadNotFoundError, SealBrokenError, StorageUnavailableError):
            return  # its answers cannot be read, and the visitor is thanked all the same
        if first.lead.status is Status.ERASED:
            return
        before = _said(first.revisions[0].answers, first.consents)
        now = _said(submission.answers, submission.consents)
        changed = ", ".join(sorted(key for key in {*before, *now} if before.get(key) != now.get(key)))
        if changed:
            logger.warning(
                "lead %s was sent again with other answers, which are not kept: %s", lead_id, changed
            )


def _said(answers: Answers, consents: Iterable[Consent]) -> dict[str, Any]:
    """Return answers and consents under the names that they are posted by."""
    return {**answers, **{f"consent_{each.id}": True for each in consents if each.given}}
