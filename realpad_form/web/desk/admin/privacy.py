"""Pages of what people ask for about their data, for admins who see every project and nothing masked."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final
from uuid import UUID

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import AmbiguousContactError, CallsBusyError, PrivacyRequestNotFoundError
from realpad_form.domain.people import Actor, Right
from realpad_form.domain.privacy import Place, PrivacyRequest, ReceiptState, RequestKind
from realpad_form.forms.messages import AnswerError, _
from realpad_form.services.export import whole_lead
from realpad_form.services.lead_actions import FoundPerson, person_of
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.auth.session import requires_recent_login
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import flash_message, render

SHOWN: Final = 200
MOST_LEADS: Final = 20_000
"""All leads are opened to find a person: of more, that is for a command, which no page waits for."""

KINDS: Final[Mapping[RequestKind, str]] = {
    RequestKind.EXPORT: _("Copy of the data"),
    RequestKind.ERASE: _("Erasure"),
    RequestKind.WITHDRAW: _("Withdrawal of consents"),
}
STATES: Final[Mapping[ReceiptState, str]] = {
    ReceiptState.OPEN: _("to do"),
    ReceiptState.DONE: _("done"),
    ReceiptState.FAILED: _("failed"),
}
PLACES: Final[Mapping[Place, str]] = {
    Place.LOG: _("Leads"),
    Place.SPOOL: _("Leads that wait on disk"),
    Place.SEARCH: _("Search terms"),
    Place.ATTEMPTS: _("Calls to Realpad"),
    Place.JOURNAL: _("Journal of the database"),
    Place.CONSENTS: _("Evidence of consents"),
    Place.STATISTICS: _("Statistics"),
    Place.WEBHOOKS: _("Other systems that are told"),
    Place.SOURCES: _("Other systems that send leads"),
    Place.MAILS: _("Mails"),
    Place.EXPORTS: _("Exported files"),
    Place.BACKUPS: _("Backups"),
    Place.REALPAD: "Realpad",
    Place.OTHER_LEADS: _("Other leads"),
    Place.OTHER: _("Other places"),
}

bp = blueprint("privacy", "/people/requests")


@bp.before_request
def let_in() -> None:
    """Answer limited and masked admins as if there was nothing here."""
    if not me().sees_everything:
        abort(404)


@bp.get("")
@needs(Right.PEOPLE)
def show() -> ResponseReturnValue:
    """Show the requests, newest first, and a form for a new one."""
    return _list()


@bp.get("/find")
@needs(Right.PEOPLE)
def begin_anew() -> ResponseReturnValue:
    """Show the form again: a sign-in on the way leads back to an address, not to what was posted there."""
    return redirect("/people/requests")


@bp.post("/find")
@needs(Right.PEOPLE)
@requires_recent_login
def find() -> ResponseReturnValue:
    """Show which leads are a person's, and what would be done with them."""
    kind = _kind()
    found = _find(request.form.get("subject", "").strip())
    if isinstance(found, str):
        return _list(problem=found, status=422)
    leads = [deps().services.log.lead(each) for each in found.leads]
    contact = found.contact
    return render("desk/admin/request_confirm.html", kind=kind, kinds=KINDS, contact=contact, leads=leads)


@bp.post("")
@needs(Right.PEOPLE)
@requires_recent_login
def carry_out() -> ResponseReturnValue:
    """Do what a person asked for; a copy is sent as a file."""
    services, kind = deps().services, _kind()
    found = _find(request.form.get("subject", ""))
    if isinstance(found, str):
        return _list(problem=found, status=422)
    contact, ids, unopened = found
    by = Actor(me().id)
    if kind is RequestKind.EXPORT:
        return _copy(services.privacy.export(contact, ids, by=by, unopened=unopened), ids)
    do = services.privacy.erase if kind is RequestKind.ERASE else services.privacy.withdraw
    return redirect(f"/people/requests/{do(contact, ids, by=by, unopened=unopened).id}", 303)


@bp.get("/<uuid:request_id>")
@needs(Right.PEOPLE)
def show_one(request_id: UUID) -> ResponseReturnValue:
    """Show what came of a request in every place."""
    found = _get(request_id)
    receipts = [(each, each.detail.translated(gettext)) for each in found.receipts]
    names = {person.id: person.name for person in deps().services.people.everybody(by=me())}
    return render(
        "desk/admin/request.html",
        found=found,
        receipts=receipts,
        names=names,
        kinds=KINDS,
        states=STATES,
        places=PLACES,
    )


@bp.post("/<uuid:request_id>/close")
@needs(Right.PEOPLE)
@requires_recent_login
def close(request_id: UUID) -> ResponseReturnValue:
    """Note that what was left to people is done."""
    try:
        closed = deps().services.privacy.close(request_id, by=Actor(me().id))
    except PrivacyRequestNotFoundError:
        abort(404)
    if not closed.is_to_be_repeated:
        flash_message(gettext(_("It is written down that all of this is done.")))
    return redirect(f"/people/requests/{request_id}", 303)


def _list(*, problem: str = "", status: int = 200) -> ResponseReturnValue:
    """Return the page of requests, with what was wrong in its form."""
    found = deps().services.privacy_log.all()[:SHOWN]
    names = {person.id: person.name for person in deps().services.people.everybody(by=me())}
    return render(
        "desk/admin/requests.html",
        status=status,
        requests=found,
        names=names,
        kinds=KINDS,
        states=STATES,
        problem=problem and gettext(problem),
        subject=request.form.get("subject", ""),
        chosen=request.form.get("kind", ""),
    )


def _kind() -> RequestKind:
    try:
        return RequestKind(request.form.get("kind", ""))
    except ValueError:
        abort(400)


def _find(subject: str) -> FoundPerson | str:
    """Return an e-mail or phone and its leads, or why they are not looked for, untranslated."""
    services = deps().services
    if services.erasure.count() > MOST_LEADS:
        return _("There are too many leads to look through here. Run realpad-form privacy on the server.")
    try:
        contacts = services.read_contact(subject)
        with services.privacy_slots.take():
            return person_of(services.erasure.find(*contacts), contacts)
    except AnswerError:
        return _("Write an e-mail or a phone number.")
    except AmbiguousContactError:
        return _("People in several countries have this number. Write it with its country code.")
    except CallsBusyError:
        return _("Somebody else is looking for a person just now. Nothing was changed; try again soon.")


def _get(request_id: UUID) -> PrivacyRequest:
    found = next((each for each in deps().services.privacy_log.all() if each.id == request_id), None)
    return found or abort(404)


def _copy(done: PrivacyRequest, leads: list[UUID]) -> Response:
    """Return the file that a person gets."""
    services = deps().services
    records = [services.log.get(each) for each in leads]
    copy = {
        "request": done.id,
        "at": done.at,
        "leads": [whole_lead(each, body=services.lead_actions.body_of(each)) for each in records],
        "receipts": [asdict(each) for each in done.receipts],
    }
    text = json.dumps(copy, ensure_ascii=False, indent=2, default=str)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="copy-{done.id}.json"'
    return response
