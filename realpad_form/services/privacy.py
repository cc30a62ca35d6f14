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
    PrivacyRequestNotFoundError,
    SealBrokenError,
)
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.message import Message, _
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

ASK_THERE: Final = _("%(system)s has answers of %(count)s of the leads: ask there for what it holds")
ERASE_THERE: Final = _("%(system)s has answers of %(count)s of the leads: have them erased there")
WITHDRAW_THERE: Final = _(
    "%(system)s has answers of %(count)s of the leads: say there that the consent is withdrawn"
)
ASK_SUPPORT: Final = _("ask Realpad’s support for what it holds of customer %(customers)s (%(credential)s)")
ERASE_BY_SUPPORT: Final = _(
    "Realpad’s API cannot erase: ask its support to erase customer %(customers)s (%(credential)s)"
)


MAY_BE_THERE: Final = _(
    "look in Realpad for what arrived at about %(times)s UTC (%(credential)s): it may be of this person"
)
NAMELESS: Final = _(
    "revoke consent %(consent)s in Realpad by hand (%(credential)s): lead %(leads)s"
    " has neither number nor e-mail of a customer"
)
REFUSED_THERE: Final = _(
    "revoke consent %(consent)s of customer %(customer)s in Realpad by hand (%(credential)s):"
    " its API refuses to"
)
NOT_REVOKED: Final = _(
    "consent %(consent)s of customer %(customer)s (%(credential)s) could not be revoked just now: repeat this"
)
REVOKED_OR_NOT: Final = _(
    "nobody knows whether consent %(consent)s of customer %(customer)s (%(credential)s) is"
    " revoked: repeat this"
)
NOBODY: Final = _("numbers without reference to a person")


