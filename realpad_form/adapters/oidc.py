"""Sign-in at an OpenID provider, by Authlib: authorization code with PKCE.

Source: OpenID Connect Core 1.0, 3.1; RFC 9700, Best Current Practice for OAuth 2.0 Security.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from realpad_form.adapters.user_agent import NAMED
from realpad_form.domain.errors import ProofRefusedError
from realpad_form.domain.people import Identity

TIMEOUT_S: Final = 10.0
LEEWAY_S: Final = 60
"""How much the provider's clock may differ from ours."""

SIGNATURES: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Public keys only: whoever knows the client's secret could sign with the others."""

_BROKEN: Final = (requests.RequestException, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """The port IdentityProvider; what the provider says of itself is read when somebody first signs in."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    back: str  # the address that browsers are sent back to

    def ask(self, *, is_again: bool) -> tuple[str, str]:
        """Return the address to send the browser to, and what to keep. Raises: ProofRefusedError."""
        anew = {"prompt": "login", "max_age": "0"} if is_again else {}
        kept = {"state": generate_token(32), "nonce": generate_token(32), "verifier": generate_token(64)}
        try:
            with self._client() as client:
                address, _state = client.create_authorization_url(
                    self._metadata(client)["authorization_endpoint"],
                    state=kept["state"],
                    nonce=kept["nonce"],
                    code_verifier=kept["verifier"],
                    **anew,
                )
        except _BROKEN as error:
            raise ProofRefusedError(f"the OpenID provider cannot be asked: {type(error).__name__}") from error
        return str(address), json.dumps({**kept, "since": int(time.time()) if is_again else None})

    def identify(self, answer: Mapping[str, str], *, kept: str) -> Identity:
        """Return whom an answer is about. Raises: ProofRefusedError."""
        sent = json.loads(kept)
        code = self._code(answer, state=sent["state"])
        try:
            with self._client() as client:
                claims = self._claims(client, code, sent=sent)
        except _BROKEN as error:
            raise ProofRefusedError(f"the OpenID provider proves nothing: {type(error).__name__}") from error
        email = claims["email"] if claims.get("email_verified") is True else ""
        subject, is_fresh = f"{self.issuer} {claims['sub']}", sent["since"] is not None
        return Identity(subject=subject, email=str(email or ""), is_fresh=is_fresh)

    def _code(self, answer: Mapping[str, str], *, state: str) -> str:
        """Return the code of an answer to our own question. Raises: ProofRefusedError."""
        if not compare_digest(answer.get("state", "").encode(), state.encode()):
            raise ProofRefusedError("the answer is to somebody else's question")
        # Source: RFC 9207, against mixing up two providers.
        if answer.get("iss", self.issuer) != self.issuer or "code" not in answer:
            raise ProofRefusedError("the OpenID provider did not let anybody in")
        return answer["code"]

    def _claims(self, client: OAuth2Session, code: str, *, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the provider claims, checked: signature, issuer, audience, nonce, times."""
        metadata = self._metadata(client)
        token = client.fetch_token(
            metadata["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=sent["verifier"],
            timeout=TIMEOUT_S,
        )
        keys = KeySet.import_key_set(_fetch(client, metadata["jwks_uri"]))
        signed = jwt.decode(token["id_token"], keys, algorithms=SIGNATURES)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
                "sub": {"essential": True},
            },
            {
                "nonce": sent["nonce"],
                "client_id": self.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(time.time()), leeway=LEEWAY_S)
        if sent["since"] is not None and claims["auth_time"] < sent["since"] - LEEWAY_S:
            raise ValueError("the provider did not ask anew")
        return dict(claims)

    def _metadata(self, client: OAuth2Session) -> Mapping[str, Any]:
        """Return what the provider says of itself. Raises: ValueError, if it is another one."""
        metadata: Mapping[str, Any] = _fetch(
            client, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        )
        if metadata["issuer"] != self.issuer:
            raise ValueError("the provider calls itself otherwise")
        return metadata

    def _client(self) -> OAuth2Session:
        client = OAuth2Session(
            self.client_id,
            self.secret,
            scope="openid email",
            redirect_uri=self.back,
            code_challenge_method="S256",
        )
        client.headers.update(NAMED)
        return client


def _fetch(client: OAuth2Session, url: str) -> Any:
    """Return the JSON at an address of the provider."""
    answer = client.get(url, withhold_token=True, timeout=TIMEOUT_S)
    answer.raise_for_status()
    return answer.json()
