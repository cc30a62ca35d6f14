"""Requests of people about what is kept of them: a copy, being forgotten, taking a consent back.

Each is written down before anything is done, with a receipt for every place: what the service has done there
itself, and what is left to people. It is kept outside the database, too, for a restored copy.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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
from realpad_form.domain.people import (
    REVOCATIONS,
    Actor,
    AuditAction,
    AuditEntry,
    is_about_customer,
    withdrawal_of,
)
from realpad_form.domain.privacy import (
    Place,
    PlaceReceipt,
    PrivacyRequest,
    ReceiptState,
    RequestKind,
    aware,
)
from realpad_form.ports import AuditLog, PrivacyLog, Spool, Tombstones
from realpad_form.services.lead_actions import LeadActions
from realpad_form.services.privacy_places import (
    ASK_SUPPORT,
    ASK_THERE,
    ERASE_BY_SUPPORT,
    ERASE_THERE,
    UNKNOWN_HERE,
    WITHDRAW_THERE,
    CalledCustomer,
    Found,
    OtherPlaces,
    digest_of,
    found_in,
    sources,
    unknown,
)

logger = logging.getLogger(__name__)

OPEN, DONE, FAILED = ReceiptState.OPEN, ReceiptState.DONE, ReceiptState.FAILED

REFUSED: Final = (400, 401, 403, 404, 409)
"""Answers to a revocation after which a person has to do it: repeating it changes nothing, or could get the
login banned. Source: Realpad docs; 401 also if the login may not change customers, 409 if several customers
have the e-mail.
"""

BY_HAND: Final = _(
    "revoke consent %(consent)s of customer %(customer)s in Realpad by hand (%(credential)s, lead %(leads)s)"
)
NOT_REVOKED: Final = _(
    "consent %(consent)s of customer %(customer)s could not be revoked just now"
    " (%(credential)s, lead %(leads)s): repeat this"
)
REVOKED_OR_NOT: Final = _(
    "nobody knows whether consent %(consent)s of customer %(customer)s is revoked"
    " (%(credential)s, lead %(leads)s): repeat this"
)
MAY_STILL_ARRIVE: Final = _(
    "lead %(lead)s may still arrive in Realpad with consent %(consent)s:"
    " repeat this once it is delivered or decided"
)
NOBODY: Final = _("numbers without reference to a person")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequests:
    """Carries out what people ask for about their data; any call may raise StorageUnavailableError.

    Leads are given by `Erasure.find`. Whoever asks for the same again goes on with a request that failed or
    was cut off.
    """

    requests: PrivacyLog
    file: Tombstones  # lines of ids and keyed hashes, in case the database is put back
    actions: LeadActions
    places: OtherPlaces
    audit: AuditLog
    spool: Spool | None
    secrets: Sequence[str]  # the first is used, each is good for finding a request

    def export(self, subject: str, leads: Sequence[UUID], *, by: Actor, unopened: int = 0) -> PrivacyRequest:
        """Write down that a person gets a copy of these leads, which the caller hands out."""
        records = self._records(leads)
        found = [
            found_in(
                Place.LOG,
                DONE,
                _("leads in the copy, with all that is kept of them: %(count)s"),
                count=len(records),
            ),
            self._spool(),
            found_in(Place.SEARCH, DONE, _("hashes of the same words, which tell nothing more")),
            found_in(Place.STATISTICS, DONE, NOBODY),
            *self.places.told(records, ASK_THERE),
            *sources(records, ASK_THERE),
            *self.places.realpad(records, ASK_SUPPORT),
            *self.places.same_person(records),
            *unknown(unopened),
        ]
        request = self._begin(RequestKind.EXPORT, subject, records, by=by, others=[])
        exported = by.note(AuditAction.EXPORTED, str(request.id), f"{len(records)} leads")
        self.audit.record_all([exported])
        return self._finish(request, records, found)

    def erase(self, subject: str, leads: Sequence[UUID], *, by: Actor, unopened: int = 0) -> PrivacyRequest:
        """Erase these leads of a person, and return what was done and what is left to people.

        `unopened` is of how many leads nobody knows whose they are, since they cannot be opened.
        """
        records = self._records(leads)
        others = [
            found_in(Place.STATISTICS, DONE, NOBODY),
            *self.places.told(records, ERASE_THERE),
            *self.places.mails(records),
            *sources(records, ERASE_THERE),
            *self.places.exports(subject, records),
            found_in(Place.BACKUPS, DONE, _("it is erased again when a backup is restored")),
            *self.places.realpad(records, ERASE_BY_SUPPORT),
            *self.places.same_person(records),
            *unknown(unopened),
        ]
        request = self._begin(RequestKind.ERASE, subject, records, by=by, others=others)
        refused = [each for record in records if (each := self._erase(record, by=by))]
        state = FAILED if refused else DONE
        is_clear = self.actions.clear_journal()
        found = [
            found_in(Place.LOG, DONE, _("leads erased: %(count)s"), count=len(records) - len(refused)),
            *refused,
            found_in(Place.ATTEMPTS, state, _("calls and Realpad’s answers go with the leads")),
            found_in(Place.SEARCH, state, _("search terms go with the leads")),
            found_in(
                Place.CONSENTS,
                DONE,
                _("the evidence of what was given and refused stays (GDPR Art. 17(3)(e))"),
            ),
            self._spool(),
            found_in(Place.JOURNAL, DONE, _("nothing that was erased is in the database’s journal"))
            if is_clear
            else found_in(
                Place.JOURNAL,
                FAILED,
                _("it may still be in the database’s journal: repeat this in a few minutes"),
            ),
        ]
        return self._finish(request, records, found)

    def withdraw(
        self,
        subject: str,
        leads: Sequence[UUID],
        *,
        by: Actor,
        consents: Collection[int] = (),
        unopened: int = 0,
    ) -> PrivacyRequest:
        """Take back consents of a person, all that were given or just some.

        Those of leads that wait are left out when they are sent; those that Realpad has are revoked there.
        """
        records = self._records(leads)
        valid = self._valid_consents(records, consents)
        numbers, ids = sorted(valid), {record.lead.id for some in valid.values() for record in some}
        concerned = [record for record in records if record.lead.id in ids]
        # Another choice of consents is another request: it must not end what failed for these.
        whose = "\n".join([subject, *map(str, sorted(set(consents)))])
        request = self._begin(
            RequestKind.WITHDRAW,
            whose,
            concerned,
            by=by,
            others=[
                *self.places.told(concerned, WITHDRAW_THERE),
                *self.places.same_person(records),
                *unknown(unopened),
            ],
            consents=numbers,
        )
        found = [each for number in numbers for each in self._withdraw_one(number, valid[number], by=by)]
        if numbers:
            words = _("leads without consent %(consents)s now: %(count)s")
            named = ", ".join(map(str, numbers))
            own = found_in(Place.LOG, DONE, words, consents=named, count=len(concerned))
        elif any(each.given for record in records for each in record.consents):
            own = found_in(Place.LOG, DONE, _("nothing of this was given, or it was withdrawn before"))
        else:
            own = found_in(Place.LOG, DONE, _("no consent of this person is known here"))
            found = [found_in(Place.REALPAD, OPEN, UNKNOWN_HERE)]
        return self._finish(request, records, [own, self._spool(), *found])

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
        now = self.requests.now()
        digests = [digest_of(subject, secret) for secret in self.secrets]
        known = [each for digest in digests for each in self.requests.of(kind, digest)]
        earlier = next((each for each in known if each.is_to_be_repeated), None)
        request = earlier or PrivacyRequest(
            id=uuid4(), kind=kind, subject=digests[0], at=now, by=by.person_id
        )
        new = [_receipt(each, now) for each in others]
        kept = [each for each in request.receipts if not each.place.is_ours]
        kept = [each for each in kept if not any(map(each.is_same_task, new))] + new
        request = replace(request, receipts=tuple(kept), finished_at=None)
        about: dict[str, Any] = {"kind": kind, "subject": request.subject, "consents": list(consents)}
        about |= {"by": str(request.by) if request.by else None, "requested_at": request.at.isoformat()}
        ids = [str(record.lead.id) for record in records]
        self.file.require(request=str(request.id), **about, leads=ids, receipts=_lines(request))
        if earlier:
            self.requests.change(request)
        else:
            note = by.note(AuditAction.PRIVACY_REQUESTED, str(request.id), kind, f"{len(records)} leads")
            self.requests.add(request, notes=[note])
        return request

    def _finish(
        self, request: PrivacyRequest, records: Sequence[LeadRecord], found: Sequence[Found]
    ) -> PrivacyRequest:
        """Keep what came of a request: what the service did comes first."""
        now, seen = self.requests.now(), {str(record.lead.id) for record in records}
        new = [_receipt(each, now) for each in found]
        own = [each for each in new if each.place.is_ours]
        others = [each for each in new if not each.place.is_ours]
        before = [each for receipt in request.receipts if (each := _left_of(receipt, seen))]
        before = [each for each in before if not any(map(each.is_same_task, others))]
        finished = replace(request, receipts=(*own, *before, *others), finished_at=now)
        self.requests.change(finished)
        self.file.add(request=str(finished.id), receipts=_lines(finished), finished_at=now.isoformat())
        return finished

    def _erase(self, record: LeadRecord, *, by: Actor) -> Found | None:
        """Erase a lead; return why not, or None."""
        lead, values = record.lead, {"lead": record.lead.id}
        try:
            self.actions.erase(lead.id, by=by, seen=lead.version)  # so that its customers are known
        except IllegalTransitionError as error:
            if error.status == Status.ERASED:
                return None
            words = _("lead %(lead)s is being sent, or has just changed: repeat this in a minute")
            return found_in(Place.LOG, FAILED, words, **values)
        except SealBrokenError:
            return found_in(
                Place.LOG, FAILED, _("lead %(lead)s cannot be read: its data key is missing"), **values
            )
        return None

    def _valid_consents(
        self, records: Sequence[LeadRecord], consents: Collection[int]
    ) -> Mapping[int, Sequence[LeadRecord]]:
        """Return the leads by consent that was given and is not yet withdrawn: of `consents`, or of all."""
        valid = defaultdict[int, list[LeadRecord]](list)
        for record in records:
            entries = self.audit.entries(subject=str(record.lead.id), actions=REVOCATIONS, limit=None)
            for number in (each.id for each in record.consents if each.given):
                is_meant = number in consents or not consents
                if is_meant and not self._is_withdrawn(record, number, entries):
                    valid[number].append(record)
        return valid

    def _is_withdrawn(self, record: LeadRecord, consent_id: int, entries: Sequence[AuditEntry]) -> bool:
        """Return whether a consent is left out of all calls of a lead, and revoked for whomever they made."""
        own = [each for each in entries if str(consent_id) in each.detail.split(", ")]
        revoked = [each for each in own if each.action is AuditAction.REVOKED]
        if withdrawal_of(consent_id, own) is None:
            return False
        if not all(map(is_about_customer, revoked)):
            return True  # before any call, or as a restored copy knows it
        called = self.places.called(record) if record.may_be_at_realpad else []
        words = [each.detail.split(", ") for each in revoked]
        return bool(called) and all(any(str(each.customer) in some for some in words) for each in called)

    def _withdraw_one(self, consent_id: int, records: Sequence[LeadRecord], *, by: Actor) -> Iterator[Found]:
        """Take one consent of some leads back: of those not sent here, of the others in Realpad."""
        groups = defaultdict[CalledCustomer, list[LeadRecord]](list)
        for record in records:
            if self._withhold(record, consent_id, by=by):
                continue
            record = self.actions.log.get(record.lead.id)
            if record.lead.status in (Status.SENDING, Status.UNKNOWN):
                lead = record.lead.id
                yield found_in(Place.REALPAD, FAILED, MAY_STILL_ARRIVE, lead=lead, consent=consent_id)
                continue
            for called in self.places.called(record):
                groups[called].append(record)
        for called, some in groups.items():
            state, words = self._revoke(consent_id, some, called, by=by)
            named = (called.customer and called.customer.number) or "(e-mail)"
            leads = ", ".join(str(record.lead.id) for record in some)
            yield found_in(
                Place.REALPAD,
                state,
                words,
                consent=consent_id,
                customer=named,
                credential=called.credential,
                leads=leads,
            )

    def _revoke(
        self, consent_id: int, records: Sequence[LeadRecord], called: CalledCustomer, *, by: Actor
    ) -> tuple[ReceiptState, str]:
        """Revoke a consent of one customer in Realpad; whatever comes of it, no later call gives it anew."""
        try:
            if called.customer is None or not called.is_here:
                state, words = OPEN, BY_HAND
            else:
                credential = called.credential
                moved = [replace(each, lead=replace(each.lead, credential=credential)) for each in records]
                answer = self.actions.revoke_of_leads(moved, consent_id, customer=called.customer, by=by)
                state, words = _outcome(answer.problem)
        except CredentialNotFoundError:
            state, words = OPEN, BY_HAND
        for record in records:  # also as another customer, or after a call that failed
            self._withhold(record, consent_id, by=by)
        return state, words

    def _withhold(self, record: LeadRecord, consent_id: int, *, by: Actor) -> bool:
        """Leave a consent out of all calls of a lead from now on; return whether none has given it."""
        try:
            return self.actions.withhold(record, consent_id, by=by)
        except IllegalTransitionError:  # it was erased meanwhile
            return not record.may_be_at_realpad

    def _spool(self) -> Found:
        if waiting := self.spool.waiting() if self.spool else 0:
            words = _("files in this machine’s spool that cannot be read: %(count)s; see `doctor`")
            return found_in(Place.SPOOL, FAILED, words, count=waiting)
        return found_in(Place.SPOOL, DONE, _("nothing waits in the spool of this machine"))


def _receipt(found: Found, at: datetime) -> PlaceReceipt:
    place, state, detail = found
    return PlaceReceipt(place=place, state=state, at=at, detail=detail)


def _left_of(receipt: PlaceReceipt, seen: Collection[str]) -> PlaceReceipt | None:
    """Return what an earlier try left to do; None for what failed of leads that this try has `seen`.

    What failed of other leads, which are erased by now, nobody can try again: a person has to do it.
    """
    if receipt.state is not FAILED:
        return receipt
    params = {"customer": "?", "credential": "?", **receipt.detail.params}
    leads = str(params.get("leads") or params.get("lead") or "")
    if set(leads.split(", ")) <= {*seen, ""} or "consent" not in params:
        return None
    params = {name: params[name] for name in ("consent", "customer", "credential")}
    return replace(receipt, state=OPEN, detail=Message(BY_HAND, detail="", leads=leads, **params))


def _lines(request: PrivacyRequest) -> list[dict[str, Any]]:
    """Return receipts as they are kept outside the database."""
    return [each.to_json() for each in request.receipts]


def requests_in(
    lines: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[PrivacyRequest, Sequence[UUID], Sequence[int]]]:
    """Yield the requests of a file as they were last, each with its leads and consents."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        if isinstance(line.get("request"), str):
            parts.setdefault(line["request"], []).append(line)
    for request_id, own in parts.items():
        try:
            if found := _request_in(request_id, own):
                yield found
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # Of a newer version, or damaged: the others count all the same.
            logger.error("request %s cannot be read from the file: %s", request_id, type(error).__name__)


