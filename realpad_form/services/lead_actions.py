"""What a person may do with a lead; pages, bulk and commands do it here, and nowhere else.

Each action names who acts and which version of the lead they saw, and is one transaction with its entries in
the audit log. An action on a lead that has changed since is refused, so that two people make one call.
"""

import logging
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from realpad_form.domain.delivery import POSSIBLY_DELIVERED, Event, Status
from realpad_form.domain.errors import (
    AmbiguousContactError,
    CorrectionMissingError,
    CrmError,
    IllegalTransitionError,
    ProjectNotFoundError,
    RepeatNotConfirmedError,
    RerouteNotConfirmedError,
    SealBrokenError,
    StorageUnavailableError,
)
from realpad_form.domain.lead import Answers, Lead, LeadRecord, LeadVersion, NoteKind, Route
from realpad_form.domain.payload import Basis, LeadProject, consents_given, from_call, without_consents
from realpad_form.domain.people import (
    NAMED_BY_EMAIL,
    REVOCATIONS,
    Actor,
    AuditAction,
    AuditEntry,
    AuditNote,
    revocation_of,
)
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.ports import (
    AuditLog,
    Credential,
    CrmGateway,
    LeadFilter,
    LeadNotes,
    OperatorLog,
    ProjectVersions,
)
from realpad_form.services.intake import Intake

logger = logging.getLogger(__name__)

