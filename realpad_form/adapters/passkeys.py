"""Passkeys, by py_webauthn. Source: W3C, Web Authentication 3."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from realpad_form.domain.errors import ProofRefusedError
from realpad_form.domain.people import Passkey, Person

T = TypeVar("T")

NAME: Final = "realpad-form"
_MISREAD: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)
"""What the library raises on an answer that no browser would give."""


@dataclass(frozen=True, slots=True)
class WebAuthn:
    """The port KeyCeremony, at one address; another host name would need new passkeys."""

    public_url: str

    def invite(self, person: Person, *, known: Sequence[Passkey]) -> tuple[str, bytes]:
        """Return options and challenge for a person's new passkey."""
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=NAME,
            user_id=person.id.bytes,
            user_name=person.email,
            user_display_name=person.name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_described(known),
        )
        return webauthn.options_to_json(options), options.challenge

    def accept(self, answer: str, *, challenge: bytes) -> tuple[bytes, bytes, int]:
        """Return id, public key and uses of a new passkey. Raises: ProofRefusedError."""
        verified = _checked(
            lambda: webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        )
        return verified.credential_id, verified.credential_public_key, verified.sign_count

    def ask(self, known: Sequence[Passkey]) -> tuple[str, bytes]:
        """Return options and challenge for one of these passkeys; for any, if there are none."""
        options = webauthn.generate_authentication_options(
            rp_id=self._host,
            allow_credentials=_described(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options), options.challenge

    def id_in(self, answer: str) -> bytes:
        """Return which passkey an answer claims to be of. Raises: ProofRefusedError."""
        return _checked(lambda: base64url_to_bytes(json.loads(answer)["rawId"]))

    def verify(self, answer: str, *, challenge: bytes, passkey: Passkey) -> int:
        """Return the new count of uses of a passkey that answered. Raises: ProofRefusedError."""
        verified = _checked(
            lambda: webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            )
        )
        return verified.new_sign_count

    @property
    def _host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def _origin(self) -> str:
        url = urlsplit(self.public_url)
        return f"{url.scheme}://{url.netloc}"


def _described(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each.id) for each in known]


def _checked(check: Callable[[], T]) -> T:
    """Return what a check returns. Raises: ProofRefusedError."""
    try:
        return check()
    except _MISREAD as error:
        raise ProofRefusedError(f"the passkey proves nothing: {type(error).__name__}") from error
