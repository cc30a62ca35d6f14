"""`POST /in/<source>`: leads from other systems, which vouch for them with a key of their own."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, Request, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from realpad_form.domain.errors import IdempotencyKeyError, LimitReachedError, SourceNotUsedError
from realpad_form.domain.lead import Receipt
from realpad_form.domain.project_rules import PROJECT
from realpad_form.forms import SourceForm, flatten, named_projects
from realpad_form.services.sign_in import security
from realpad_form.web.context import deps
from realpad_form.web.request import client_address, read_fields
from realpad_form.web.responses import accepted, count, invalid, start_clock

KEY_CHARS: Final = 200

_NOBODY: Final = (secrets.token_urlsafe(32),)
"""What is compared where there is no key: nobody has it, and it takes as long."""

bp = Blueprint("intake", __name__, url_prefix="/in")
bp.before_request(start_clock)


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """What a repeat shares with the lead that it repeats.

    The key is good for one lead of each project. Without a project's name in the post, it is good for one
    lead altogether: another project file may have taken the source over since the first post.
    """

    key: UUID
    names_project: bool

    @property
    def token(self) -> str | None:
        """What serves one lead of all projects, and is no token of a form."""
        return None if self.names_project else f"source:{self.key}"

    def repeated(self, project: str | None) -> ResponseReturnValue | None:
        """Answer as the first time if the lead was accepted before, by this project or without a name."""
        receipt = deps().services.intake.find_repeat(self.key, project=project, token=self.token)
        return _accepted(receipt) if receipt else None


@bp.after_request
def count_lead(response: Response) -> Response:
    """Count what became of a lead, once its project is known."""
    return count(response, g.get("recipient"))


@bp.post("/<slug:source>")
def take(source: str) -> ResponseReturnValue:
    """Store a lead of another system, or say what is wrong with it; a repeat gets the first answer.

    With `?lenient=1` what is wrong is for an operator to correct: the lead is stored as rejected.

    Raises: LimitReachedError, IdempotencyKeyError, FieldsRefusedError, SourceNotUsedError.
    """
    _authorize(request, source)
    key = submission_key(source, request.headers.get("Idempotency-Key", ""))
    sent = flatten(read_fields(request))
    users = {each.slug: each for each in deps().services.catalog.projects().values() if each.source(source)}
    users = {slug: each for slug, each in users.items() if not each.choices}  # a visitor chooses there
    wanted = named_projects(sent, (each for user in users.values() if (each := user.source(source))))
    named = next(iter(wanted)) if len(wanted) == 1 else None
    identity = SourceIdentity(key, names_project=bool(wanted))
    project = next(iter(users.values())) if not wanted and len(users) == 1 else users.get(named or "")
    if project is None:
        return identity.repeated(named) or _without_recipient(source, users)
    g.recipient = project
    form = SourceForm(project, project.source(source), sent, tokens=deps().services.tokens)  # type: ignore[arg-type]
    is_lenient = request.args.get("lenient") in ("1", "true", "yes") and not form.is_empty
    if form.validate() or is_lenient:
        return _store(form, identity)
    return identity.repeated(project.slug) or invalid(form.errors_by_field)


def _store(form: SourceForm, identity: "SourceIdentity") -> ResponseReturnValue:
    """Store a lead, as far as the limits of its source go. Raises: LimitReachedError."""
    quota = deps().quotas.of_source(form.project, form.source.name)
    if quota.wait_s:
        if repeated := identity.repeated(form.project.slug):
            return repeated
        raise LimitReachedError(retry_after_s=quota.wait_s)
    submission = form.taken(key=identity.key, token=identity.token, submitted_at=datetime.now(UTC))
    receipt = deps().services.intake.accept(form.project, submission)
    if not receipt.is_repeat:
        quota.use()
    return _accepted(receipt)


def _without_recipient(source: str, users: Iterable[str]) -> ResponseReturnValue:
    """Say which projects use a source. Raises: SourceNotUsedError, if none does."""
    if slugs := sorted(users):
        return invalid({PROJECT: [f"write one of {', '.join(slugs)}"]})
    raise SourceNotUsedError(source)


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


def _accepted(receipt: Receipt) -> ResponseReturnValue:
    """Answer as the lead's project says, even if the source is another project's by now."""
    return accepted(deps().services.catalog.projects().get(receipt.project), receipt)
