"""Pages about the own account, and the one where a link sets its first password."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import (
    HasherBusyError,
    PasswordRefusedError,
    ProofRefusedError,
    TicketSpentError,
)
from realpad_form.domain.mail import Mail
from realpad_form.domain.password import LEAST_CHARS
from realpad_form.domain.people import Person, Session
from realpad_form.forms.messages import _
from realpad_form.services.sign_in import Refused
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, open_to_all, signed_in
from realpad_form.web.desk.auth import session
from realpad_form.web.desk.auth.session import (
    must_add_passkey,
    requires_recent_login,
    requires_recent_passkey,
)
from realpad_form.web.desk.auth.sign_in import hand_out, passkeys, taken_ticket, told
from realpad_form.web.desk.errors import log_refusal
from realpad_form.web.desk.i18n import gettext, language, translations
from realpad_form.web.desk.pages import flash_message, render
from realpad_form.web.request import client_address

bp = blueprint("account", "/account")

REASONS: Final = {
    "short": _("This is too short. Take at least %(least)s characters, for example four or five words."),
    "long": _("This is too long. Take at most 1,024 bytes."),
    "leaked": _(
        "This password is in a public list of leaked ones, which others try first. Take another one."
    ),
    "guessable": _(
        "This is easy to guess: it is made of common passwords, your name or e-mail, "
        "or of the names of this service and its projects. Take other words."
    ),
}
HELLO: Final = _("Hello %(name)s,")
LINK: Final = "%(link)s"
ONCE: Final = _("The link works once, for an hour.")
FORGOTTEN: Final = (
    _("A new password for %(host)s"),
    HELLO,
    _("somebody asked for a new password for this e-mail at %(host)s. If it was you, set it here:"),
    LINK,
    ONCE,
    _("If it was not you, do nothing: your password stays as it is."),
)
"""Subject and paragraphs of the mail to who has forgotten the password, untranslated."""

INVITED: Final = (
    _("Your access to %(host)s"),
    HELLO,
    _(
        "%(by)s has given you access to %(host)s, where enquiries from property websites come in. "
        "Set your password here:"
    ),
    LINK,
    ONCE,
    _("If it has expired, ask %(by)s for a new one."),
)
RESET: Final = (
    _("A new password for %(host)s"),
    HELLO,
    _("%(by)s has made a link with which you set a new password at %(host)s:"),
    LINK,
    ONCE,
    _("You have been signed out everywhere."),
)
NOT_CURRENT: Final = _("The current password is not right.")
BUSY: Final = _("Too many people sign in at this moment. Try again in a few seconds.")
SPENT: Final = _("This link was used already or has expired. Ask an administrator for a new one.")
NO_PASSKEY: Final = _("This passkey could not be added. It may be here already; try again.")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show the account."""
    return _page()


@bp.post("/password")
@signed_in
@requires_recent_passkey
def change_password() -> ResponseReturnValue:
    """Change the password, which ends every other session."""
    current, new = request.form.get("current", ""), request.form.get("new", "")
    accounts = deps().services.accounts
    answer = accounts.change_password(_session(), current, new=new, marks=session.marks())
    if isinstance(answer, Refused):
        problem, seconds = told(answer, otherwise=NOT_CURRENT)
        page = _page(status=429 if seconds else 422, current_problem=problem)
        page.retry_after = seconds or None
        return page
    session.begin(answer)
    flash_message(gettext(_("The password is changed. You are signed out everywhere else.")))
    return redirect("/account", 303)


@bp.post("/language")
@signed_in
def speak() -> ResponseReturnValue:
    """Choose the language of the desk."""
    deps().services.accounts.speak(me(), request.form.get("language", ""))
    return redirect("/account", 303)


@bp.post("/summary")
@signed_in
def choose_summary() -> ResponseReturnValue:
    """Choose whether to get the weekly summary by mail."""
    wants_it = bool(request.form.get("summary")) and deps().services.mailer is not None
    deps().services.accounts.choose_summary(me(), wants_it=wants_it)
    words = _("You get the weekly summary from next Monday on.")
    flash_message(gettext(words if wants_it else _("You get no weekly summary.")))
    return redirect("/account", 303)


@bp.post("/sessions/<uuid:session_id>/end")
@signed_in
@requires_recent_login
def end_session(session_id: UUID) -> ResponseReturnValue:
    """End one session; whoever ends this one signs out."""
    deps().services.accounts.end(_session(), session_id)
    flash_message(gettext(_("That session is ended.")))
    return redirect("/account", 303)


@bp.post("/sessions/end")
@signed_in
@requires_recent_login
def end_others() -> ResponseReturnValue:
    """End every other session."""
    deps().services.accounts.end_others(_session())
    flash_message(gettext(_("You are signed out everywhere else.")))
    return redirect("/account", 303)


@bp.post("/passkeys/options")
@signed_in
@requires_recent_login
@requires_recent_passkey
def invite_passkey() -> ResponseReturnValue:
    """Ask the browser for a new passkey."""
    return hand_out(passkeys().invite(me()))