SEVERAL_CUSTOMERS: Final = 409
"""Several customers have the e-mail. Source: Realpad docs, "Revoking customer consent"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """Where a lead was accepted for, and where its project file sends it today."""

    old_number: str  # of the project at Realpad
    new_number: str
    old: Route
    new: Route

    @property
    def is_other_project(self) -> bool:
        """Whether it would go to another project at Realpad."""
        return self.old_number != self.new_number

    @property
    def is_other_account(self) -> bool:
        """Whether it would go to another login or address; not only under another name of the same."""
        return self.old.account != self.new.account

    def __str__(self) -> str:
        return (
            f"accepted for project {self.old_number} with credentials {self.old.credential}, "
            f"the project file of today has project {self.new_number} with "
            + ("another login or address" if self.is_other_account else "the same login")
            + f", credentials {self.new.credential}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resubmission:
    """What would be sent if a lead was sent again with these answers; nothing is stored of it yet."""

    record: LeadRecord
    answers: Answers
    payload: Mapping[str, str]  # create-lead body without login and password
    route: Route
    reroute: Reroute | None  # None if it goes where it was accepted for
    is_without_file: bool  # its project file is gone
    is_judged: bool  # the answers are those of a correction, which has passed the form's rules
    withheld: frozenset[int] = frozenset()  # consents that were revoked in Realpad, and are not given anew

    @property
    def is_repeat(self) -> bool:
        """Whether the lead may be at Realpad already, so that there may be a second enquiry."""
        return self.record.lead.status in POSSIBLY_DELIVERED

    @property
    def corrected(self) -> list[str]:
        """The names of the answers that differ from the current ones, by name."""
        before, after = self.record.current.answers, self.answers
        return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The customer at Realpad whose consent is revoked, by number or else by primary e-mail."""

    number: int | None = None
    email: str | None = None

    def __str__(self) -> str:
        return f"customer {self.number}" if self.number else NAMED_BY_EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What came of revoking a consent in Realpad."""

    problem: CrmError | None = None  # None if Realpad has revoked it
    is_recorded: bool = True  # whether the audit log holds the outcome, besides that it was asked for

    @property
    def needs_customer(self) -> bool:
        """Whether the e-mail was not enough to know whom it is about."""
        return self.problem is not None and self.problem.status == SEVERAL_CUSTOMERS

    @property
    def is_outcome_unknown(self) -> bool:
        """Whether nobody knows if Realpad has revoked it."""
        return self.problem is not None and self.problem.is_outcome_unknown


@dataclass(frozen=True, slots=True)
class LeadProjects:
    """Finds the project of a lead: today's, else as it was kept, else what the lead's own call tells."""

    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    versions: ProjectVersions
    read: Callable[[ProjectVersion], Project | None]  # None for what this program cannot read

    def find(self, record: LeadRecord) -> LeadProject | None:
        """Return the project of a lead; None if neither a file nor anything of the call is left.

        Of a file that is gone, the newest version counts that names the credentials which the lead was
        accepted for: the numbers in any other one belong to another account.

        Raises: StorageUnavailableError.
        """
        lead = record.lead
        if project := self.projects().get(lead.project):
            return LeadProject(project=project)
        for version in self.versions.latest(lead.project):
            former = self.read(version)
            if former and former.realpad.credentials == lead.credential:
                return LeadProject(project=former, basis=Basis.STORED, as_of=version.adopted_at)
        return from_call(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadActions:
    """Acts on single leads on behalf of a person.

    Any action on a lead raises LeadNotFoundError, StorageUnavailableError, and IllegalTransitionError if the
    lead's status does not allow it or the lead is no longer the version that was `seen`.
    """

    log: OperatorLog
    notes: LeadNotes
    audit: AuditLog
    projects: LeadProjects
    accounts: Mapping[str, str]  # of the configured credentials, by their name
    crm: CrmGateway
    credential: Callable[[str], Credential]  # a configured login pair; raises CredentialNotFoundError
    empty_journal: Callable[[], None]  # of the database; raises StorageUnavailableError while it is in use

    def prepare(
        self, record: LeadRecord, answers: Answers | None = None, *, of: LeadProject | None = None
    ) -> Resubmission:
        """Return what sending a lead again would mean, with these valid answers or its current ones.

        `of` is the lead's project if the caller has found it already.

        Raises: ProjectNotFoundError, if neither the project file nor anything of the call is left.
        """
        of = of or self.projects.find(record)
        if of is None:
            raise ProjectNotFoundError(record.lead.project)
        is_judged = answers is not None
        answers = record.current.answers if answers is None else answers
        route, revoked = record.lead.route, self.revoked(record)
        if of.credential is not None:  # else its file is gone, and it goes where it was accepted for
            route = Route(credential=of.credential, account=self.accounts.get(of.credential, ""))
        return Resubmission(
            record=record,
            answers=answers,
            payload=without_consents(of.compose(record, answers), revoked),
            withheld=revoked,
            route=route,
            reroute=_reroute(of, record, route),
            is_without_file=of.is_gone,
            is_judged=is_judged,
        )

    def resubmit(
        self,
        prepared: Resubmission,
        *,
        seen: LeadVersion,
        by: Actor,
        may_repeat: bool = False,
        may_reroute: bool = False,
    ) -> Lead:
        """Store the answers as a new revision and queue the lead.

        On a restored copy of the database, a lead that may have been sent since the copy was made becomes
        unknown instead, and Realpad's list decides; so it does in `release` and `restore`.

        Raises: CorrectionMissingError, if answers that the form would not take are as they were;
        RepeatNotConfirmedError, if the lead may be at Realpad already and `may_repeat` is not set;
        RerouteNotConfirmedError, if it was accepted for another project at Realpad or another account and
        `may_reroute` is not set.
        """
        lead = prepared.record.lead
        if lead.version != seen:
            raise IllegalTransitionError(lead.status, Event.RESUBMITTED)
        if lead.is_to_correct and not prepared.is_judged:
            raise CorrectionMissingError(lead.id, "; ".join(map(str, lead.reasons)))
        if prepared.is_repeat and not may_repeat:
            raise RepeatNotConfirmedError(lead.id, lead.status)
        if prepared.reroute and not may_reroute:
            raise RerouteNotConfirmedError(lead.id, prepared.reroute)
        gone = "without project file" if prepared.is_without_file else ""
        notes = [by.note(AuditAction.RESUBMITTED, str(lead.id), f"revision {seen.revision + 1}", gone)]
        if prepared.corrected:
            notes.insert(0, by.note(AuditAction.CORRECTED, str(lead.id), *prepared.corrected))
        return self.log.resubmit(
            seen, answers=prepared.answers, payload=prepared.payload, route=prepared.route, notes=notes
        )

    def release(self, seen: LeadVersion, *, by: Actor) -> Lead:
        """Queue a quarantined lead."""
        return self._move(seen, Event.RELEASED, by.note(AuditAction.RELEASED, str(seen.lead_id)))

    def discard(self, seen: LeadVersion, *, by: Actor) -> Lead:
        """Take a lead out of the way until somebody restores it; what is kept of it stays."""
        return self._move(seen, Event.DISCARDED, by.note(AuditAction.DISCARDED, str(seen.lead_id)))

    def restore(self, seen: LeadVersion, *, by: Actor) -> Lead:
        """Take a discarded lead back to where it stood before; see `Lead.restored`."""
        return self.log.restore(
            seen.lead_id, seen=seen, notes=[by.note(AuditAction.UNDISCARDED, str(seen.lead_id))]
        )

    def settle(self, seen: LeadVersion, *, by: Actor, customer_id: int | None = None) -> Lead:
        """Call an unknown lead delivered, since a person has found it in Realpad."""
        customer = f"customer {customer_id}" if customer_id else ""
        note = by.note(AuditAction.SETTLED, str(seen.lead_id), customer)
        return self.log.move(seen.lead_id, Event.SETTLED, seen=seen, customer_id=customer_id, notes=[note])

    def write_note(self, lead_id: UUID, *, text: str, by: Actor, is_call: bool = False) -> None:
        """Keep what somebody writes down about a lead, or that they have called; nothing if it says nothing.

        `text` has at most `NOTE_CHARS` characters.

        Raises: LeadNotFoundError, IllegalTransitionError if it is erased, DataKeyError.
        """
        text, kind = text.strip(), NoteKind.CALLED if is_call else NoteKind.NOTE
        if text or is_call:
            self.notes.add(lead_id, kind=kind, text=text, note=by.note(AuditAction.NOTED, str(lead_id), kind))

    def assign(self, lead_id: UUID, person_id: UUID | None, *, by: Actor) -> None:
        """Let a person look after a lead, or nobody; raises as `write_note`."""
        whom = f"person {person_id}" if person_id else "nobody"
        self.notes.assign(lead_id, person_id, note=by.note(AuditAction.ASSIGNED, str(lead_id), whom))

    def erase(self, lead_id: UUID, *, by: Actor, seen: LeadVersion | None = None) -> Lead:
        """Empty everything about a lead that may hold personal data; the evidence of consent stays.

        Whoever asks to be forgotten is forgotten whatever became of the lead, so a version may be left out.
        """
        return self.log.erase(lead_id, seen=seen, notes=[by.note(AuditAction.ERASED, str(lead_id))])

    def clear_journal(self) -> bool:
        """Let the database's journal hold nothing that was erased; False if it is in use and may still do."""
        try:
            self.empty_journal()
        except StorageUnavailableError as error:
            logger.warning("what was erased may still be in the journal: %s", error)
            return False
        return True

    def revoke(
        self, record: LeadRecord, consent_id: int, *, customer: Customer, by: Actor, why: str = ""
    ) -> Revocation:
        """Revoke a consent of a lead's customer in Realpad; the evidence that it was given stays here.

        That it is asked for is in the audit log before Realpad is called, and what came of it after, unless
        nobody knows. `why` is kept with the consent in Realpad.

        Raises: CredentialNotFoundError.
        """
        return self.revoke_of_leads([record], consent_id, customer=customer, by=by, why=why)

    def revoke_of_leads(
        self, records: Sequence[LeadRecord], consent_id: int, *, customer: Customer, by: Actor, why: str = ""
    ) -> Revocation:
        """Revoke a consent of the one customer of several leads, all of one credential pair, by one call."""
        credential = self.credential(records[0].lead.credential)
        asked = [_asked(record, by, str(consent_id), str(customer)) for record in records]
        return self._revoke(credential, consent_id, customer, why, asked)

    def withhold(self, record: LeadRecord, consent_id: int, *, by: Actor) -> bool:
        """Have a consent left out whenever a lead is sent; return whether that was before any call of it.

        Else Realpad may have the consent, and the audit log says only that it shall be revoked.
        """
        asked = _asked(record, by, str(consent_id))
        self.notes.record(record.lead.id, note=asked)
        if self.log.get(record.lead.id).may_be_at_realpad:
            return False
        self.audit.record_all([replace(asked, action=AuditAction.REVOKED)])
        return True

    def revoke_of_customer(
        self, credential: Credential, consent_id: int, *, customer: Customer, by: Actor, why: str = ""
    ) -> Revocation:
        """Revoke a consent of any customer of an account; otherwise as `revoke`."""
        asked = by.note(AuditAction.REVOCATION_ASKED, f"consent {consent_id}", str(customer))
        return self._revoke(credential, consent_id, customer, why, [asked])

    def _revoke(
        self,
        credential: Credential,
        consent_id: int,
        customer: Customer,
        why: str,
        asked: Sequence[AuditNote],
    ) -> Revocation:
        self.audit.record_all(asked)
        problem = None
        try:
            self.crm.revoke_consent(
                credential, consent_id, email=customer.email, customer_id=customer.number, notes=why or None
            )
        except CrmError as error:
            problem = error
            if problem.is_outcome_unknown:
                return Revocation(problem=problem)
        action = AuditAction.REVOCATION_FAILED if problem else AuditAction.REVOKED
        try:
            self.audit.record_all([replace(each, action=action) for each in asked])
        except StorageUnavailableError as error:
            subjects = ", ".join(each.subject for each in asked)
            logger.error("%s %s is not in the audit log: %s", action, subjects, error)
            return Revocation(problem=problem, is_recorded=False)
        return Revocation(problem=problem)

    def revoked(self, record: LeadRecord) -> frozenset[int]:
        """Return which of the consents that a lead gave are revoked in Realpad, or may be."""
        return frozenset(self.revocations(record))

    def revocations(self, record: LeadRecord) -> dict[int, AuditEntry]:
        """Return the entries about the consents of a lead that are revoked in Realpad, or may be."""
        return revocations_in(self.audit, record)

    def body_of(self, record: LeadRecord) -> dict[str, str]:
        """Return the create-lead body that was or will be sent of a lead, without login and password.

        It is as composed, but for consents that were revoked before the call: see `adapters/sql/relay.py`.
        """
        body = record.current.payload
        given = consents_given(body)
        entries = given and self.audit.entries(subject=str(record.lead.id), actions=REVOCATIONS, limit=None)
        calls = [each for each in record.attempts if each.revision == record.current.number]
        if calls and record.lead.status not in (Status.QUEUED, Status.QUARANTINED):
            entries = [each for each in entries or () if each.at <= calls[-1].started_at]
        customer_id = record.lead.customer_id
        revoked = [each for each in given if revocation_of(each, entries or (), customer_id=customer_id)]
        return without_consents(body, revoked)

    def revoked_of_many(self) -> Callable[[LeadRecord], frozenset[int]]:
        """Return what tells the same as `revoked`, as of now, without asking the log for each lead."""
        entries: defaultdict[str, list[AuditEntry]] = defaultdict(list)
        for entry in self.audit.entries(actions=REVOCATIONS, limit=None):
            entries[entry.subject].append(entry)
        return lambda record: frozenset(_revocations(record, entries.get(str(record.lead.id), ())))

    def _move(self, seen: LeadVersion, event: Event, note: AuditNote) -> Lead:
        return self.log.move(seen.lead_id, event, seen=seen, notes=[note])