Found = tuple[Place, ReceiptState, Message]


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
            _found(
                Place.LOG,
                DONE,
                _("leads in the copy, with all that is kept of them: %(count)s"),
                count=len(records),
            ),
            self._spool(),
            _found(Place.SEARCH, DONE, _("hashes of the same words, which tell nothing more")),
            _found(Place.STATISTICS, DONE, NOBODY),
            *self._told(records, ASK_THERE),
            *_sources(records, ASK_THERE),
            *_realpad(records, ASK_SUPPORT),
        ]
        request = self._begin(RequestKind.EXPORT, subject, records, by=by, others=[])
        exported = by.note(AuditAction.EXPORTED, str(request.id), f"{len(records)} leads")
        self.audit.record_all([exported])
        return self._finish(request, found)

    def erase(self, subject: str, leads: Sequence[UUID], *, by: Actor) -> PrivacyRequest:
        """Erase these leads of a person, and return what was done and what is left to people."""
        records = self._records(leads)
        others = [
            _found(Place.STATISTICS, DONE, NOBODY),
            *self._told(records, ERASE_THERE),
            *self._mails(records),
            *_sources(records, ERASE_THERE),
            *self._exports(records),
            _found(Place.BACKUPS, DONE, _("it is erased again when a backup is restored")),
            *_realpad(records, ERASE_BY_SUPPORT),
        ]
        request = self._begin(RequestKind.ERASE, subject, records, by=by, others=others)
        refused = [each for record in records if (each := self._erase(record, by=by))]
        state = FAILED if refused else DONE
        is_clear = self.actions.clear_journal()
        found = [
            _found(Place.LOG, DONE, _("leads erased: %(count)s"), count=len(records) - len(refused)),
            *refused,
            _found(Place.ATTEMPTS, state, _("calls and Realpad’s answers go with the leads")),
            _found(Place.SEARCH, state, _("search terms go with the leads")),
            _found(
                Place.CONSENTS,
                DONE,
                _("the evidence of what was given and refused stays (GDPR Art. 17(3)(e))"),
            ),
            self._spool(),
            _found(Place.JOURNAL, DONE, _("nothing that was erased is in the database’s journal"))
            if is_clear
            else _found(
                Place.JOURNAL,
                FAILED,
                _("it may still be in the database’s journal: repeat this in a few minutes"),
            ),
        ]
        return self._finish(request, found)

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
        others = list(self._told(records, WITHDRAW_THERE))
        numbers = sorted({each for some in to_revoke.values() for each in some})
        request = self._begin(RequestKind.WITHDRAW, subject, records, by=by, others=others, consents=numbers)
        found = [
            each
            for number in numbers
            for each in self._withdraw_one(
                number, [record for record in records if number in to_revoke[record.lead.id]], by=by
            )
        ]
        own = _found(Place.LOG, DONE, _("no consent of this person is valid"))
        if numbers:
            words, named = (
                _("leads without consent %(consents)s now: %(count)s"),
                ", ".join(map(str, numbers)),
            )
            own = _found(Place.LOG, DONE, words, consents=named, count=len(records))
        return self._finish(request, [own, self._spool(), *found])

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
            note = by.note(AuditAction.PRIVACY_REQUESTED, str(request.id), kind, f"{len(records)} leads")
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

    def _erase(self, record: LeadRecord, *, by: Actor) -> Found | None:
        """Erase a lead; return why not, or None."""
        lead, values = record.lead, {"lead": record.lead.id}
        try:
            self.actions.erase(lead.id, by=by)
        except IllegalTransitionError as error:
            if error.status == Status.ERASED:
                return None
            return _found(
                Place.LOG,
                FAILED,
                _("lead %(lead)s is being sent just now: repeat this in a minute"),
                **values,
            )
        except SealBrokenError:
            return _found(
                Place.LOG, FAILED, _("lead %(lead)s cannot be read: its data key is missing"), **values
            )
        return None

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
                words = _("lead %(lead)s was being sent: repeat this in a minute")
                yield _found(Place.REALPAD, FAILED, words, lead=record.lead.id)
        for (credential, customer), some in groups.items():
            state, words = self._revoke(consent_id, some, customer, by=by)
            yield _found(
                Place.REALPAD,
                state,
                words,
                consent=consent_id,
                customer=(customer and customer.number) or "e-mail",
                credential=credential,
                leads=", ".join(str(record.lead.id) for record in some),
            )

    def _revoke(
        self, consent_id: int, records: Sequence[LeadRecord], customer: Customer | None, *, by: Actor
    ) -> tuple[ReceiptState, str]:
        """Revoke a consent of one customer in Realpad; whatever comes of it, no later call gives it anew."""
        try:
            if customer is None:
                state, words = OPEN, NAMELESS
            else:
                called = self.actions.revoke_of_leads(records, consent_id, customer=customer, by=by)
                state, words = _outcome(called.problem)
        except CredentialNotFoundError:
            state, words = (
                FAILED,
                _("credentials %(credential)s are not set: consent %(consent)s is valid there"),
            )
        if state is not DONE:
            for record in records:
                self.actions.withhold(record, consent_id, by=by)
        return state, words

    def _spool(self) -> Found:
        if waiting := self.spool.waiting() if self.spool else 0:
            words = _("files in this machine’s spool that cannot be read: %(count)s; see `doctor`")
            return _found(Place.SPOOL, FAILED, words, count=waiting)
        return _found(Place.SPOOL, DONE, _("nothing waits in the spool of this machine"))

    def _told(self, records: Sequence[LeadRecord], words: str) -> Iterator[Found]:
        """Yield which other systems were sent answers."""
        projects = self.projects()
        for endpoint, number in self._endpoints(records).items():
            project = projects.get(endpoint.project)
            payloads = {each.name: each.payload for each in project.webhooks} if project else {}
            is_for_people = endpoint.is_mail or endpoint.is_chat  # who are told nothing of the visitor
            if not is_for_people and payloads.get(endpoint.name, "full") == "full":
                yield _found(Place.WEBHOOKS, OPEN, words, system=endpoint, count=number)

    def _mails(self, records: Sequence[LeadRecord]) -> Iterator[Found]:
        """Yield of how many leads the visitor got a mail."""
        endpoints = self._endpoints(records).items()
        if number := sum(number for endpoint, number in endpoints if endpoint.name == CONFIRM):
            words = _("leads confirmed by mail: %(count)s; erase it from sent mail and the mail server’s log")
            yield _found(Place.MAILS, OPEN, words, count=number)

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
        since = min(record.lead.created_at for record in records)
        subjects = ["", *(str(record.lead.id) for record in records)]  # of commands, and of the inbox
        entries = [
            each
            for subject in subjects
            for each in self.audit.entries(
                subject=subject, actions=[AuditAction.EXPORTED], limit=MOST_EXPORTS
            )
        ]
        times = sorted({each.at.replace(second=0, microsecond=0) for each in entries if each.at >= since})
        if times:
            named = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in times[-MOST_EXPORTS:])
            words = _("files were exported since, erase it there: %(times)s UTC")
            yield _found(Place.EXPORTS, OPEN, words, times=named)


