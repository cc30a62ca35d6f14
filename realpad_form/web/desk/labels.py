"""What statuses, reasons, answers and actions are called; untranslated, `i18n.gettext` does that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.delivery import Outcome, Status
from realpad_form.domain.lane import Cause
from realpad_form.domain.lead import Lead
from realpad_form.domain.people import AuditAction
from realpad_form.domain.project_rules import CONFIRM, NOTIFY, SLACK, TEAMS
from realpad_form.domain.reason import Code, Reason
from realpad_form.domain.webhook import WebhookEvent, WebhookStatus
from realpad_form.forms.messages import _
from realpad_form.services.credentials import Mismatch
from realpad_form.services.lookup import Obstacle
from realpad_form.services.masking import DOTS
from realpad_form.web.desk.i18n import gettext


@dataclass(frozen=True, slots=True)
class Explanation:
    """What it means, and what a person does about it."""

    what: str
    todo: str = ""


STATUSES: Final[Mapping[Status, str]] = {
    Status.QUARANTINED: _("Possible spam"),
    Status.QUEUED: _("Waiting"),
    Status.SENDING: _("Being sent"),
    Status.DELIVERED: _("Delivered"),
    Status.UNKNOWN: _("To decide"),
    Status.REJECTED: _("Rejected"),
    Status.DISCARDED: _("Discarded"),
    Status.ERASED: _("Erased"),
}
STATUS_EXPLANATIONS: Final[Mapping[Status, Explanation]] = {
    Status.QUARANTINED: Explanation(
        _("It looks like spam, so nothing was sent. The visitor was thanked all the same."),
        _("Read it. Release it if a person wrote it, or else discard it."),
    ),
    Status.QUEUED: Explanation(_("It goes to Realpad next, within seconds."), _("There is nothing to do.")),
    Status.SENDING: Explanation(_("It is on its way to Realpad."), _("Load this page again in a moment.")),
    Status.DELIVERED: Explanation(_("Realpad has it."), _("There is nothing to do.")),
    Status.UNKNOWN: Explanation(
        _("The call left and no proper answer came back: Realpad may have it, or not."),
        _("We keep comparing it with Realpad’s list. If that settles nothing, look there and decide below."),
    ),
    Status.REJECTED: Explanation(
        _("Realpad does not take it as it is. It is not sent again by itself."),
        _("Correct it and send it again, or discard it."),
    ),
    Status.DISCARDED: Explanation(
        _("It was discarded, so it is not sent."),
        _("There is nothing to do. If that was a mistake, restore it."),
    ),
    Status.ERASED: Explanation(
        _("What it said about a person is gone for good; the evidence of consent stays."),
        _("There is nothing to do. Realpad’s own copy is erased in Realpad."),
    ),
}
RESTORED: Final = Explanation(
    _(
        "This database was restored from a backup, and the lead may have been sent since that backup was "
        "made."
    ),
    _("We keep comparing it with Realpad’s list. If that settles nothing, look there and decide below."),
)
REROUTED: Final = Explanation(
    _("This database was restored from a backup, and the lead may have been sent with another login since."),
    _("Realpad’s list cannot tell which. Look for it in Realpad under both logins, then decide below."),
)
STOPPED: Final = Explanation(
    _("It waits because the connection to Realpad is stopped."),
    _("See under Connections to Realpad why, fix it and resume; then it goes by itself."),
)
STRANDED: Final = Explanation(
    _("It waits because it was accepted for another login or address of Realpad than is set up now."),
    _("See under Connections to Realpad, and decide there whether the new login may send it."),
)
PAUSED: Final = Explanation(
    _("It waits with the others until Realpad can be tried again."), _("There is nothing to do.")
)
POSTPONED: Final = Explanation(
    _("Realpad failed on it, so it is tried again later, by itself."), _("There is nothing to do.")
)
OUTLASTED: Final = Explanation(
    _("Realpad could not be reached for so long that a person has to decide."),
    _("If the enquiry is still of use, send it again; nothing in it has to be corrected."),
)

TO_CORRECT: Final = Explanation(
    _("It came from another system, and the form would not have taken it as it is. It was not sent."),
    _("Ask the person if you can, correct it and send it, or discard it."),
)

UNEXPLAINED: Final = (STATUS_EXPLANATIONS[Status.UNKNOWN], RESTORED, OUTLASTED, TO_CORRECT)
"""What is told with the words that the relay noted, for want of Realpad's."""

OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    Outcome.ACCEPTED: (_("taken"), "good"),
    Outcome.REFUSED: (_("refused"), "bad"),
    Outcome.ACCOUNT_REFUSED: (_("account refused"), "bad"),
    Outcome.UNAVAILABLE: (_("not possible just then"), "wait"),
    Outcome.UNKNOWN: (_("no clear end"), "wait"),
}
"""How an attempt ended, and the colour of it."""
OBSTACLES: Final[Mapping[Obstacle, str]] = {
    Obstacle.NEVER_CALLED: _("It was never sent, so there is nothing to look for."),
    Obstacle.TOO_OLD: _(
        "Realpad lists the last seven days only, and the call is older. Search in Realpad itself."
    ),
    Obstacle.OTHER_CREDENTIALS: _(
        "The login has changed since the call, so the list would be another’s. Search in Realpad itself."
    ),
    Obstacle.LANE_CLOSED: _(
        "The connection to Realpad is stopped or busy just now. Try again in a minute, or search in Realpad "
        "itself."
    ),
    Obstacle.NO_LIST: _("Realpad gave no list. Try again later, or search in Realpad itself."),
}

ANSWER_NAMES: Final[Mapping[str, str]] = {
    "name": _("First name"),
    "surname": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "rooms": _("Flat size"),
    "price_max": _("Budget"),
    "note": _("Message"),
    "unit": _("Unit"),
    "unit_id": _("Unit’s number in Realpad"),
    "campaign": _("Campaign"),
}
"""What an answer is called that the project does not name."""
LANE_EXPLANATIONS: Final[Mapping[Cause, Explanation]] = {
    Cause.LOGIN: Explanation(
        _("Realpad refuses the login."),
        _(
            "The password is wrong, a permission is missing, the invitation was not accepted, or the "
            "account is banned. Sign in with it in Realpad by hand, once. Fix the settings or ask "
            "Realpad, then resume."
        ),
    ),
    Cause.LISTING: Explanation(
        _("Realpad does not let this account list its leads."),
        _(
            "Nothing is sent until you resume. Leads can be sent without this permission, but then nothing "
            "tells whether a lead without an answer arrived: ask Realpad for it."
        ),
    ),
    Cause.CONSENT: Explanation(
        _("Realpad wants somebody to agree to something."),
        _("Sign in to Realpad’s web with this account and accept what it asks for, then resume."),
    ),
    Cause.PLACE: Explanation(
        _("Realpad is not where the settings say."),
        _(
            "Compare REALPAD_FORM_REALPAD_URL with Realpad’s documentation. Fix it and restart the service, "
            "or resume if it is right."
        ),
    ),
    Cause.FORMAT: Explanation(
        _("Realpad does not take calls of this kind."),
        _("This is for whoever looks after this program: update it or report the fault, then resume."),
    ),
    Cause.VERSION: Explanation(
        _("Realpad has retired this version of its interface."),
        _("Update this program, then resume. Until then the leads wait here and none is lost."),
    ),
    Cause.RATE: Explanation(
        _("Realpad asked us to wait."),
        _("There is nothing to do: it goes on by itself when the time is up."),
    ),
    Cause.CONFIGURATION: Explanation(
        _("Several leads in a row were refused: that looks like a wrong set-up, not like wrong leads."),
        _(
            "Read Realpad’s words. Mostly a number in the project file (project, consent, custom attribute) "
            "is not in Realpad. Fix it, then resume; then correct the rejected leads."
        ),
    ),
    Cause.ADDRESS: Explanation(
        _("Realpad refuses several accounts: it has probably banned our server’s address."),
        _("Do not try again and again, that makes it longer. Ask Realpad to lift the ban, then resume one."),
    ),
    Cause.OUTAGE: Explanation(
        _("Realpad has an outage."),
        _("There is nothing to do: one lead is tried from time to time, and the others follow it."),
    ),
    Cause.UNREACHABLE: Explanation(
        _("Realpad cannot be reached."),
        _(
            "One lead is tried from time to time. If it lasts, see whether this server gets out to the "
            "internet."
        ),
    ),
}
REFUSED_ALIKE: Final = Explanation(
    _("Several leads in a row were refused for the same reason."),
    _("Correct the rejected leads, then resume."),
)
MISMATCHES: Final[Mapping[Mismatch, str]] = {
    Mismatch.NO_PROJECT: _("its project file is gone"),
    Mismatch.NUMBER: _("its project file has another project number now"),
    Mismatch.CREDENTIALS: _("its project file names other credentials now"),
    Mismatch.ACCOUNT: _("it was accepted for another login or address of Realpad"),
    Mismatch.UNREADABLE: _("its data key is missing"),
}
AUDIT_LABELS: Final = {
    AuditAction.SIGNED_IN: _("signed in"),
    AuditAction.SIGN_IN_FAILED: _("was not let in"),
    AuditAction.PASSKEY_DEMANDED: _("was asked for a passkey"),
    AuditAction.ACCOUNT_BOUND: _("bound a company account"),
    AuditAction.SIGNED_OUT: _("signed out"),
    AuditAction.REAUTHENTICATED: _("confirmed their identity"),
    AuditAction.LINK_ASKED: _("asked for a new password by mail"),
    AuditAction.PASSWORD_SET: _("set a password"),
    AuditAction.PASSKEY_ADDED: _("added a passkey"),
    AuditAction.PASSKEY_REMOVED: _("removed a passkey"),
    AuditAction.SESSION_ENDED: _("ended sessions"),
    AuditAction.VIEWED: _("viewed a lead"),
    AuditAction.SEARCHED: _("searched in masked leads"),
    AuditAction.REVEALED: _("revealed personal data"),
    AuditAction.CORRECTED: _("corrected a lead"),
    AuditAction.RESUBMITTED: _("resubmitted a lead"),
    AuditAction.RELEASED: _("released a lead"),
    AuditAction.DISCARDED: _("discarded a lead"),
    AuditAction.UNDISCARDED: _("restored a discarded lead"),
    AuditAction.RESUMED: _("resumed a connection"),
    AuditAction.ADOPTED: _("sent leads with another login"),
    AuditAction.SETTLED: _("settled an unknown lead"),
    AuditAction.NOTED: _("wrote a note about a lead"),
    AuditAction.ASSIGNED: _("assigned a lead"),
    AuditAction.REVOCATION_ASKED: _("asked Realpad to revoke a consent"),
    AuditAction.REVOKED: _("revoked a consent"),
    AuditAction.REVOCATION_FAILED: _("could not revoke a consent"),
    AuditAction.EXPORTED: _("exported leads"),
    AuditAction.AUDIT_EXPORTED: _("exported the audit log"),
    AuditAction.ERASED: _("erased a lead"),
    AuditAction.WEBHOOK_REPLAYED: _("told another system again"),
    AuditAction.SPEND_IMPORTED: _("imported what campaigns cost"),
    AuditAction.DRAFT_SHARED: _("shared a draft"),
    AuditAction.PUBLISHED: _("published a version"),
    AuditAction.SCHEDULED: _("scheduled a version"),
    AuditAction.SCHEDULE_CANCELLED: _("cancelled a scheduled version"),
    AuditAction.SCHEDULE_PUBLISHED: _("published a version as scheduled"),
    AuditAction.SCHEDULE_FAILED: _("scheduled version was not published"),
    AuditAction.TESTED: _("sent a test lead"),
    AuditAction.RESTORED: _("noticed a restored database"),
    AuditAction.RESTORE_DISMISSED: _("dismissed the notice of a restore"),
    AuditAction.RESEALED: _("sealed stored data anew"),
    AuditAction.PRIVACY_REQUESTED: _("carried out a request about personal data"),
    AuditAction.PRIVACY_CLOSED: _("closed a request about personal data"),
    AuditAction.PERSON_ADDED: _("added a person"),
    AuditAction.PERSON_CHANGED: _("changed a person"),
    AuditAction.PERSON_DISABLED: _("disabled a person"),
    AuditAction.PERSON_ENABLED: _("enabled a person"),
    AuditAction.PERSON_RESET: _("made a new link"),
    AuditAction.UNKNOWN: _("did something that only a newer version knows"),
}

