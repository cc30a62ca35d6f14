"""What browsers keep: how it is signed (form tokens, tickets, shared drafts, the desk's cookie); secrets.

Earlier versions signed with SHA-1. What they signed is read as long as it is good (half a day, a draft for a
week), so that an upgrade loses no open form, no shared link and no session; it is made no more.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from itsdangerous import BadSignature, TimestampSigner, URLSafeSerializer

SIGNING: Final[dict[str, Any]] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
"""What itsdangerous signs with: HMAC-SHA-256, under a key of its own for each salt."""

LEGACY_SIGNING: Final[dict[str, Any]] = {"digest_method": hashlib.sha1, "key_derivation": "django-concat"}
LEGACY_COOKIE_SIGNING: Final[dict[str, Any]] = {"digest_method": hashlib.sha1, "key_derivation": "hmac"}
"""What the desk's cookie was signed with, as Flask does. Both go with the next release."""


class TimedSigner:
    """Signs texts with their time; of the secret keys the first signs, every key is good for reading."""

    def __init__(self, secret_keys: Sequence[str], *, salt: str) -> None:
        newest_last = list(reversed(secret_keys))
        self._signer = TimestampSigner(newest_last, salt=salt, **SIGNING)
        self._older = TimestampSigner(newest_last, salt=salt, **LEGACY_SIGNING)

    def sign(self, text: str | bytes) -> str:
        """Return a text with time and signature."""
        return self._signer.sign(text).decode()

    def read(self, signed: str) -> tuple[bytes, datetime]:
        """Return what was signed, and when. Raises: BadData."""
        try:
            return self._signer.unsign(signed, return_timestamp=True)
        except BadSignature:
            return self._older.unsign(signed, return_timestamp=True)


def serializer(secret_keys: Sequence[str], *, salt: str) -> URLSafeSerializer:
    """Return what signs and reads JSON without a time; the keys are as above."""
    newest_last = list(reversed(secret_keys))
    return URLSafeSerializer(newest_last, salt=salt, signer_kwargs=SIGNING, fallback_signers=[LEGACY_SIGNING])


SECRET_BYTES: Final = 32
"""How long the secrets of sessions and links are, of which only the digest is kept."""


def draw() -> str:
    """Return a fresh secret that fits into an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret: SHA-256 in hex, since nobody guesses 32 random bytes."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
