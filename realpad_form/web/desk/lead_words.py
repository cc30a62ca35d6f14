"""What the page of a lead says of statuses, answers and deeds; untranslated, templates speak them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.delivery import Outcome, Status
from realpad_form.forms.messages import _
from realpad_form.services.lookup import Obstacle


@dataclass(frozen=True, slots=True)
class Explanation:
    """What it means, and what a person does about it."""

    what: str
    todo: str = ""


STATES: Final[Mapping[Status, Explanation]] = {
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
    _("It waits because the way to Realpad is stopped."),
    _("See under the ways to Realpad why, mend it and resume; then it goes by itself."),
)
STRANDED: Final = Explanation(
    _("It waits because it was accepted for another login or address of Realpad than is set up now."),
    _("See under the ways to Realpad, and decide there whether the new login may send it."),
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

UNEXPLAINED: Final = (STATES[Status.UNKNOWN], RESTORED, OUTLASTED)
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
        "The way to Realpad is stopped or busy just now. Try again in a minute, or search in Realpad itself."
    ),
    Obstacle.NO_LIST: _("Realpad gave no list. Try again later, or search in Realpad itself."),
}

NAMES: Final[Mapping[str, str]] = {
    "name": _("First name"),
    "surname": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "rooms": _("Layout"),
    "price_max": _("Budget"),
    "note": _("Message"),
    "unit": _("Unit"),
    "unit_id": _("Unit’s number in Realpad"),
    "campaign": _("Campaign"),
}
"""What an answer is called that the project does not name."""
