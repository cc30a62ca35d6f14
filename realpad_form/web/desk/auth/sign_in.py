"""Pages that let people in and out."""

import logging
from typing import Final, cast
from urllib.parse import urlencode

from flask import Response, abort, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import CallsBusyError, ProofRefusedError
from realpad_form.domain.people import Person
from realpad_form.forms.messages import _
from realpad_form.services.passkeys import PasskeyRequest, Passkeys
from realpad_form.services.sign_in import Refused, SecondStep, SignedIn
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, open_to_all, signed_in
from realpad_form.web.desk.auth import session
from realpad_form.web.desk.auth.session import safe_next_url
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import render
from realpad_form.web.errors import RETRY_AFTER_S
from realpad_form.web.request import client_address

log = logging.getLogger(__name__)

bp = blueprint("sign_in")

REFUSED: Final = _("The e-mail or the password is not right, or you may not sign in here.")
WAIT: Final = _("Too many attempts. Wait %(seconds)s seconds, then try again.")
NO_PASSKEY: Final = _("This passkey did not let you in. Sign in with your password, or ask an administrator.")
OIDC_FAILED: Final = _(
    "Your company's sign-in did not let you in. An administrator can see why under People."
)
OIDC_BUSY: Final = _(
    "Your company's sign-in does not answer at the moment. "
    "Try again in %(seconds)s seconds, or sign in with your password or passkey."
)

CLEARED: Final = '"cache", "storage"'
"""What a browser forgets at sign-out; not its cookies, or strangers' guesses could keep its owner waiting.

Source: W3C, Clear Site Data.
"""

_TICKET, _NEXT = "ticket", "next"


@bp.get("/")
@open_to_all
def start() -> ResponseReturnValue:
    """Say what this service is, and lead to its entrance; no cookie is read or set here."""
    return render("desk/auth/start.html", has_admin=deps().services.people.has_admin())


@bp.get("/sign-in")
@open_to_all
def ask() -> ResponseReturnValue:
    """Show the form, or send on who is in already."""
    found = session.current()
    if found:
        return redirect(safe_next_url(request.args.get("next"), found.person), 303)
    return _form("sign_in")


@bp.post("/sign-in")
@open_to_all
def enter() -> ResponseReturnValue:
    """Let in who knows the password."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    answer = deps().services.sign_in.sign_in(
        email, password, address=client_address(request), marks=session.marks()
    )
    if isinstance(answer, SecondStep):
        return _ask_passkey(answer.person)
    if isinstance(answer, Refused):
        return _refuse("sign_in", answer)
    return _let_in(answer)


@bp.post("/sign-out")
@open_to_all
def leave() -> ResponseReturnValue:
    """End the session, here and for good, and let the browser forget all but who signed in with it before."""
    if session.current():
        deps().services.sign_in.sign_out(session.token())
    session.end()
    answer = redirect("/sign-in", 303)
    answer.headers["Clear-Site-Data"] = CLEARED
    return answer


@bp.get("/sign-in/again")
@signed_in
def ask_again() -> ResponseReturnValue:
    """Ask for another proof before what cannot be undone."""
    return _form("again")


@bp.post("/sign-in/again")
@signed_in
def prove_again() -> ResponseReturnValue:
    """Renew the proof by the password."""
    found, password = session.current(), request.form.get("password", "")
    if found is None:
        abort(401)
    answer = deps().services.sign_in.reauthenticate(
        found, password, address=client_address(request), marks=session.marks()
    )
    if isinstance(answer, SecondStep):
        return _ask_passkey(answer.person)
    return _refuse("again", answer) if isinstance(answer, Refused) else _let_in(answer)


@bp.post("/sign-in/passkey/options")
@open_to_all
def ask_for_passkey() -> ResponseReturnValue:
    """Ask a browser for a passkey: any of ours, or one of who is signed in."""
    found = session.current()
    return hand_out(passkeys().ask(found.person) if found else passkeys().ask_anybody())


@bp.post("/sign-in/passkey")
@open_to_all
def enter_by_passkey() -> ResponseReturnValue:
    """Let in whose passkey answered."""
    answer = passkeys().enter(
        request.get_data(as_text=True),
        ticket=taken_ticket(),
        address=client_address(request),
        marks=session.marks(),
    )
    if isinstance(answer, Refused):
        return {"status": "error", "error": gettext(NO_PASSKEY)}, 422
    return {"status": "ok", "next": _begin(answer)}


@bp.get("/sign-in/elsewhere")
@open_to_all
def start_oidc() -> ResponseReturnValue:
    """Send the browser to the company's OpenID provider, if the person has asked for that here.

    Other sites lead to the form first: nobody is to be signed in without a press of a button of ours.
    Source: W3C, Fetch Metadata; `none` is an address that was typed or kept as a bookmark.
    """
    oidc = deps().services.oidc_sign_in
    if oidc is None:
        abort(404)
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return redirect(f"/sign-in?{urlencode({'next': request.args.get('next', '')})}", 303)
    address, cookie[_TICKET] = oidc.ask(is_again="again" in request.args)
    cookie[_NEXT] = request.args.get("next", "")
    return redirect(address, 303)


@bp.get("/sign-in/elsewhere/back")
@open_to_all
def come_back() -> ResponseReturnValue:
    """Let in whom the provider's answer is about."""
    oidc = deps().services.oidc_sign_in
    if oidc is None:
        abort(404)
    answer = oidc.enter(
        request.args.to_dict(),
        ticket=taken_ticket(),
        address=client_address(request),
        marks=session.marks(),
    )
    if isinstance(answer, SecondStep):
        return _ask_passkey(answer.person, to=cookie.get(_NEXT, ""))
    if isinstance(answer, Refused):
        return _refuse("sign_in", answer, otherwise=OIDC_FAILED)
    return _let_in(answer, to=cookie.get(_NEXT))