VIEWED_LIST: Final = _("viewed a list of leads")

AUDIT_GROUPS: Final[Mapping[str, tuple[str, Sequence[AuditAction]]]] = {
    "leads": (
        _("Leads"),
        (
            AuditAction.VIEWED,
            AuditAction.SEARCHED,
            AuditAction.REVEALED,
            AuditAction.CORRECTED,
            AuditAction.RESUBMITTED,
            AuditAction.RELEASED,
            AuditAction.DISCARDED,
            AuditAction.UNDISCARDED,
            AuditAction.SETTLED,
            AuditAction.REVOCATION_ASKED,
            AuditAction.REVOKED,
            AuditAction.REVOCATION_FAILED,
            AuditAction.EXPORTED,
            AuditAction.ERASED,
            AuditAction.PRIVACY_REQUESTED,
            AuditAction.PRIVACY_CLOSED,
            AuditAction.WEBHOOK_REPLAYED,
            AuditAction.NOTED,
            AuditAction.ASSIGNED,
        ),
    ),
    "sign-in": (
        _("Signing in"),
        (
            AuditAction.SIGNED_IN,
            AuditAction.SIGN_IN_FAILED,
            AuditAction.PASSKEY_DEMANDED,
            AuditAction.REAUTHENTICATED,
            AuditAction.SIGNED_OUT,
            AuditAction.SESSION_ENDED,
            AuditAction.ACCOUNT_BOUND,
            AuditAction.LINK_ASKED,
            AuditAction.PASSWORD_SET,
            AuditAction.PASSKEY_ADDED,
            AuditAction.PASSKEY_REMOVED,
        ),
    ),
    "people": (
        _("People"),
        (
            AuditAction.PERSON_ADDED,
            AuditAction.PERSON_CHANGED,
            AuditAction.PERSON_DISABLED,
            AuditAction.PERSON_ENABLED,
            AuditAction.PERSON_RESET,
            AuditAction.AUDIT_EXPORTED,
        ),
    ),
    "set-up": (
        _("Set-up"),
        (
            AuditAction.RESUMED,
            AuditAction.ADOPTED,
            AuditAction.SPEND_IMPORTED,
            AuditAction.PUBLISHED,
            AuditAction.SCHEDULED,
            AuditAction.SCHEDULE_CANCELLED,
            AuditAction.SCHEDULE_PUBLISHED,
            AuditAction.SCHEDULE_FAILED,
            AuditAction.DRAFT_SHARED,
            AuditAction.TESTED,
            AuditAction.RESTORED,
            AuditAction.RESTORE_DISMISSED,
            AuditAction.RESEALED,
            AuditAction.UNKNOWN,
        ),
    ),
}
"""What may be chosen together as an action: by name, with its words and every action in it."""

