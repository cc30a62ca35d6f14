"""Keeps personal data encrypted at rest."""

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from realpad_form.domain.errors import SealBrokenError, SettingsError

LEAST_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

KEY_NAME_CHARS: Final = 12
"""How many characters at the beginning of a sealed text name its key: `v1.`, eight digits and a period."""

SEALED_PREFIX: Final = "v1."
_NO_KEY: Final = b"realpad-form search terms"


class Vault:
    """Seals JSON texts with the first of its keys and opens them with any; without keys they stay plain.

    A sealed text is `v1.<key id>.<nonce and ciphertext, base64url>`, encrypted with AES-256-GCM.
    What it is about (table, row, column) is authenticated too, so that it cannot be moved elsewhere.

    Raises: SettingsError, if a key is shorter than 32 bytes.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        if any(len(key.encode()) < LEAST_KEY_BYTES for key in keys):
            raise SettingsError([f"every data key needs at least {LEAST_KEY_BYTES} bytes"])
        # By a short name of the key, which tells nothing about it.
        self._ciphers = {
            _derive(key, "key id", 4).hex(): AESGCM(_derive(key, "encryption", 32)) for key in keys
        }
        self._first = next(iter(self._ciphers), None)
        self._blinds = [*(_derive(key, "search terms", 32) for key in keys), _NO_KEY]

    @property
    def key_id(self) -> str | None:
        """The name of the key that seals, which tells nothing about it; None if there is none."""
        return self._first

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of all keys that are set."""
        return tuple(self._ciphers)

    def seal(self, text: str, *about: object) -> str:
        """Return a JSON text as it may be stored."""
        if self._first is None:
            return text
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[self._first].encrypt(nonce, text.encode(), _named(about).encode())
        return name_of_key(self._first) + base64.urlsafe_b64encode(sealed).decode()

    def is_sealed(self, stored: str) -> bool:
        """Tell whether a text, or its first `KEY_NAME_CHARS` characters, was sealed, with whatever key."""
        return stored.startswith(SEALED_PREFIX)

    def is_own(self, stored: str) -> bool:
        """Tell whether a text is stored as `seal` does it now: with the same key, or plain without one."""
        if self._first is None:
            return not self.is_sealed(stored)
        return stored.startswith(name_of_key(self._first))

    def has_key_of(self, stored: str) -> bool:
        """Tell whether the key that a text was sealed with is set; a plain text needs none."""
        return not self.is_sealed(stored) or _key_id_of(stored) in self._ciphers

    def blind(self, word: str) -> list[int]:
        """Return a word as it is searched for: 64 bits, signed, the first of which is what to store.

        It cannot be turned back into the word, nor guessed without the data key, if there is one. What was
        stored under another key, or before there was any, is found by the rest.
        """
        text = word.encode(errors="replace")
        hashes = (hashlib.blake2b(text, key=key, digest_size=8).digest() for key in self._blinds)
        return [int.from_bytes(each, "big", signed=True) for each in hashes]

    def open(self, stored: str, *about: object) -> str:
        """Return the JSON text that was stored, sealed or plain.

        Raises: SealBrokenError, if its key is missing or it is not what was sealed.
        """
        if not self.is_sealed(stored):
            return stored
        key_id, sealed = _key_id_of(stored), stored[KEY_NAME_CHARS:]
        cipher, name = self._ciphers.get(key_id), _named(about)
        if cipher is None:
            raise SealBrokenError(name, missing_key=key_id)
        try:
            raw = base64.urlsafe_b64decode(sealed)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], name.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError(name) from error


def name_of_key(key_id: str) -> str:
    """Return how every text begins that was sealed with a key."""
    return f"{SEALED_PREFIX}{key_id}."


def _named(about: tuple[object, ...]) -> str:
    """Return table, row and column as one text."""
    return "/".join(map(str, about))


def _key_id_of(stored: str) -> str:
    """Return the name of the key that a text was sealed with."""
    return stored.removeprefix(SEALED_PREFIX).partition(".")[0]


def _derive(key: str, purpose: str, length: int) -> bytes:
    """Return bytes for one purpose, derived from a key of any length."""
    context = f"realpad-form data key: {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=context).derive(key.encode())
