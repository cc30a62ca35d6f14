"""Sign-in at an OpenID provider, by Authlib: authorization code with PKCE.

Source: OpenID Connect Core 1.0, 3.1; RFC 9700, Best Current Practice for OAuth 2.0 Security.
"""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Final, cast
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from realpad_form.adapters.http_client import NAMED
from realpad_form.adapters.realpad.transport import WatchedAdapter
from realpad_form.adapters.realpad.watch import Watch
from realpad_form.domain.errors import ProofRefusedError
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.people import Identity
from realpad_form.domain.throttling import CallSlots

DEADLINE_S: Final = 5.0
"""How long a sign-in waits for the provider, all calls together, however slowly it answers."""

AT_ONCE: Final = 2
"""How many sign-ins may wait for the provider; of 16 threads that leaves most to the forms."""

CACHE_S: Final = 3600.0
"""How long it is believed what the provider says of itself, and its keys."""

FAILED_FOR_S: Final = 10.0
"""How long a provider that could not say anything of itself is not asked again."""

LEEWAY_S: Final = 60
"""How much the provider's clock may differ from ours."""

SCOPE: Final = "openid email"
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")

RSA_BITS: Final = 2048

SIGNATURES: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Public keys only: whoever knows the client's secret could sign with the others."""

_BROKEN: Final = (
    requests.RequestException, AuthlibBaseError, JoseError, OSError, ValueError, KeyError, TypeError,
)  # fmt: skip


