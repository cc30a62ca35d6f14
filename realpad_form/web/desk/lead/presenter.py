"""A lead as its pages show it: made ready for templates, personal data masked where it has to be."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from babel.numbers import format_decimal
from flask import g, request, session
from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import POSSIBLY_DELIVERED, Event, Outcome, Status, allows
from realpad_form.domain.hints import Meaning, meaning_of
from realpad_form.domain.lane import LaneState
from realpad_form.domain.lead import NOTE_CHARS, Answers, Attempt, Consent, Lead, LeadRecord
from realpad_form.domain.payload import Basis, LeadProject
from realpad_form.domain.people import Person, Right
from realpad_form.domain.project import Project
from realpad_form.domain.reason import Code
from realpad_form.domain.text import pick
from realpad_form.domain.webhook import WebhookMessage, WebhookStatus
from realpad_form.forms import Answered, in_words
from realpad_form.forms.messages import _
from realpad_form.services.lookup import LookupResult
from realpad_form.services.masking import DOTS, mask, mask_answers
from realpad_form.web.context import deps
from realpad_form.web.desk import labels
from realpad_form.web.desk.access import me, visible_people
from realpad_form.web.desk.contacts import contacts
from realpad_form.web.desk.i18n import gettext, language
from realpad_form.web.desk.inbox.queue import queue
from realpad_form.web.desk.labels import Explanation, short_reason
from realpad_form.web.desk.lead.hints import HINTS
from realpad_form.web.desk.lead.same_person import SHOWN, other_leads
from realpad_form.web.desk.pages import render

REVEALED_FOR: Final = timedelta(minutes=10)
REVEALED_AT_ONCE: Final = 20
"""Most leads revealed at the same time: they are kept in the cookie, which has little room."""

PLAIN: Final = frozenset(
    {"project", "referral", "salesman", "preferencerooms", "preferencepricemax", "internalid", "unitid"}
    | {"campaign", "language", "tags", "consents", "updateconsents"}
)
"""Parameters of the call that say nothing of a person."""

PARAMETERS: Final = {
    **{key: key for key in ("name", "surname", "email", "phone", "note", "campaign")},
    "preferencerooms": "rooms",
    "preferencepricemax": "price_max",
    "internalid": "unit",
    "unitid": "unit_id",
}
"""Which answer a parameter of the call holds."""

_REVEALED: Final = "revealed"


@dataclass(frozen=True, slots=True)
class Masking:
    """Hides the personal data of a lead, if it is active, from who sees it only after they asked for it."""

    is_active: bool

    def name(self, text: str) -> str:
        """Return a name with most of it hidden."""
        return mask(text) if self.is_active else text

    def hide(self, text: str) -> str:
        """Return nothing of a text that may say anything."""
        return DOTS if self.is_active and text else text

    def answers(self, answers: Answers) -> Answers:
        """Return answers with what is personal hidden."""
        return mask_answers(answers) if self.is_active else answers

    def call(self, payload: Mapping[str, str]) -> dict[str, str]:
        """Return the body of a call with what is personal hidden."""
        return {k: value if k in PLAIN or not self.is_active else mask(value) for k, value in payload.items()}


def masking_for(record: LeadRecord) -> Masking:
    """Return how much of a lead who is signed in sees now."""
    return Masking(is_active=me().is_masked and record.lead.id.hex not in _revealed(_now()))


def reveal(lead: Lead) -> None:
    """Let who is signed in see a lead for a while, in this browser. Raises: RevealLimitError."""
    deps().services.reveals.permit(lead, by=me())
    now = _now()
    kept = {**_revealed(now), lead.id.hex: int(now.timestamp())}
    session[_REVEALED] = dict(sorted(kept.items(), key=lambda each: each[1])[-REVEALED_AT_ONCE:])


def _revealed(now: datetime) -> dict[str, Any]:
    """Return when leads were revealed, as long as it holds."""
    since = (now - REVEALED_FOR).timestamp()
    return {lead: at for lead, at in session.get(_REVEALED, {}).items() if at > since}


def _now() -> datetime:
    return deps().services.sessions.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt, with what it means."""

    number: int
    attempt: Attempt
    outcome: str  # translated; '' while it is open
    colour: str
    hint: Explanation
    answer: str

    @property
    def duration_s(self) -> str:
        """How long the call took, in seconds, as people write it; '' while it is open."""
        ended_at = self.attempt.ended_at
        seconds = (ended_at - self.attempt.started_at).total_seconds() if ended_at else None
        return "" if seconds is None else format_decimal(round(seconds, 2), locale=language())


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """What another system was told of a lead; of its address the host only, as the rest may hold a key."""

    message: WebhookMessage
    receiver: str  # what the project file calls the other system, or which mail or chat it is
    host: str
    event_words: str
    status_words: str
    colour: str
    next_try_at: datetime | None  # None if it was not tried yet, or is not tried again by itself
    is_blocked: bool  # whether it waits for settings or the project file


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """One line of a comparison; None stands for what is not there."""

    key: str
    label: str
    old: str | None
    new: str | None

    @property
    def kind(self) -> str:
        """How the two differ, as a word for the style sheet."""
        if self.old == self.new:
            return "same"
        return "added" if self.old is None else "gone" if self.new is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """One revision of the answers, and what it changed."""

    number: int
    is_by_visitor: bool
    at: datetime
    changes: list[AnswerChange]


