"""Secrets that browsers and links hold; only their digest is kept."""

import secrets
from hashlib import sha256
from typing import Final

SECRET_BYTES: Final = 32


def draw() -> str:
    """Return a fresh secret that fits into an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret: SHA-256 in hex, since nobody guesses 32 random bytes."""
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()