def _asked(record: LeadRecord, by: Actor, *details: str) -> AuditNote:
    """Return the note that a consent of a lead is to be revoked."""
    note = by.note(AuditAction.REVOCATION_ASKED, str(record.lead.id), *details)
    return replace(note, project=record.lead.project)


def _reroute(of: LeadProject, record: LeadRecord, new: Route) -> Reroute | None:
    """Return what changes if a lead is sent by a route; None if it goes where it was accepted for."""
    old = record.lead.route
    if not old.account and (not record.attempts or old.credential == new.credential):
        old = new  # it never had an account, or an older version wrote down the name alone
    number = record.current.payload.get("project", "")
    change = Reroute(old_number=number, new_number=str(of.project.realpad.project), old=old, new=new)
    return change if change.is_other_project or change.is_other_account else None


def revocations_in(audit: AuditLog, record: LeadRecord) -> dict[int, AuditEntry]:
    """Return the entries about the consents of a lead that are revoked in Realpad, or may be."""
    return _revocations(record, audit.entries(subject=str(record.lead.id), actions=REVOCATIONS, limit=None))


def _revocations(record: LeadRecord, entries: Sequence[AuditEntry]) -> dict[int, AuditEntry]:
    given, customer_id = (each.id for each in record.consents if each.given), record.lead.customer_id
    found = {each: revocation_of(each, entries, customer_id=customer_id) for each in given}
    return {each: entry for each, entry in found.items() if entry}