@bp.errorhandler(ProofRefusedError)
def _oidc_failed(error: ProofRefusedError) -> ResponseReturnValue:
    log.error("%s", error)
    return _form("sign_in", problem=gettext(OIDC_FAILED), status=502)


@bp.errorhandler(CallsBusyError)
def _busy(_error: CallsBusyError) -> ResponseReturnValue:
    problem = gettext(OIDC_BUSY) % {"seconds": RETRY_AFTER_S}
    return _form("sign_in", problem=problem, status=503, retry_after_s=RETRY_AFTER_S)


def passkeys() -> Passkeys:
    """Return what lets people in by passkeys, which needs an address of our own."""
    found = deps().services.passkeys
    if found is None:
        abort(404)
    return found


def hand_out(asked: PasskeyRequest) -> Response:
    """Return options to a script; the ticket stays where no script reads it."""
    cookie[_TICKET] = asked.ticket
    return Response(asked.options, mimetype="application/json")


def taken_ticket() -> str:
    """Return the ticket that this browser was given, which it does not keep."""
    return cast(str, cookie.pop(_TICKET, ""))


def _ask_passkey(person: Person, *, to: str | None = None) -> Response:
    asked = passkeys().ask(person)
    cookie[_TICKET] = asked.ticket
    onwards = request.form.get("next", "") if to is None else to
    return render("desk/auth/second.html", options=asked.options, next=onwards)


def _let_in(answer: SignedIn, *, to: str | None = None) -> ResponseReturnValue:
    return redirect(_begin(answer, to=to), 303)


def _begin(answer: SignedIn, *, to: str | None = None) -> str:
    """Put the new session into the cookie, in place of an older one, and return where to go."""
    before = session.current()
    if before and before.id != answer.session.id:
        deps().services.sessions.end(before.id)
    session.begin(answer)
    return safe_next_url(to or request.values.get("next"), answer.session.person)


def told(refused: Refused, *, otherwise: str) -> tuple[str, int]:
    """Return what to tell who is refused, to wait or what is wrong, and whole seconds to wait, rounded up."""
    seconds = -int(-refused.wait.total_seconds() // 1)
    return (gettext(WAIT) % {"seconds": seconds} if seconds else gettext(otherwise)), seconds


def _refuse(page: str, refused: Refused, *, otherwise: str = REFUSED) -> Response:
    """Show the form again with what was typed, but for the password: to wait, or else what is wrong."""
    problem, seconds = told(refused, otherwise=otherwise)
    return _form(page, problem=problem, status=429 if seconds else 422, retry_after_s=seconds or None)


def _form(page: str, *, problem: str = "", status: int = 200, retry_after_s: int | None = None) -> Response:
    services = deps().services
    ways = {"has_oidc": services.oidc_sign_in is not None, **(_ways() if page == "again" else {})}
    answer = render(
        f"desk/auth/{page}.html",
        status=status,
        problem=problem,
        email=request.form.get("email", ""),
        next=request.values.get("next", ""),
        is_here=services.passkeys is not None,
        sends_links=services.password_links is not None,
        has_admin=page == "again" or services.people.has_admin(),
        **ways,
    )
    answer.retry_after = retry_after_s
    return answer


def _ways() -> dict[str, bool]:
    """Return how who is signed in can prove it again: with a passkey, by nothing less."""
    services = deps().services
    needs_passkey = services.sign_in.needs_passkey(me())
    is_enough = not needs_passkey or (
        services.oidc_sign_in is not None and services.oidc_sign_in.replaces_passkey
    )
    return {
        "has_password": not needs_passkey and services.roster.password(me().id) is not None,
        "has_passkeys": services.passkeys is not None and needs_passkey,
        "has_oidc": services.oidc_sign_in is not None and is_enough,
    }