def _request_in(
    request_id: str, own: Sequence[Mapping[str, Any]]
) -> tuple[PrivacyRequest, Sequence[UUID], Sequence[int]] | None:
    """Return a request by its lines; None if its first one is missing. Raises: what reading them raises."""
    begun = [line for line in own if "kind" in line]
    if not begun:
        return None
    first = begun[0]
    receipts: tuple[PlaceReceipt, ...] = ()
    finished: datetime | None = None
    for line in own[own.index(begun[-1]) :]:  # the last that can be read
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            receipts = tuple(map(PlaceReceipt.from_json, line["receipts"]))
            finished = aware(line["finished_at"]) if "finished_at" in line else finished
    request = PrivacyRequest(
        id=UUID(request_id),
        kind=RequestKind(first["kind"]),
        subject=first["subject"],
        at=aware(first["requested_at"]),
        by=UUID(first["by"]) if first["by"] else None,
        receipts=receipts,
        finished_at=finished,
    )
    leads = dict.fromkeys(UUID(each) for line in begun for each in line["leads"])
    consents = dict.fromkeys(int(each) for line in begun for each in line["consents"])
    return request, [*leads], [*consents]


def _outcome(problem: CrmError | None) -> tuple[ReceiptState, str]:
    """Return what came of a call of revoke-customer-consent."""
    if problem is None:
        return DONE, _("consent %(consent)s of customer %(customer)s revoked (%(credential)s)")
    if problem.is_outcome_unknown:
        return FAILED, REVOKED_OR_NOT
    return (OPEN, BY_HAND) if problem.status in REFUSED else (FAILED, NOT_REVOKED)
