"""Why a lane is held back, and what to do: in plain words, untranslated. Source: docs/operations.md."""

from collections.abc import Mapping
from typing import Final

from realpad_form.domain.lane_cause import Cause
from realpad_form.forms.messages import _
from realpad_form.services.credentials import Mismatch
from realpad_form.web.desk.lead_words import Explanation

WORDS: Final[Mapping[Cause, Explanation]] = {
    Cause.LOGIN: Explanation(
        _("Realpad refuses the login."),
        _(
            "The password is wrong, a permission is missing, the invitation was not accepted, or the "
            "account is banned. Sign in with it in Realpad by hand, once. Mend the settings or ask "
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
            "Compare REALPAD_FORM_REALPAD_URL with Realpad’s documentation. Mend it and restart the service, "
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
            "is not in Realpad. Mend it, then resume; then correct the rejected leads."
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
    Cause.SILENCE: Explanation(
        _("Realpad cannot be reached."),
        _(
            "One lead is tried from time to time. If it lasts, see whether this server gets out to the "
            "internet."
        ),
    ),
}

MISMATCHES: Final[Mapping[Mismatch, str]] = {
    Mismatch.NO_PROJECT: _("its project file is gone"),
    Mismatch.NUMBER: _("its project file has another project number now"),
    Mismatch.CREDENTIALS: _("its project file names other credentials now"),
    Mismatch.ACCOUNT: _("it was accepted for another login or address of Realpad"),
    Mismatch.UNREADABLE: _("its data key is missing"),
}
