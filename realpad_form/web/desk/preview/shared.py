"""What people without an account may open: a shared draft; and the end of the road for forms in previews."""

from typing import Final

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import Right
from realpad_form.forms.messages import _
from realpad_form.web.body import wants_json
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, open_to_all
from realpad_form.web.desk.i18n import LANGUAGES, translations
from realpad_form.web.desk.pages import render
from realpad_form.web.desk.preview.draft import SharedDraft, draft_links
from realpad_form.web.desk.preview.options import PreviewOptions, show

UNSENT: Final = _("This is a preview: nothing was sent.")

bp = blueprint("preview_shared", "/preview/_draft")
unsent = Blueprint("preview_unsent", __name__, url_prefix="/preview/_unsent")


@bp.get("/<token>")
@open_to_all
def shared(token: str) -> ResponseReturnValue:
    """Show a shared draft, marked as one."""
    draft = _find(token)
    look = PreviewOptions.of(draft.project, request.args)
    page = render(
        "desk/preview/shared.html", project=draft.project, look=look, until=draft.until, token=token
    )
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Referrer-Policy"] = "no-referrer"  # the link is the key
    return page


@bp.get("/<token>/page")
@open_to_all
def shared_page(token: str) -> ResponseReturnValue:
    """Return the draft's form for the frame."""
    draft = _find(token)
    return show(draft.project, PreviewOptions.of(draft.project, request.args))


@unsent.get("/session")
def session() -> ResponseReturnValue:
    """Give a form in a preview what it asks for before it sends: nothing of worth."""
    return jsonify(token="", captcha=None)


@unsent.post("/<language:language>/leads")
def leads(language: str) -> ResponseReturnValue:
    """Answer a form in a preview: it was not sent. Nothing of it is read."""
    spoken = language if language in LANGUAGES else "en"
    text = translations(spoken).gettext(UNSENT)
    if wants_json(request):
        return jsonify(status="invalid", errors={"preview": [text]}), 422
    return Response(text, mimetype="text/plain")


def _find(token: str) -> SharedDraft:
    """Return a shared draft while its link and the rights of who shared it last; else 404."""
    draft = draft_links().read(token)
    if draft is None:
        abort(404)
    sharers = (person for person in deps().services.roster.people() if person.id == draft.by)
    if not any(person.may(Right.PREVIEW) and person.sees(draft.project.slug) for person in sharers):
        abort(404)
    return draft
