"""What people ask about their data in the places that are not the service's own: for people to do."""

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from realpad_form.domain.delivery import Outcome, Status
from realpad_form.domain.lane import Lane
from realpad_form.domain.lead import Attempt, LeadRecord
from realpad_form.domain.message import Message, _
from realpad_form.domain.people import AuditAction
from realpad_form.domain.privacy import Place, ReceiptState, RequestKind
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import CONFIRM
from realpad_form.domain.webhook import EndpointKey
from realpad_form.ports import AuditLog, PrivacyLog, WebhookLog
from realpad_form.services.lead_actions import Customer

OPEN, DONE = ReceiptState.OPEN, ReceiptState.DONE

MOST_EXPORTS: Final = 10
"""How many exports a receipt names by their time."""

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
UNKNOWN_HERE: Final = _("nothing is kept here of this person: look in Realpad whether they are known there")

Found = tuple[Place, ReceiptState, Message]
"""What is to be said of one place."""


class CalledCustomer(NamedTuple):
    """Whom a call of a lead made, or may have made, a customer: by number or e-mail, if either is known."""

    credential: str
    customer: Customer | None
    is_here: bool  # whether the credentials still are those of that account
    account: str


def digest_of(subject: str, secret: str) -> str:
    """Return what a request is known by: a hash of an e-mail or phone, keyed with the secret key."""
    text = f"realpad-form privacy request\n{subject.strip().casefold()}".encode()
    return hmac.digest(secret.encode(), text, "sha256").hex()