@dataclass(frozen=True, slots=True)
class Erasure:
    """Finds the leads of a person who wants to be forgotten. Source: GDPR Art. 17.

    Erased is what the log holds; Realpad's copy and exported files are for people to erase.
    """

    log: OperatorLog
    intake: Intake

    def count(self) -> int:
        """Return how many leads have to be looked at."""
        return self.log.count(LeadFilter())

    def find(self, *contacts: str) -> Iterator["tuple[Lead, str] | None"]:
        """Yield, for each lead, itself and which of these e-mails or phones (E.164) it ever had, or None.

        What waits in this machine's spool is taken into the log first. A lead that cannot be opened comes
        with "". Raises: StorageUnavailableError.
        """
        self.intake.take_in()
        wanted, seen = {comparable(each): each for each in contacts}, 0
        try:
            for record in self.log.records(LeadFilter()):
                yield _match(record, wanted)
                seen += 1
        except SealBrokenError:
            # One by one, which takes longer, from the one that could not be opened.
            for lead in islice(self.log.leads(LeadFilter()), seen, None):
                yield self._open(lead, wanted)

    def _open(self, lead: Lead, wanted: Mapping[str, str]) -> "tuple[Lead, str] | None":
        try:
            return _match(self.log.get(lead.id), wanted)
        except SealBrokenError as error:
            logger.error("lead %s cannot be opened, so nobody knows whose it is: %s", lead.id, error)
            return lead, ""