def _found(place: Place, state: ReceiptState, msgid: str, **params: object) -> Found:
    return place, state, Message(msgid, detail="", **{name: str(value) for name, value in params.items()})


def _receipt(found: Found, at: datetime) -> PlaceReceipt:
    place, state, detail = found
    return PlaceReceipt(place=place, state=state, at=at, detail=detail)


def _lines(request: PrivacyRequest) -> list[dict[str, Any]]:
    """Return receipts as they are kept outside the database."""
    return [each.to_json() for each in request.receipts]


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
            receipts=tuple(map(PlaceReceipt.from_json, last["receipts"])),
            finished_at=datetime.fromisoformat(finished[-1]) if finished else None,
        )
        leads = dict.fromkeys(UUID(each) for line in begun for each in line["leads"])
        consents = dict.fromkeys(each for line in begun for each in line["consents"])
        yield request, [*leads], [*consents]


def _customer_of(record: LeadRecord) -> Customer | None:
    """Return how Realpad is told whom a lead is of."""
    if record.lead.customer_id is not None:
        return Customer(number=record.lead.customer_id)
    email = record.current.answers.get("email")
    return Customer(email=str(email)) if email else None


def _outcome(problem: CrmError | None) -> tuple[ReceiptState, str]:
    """Return what came of a call of revoke-customer-consent."""
    if problem is None:
        return DONE, _("consent %(consent)s of customer %(customer)s revoked (%(credential)s)")
    if problem.is_outcome_unknown:
        return FAILED, REVOKED_OR_NOT
    return (OPEN, REFUSED_THERE) if problem.status in REFUSED else (FAILED, NOT_REVOKED)


def _sources(records: Sequence[LeadRecord], words: str) -> Iterator[Found]:
    """Yield which other systems the leads came from."""
    names = Counter(record.context.source for record in records if record.context.source)
    for name, number in sorted(names.items()):
        yield _found(Place.SOURCES, OPEN, words, system=name, count=number)


def _realpad(records: Sequence[LeadRecord], words: str) -> Iterator[Found]:
    """Yield what Realpad may hold, by credentials."""
    there = [record for record in records if record.may_be_at_realpad]
    for credential in sorted({record.lead.credential for record in there}):
        own = [record.lead for record in there if record.lead.credential == credential]
        numbers = sorted({lead.customer_id for lead in own if lead.customer_id is not None})
        times = [f"{lead.created_at:%Y-%m-%d %H:%M}" for lead in own if lead.customer_id is None]
        if numbers:
            values = {"customers": ", ".join(map(str, numbers)), "credential": credential}
            yield _found(Place.REALPAD, OPEN, words, **values)
        if times:
            values = {"times": ", ".join(times), "credential": credential}
            yield _found(Place.REALPAD, OPEN, MAY_BE_THERE, **values)
    if not there:
        yield _found(Place.REALPAD, DONE, _("none of these leads was sent to Realpad"))
