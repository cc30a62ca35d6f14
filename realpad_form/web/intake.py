"""`POST /in/<source>`: leads from other systems, which vouch for them with a key of their own."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, Request, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from realpad_form.domain.errors import IdempotencyKeyError, LimitReachedError, SourceNotUsedError
from realpad_form.domain.lead import Receipt
from realpad_form.domain.metrics import Refusal
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import PROJECT
from realpad_form.domain.statistics import FormEvent
from realpad_form.forms import SentField, SourceForm, flatten, named_projects
from realpad_form.services.sign_in import security
from realpad_form.web.context import deps
from realpad_form.web.headers import no_store
from realpad_form.web.pages import thanks_message
from realpad_form.web.request import client_address, read_fields

KEY_CHARS: Final = 200

REFUSALS: Final[Mapping[int, Refusal]] = {
    400: Refusal.MALFORMED,
    422: Refusal.VALIDATION,
    429: Refusal.LIMIT,
    503: Refusal.STORAGE,
}
"""Why a lead of a known project was refused, by the status of its answer."""

_NOBODY: Final = (secrets.token_urlsafe(32),)
"""What is compared where there is no key: nobody has it, and it takes as long."""

bp = Blueprint("intake", __name__, url_prefix="/in")


@bp.before_request
def start_clock() -> None:
    """Note when a request began."""
    g.began_s = time.perf_counter()


@bp.after_request
def count(response: Response) -> Response:
    """Count what became of a lead of a known project, and how long its answer took."""
    project = g.get("recipient")
    if project is None:
        return response
    metrics = deps().services.metrics
    metrics.handled(time.perf_counter() - g.began_s)
    if reason := REFUSALS.get(response.status_code):
        metrics.refused(project.slug, reason)
        deps().services.statistics.count_event(FormEvent.REFUSED, project.slug, reason)
    return response


@bp.post("/<slug:source>")
def take(source: str) -> ResponseReturnValue:
    """Store a lead of another system, or say what is wrong with it; a repeat gets the first answer.

    With `?lenient=1` what is wrong is for an operator to correct: the lead is stored as rejected.

    Raises: LimitReachedError, IdempotencyKeyError, FieldsRefusedError, SourceNotUsedError.
    """
    _authorize(request, source)
    key = submission_key(source, request.headers.get("Idempotency-Key", ""))
    sent = flatten(read_fields(request))
    named = [each for each in deps().services.catalog.projects().values() if each.source(source)]
    named = [each for each in named if not each.choices]  # a visitor chooses there
    if not named:
        raise SourceNotUsedError(source)
    project = _recipient(named, source, sent)
    if project is None:
        return _invalid({PROJECT: [f"write one of {', '.join(sorted(each.slug for each in named))}"]})
    g.recipient = project
    form = SourceForm(project, project.source(source), sent, tokens=deps().services.tokens)  # type: ignore[arg-type]
    is_lenient = request.args.get("lenient") in ("1", "true", "yes") and not form.is_empty
    if form.validate() or is_lenient:
        return _store(form, key)
    return _repeated(project, key) or _invalid(form.errors_by_field)


def _store(form: SourceForm, key: UUID) -> ResponseReturnValue:
    """Store a lead, as far as the limits of its source go. Raises: LimitReachedError."""
    quota = deps().quotas.of_source(form.project, form.source.name)
    if quota.wait_s:
        if repeated := _repeated(form.project, key):
            return repeated
        raise LimitReachedError(retry_after_s=quota.wait_s)
    submission = form.taken(key=key, submitted_at=datetime.now(UTC))
    receipt = deps().services.intake.accept(form.project, submission)
    if not receipt.is_repeat:
        quota.use()
    return _accepted(form.project, receipt)


def _authorize(request: Request, source: str) -> None:
    """Let pass whoever has the key of a source; that there is no such source is answered alike.

    Raises: Unauthorized; LimitReachedError after too many wrong ones.
    """
    sent = request.authorization
    token = (sent.token or "") if sent and sent.type == "bearer" else ""
    keys = deps().services.settings.source_keys.get(source, _NOBODY)
    said = token.encode("utf-8", "surrogatepass")
    # Every key is compared, and each in constant time.
    if sum(hmac.compare_digest(said, key.encode()) for key in keys):
        return
    deps().quotas.use_guess(request)
    security.warning("key of a source refused, from %s", client_address(request))
    challenge = WWWAuthenticate("bearer", {"realm": "realpad-form sources"})
    raise Unauthorized("send Authorization: Bearer with the key of this source", www_authenticate=challenge)


def submission_key(source: str, text: str) -> UUID:
    """Return what a lead of a source and its repeats are stored under, the same on every machine.

    It is a UUID of version 8 (RFC 9562), which no page of ours sends: see `web/submit.py`.

    Raises: IdempotencyKeyError, if the text cannot tell leads apart.
    """
    with suppress(UnicodeError):  # WSGI hands over the bytes of headers as Latin-1
        text = text.encode("latin-1").decode()
    text = text.strip()
    if not (0 < len(text) <= KEY_CHARS and text.isprintable()):
        raise IdempotencyKeyError
    digest = bytearray(hashlib.sha256(f"{source}\n{text}".encode()).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def _recipient(named: Iterable[Project], source: str, sent: Iterable[SentField]) -> Project | None:
    """Return the project that a lead is for: the one it names, or the only one there is."""
    projects = {each.slug: each for each in named}
    wanted = named_projects(sent, (each for project in projects.values() if (each := project.source(source))))
    if not wanted and len(projects) == 1:
        return next(iter(projects.values()))
    return projects.get(wanted.pop()) if len(wanted) == 1 else None


def _repeated(project: Project, key: UUID) -> ResponseReturnValue | None:
    """Answer as the first time if the lead was accepted before."""
    receipt = deps().services.intake.find_repeat(project, key=key, token=None)
    return _accepted(project, receipt) if receipt else None


def _accepted(project: Project, receipt: Receipt) -> ResponseReturnValue:
    """Answer that the lead is on disk, as the form is answered."""
    answer = jsonify(
        status="accepted",
        id=str(receipt.lead_id),
        message=thanks_message(project, receipt.language),
        redirect=project.thank_you.redirect,
    )
    return no_store(answer), 200 if receipt.is_repeat else 201


def _invalid(errors: Mapping[str, list[str]]) -> ResponseReturnValue:
    return no_store(jsonify(status="invalid", errors=errors)), 422