@bp.post("/passkeys")
@signed_in
@requires_recent_login
@requires_recent_passkey
def add_passkey() -> ResponseReturnValue:
    """Keep a new passkey."""
    answer, name = request.get_data(as_text=True), request.args.get("name", "")
    passkeys().add(_session(), answer, ticket=taken_ticket(), name=name)
    flash_message(
        gettext(_("The passkey is added. From now on you need it to sign in, alone or after the password."))
    )
    return {"status": "ok", "next": "/account"}


@bp.post("/passkeys/<passkey_id>/remove")
@signed_in
@requires_recent_login
@requires_recent_passkey
def remove_passkey(passkey_id: str) -> ResponseReturnValue:
    """Forget a passkey."""
    for each in passkeys().of(me()):
        if each.id.hex() == passkey_id:
            passkeys().remove(_session(), each.id)
    flash_message(gettext(_("The passkey is removed.")))
    return redirect("/account", 303)


@bp.get("/forgotten")
@open_to_all
def forgot() -> ResponseReturnValue:
    """Ask for the e-mail of who has forgotten the password."""
    if deps().services.password_links is None:
        abort(404)
    return render("desk/auth/forgotten.html", is_asked=False)


@bp.post("/forgotten")
@open_to_all
def send_link() -> ResponseReturnValue:
    """Send a link, if that e-mail is somebody's; the answer is the same for every e-mail."""
    links = deps().services.password_links
    if links is None:
        abort(404)
    spoken = language()
    links.request(
        request.form.get("email", ""),
        address=client_address(request),
        write=lambda person, link: link_mail(FORGOTTEN, person, link=link, language=spoken),
    )
    return render("desk/auth/forgotten.html", is_asked=True)


def link_mail(words: Sequence[str], person: Person, *, link: str, language: str, by: str = "") -> Mail:
    """Return the mail that brings a person a link, in their language or else in `language`.

    `words` are subject and paragraphs, `by` the name of the admin who made the link.
    """
    values = {"name": person.name, "link": link, "by": by, "host": urlsplit(link).netloc}
    texts = translations(person.language or language)
    subject, *paragraphs = (texts.gettext(each) % values for each in words)
    return Mail(subject=subject, text="\n\n".join(paragraphs) + "\n", to=(person.email,))


@bp.get("/link/<link>")
@open_to_all
def open_link(link: str) -> ResponseReturnValue:
    """Show whose password a link sets; looking at it uses nothing up, as mail scanners do."""
    return _link_page(link)


@bp.post("/link/<link>")
@open_to_all
def set_password(link: str) -> ResponseReturnValue:
    """Set the password, which uses the link up."""
    services = deps().services
    person = services.accounts.set_password(link, request.form.get("new", ""))
    address = client_address(request)
    session.keep_marks(services.sign_in.recognise(person, address, marks=session.marks()))
    flash_message(gettext(_("The password is set. Sign in with it.")))
    return redirect("/sign-in", 303)


@bp.errorhandler(PasswordRefusedError)
def _refused(error: PasswordRefusedError) -> ResponseReturnValue:
    return _again(gettext(REASONS[error.reason]) % {"least": LEAST_CHARS}, status=422)


@bp.errorhandler(HasherBusyError)
def _busy(_error: HasherBusyError) -> ResponseReturnValue:
    return _again(gettext(BUSY), status=503)


@bp.errorhandler(TicketSpentError)
@bp.errorhandler(ProofRefusedError)
def _spent(error: TicketSpentError | ProofRefusedError) -> ResponseReturnValue:
    log_refusal(type(error).__name__)
    if session.current() and not (request.view_args or {}):
        return {"status": "error", "error": gettext(NO_PASSKEY)}, 422
    return render("desk/auth/spent.html", status=410, words=gettext(SPENT))


def _again(problem: str, *, status: int) -> Response:
    """Show the form of this request once more, with what is wrong at the new password."""
    link = (request.view_args or {}).get("link")
    return _link_page(link, status=status, problem=problem) if link else _page(status=status, problem=problem)


def _page(*, status: int = 200, **problems: Any) -> Response:
    services = deps().services
    return render(
        "desk/auth/account.html",
        status=status,
        least=LEAST_CHARS,
        has_password=services.roster.password(me().id) is not None,
        sessions=services.accounts.sessions(me()),
        this=_session(),
        passkeys=services.passkeys.of(me()) if services.passkeys else None,
        must_add_passkey=must_add_passkey(),
        has_mail=services.mailer is not None,
        **problems,
    )


def _link_page(link: str, *, status: int = 200, problem: str = "") -> Response:
    person = deps().services.accounts.owner_of(link)
    return render("desk/auth/link.html", status=status, person=person, least=LEAST_CHARS, problem=problem)


def _session() -> Session:
    found = session.current()
    if found is None:
        abort(401)
    return found
