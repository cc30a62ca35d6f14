"""Requests of people about what is kept of them: a copy, being forgotten, taking a consent back.

Each is written down before anything is done, with a receipt for every place: what the service has done there
itself, and what is left to people. It is kept outside the database, too, for a restored copy.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import (
    CredentialNotFoundError,
    CrmError,
    IllegalTransitionError,
    LeadNotFoundError,
    PrivacyRequestNotFoundError,
    SealBrokenError,
)
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.people import Actor, AuditAction
from realpad_form.domain.privacy import Place, PlaceReceipt, PrivacyRequest, ReceiptState, RequestKind
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import CONFIRM
from realpad_form.domain.webhook import EndpointKey
from realpad_form.ports import AuditLog, PrivacyLog, Spool, Tombstones, WebhookLog
from realpad_form.services.lead_actions import Customer, LeadActions

OPEN, DONE, FAILED = ReceiptState.OPEN, ReceiptState.DONE, ReceiptState.FAILED

MOST_EXPORTS: Final = 10
"""How many exports a receipt names by their time."""

REFUSED: Final = (400, 404, 409)
"""Answers to a revocation that repeating it does not change; 409 if several customers have the e-mail."""

Found = tuple[Place, ReceiptState, str]


def digest_of(subject: str, secret: str) -> str:
    """Return what a request is known by: a hash of an e-mail or phone, keyed with the secret key."""
    text = f"realpad-form privacy request\n{subject.strip().casefold()}".encode()
    return hmac.digest(secret.encode(), text, "sha256").hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequests:
    """Carries out what people ask for about their data; any call may raise StorageUnavailableError.

    Leads are given by `Erasure.find`. Whoever asks for the same again goes on with a request that failed or
    was cut off.
    """

    requests: PrivacyLog
    file: Tombstones  # lines of ids and keyed hashes, in case the database is put back
    actions: LeadActions
    webhooks: WebhookLog
    audit: AuditLog
    spool: Spool | None
    projects: Callable[[], Mapping[str, Project]]
    secret: str

    def export(self, subject: str, leads: Sequence[UUID], *, by: Actor) -> PrivacyRequest:
        """Write down that a person gets a copy of these leads, which the caller hands out."""
        records = self._records(leads)
        found = [
            (Place.LOG, DONE, f"{_leads(len(records))} with answers, calls, consents and notes"),
            *self._spool(),
            (Place.SEARCH, DONE, "hashes of the words above; nothing more can be read from them"),
            *self._statistics(),
            *self._told(records, "ask there for what it holds"),
            *_sources(records, "ask there for what it holds"),
            *_realpad(records, "ask Realpad’s support for what it holds of"),
        ]
        request = self._begin(RequestKind.EXPORT, subject, records, by=by, others=[])
        self.audit.record(
            AuditAction.EXPORTED, by=by.person_id, subject=str(request.id), detail=_leads(len(records))
        )
        return self._finish(request, found)

    def erase(self, subject: str, leads: Sequence[UUID], *, by: Actor) -> PrivacyRequest:
        """Erase these leads of a person, and return what was done and what is left to people."""
        records = self._records(leads)
        others = [
            *self._statistics(),
            *self._told(records, "have it erased there"),
            *self._mails(records),
            *_sources(records, "erase it there"),
            *self._exports(records),
            (Place.BACKUPS, DONE, "what is erased is erased again when a backup is restored"),
            *_realpad(records, "its API cannot erase; ask Realpad’s support to erase"),
        ]
        request = self._begin(RequestKind.ERASE, subject, records, by=by, others=others)
        refused = [text for record in records if (text := self._erase(record, by=by))]
        erased = len(records) - len(refused)
        state = FAILED if refused else DONE
        what = "; ".join([f"{_leads(erased)} erased", *refused])
        is_clear = self.actions.clear_journal()
        return self._finish(
            request,
            [
                (Place.LOG, state, what),
                (Place.ATTEMPTS, state, "calls and Realpad’s answers go with the leads"),
                (Place.SEARCH, state, "search terms go with the leads"),
                (
                    Place.CONSENTS,
                    DONE,
                    "the evidence of what was given and refused stays (GDPR Art. 17(3)(e))",
                ),
                *self._spool(),
                (Place.JOURNAL, DONE, "holds nothing that was erased")
                if is_clear
                else (Place.JOURNAL, FAILED, "may still hold it; repeat the request in a few minutes"),
            ],
        )

    def withdraw(
        self, subject: str, leads: Sequence[UUID], *, by: Actor, consents: Collection[int] = ()
    ) -> PrivacyRequest:
        """Take back consents of a person, all that were given or just some.

        Those of leads that wait are left out when they are sent; those that Realpad has are revoked there.
        """
        records = self._records(leads)
        to_revoke = {
            record.lead.id: [each for each in self._given(record) if each in consents or not consents]
            for record in records
        }
        records = [record for record in records if to_revoke[record.lead.id]]
        others = list(self._told(records, "tell it that the consent is withdrawn"))
        numbers = sorted({each for some in to_revoke.values() for each in some})
        request = self._begin(RequestKind.WITHDRAW, subject, records, by=by, others=others, consents=numbers)
        found = [
            each
            for number in numbers
            for each in self._withdraw_one(
                number, [record for record in records if number in to_revoke[record.lead.id]], by=by
            )
        ]
        words = f"consent {', '.join(map(str, numbers))} withdrawn in {_leads(len(records))}"
        own = (Place.LOG, DONE, words if numbers else "no consent of this person is valid")
        return self._finish(request, [own, *self._spool(), *found])

    def close(self, request_id: UUID, *, by: Actor) -> PrivacyRequest:
        """Note that a person has done all that was left of a request. Raises: PrivacyRequestNotFoundError."""
        request = next((each for each in self.requests.all() if each.id == request_id), None)
        if request is None:
            raise PrivacyRequestNotFoundError(str(request_id))
        closed = request.closed(self.requests.now())
        note = by.note(AuditAction.PRIVACY_CLOSED, str(request.id), f"{len(request.tasks)} tasks")
        self.requests.change(closed, notes=[note])
        self.file.add(request=str(request.id), receipts=_lines(closed))
        return closed

    def _records(self, leads: Sequence[UUID]) -> list[LeadRecord]:
        return [self.actions.log.get(lead_id) for lead_id in leads]

    def _begin(
        self,
        kind: RequestKind,
        subject: str,
        records: Sequence[LeadRecord],
        *,
        by: Actor,
        others: Sequence[Found],
        consents: Sequence[int] = (),
    ) -> PrivacyRequest:
        """Write a request down with what is left to people, on disk in both places before this returns.

        One that was not carried out is continued: nobody else knows what it says of leads that are erased.
        """
        now, digest = self.requests.now(), digest_of(subject, self.secret)
        earlier = next((each for each in self.requests.of(kind, digest) if each.is_to_be_repeated), None)
        request = earlier or PrivacyRequest(id=uuid4(), kind=kind, subject=digest, at=now, by=by.person_id)
        kept = [each for each in request.receipts if not each.place.is_ours and each.state is not FAILED]
        new = [_receipt(each, now) for each in others]
        kept += [each for each in new if not any(map(each.is_same_task, kept))]
        request = replace(request, receipts=tuple(kept), finished_at=None)
        ids = [str(record.lead.id) for record in records]
        about: dict[str, Any] = {"kind": kind, "subject": digest, "leads": ids, "consents": list(consents)}
        about |= {"by": str(request.by) if request.by else None, "requested_at": request.at.isoformat()}
        self.file.add(request=str(request.id), **about, receipts=_lines(request))
        if earlier:
            self.requests.change(request)
        else:
            note = by.note(AuditAction.PRIVACY_REQUESTED, str(request.id), kind, _leads(len(records)))
            self.requests.add(request, notes=[note])
        return request

    def _finish(self, request: PrivacyRequest, found: Sequence[Found]) -> PrivacyRequest:
        """Keep what came of a request: what the service did comes first."""
        now = self.requests.now()
        new = [_receipt(each, now) for each in found]
        own = [each for each in new if each.place.is_ours]
        known = [*own, *request.receipts]
        others = [each for each in new if not any(map(each.is_same_task, known))]
        finished = replace(request, receipts=(*own, *request.receipts, *others), finished_at=now)
        self.requests.change(finished)
        self.file.add(request=str(finished.id), receipts=_lines(finished), finished_at=now.isoformat())
        return finished

    def _erase(self, record: LeadRecord, *, by: Actor) -> str:
        """Erase a lead; return why not, or nothing."""
        lead = record.lead
        try:
            self.actions.erase(lead.id, by=by)
        except IllegalTransitionError as error:
            if error.status == Status.ERASED:
                return ""
            return f"lead {lead.id} is {error.status} just now: repeat the request in a minute"
        except (LeadNotFoundError, SealBrokenError) as error:
            return f"lead {lead.id}: {error}"
        return ""

    def _given(self, record: LeadRecord) -> list[int]:
        """Return the consents that a lead gave and that are not revoked for certain."""
        revoked = {
            number
            for number, entry in self.actions.revocations(record).items()
            if entry.action is AuditAction.REVOKED
        }
        return [each.id for each in record.consents if each.given and each.id not in revoked]

    def _withdraw_one(self, consent_id: int, records: Sequence[LeadRecord], *, by: Actor) -> Iterator[Found]:
        """Take one consent of some leads back: of those not sent here, of the others in Realpad."""
        groups: dict[tuple[str, Customer | None], list[LeadRecord]] = {}
        for record in records:
            if record.may_be_at_realpad:
                groups.setdefault((record.lead.credential, _customer_of(record)), []).append(record)
            elif not self.actions.withhold(record, consent_id, by=by):
                yield Place.REALPAD, FAILED, f"lead {record.lead.id} was being sent: repeat this in a minute"
        for (credential, customer), some in groups.items():
            who = f"consent {consent_id} of {customer or 'a customer'} ({credential})"
            yield (Place.REALPAD, *self._revoke(consent_id, some, customer, who=who, by=by))

    def _revoke(
        self,
        consent_id: int,
        records: Sequence[LeadRecord],
        customer: Customer | None,
        *,
        who: str,
        by: Actor,
    ) -> tuple[ReceiptState, str]:
        """Revoke a consent of one customer in Realpad; whatever comes of it, no later call gives it anew."""
        try:
            if customer is None:
                outcome = _by_hand(records)
            else:
                called = self.actions.revoke_of_leads(records, consent_id, customer=customer, by=by)
                outcome = _outcome(called.problem)
        except CredentialNotFoundError as error:
            outcome = FAILED, f": {error}"
        state, words = outcome
        if state is not DONE:
            for record in records:
                self.actions.withhold(record, consent_id, by=by)
        return state, f"{who}{words}"

    def _spool(self) -> Iterator[Found]:
        waiting = self.spool.waiting() if self.spool else 0
        if waiting:
            yield Place.SPOOL, FAILED, f"{waiting} files of this machine’s spool cannot be read: see `doctor`"
        else:
            yield Place.SPOOL, DONE, "nothing waits in the spool of this machine"

    def _statistics(self) -> Iterator[Found]:
        yield Place.STATISTICS, DONE, "numbers without reference to a person"

    def _told(self, records: Sequence[LeadRecord], todo: str) -> Iterator[Found]:
        """Yield which other systems were sent answers."""
        projects = self.projects()
        for endpoint, number in self._endpoints(records).items():
            project = projects.get(endpoint.project)
            payloads = {each.name: each.payload for each in project.webhooks} if project else {}
            is_for_people = endpoint.is_mail or endpoint.is_chat  # who are told nothing of the visitor
            if not is_for_people and payloads.get(endpoint.name, "full") == "full":
                yield Place.WEBHOOKS, OPEN, f"{endpoint} was sent the answers of {_leads(number)}: {todo}"

    def _mails(self, records: Sequence[LeadRecord]) -> Iterator[Found]:
        """Yield how many visitors got a mail from us."""
        endpoints = self._endpoints(records).items()
        if number := sum(number for endpoint, number in endpoints if endpoint.name == CONFIRM):
            todo = "erase it from sent mail and from the mail server’s log"
            yield Place.MAILS, OPEN, f"{_leads(number)} confirmed by mail: {todo}"

    def _endpoints(self, records: Sequence[LeadRecord]) -> Counter[EndpointKey]:
        """Return of how many leads each endpoint was told, or may have been."""
        told = Counter[EndpointKey]()
        for record in records:
            messages = self.webhooks.of_lead(record.lead.id)
            told.update({each.endpoint for each in messages if each.attempts or each.ended_at})
        return told

    def _exports(self, records: Sequence[LeadRecord]) -> Iterator[Found]:
        """Yield when somebody made a file that may hold these leads."""
        if not records:
            return
        ids = {str(record.lead.id) for record in records}
        since = min(record.lead.created_at for record in records)
        entries = self.audit.entries(actions=[AuditAction.EXPORTED], limit=None)
        times = sorted({each.at.replace(second=0, microsecond=0) for each in entries
                        if each.at >= since and each.subject in ("", *ids)})  # fmt: skip
        if times:
            named = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in times[-MOST_EXPORTS:])
            yield Place.EXPORTS, OPEN, f"files exported since may hold it, erase it there: {named} UTC"


def _receipt(found: Found, at: datetime) -> PlaceReceipt:
    place, state, detail = found
    return PlaceReceipt(place=place, state=state, at=at, detail=detail)


def _lines(request: PrivacyRequest) -> list[dict[str, Any]]:
    """Return receipts as they are kept outside the database."""
    return [
        {"place": each.place, "state": each.state, "at": each.at.isoformat(), "detail": each.detail}
        for each in request.receipts
    ]


def requests_in(
    lines: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[PrivacyRequest, Sequence[UUID], Sequence[int]]]:
    """Yield the requests of a file as they were last, each with its leads and consents."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        if "request" in line:
            parts.setdefault(line["request"], []).append(line)
    for request_id, own in parts.items():
        begun = [line for line in own if "kind" in line]
        if not begun:
            continue
        first, last = begun[0], own[-1]
        finished = [line["finished_at"] for line in own[own.index(begun[-1]) :] if "finished_at" in line]
        request = PrivacyRequest(
            id=UUID(request_id),
            kind=RequestKind(first["kind"]),
            subject=first["subject"],
            at=datetime.fromisoformat(first["requested_at"]),
            by=UUID(first["by"]) if first["by"] else None,
            receipts=tuple(
                PlaceReceipt(
                    place=Place(each["place"]),
                    state=ReceiptState(each["state"]),
                    at=datetime.fromisoformat(each["at"]),
                    detail=each["detail"],
                )
                for each in last["receipts"]
            ),
            finished_at=datetime.fromisoformat(finished[-1]) if finished else None,
        )
        leads = dict.fromkeys(UUID(each) for line in begun for each in line["leads"])
        consents = dict.fromkeys(each for line in begun for each in line["consents"])
        yield request, [*leads], [*consents]