def comparable(contact: str) -> str:
    """Return an e-mail or phone such that the same one, written otherwise, is equal to it."""
    return unicodedata.normalize("NFC", contact.strip()).casefold()


def _match(record: LeadRecord, wanted: Mapping[str, str]) -> tuple[Lead, str] | None:
    """Return a lead with whichever contact it has, unless it is erased."""
    if record.lead.status is Status.ERASED:
        return None
    contacts = (revision.answers.get(key) for revision in record.revisions for key in ("email", "phone"))
    found = (wanted.get(comparable(str(contact))) for contact in contacts if contact)
    contact = next((each for each in found if each), None)
    return (record.lead, contact) if contact else None


class FoundPerson(NamedTuple):
    """Whose leads were found."""

    contact: str  # an e-mail or phone
    leads: list[UUID]
    unopened: int  # leads that cannot be opened, of whomever


def person_of(found: Iterable[tuple[Lead, str] | None], contacts: Sequence[str]) -> FoundPerson:
    """Return whose leads `Erasure.find` has found.

    Raises: AmbiguousContactError, if leads of several of the contacts were found, each of somebody else.
    """
    leads = [each for each in found if each]
    named = sorted({contact for _lead, contact in leads if contact})
    if len(named) > 1:
        raise AmbiguousContactError(named)
    ids = [lead.id for lead, contact in leads if contact]
    return FoundPerson((named or list(contacts))[0], ids, len(leads) - len(ids))