def lead_address(lead_id: UUID) -> str:
    """Return where a lead is shown."""
    return f"/inbox/leads/{lead_id}"


def lead_project(record: LeadRecord) -> LeadProject | None:
    """Return the project that a lead is corrected and sent with; None if nothing is left of its call."""
    found: dict[tuple[UUID, int], LeadProject | None] = g.setdefault("lead_projects", {})
    key = (record.lead.id, record.lead.revision)
    if key not in found:
        found[key] = deps().services.lead_projects.find(record)
    return found[key]


def project_of(record: LeadRecord) -> Project | None:
    """Return a lead's project as its file is or was; None if no version of that is known."""
    of = lead_project(record)
    return None if of is None or of.basis is Basis.CALL else of.project


def may_be_at_other_account(lead: Lead) -> bool:
    """Return whether a lead may have been sent to another account than it goes to now."""
    return any(reason.code == Code.OTHER_ACCOUNT for reason in lead.reasons)


def render_lead(record: LeadRecord, *, lookup: LookupResult | None = None) -> ResponseReturnValue:
    """Return the page of a lead, with Realpad's entries if somebody looked."""
    project, masking = project_of(record), masking_for(record)
    entries = deps().services.audit.entries(subject=str(record.lead.id), limit=500)
    revocations = deps().services.lead_actions.revocations(record)
    others = other_leads(record)
    people = deps().services.people.everybody(by=me()) if me().may(Right.PEOPLE) else []
    values = {
        **heading(record),
        "steps": _next_steps(record),
        "suspicions": [
            gettext(labels.SUSPICIONS[reason.code])
            for reason in record.lead.reasons
            if reason.code in labels.SUSPICIONS
        ],
        "facts": facts(project, record.current.answers, masking),
        "contacts": contacts(masking.answers(record.current.answers)),
        "attempts": attempts(record, masking),
        "call": call_of(deps().services.lead_actions.body_of(record), masking),
        "is_sent": any(each.revision == record.current.number for each in record.attempts),
        "revisions": revisions(project, record, masking),
        "consents": [(each, revocations.get(each.id), fingerprint(each)) for each in record.consents],
        "webhooks": webhooks(record.lead.id),
        "parameters": {name: masking.hide(text) for name, text in record.context.parameters.items()},
        "entries": entries if me().may(Right.PEOPLE) else [],
        "names": {person.id: person.name for person in people},
        "lookup": lookup,
        "colleagues": colleagues(record),
        "names_of": {each.id: each.name or each.email for each in visible_people()},
        "note_chars": NOTE_CHARS,
        "same_person": others[:SHOWN],
        "has_more_of_person": len(others) > SHOWN,
        "beside": [each and lead_address(each) for each in queue().beside(record.lead)],
        **_permissions(record),
    }
    return render("desk/lead/lead.html", **values)


def colleagues(record: LeadRecord) -> list[Person]:
    """Return the people who may look after a lead, as far as who is signed in knows of them."""
    return [each for each in visible_people() if each.may(Right.LEADS) and each.sees(record.lead.project)]