def _leads(number: int) -> str:
    return f"{number} lead" if number == 1 else f"{number} leads"


def _customer_of(record: LeadRecord) -> Customer | None:
    """Return how Realpad is told whom a lead is of."""
    if record.lead.customer_id is not None:
        return Customer(number=record.lead.customer_id)
    email = record.current.answers.get("email")
    return Customer(email=str(email)) if email else None


def _by_hand(records: Sequence[LeadRecord]) -> tuple[ReceiptState, str]:
    """Return what is left to people if Realpad cannot be told whose consent it is."""
    ids = ", ".join(str(record.lead.id) for record in records)
    return OPEN, f": revoke it there by hand; lead {ids} has no number and no e-mail"


def _outcome(problem: CrmError | None) -> tuple[ReceiptState, str]:
    """Return what came of a call of revoke-customer-consent."""
    if problem is None:
        return DONE, " revoked: revoke-customer-consent answered 200"
    if problem.is_outcome_unknown:
        return FAILED, ": nobody knows what became of it; repeat this"
    answered = f": revoke-customer-consent answered {problem.status or 'nothing'}"
    return (OPEN, f"{answered}; revoke it there by hand") if problem.status in REFUSED else (FAILED, answered)


def _sources(records: Sequence[LeadRecord], todo: str) -> Iterator[Found]:
    """Yield which other systems the leads came from."""
    names = [record.context.source for record in records if record.context.source]
    for name in sorted(set(names)):
        yield Place.SOURCES, OPEN, f"{name} sent {_leads(names.count(name))}: {todo}"


def _realpad(records: Sequence[LeadRecord], todo: str) -> Iterator[Found]:
    """Yield what Realpad may hold, by credentials."""
    there = [record for record in records if record.may_be_at_realpad]
    for credential in sorted({record.lead.credential for record in there}):
        own = [record for record in there if record.lead.credential == credential]
        customers = {each.lead.customer_id for each in own}
        numbers = ", ".join(str(each) for each in sorted(each for each in customers if each is not None))
        sought = [each.lead.created_at for each in own if each.lead.customer_id is None]
        times = ", ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in sought)
        parts = [f"{todo} customer {numbers}"] if numbers else []
        parts += [f"look there for a lead of {times}, which may have arrived"] if times else []
        yield Place.REALPAD, OPEN, f"{credential}: {'; '.join(parts)}"
    if not there:
        yield Place.REALPAD, DONE, "none of these leads was sent there"