WEBHOOK_EVENTS: Final[Mapping[WebhookEvent, str]] = {
    WebhookEvent.ACCEPTED: _("lead accepted"),
    WebhookEvent.DELIVERED: _("lead delivered"),
    WebhookEvent.REJECTED: _("lead rejected"),
    WebhookEvent.DISCARDED: _("lead discarded"),
}
NOTICES: Final[Mapping[str, str]] = {
    NOTIFY: _("E-mail to the sales team"),
    SLACK: "Slack",
    TEAMS: "Microsoft Teams",
    CONFIRM: _("E-mail to the visitor"),
}
"""What mails and chats are called where other systems have their name in the project file."""

WEBHOOK_STATUSES: Final[Mapping[WebhookStatus, tuple[str, str]]] = {
    WebhookStatus.QUEUED: (_("Waiting"), "cool"),
    WebhookStatus.DELIVERED: (_("Told"), "good"),
    WebhookStatus.FAILED: (_("Given up"), "bad"),
}
"""What it is called, and its colour."""

SUSPICIONS: Final[Mapping[str, str]] = {
    "link_in_name": _("a web address in the name"),
    "no_script": _("sent without JavaScript"),
    "captcha_failed": _("the captcha was not solved"),
    "captcha_reused": _("the captcha was used before"),
    "honeypot": _("a field was filled in that people do not see"),
    "null_origin": _("the page it came from is hidden"),
    "markup_in_note": _("links written as code in the note"),
    "too_fast": _("filled in within 3 seconds"),
    "links_in_note": _("several web addresses in the note"),
    "repeated_text": _("the same text everywhere"),
    "burst": _("many leads at once"),
}
"""Why a lead was quarantined, by the reasons of `domain.spam`."""

REASONS: Final[Mapping[str, str]] = {
    Code.OUTAGES: _("outages for more than %(hours)s h"),
    Code.INTERRUPTED: _("our relay was interrupted during the call"),
    Code.AMBIGUOUS: _("Realpad lists similar entries: compare them"),
    Code.OTHER_ACCOUNT: _("may be in Realpad under another login than today’s: look there, too"),
    Code.LIST_INCOMPLETE: _("Realpad’s list has gaps: look for the lead there"),
    Code.CLOCKS_APART: _(
        "Realpad’s clock and ours differ by %(difference)s: check our clock, then look in Realpad"
    ),
    Code.KEY_MISSING: _("cannot be opened: its data key %(key)s is not set"),
    Code.ALTERED: _("cannot be opened: its stored data was altered"),
    Code.NO_ANSWER: _("Realpad did not answer"),
}
"""Why a lead needs a person, where the desk has words of its own for it."""


def short_reason(lead: Lead, *, is_masked: bool) -> str:
    """Return in one line why a lead needs a person.

    Others' words, which may quote what the visitor typed, are for whoever may see that.
    """
    fields = [reason.params["field"] for reason in lead.reasons if reason.code == Code.INVALID]
    names = ", ".join(gettext(ANSWER_NAMES[key]) if key in ANSWER_NAMES else key for key in fields)
    mistakes = [gettext(_("to correct: %(fields)s")) % {"fields": names}] if fields else []
    others = (_said(reason, is_masked) for reason in lead.reasons if reason.code != Code.INVALID)
    return ", ".join([*mistakes, *others])


def _said(reason: Reason, is_masked: bool) -> str:
    if text := SUSPICIONS.get(reason.code) or REASONS.get(reason.code):
        return gettext(text) % reason.params
    if not is_masked:
        return str(reason)
    return f"HTTP {reason.params['status']}" if reason.code == Code.ANSWERED else DOTS