def heading(record: LeadRecord) -> dict[str, Any]:
    """Return what every page about a lead is headed with."""
    masking, lead, answers = masking_for(record), record.lead, record.current.answers
    project, of = project_of(record), lead_project(record)
    name = " ".join(str(answers[key]) for key in ("name", "surname") if answers.get(key))
    return {
        "record": record,
        "lead": lead,
        "masking": masking,
        "here_is": lead_address(lead.id),
        "queue": queue().suffix,
        "instead": _instead(lead) + queue().suffix if request.method == "POST" else "",
        "list_address": f"{queue().list_address}#lead-{lead.id.hex[:8]}",
        "name": masking.name(name),
        "project_name": pick(project.name, language(), project.language) if project else lead.project,
        # What a lead can be corrected with whose project file is gone, if it can be corrected at all.
        "gone": of if of and of.is_gone and allows(lead.status, Event.RESUBMITTED) else None,
        "status_words": labels.STATUSES[lead.status],
        "label": label,
        "text": text,
        "words": labels,
        "audit_labels": labels.AUDIT_LABELS,
    }


def _instead(lead: Lead) -> str:
    """Return where a page that answers a form is found again by whoever goes back to it."""
    last = request.path.rpartition("/")[2]
    if last in ("correct", "resubmit"):
        return f"{lead_address(lead.id)}/correct"
    return request.path if last in ("erase", "revoke") else lead_address(lead.id)


def _permissions(record: LeadRecord) -> dict[str, bool]:
    """Return what who is signed in may do with a lead as it stands now."""
    lead, works = record.lead, me().may(Right.WORK)
    return {
        "can_correct": works and allows(lead.status, Event.RESUBMITTED) and lead_project(record) is not None,
        "can_release": works and allows(lead.status, Event.RELEASED),
        "can_discard": works and allows(lead.status, Event.DISCARDED),
        "can_restore": works and allows(lead.status, Event.RESTORED),
        "can_settle": works and allows(lead.status, Event.SETTLED),
        "can_erase": me().may(Right.ERASE) and allows(lead.status, Event.ERASED),
        "is_repeat": lead.status in POSSIBLY_DELIVERED,
        "can_replay": works,
    }


def webhooks(lead_id: UUID) -> list[WebhookView]:
    """Return what other systems were or will be told of a lead, the last one first."""
    services = deps().services
    found = services.webhook_log.of_lead(lead_id)
    if not found:
        return []
    lanes = services.webhooks.lanes()
    callable_now, now = services.webhook_endpoints.callable(), services.webhook_log.now()
    views = []
    for message in found:
        words, colour = labels.WEBHOOK_STATUSES[message.status]
        name = message.endpoint.name
        next_try_at = message.next_try_at(lanes.get(message.endpoint))
        is_delayed = next_try_at is not None and (message.failures > 0 or next_try_at > now)
        view = WebhookView(
            message=message,
            receiver=gettext(labels.NOTICES[name]) if name in labels.NOTICES else name,
            host=urlsplit(message.url).hostname or "",
            event_words=gettext(labels.WEBHOOK_EVENTS[message.event]),
            status_words=gettext(words),
            colour=colour,
            next_try_at=next_try_at if is_delayed and message.endpoint in callable_now else None,
            is_blocked=message.status is WebhookStatus.QUEUED and message.endpoint not in callable_now,
        )
        views.append(view)
    return views[::-1]


def _next_steps(record: LeadRecord) -> dict[str, Any]:
    """Return where a lead stands and what to do next."""
    lead = record.lead
    said = why_queued(lead) if lead.status is Status.QUEUED else labels.STATUS_EXPLANATIONS[lead.status]
    if lead.status is Status.REJECTED:
        # On a restored copy a call that may have been made since stands behind the one that was refused.
        ended = [each for each in record.attempts if each.outcome != Outcome.UNKNOWN]
        is_refused = bool(ended) and ended[-1].outcome == Outcome.REFUSED
        said = attempts(record, masking_for(record))[0].hint if is_refused else labels.OUTLASTED
        if any(reason.code == Code.INVALID for reason in lead.reasons):
            said = labels.TO_CORRECT
    if lead.status is Status.UNKNOWN and record.attempts[-1].is_presumed:
        said = labels.REROUTED if may_be_at_other_account(lead) else labels.RESTORED
    is_told = lead.status is Status.QUARANTINED or said not in labels.UNEXPLAINED
    reason = "" if is_told else short_reason(lead, is_masked=masking_for(record).is_active)
    return {"said": said, "reason": reason}


