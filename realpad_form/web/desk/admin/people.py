"""Pages about people: who may sign in, and as what."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import (
    LastAdminError,
    PersonExistsError,
    PersonNotFoundError,
    PersonRefusedError,
)
from realpad_form.domain.people import Particulars, Person, Right, Role
from realpad_form.forms.messages import _
from realpad_form.web.context import deps, own_address
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.auth.account import INVITED, RESET, link_mail
from realpad_form.web.desk.auth.session import requires_recent_login
from realpad_form.web.desk.i18n import gettext, language
from realpad_form.web.desk.pages import flash_message, render

bp = blueprint("people", "/people")

EXISTS: Final = _("Somebody with this e-mail is there already.")
LAST: Final = _(
    "This is the last administrator who may look after everybody. "
    "Make somebody else administrator of all projects first."
)
FIELDS: Final = {
    "email": _("Write the e-mail like name@example.com."),
    "name": _("Write a name of 1 to 200 characters."),
    "role": _("You can give no more rights than you have."),
    "projects": _("Limit this person to some of your own projects: you can give no others."),
    "masked": _("You see personal data masked, so those you look after see it masked, too."),
    "may_publish": _("You may not publish, so those you look after may not, either."),
}


@bp.get("/")
@needs(Right.PEOPLE)
def everybody() -> ResponseReturnValue:
    """Show who may sign in."""
    people = deps().services.people
    return render(
        "desk/admin/list.html",
        people=people.everybody(by=me()),
        without_passkey=people.without_passkey(by=me()),
    )


@bp.get("/new")
@needs(Right.PEOPLE)
@requires_recent_login
def new() -> ResponseReturnValue:
    """Show a form to add somebody."""
    return render("desk/admin/new.html", **_form(None, None))


@bp.post("/")
@needs(Right.PEOPLE)
@requires_recent_login
def add() -> ResponseReturnValue:
    """Add somebody, and send the link, or show it once."""
    email, address = request.form.get("email", ""), own_address()
    person, secret = deps().services.people.add(email, _particulars(), by=me())
    return _hand_over(person, f"{address}/account/link/{secret}", INVITED)


@bp.get("/<uuid:person_id>")
@needs(Right.PEOPLE)
@requires_recent_login
def edit(person_id: UUID) -> ResponseReturnValue:
    """Show what is kept of somebody."""
    return _edit(person_id)


@bp.post("/<uuid:person_id>")
@needs(Right.PEOPLE)
@requires_recent_login
def change(person_id: UUID) -> ResponseReturnValue:
    """Change name, role and limits."""
    person = deps().services.people.change(person_id, _particulars(), by=me())
    flash_message(gettext(_("%(name)s is changed; it holds at once.")) % {"name": person.name})
    return redirect("/people/", 303)


@bp.post("/<uuid:person_id>/disable")
@needs(Right.PEOPLE)
@requires_recent_login
def disable(person_id: UUID) -> ResponseReturnValue:
    """Shut somebody out."""
    person = deps().services.people.disable(person_id, by=me())
    flash_message(gettext(_("%(name)s is disabled, and signed out everywhere.")) % {"name": person.name})
    return redirect("/people/", 303)


@bp.post("/<uuid:person_id>/enable")
@needs(Right.PEOPLE)
@requires_recent_login
def enable(person_id: UUID) -> ResponseReturnValue:
    """Let somebody in again."""
    person = deps().services.people.enable(person_id, by=me())
    flash_message(gettext(_("%(name)s may sign in again.")) % {"name": person.name})
    return redirect("/people/", 303)


@bp.post("/<uuid:person_id>/sign-out")
@needs(Right.PEOPLE)
@requires_recent_login
def sign_out(person_id: UUID) -> ResponseReturnValue:
    """End somebody's sessions, and take nothing else away."""
    person = deps().services.people.sign_out(person_id, by=me())
    flash_message(gettext(_("%(name)s is signed out everywhere.")) % {"name": person.name})
    return redirect(f"/people/{person_id}", 303)


@bp.post("/<uuid:person_id>/reset")
@needs(Right.PEOPLE)
@requires_recent_login
def reset(person_id: UUID) -> ResponseReturnValue:
    """Forget somebody's password, and the passkeys unless they are kept, and send or show a new link."""
    address, keeps_passkeys = own_address(), bool(request.form.get("keep_passkeys"))
    # The address comes first: without a link, nothing may be forgotten.
    person = deps().services.people.get(person_id, by=me())
    secret = deps().services.people.reset(person_id, keeps_passkeys=keeps_passkeys, by=me())
    return _hand_over(person, f"{address}/account/link/{secret}", RESET)


@bp.errorhandler(PersonRefusedError)
def _refused(error: PersonRefusedError) -> ResponseReturnValue:
    return _form_again({error.field: gettext(FIELDS[error.field])})


@bp.errorhandler(PersonExistsError)
def _exists(_error: PersonExistsError) -> ResponseReturnValue:
    return _form_again({"email": gettext(EXISTS)})


@bp.errorhandler(LastAdminError)
def _last(_error: LastAdminError) -> ResponseReturnValue:
    return _form_again({"role": gettext(LAST)})


@bp.errorhandler(PersonNotFoundError)
def _nobody(_error: PersonNotFoundError) -> ResponseReturnValue:
    words = gettext(_("There is no such person."))
    return render("desk/problem.html", status=404, code=404, words=words)


def _form_again(problems: dict[str, str]) -> Response:
    """Show the form of this request once more, as it was filled in."""
    person_id = (request.view_args or {}).get("person_id")
    if person_id:
        return _edit(person_id, problems=problems)
    return render("desk/admin/new.html", **_form(None, problems))


def _edit(person_id: UUID, *, problems: dict[str, str] | None = None) -> Response:
    person = deps().services.people.get(person_id, by=me())
    return render("desk/admin/edit.html", person=person, **_form(person, problems))


def _form(person: Person | None, problems: dict[str, str] | None) -> dict[str, Any]:
    """Return what the form about a person needs: what was typed, else what is kept."""
    known = set(deps().services.catalog.projects()) | ((person and person.projects) or set())
    own = me().projects
    typed = _particulars() if request.form.get("name") is not None else None
    return {
        "status": 422 if problems else 200,
        "problems": problems or {},
        "values": typed or person or Particulars(name="", role=Role.OPERATOR),
        "email": request.form.get("email", ""),
        "roles": list(Role),
        "projects": sorted(known if own is None else own),
        "must_limit": own is not None,
        "must_mask": me().is_masked,
        "may_publish": me().may_publish,
    }


def _particulars() -> Particulars:
    """Return what was typed about a person."""
    role, chosen = request.form.get("role", ""), request.form.getlist("projects")
    return Particulars(
        name=request.form.get("name", ""),
        role=Role(role) if role in list(Role) else Role.MARKETER,
        projects=frozenset(chosen) if request.form.get("limited") else None,
        is_masked=bool(request.form.get("masked")),
        may_publish=bool(request.form.get("may_publish")),
    )


def _hand_over(person: Person, link: str, words: Sequence[str]) -> Response:
    """Mail a one-time link to whom it is for; without a mail server show it, on no page but this."""
    links = deps().services.password_links
    mail = link_mail(words, person, link=link, language=language(), by=me().name)
    is_sent = links is not None and links.send(mail)
    return render(
        "desk/admin/invited.html", person=person, link=link, is_sent=is_sent, has_failed=links and not is_sent
    )
