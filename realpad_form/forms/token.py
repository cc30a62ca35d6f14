"""The signed token of a public form: no cookie, so it works in every frame."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from itsdangerous import BadData
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.form import BaseForm

from realpad_form.services.signing import TimedSigner

SALT: Final = "realpad-form/token/v2"
LIFETIME: Final = timedelta(hours=12)
SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""

LONGEST: Final = 512

RENEWED: Final = "renewed"
"""Stands in a token that was given in place of one that was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """What a posted token is worth; a token that is neither missing nor valid is stale."""

    id: str | None = None  # serves one accepted lead
    issued_at: datetime | None = None  # aware, UTC
    is_missing: bool = False
    is_renewed: bool = False  # given in place of one that was refused, so this is a second try

    @property
    def is_valid(self) -> bool:
        """Tell whether we signed the token for this form not too long ago."""
        return self.id is not None


def _now() -> datetime:
    return datetime.now(UTC)


class Tokens:
    """Makes and judges tokens; the first key signs, every key is good for reading."""

    def __init__(self, secret_keys: Sequence[str], *, clock: Callable[[], datetime] = _now) -> None:
        self._signer = TimedSigner(secret_keys, salt=SALT)
        self._clock = clock

    def mint(self, slug: str, *, is_renewed: bool = False) -> str:
        """Return a new token for a project's form."""
        mark = [RENEWED] if is_renewed else []
        return self._signer.sign(".".join([slug, secrets.token_urlsafe(16), *mark]))

    def read(self, token: str | None, *, slug: str) -> TokenState:
        """Return what a token is worth for a project's form; never raises."""
        if not token:
            return TokenState(is_missing=True)
        # itsdangerous raises UnicodeEncodeError, not BadData, for a lone surrogate.
        if len(token) > LONGEST or not token.isascii():
            return TokenState()
        try:
            signed, issued_at = self._signer.read(token)
        except BadData:
            return TokenState()
        age = self._clock() - issued_at
        owner, token_id, *marks = signed.decode().split(".")
        if owner != slug or not -SKEW <= age <= LIFETIME:
            return TokenState()
        return TokenState(id=token_id, issued_at=issued_at, is_renewed=RENEWED in marks)


class SignedTokenCSRF(CSRF):
    """Puts the token among the form's fields.

    A stale token is no mistake of the visitor's, so it makes no error here: the page fetches a
    fresh one, and `ProjectForm.token` tells what this one is worth.
    """

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        """Return '': the page is the same bytes for everyone, its script fetches a token."""
        return ""

    def validate_csrf_token(self, form: BaseForm, field: CSRFTokenField) -> None:
        """Judge nothing."""