def why_queued(lead: Lead) -> Explanation:
    """Return why a queued lead waits."""
    now, route = deps().services.log.now(), lead.route
    fitting = (
        lane
        for lane in deps().services.credentials.lanes()
        if lane.key.credential == route.credential and route.account in ("", lane.key.account)
    )
    lane = next(fitting, None)
    if lane is None:
        return labels.STRANDED  # no login of today may send it
    state = lane.state(now)
    if state is LaneState.STOPPED:
        return labels.STOPPED
    if state is LaneState.PAUSED:
        return labels.PAUSED
    return labels.POSTPONED if lead.due_at > now else labels.STATUS_EXPLANATIONS[Status.QUEUED]


def facts(project: Project | None, answers: Answers, masking: Masking) -> list[Answered]:
    """Return what was answered, in the words of the project."""
    return in_words(project, masking.answers(answers), language=language())


def label(fact: Answered) -> str:
    """Return what an answer is called; its key if nobody names it any more."""
    return fact.label or (
        gettext(labels.ANSWER_NAMES[fact.key]) if fact.key in labels.ANSWER_NAMES else fact.key
    )


def text(fact: Answered) -> str:
    """Return an answer in one text."""
    return gettext("yes") if fact.is_tick else ", ".join(fact.texts)


def attempts(record: LeadRecord, masking: Masking) -> list[AttemptView]:
    """Return the attempts, the last one first."""
    views = [_attempt(number, each, masking) for number, each in enumerate(record.attempts, 1)]
    return views[::-1]


def _attempt(number: int, attempt: Attempt, masking: Masking) -> AttemptView:
    words, colour = labels.OUTCOMES.get(attempt.outcome or "", ("", "cool"))
    meaning = meaning_of(attempt.status, attempt.answer, outcome=attempt.outcome)
    if meaning is Meaning.RESTORED:  # nobody knows of a call, so it has neither an answer nor a duration
        attempt = replace(attempt, answer="", ended_at=None)
        words = _("not known")
    return AttemptView(
        number=number,
        attempt=attempt,
        outcome=gettext(words) if words else "",
        colour=colour,
        hint=HINTS[meaning],
        # Realpad's words may quote what was typed; a customer's number does not.
        answer=attempt.answer if attempt.outcome == Outcome.ACCEPTED else masking.hide(attempt.answer),
    )


def call_of(payload: Mapping[str, str], masking: Masking) -> list[tuple[str, str]]:
    """Return the call as key and value; login and password, which are never stored, as dots."""
    secrets = {"login": "••••••••", "password": "••••••••"}
    return list({**secrets, **masking.call(payload)}.items()) if payload else []


def compare_calls(old: Mapping[str, str], new: Mapping[str, str], masking: Masking) -> list[AnswerChange]:
    """Return two bodies of a call side by side, in the order of the new one."""
    old, new = masking.call(old), masking.call(new)
    keys = dict.fromkeys([*new, *old])
    names = {key: gettext(labels.ANSWER_NAMES[of]) for key, of in PARAMETERS.items()}
    return [
        AnswerChange(key=key, label=names.get(key, key), old=old.get(key), new=new.get(key)) for key in keys
    ]


def compare_answers(
    project: Project | None, old: Answers, new: Answers, masking: Masking
) -> list[AnswerChange]:
    """Return what differs between two sets of answers."""
    before = {fact.key: fact for fact in facts(project, old, masking)}
    after = {fact.key: fact for fact in facts(project, new, masking)}
    # Told apart by what they are, not by what is shown: two masked numbers may look alike.
    keys = [key for key in dict.fromkeys([*after, *before]) if old.get(key) != new.get(key)]
    return [_change(key, before.get(key), after.get(key)) for key in keys]


def _change(key: str, before: Answered | None, after: Answered | None) -> AnswerChange:
    fact = after or before
    return AnswerChange(
        key=key,
        label=label(fact) if fact else key,
        old=text(before) if before else None,
        new=text(after) if after else None,
    )


def revisions(project: Project | None, record: LeadRecord, masking: Masking) -> list[RevisionView]:
    """Return the revisions, the last one first, each with what it changed."""
    earlier: list[Answers] = [{}, *(each.answers for each in record.revisions)]
    views = [
        RevisionView(
            number=each.number,
            is_by_visitor=each.author == "visitor",
            at=each.created_at,
            changes=compare_answers(project, old, each.answers, masking),
        )
        for old, each in zip(earlier, record.revisions, strict=False)
    ]
    return views[::-1]


def fingerprint(consent: Consent) -> str:
    """Return what the log knows a consent's words by."""
    return hashlib.sha256(consent.wording.encode()).hexdigest()
