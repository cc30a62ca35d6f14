"""Error class → what a person at the desk reads: what happened, and what to do next."""

from collections.abc import Mapping
from typing import Final

from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    Forbidden,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    Unauthorized,
)

from realpad_form.domain import errors
from realpad_form.forms.messages import _
from realpad_form.web.desk.unknown import UnknownFilterError

WORDS: Final[Mapping[type[Exception], str]] = {
    CSRFError: _("This page was open for too long. Nothing was changed."),
    Unauthorized: _("You are signed out. Nothing was changed."),
    Forbidden: _("Your role does not allow this. An administrator can change it under People."),
    UnknownFilterError: _(
        "The address holds a filter that does not exist, so no leads are shown. Open the inbox without it."
    ),
    NotFound: _("There is nothing here, or it is not among your projects."),
    MethodNotAllowed: _("This address does not take that. Go back and use the buttons of the page."),
    RequestEntityTooLarge: _("That is too long to be taken. Shorten it and try again."),
    errors.ProjectNotFoundError: _("There is no such project, or it is not among yours."),
    errors.LeadNotFoundError: _("There is no such lead, or it is not in one of your projects."),
    errors.PartialSearchError: _(
        "You see personal data masked, so search takes one whole e-mail, phone number or id, "
        "and nothing else."
    ),
    errors.SearchLimitError: _(
        "You have searched as often as you may within an hour while you see personal data masked. "
        "You can search again in %(minutes)s min."
    ),
    errors.RevealLimitError: _(
        "You have revealed as many leads as you may within an hour. "
        "You can reveal the next one in %(minutes)s min."
    ),
    errors.PermissionDeniedError: _(
        "This person may do or see more than you do. Nothing was changed; "
        "only an administrator who may do and see as much can change that."
    ),
    errors.SessionEndedError: _("You are signed out. Nothing was changed."),
    errors.PasskeyRequiredError: _(
        "Here everybody needs a passkey, and your account has none. "
        "Nothing was changed; add one to your account."
    ),
    errors.CredentialNotFoundError: _("The settings hold no credentials of that name."),
    errors.IllegalTransitionError: _(
        "The lead has changed meanwhile, or its state does not allow this. "
        "Open it again and look before you go on."
    ),
    errors.RepeatNotConfirmedError: _(
        "The lead may be at Realpad already. Confirm that it shall be sent once more."
    ),
    errors.RerouteNotConfirmedError: _(
        "The lead would go to another project, login or address than it was accepted for. "
        "Confirm that it may."
    ),
    errors.StorageUnavailableError: _(
        "The database cannot be reached now. Nothing was changed; try again soon."
    ),
    errors.DataKeyError: _(
        "The leads were encrypted with another data key than the one this server has. "
        "Nothing was changed; whoever runs the server has to correct the key."
    ),
    errors.PublicUrlNotSetError: _(
        "A link needs the address of this service, and it is not known. Nothing was changed; "
        "whoever runs the server has to set REALPAD_FORM_PUBLIC_URL."
    ),
    errors.CallsBusyError: _(
        "Others are waiting for an answer of Realpad, so it was not asked. "
        "Nothing was changed; try again soon."
    ),
    errors.DraftsBusyError: _("Others are having their drafts checked. Nothing was changed; try again soon."),
    errors.CrmError: _("Realpad did not do it. Nothing was changed here; try again, or look into Realpad."),
}
OTHERWISE: Final = _("Something broke on our side. It is in the server's log; try again.")


def explain(error: Exception) -> str:
    """Return what to tell about an error, untranslated; what it says of itself is for logs, in English."""
    for kind in type(error).__mro__:
        if kind in WORDS:
            return WORDS[kind]
    if isinstance(error, HTTPException) and error.code and error.code < 500:
        return _("The browser sent something that cannot be read. Go back and try again.")
    return OTHERWISE