def found_in(place: Place, state: ReceiptState, msgid: str, **params: object) -> Found:
    """Return what is known of a place, in words to be translated, with their values as text."""
    return place, state, Message(msgid, detail="", **{name: str(value) for name, value in params.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPlaces:
    """Finds out where else something of a person may be, as far as the service can know."""

    webhooks: WebhookLog
    audit: AuditLog
    requests: PrivacyLog
    projects: Callable[[], Mapping[str, Project]]
    others: Callable[[LeadRecord], Iterable[UUID]]  # leads with the same e-mail or phone
    lanes: Callable[[], Sequence[Lane]]
    accounts: Mapping[str, str]  # of the configured credentials, by their name
    secrets: Sequence[str]

    def called(self, record: LeadRecord) -> list[CalledCustomer]:
        """Return whom the calls of a lead made customers, or may have made, each once."""
        lanes, own = {lane.key.fingerprint: lane.key for lane in self.lanes()}, record.lead.route
        found: dict[CalledCustomer, None] = {}
        known = set[tuple[str, str, str]]()  # e-mails that are customers with a number, in their account
        last = record.attempts[-1] if record.attempts else None
        for attempt in record.attempts:
            if not attempt.may_have_arrived:
                continue
            lane = lanes.get(attempt.fingerprint)
            credential, account = (lane.credential, lane.account) if lane else (own.credential, own.account)
            is_here = account in ("", self.accounts.get(credential, ""))
            email = str(record.revisions[attempt.revision - 1].answers.get("email") or "").casefold()
            number = _number_in(attempt)
            if number is None and attempt == last and record.lead.status is Status.DELIVERED:
                number = record.lead.customer_id  # as its list says, or a person
            customer = Customer(number=number) if number else Customer(email=email) if email else None
            found[CalledCustomer(credential, customer, is_here, account)] = None
            if number:
                known.add((credential, account, email))
        if not found:
            customer = Customer(number=record.lead.customer_id) if record.lead.customer_id else None
            found[CalledCustomer(own.credential, customer, is_here=True, account=own.account)] = None
        return [
            each
            for each in found
            if not (each.customer and (each.credential, each.account, each.customer.email) in known)
        ]

    def realpad(self, records: Sequence[LeadRecord], words: str) -> Iterator[Found]:
        """Yield what Realpad may hold, by credentials."""
        there = [record for record in records if record.may_be_at_realpad]
        called = [(each, record) for record in there for each in self.called(record)]
        for credential in sorted({each.credential for each, _record in called}):
            own = [(each.customer, record) for each, record in called if each.credential == credential]
            numbers = sorted({who.number for who, _record in own if who and who.number})
            if numbers:
                named = ", ".join(map(str, numbers))
                yield found_in(Place.REALPAD, OPEN, words, customers=named, credential=credential)
            unnamed = {record.lead.created_at for who, record in own if not (who and who.number)}
            if unnamed:
                times = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in sorted(unnamed))
                yield found_in(Place.REALPAD, OPEN, MAY_BE_THERE, times=times, credential=credential)
        if not records:
            yield found_in(Place.REALPAD, OPEN, UNKNOWN_HERE)
        elif not there:
            yield found_in(Place.REALPAD, DONE, _("Realpad has none of these leads"))

    def same_person(self, records: Sequence[LeadRecord]) -> Iterator[Found]:
        """Yield which other leads have an e-mail or phone of these."""
        own = {record.lead.id for record in records}
        others = {each for record in records for each in self.others(record)} - own
        if others:
            words = _(
                "other leads have the same e-mail or phone: do this for those of this person, too: %(leads)s"
            )
            yield found_in(Place.OTHER_LEADS, OPEN, words, leads=", ".join(sorted(map(str, others))))

    def told(self, records: Sequence[LeadRecord], words: str) -> Iterator[Found]:
        """Yield which other systems were sent answers."""
        projects = self.projects()
        for endpoint, number in sorted(self._endpoints(records).items()):
            project = projects.get(endpoint.project)
            payloads = {each.name: each.payload for each in project.webhooks} if project else {}
            if endpoint.is_mail or endpoint.is_chat:
                continue  # for people, who are told nothing of the visitor
            if payloads.get(endpoint.name, "full") == "full":
                yield found_in(Place.WEBHOOKS, OPEN, words, system=endpoint, count=number)
            else:
                ids = _("%(system)s is told ids only today: see to it if it was told more before")
                yield found_in(Place.WEBHOOKS, OPEN, ids, system=endpoint)

    def mails(self, records: Sequence[LeadRecord]) -> Iterator[Found]:
        """Yield of how many leads the visitor got a mail."""
        endpoints = self._endpoints(records).items()
        if number := sum(number for endpoint, number in endpoints if endpoint.name == CONFIRM):
            words = _("leads confirmed by mail: %(count)s; erase it from sent mail and the mail server’s log")
            yield found_in(Place.MAILS, OPEN, words, count=number)

    def _endpoints(self, records: Sequence[LeadRecord]) -> Counter[EndpointKey]:
        """Return of how many leads each endpoint was told, or may have been."""
        told = Counter[EndpointKey]()
        for record in records:
            messages = self.webhooks.of_lead(record.lead.id)
            told.update({each.endpoint for each in messages if each.attempts or each.ended_at})
        return told

    def exports(self, subject: str, records: Sequence[LeadRecord]) -> Iterator[Found]:
        """Yield when somebody made a file that may hold these leads."""
        if not records:
            return
        since = min(record.lead.created_at for record in records)
        about = ["", *(str(record.lead.id) for record in records)]  # of commands, and of the inbox
        entries = [
            each
            for each_subject in about
            for each in self.audit.entries(
                subject=each_subject, actions=[AuditAction.EXPORTED], limit=MOST_EXPORTS
            )
        ]
        copies = [
            each
            for secret in self.secrets
            for each in self.requests.of(RequestKind.EXPORT, digest_of(subject, secret))
        ]
        all_times = (*(each.at for each in entries), *(each.at for each in copies))
        times = sorted({at.replace(second=0, microsecond=0) for at in all_times if at >= since})
        if times:
            named = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in times[-MOST_EXPORTS:])
            words = _("files were exported since, erase it there: %(times)s UTC")
            yield found_in(Place.EXPORTS, OPEN, words, times=named)


def _number_in(attempt: Attempt) -> int | None:
    """Return the number of the customer that a call was answered with."""
    is_taken = attempt.outcome == Outcome.ACCEPTED and attempt.answer.isascii() and attempt.answer.isdigit()
    return int(attempt.answer) if is_taken else None


def sources(records: Sequence[LeadRecord], words: str) -> Iterator[Found]:
    """Yield which other systems the leads came from."""
    names = Counter(record.context.source for record in records if record.context.source)
    for name, number in sorted(names.items()):
        yield found_in(Place.SOURCES, OPEN, words, system=name, count=number)


def unknown(unopened: int) -> Iterator[Found]:
    """Yield that some leads cannot be opened, so that nobody knows whose they are."""
    if unopened:
        words = _("leads that cannot be opened, perhaps of this person: %(count)s; `doctor` says why")
        yield found_in(Place.OTHER_LEADS, OPEN, words, count=unopened)