class OpenIdProvider:
    """The port IdentityProvider; what the provider says of itself is read when somebody first signs in.

    `back` is the address that browsers are sent back to, `acr` what the provider calls a sign-in with two
    factors: it is asked for one of these, and believed to have made it if it says so.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secret: str,
        back: str,
        *,
        acr: Sequence[str] = (),
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.issuer, self._acr = issuer, acr
        self._client_id, self._secret, self._back = client_id, secret, back
        self._deadline_s = deadline_s
        self._slots = CallSlots(AT_ONCE)
        self._metadata: _Cached | None = None
        self._keys: _Cached | None = None
        self._failed_at = -FAILED_FOR_S

    def ask(self, *, is_again: bool) -> tuple[str, str]:
        """Return the address to send the browser to, and what to keep.

        Raises: ProofRefusedError, CallsBusyError.
        """
        anew = {"prompt": "login", "max_age": "0"} if is_again else {}
        strong = {"acr_values": " ".join(self._acr)} if self._acr else {}
        kept = {"state": generate_token(32), "nonce": generate_token(32), "verifier": generate_token(64)}
        metadata = self._known_metadata()
        with OAuth2Session(
            self._client_id, scope=SCOPE, redirect_uri=self._back, code_challenge_method="S256"
        ) as client:
            address, _state = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=kept["state"],
                nonce=kept["nonce"],
                code_verifier=kept["verifier"],
                **anew,
                **strong,
            )
        return str(address), json.dumps({**kept, "since": int(time.time()) if is_again else None})

    def identify(self, answer: Mapping[str, str], *, kept: str) -> Identity:
        """Return whom an answer is about. Raises: ProofRefusedError, CallsBusyError."""
        sent = json.loads(kept)
        if not compare_digest(answer.get("state", "").encode(), sent["state"].encode()):
            raise ProofRefusedError("the answer is to somebody else's question")
        # Source: RFC 9207, against mixing up two providers.
        if answer.get("iss", self.issuer) != self.issuer or "code" not in answer:
            raise ProofRefusedError("the OpenID provider did not let anybody in")
        metadata = self._known_metadata()
        try:
            with self._slots.take(), self._client() as client:
                claims = self._claims(client, answer["code"], sent=sent, metadata=metadata)
        except _BROKEN as error:
            raise ProofRefusedError(f"the OpenID provider proves nothing: {type(error).__name__}") from error
        email = claims["email"] if claims.get("email_verified") is True else ""
        # Source: RFC 8176, 2, "mfa"; OpenID Connect Core 1.0, 2, "acr", whose values each provider defines.
        methods = claims.get("amr")
        is_mfa = isinstance(methods, list) and "mfa" in methods
        return Identity(
            subject=f"{self.issuer} {claims['sub']}",
            email=str(email or ""),
            is_fresh=sent["since"] is not None,
            has_two_factors=is_mfa or claims.get("acr") in self._acr,
        )

    def _claims(
        self, client: "_Client", code: str, *, sent: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return what the provider claims, checked: signature, issuer, audience, nonce, times."""
        token = client.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=sent["verifier"],
            timeout=client.deadline_s,
        )
        signed = self._signed(client, token["id_token"], metadata["jwks_uri"])
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
                "sub": {"essential": True},
            },
            {
                "nonce": sent["nonce"],
                "client_id": self._client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(time.time()), leeway=LEEWAY_S)
        if sent["since"] is not None and claims["auth_time"] < sent["since"] - LEEWAY_S:
            raise ValueError("the provider did not ask anew")
        return dict(claims)

    def _signed(self, client: "_Client", token: str, address: str) -> jwt.Token:
        """Return a token whose signature is the provider's, by new keys if the known ones do not fit."""
        if self._keys and self._keys.is_recent():
            with suppress(JoseError, ValueError):
                return jwt.decode(token, self._keys.content, algorithms=SIGNATURES)
        keys = KeySet.import_key_set(client.fetch(address))
        # RSA keys of fewer bits can be found out. Source: NIST SP 800-131A: at least 2,048 bits.
        strong = [key for key in keys if not isinstance(key, RSAKey) or key.public_key.key_size >= RSA_BITS]
        self._keys = _Cached(KeySet(strong))
        return jwt.decode(token, self._keys.content, algorithms=SIGNATURES)

    def _known_metadata(self) -> Mapping[str, Any]:
        """Return what the provider says of itself, asked once an hour; a failure is believed for a moment.

        Raises: ProofRefusedError, CallsBusyError.
        """
        if self._metadata and self._metadata.is_recent():
            return cast(Mapping[str, Any], self._metadata.content)
        if time.monotonic() - self._failed_at < FAILED_FOR_S:
            raise ProofRefusedError("the OpenID provider could not be asked a moment ago")
        try:
            with self._slots.take(), self._client() as client:
                found = client.fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            self._metadata = _Cached(self._checked(found))
        except _BROKEN as error:
            self._failed_at = time.monotonic()
            raise ProofRefusedError(f"the OpenID provider cannot be asked: {type(error).__name__}") from error
        return cast(Mapping[str, Any], self._metadata.content)

    def _checked(self, metadata: Any) -> Mapping[str, Any]:
        """Return metadata with all that we need. Raises: ValueError, KeyError, TypeError."""
        if metadata["issuer"] != self.issuer:
            raise ValueError("the provider calls itself otherwise")
        endpoints = {name: str(metadata[name]) for name in ENDPOINTS}
        for url in map(urlsplit, endpoints.values()):
            is_local = url.scheme == "http" and is_loopback(url.hostname)
            if not url.hostname or not (url.scheme == "https" or is_local):
                raise ValueError("others could listen at what the provider names")
        return endpoints

    def _client(self) -> "_Client":
        client = _Client(
            self._client_id,
            self._secret,
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
            deadline_s=self._deadline_s,
        )
        client.headers.update(NAMED)
        return client


class _Client(OAuth2Session):  # type: ignore[misc]  # Authlib has no types
    """Calls the provider; all calls together end within `deadline_s`, and none is led on to another place."""

    def __init__(self, *args: Any, deadline_s: float, **more: Any) -> None:
        super().__init__(*args, **more)
        self.deadline_s = deadline_s
        self.max_redirects = 0  # our secret is for the address that the provider names, and for no other
        self._watch = Watch(deadline_s)
        for scheme in ("https://", "http://"):
            self.mount(scheme, WatchedAdapter(self._watch))

    def close(self) -> None:
        """End all connections."""
        super().close()
        self._watch.close()

    def fetch(self, url: str) -> Any:
        """Return the JSON at an address of the provider."""
        answer = self.get(url, withhold_token=True, timeout=self.deadline_s)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True, slots=True)
class _Cached:
    """Something that the provider said, and when."""

    content: Any
    at: float = field(default_factory=time.monotonic)

    def is_recent(self) -> bool:
        """Tell whether it is still believed."""
        return time.monotonic() - self.at < CACHE_S
