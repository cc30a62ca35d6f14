"""Our own captcha: a browser has to work for less than half a second, unseen, while the visitor types."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from altcha import ChallengeParameters, Payload, create_challenge, verify_solution
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from realpad_form.domain.project import Project
from realpad_form.domain.spam import Verdict

ALGORITHM: Final = "PBKDF2/SHA-256"
COST: Final = 10_000
"""PBKDF2 iterations for each counter tried; making a challenge costs the server as many."""

COUNTERS: Final = range(80)
"""Which counter solves a challenge, each as likely as any other.

From 0 on: counters that can be no solution would cost browsers, which try them all, and no program, which
leaves them out. `benchmarks/captcha.py` measures both; docs/security.md states the figures.
"""

LIFETIME_S: Final = 20 * 60
PAYLOAD_BYTES: Final = 4096
PURPOSE: Final = "lead"
FAILED: Final = Verdict(is_failed=True)


@dataclass(frozen=True, slots=True)
class _Keys:
    """What signs a challenge, and the key that solves it."""

    challenge: bytes
    solution: bytes

    @classmethod
    def derived_from(cls, secret: str) -> Self:
        return cls(_derive(secret, "challenge"), _derive(secret, "solution"))


class AltchaCaptcha:
    """Makes and judges ALTCHA challenges; the first key signs, every key is good for judging.

    A challenge is bound to a project and a form token, and to 20 minutes. Its signature is spent in the
    lead's transaction, since the library would take one solution for ever.
    """

    def __init__(self, secret_keys: Sequence[str], *, clock: Callable[[], float] = time.time) -> None:
        self._keys = [_Keys.derived_from(secret) for secret in secret_keys]
        self._clock = clock

    def challenge(self, project: Project, token: str) -> Mapping[str, Any]:
        """Return a challenge as ALTCHA's own solvers take it."""
        made = create_challenge(
            ALGORITHM,
            COST,
            counter=secrets.choice(COUNTERS),
            expires_at=int(self._clock()) + LIFETIME_S,
            data=_scope(project, token),
            derive_key=_derive_key,
            hmac_secret=self._keys[0].challenge,
            hmac_key_secret=self._keys[0].solution,
        )
        return {"type": "altcha", "challenge": made.to_dict()}

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return what to make of ALTCHA's base64 payload."""
        if not solution or len(solution) > PAYLOAD_BYTES or not solution.isascii():
            return FAILED
        # Whether we made the challenge, it is not too old, and this solves it.
        checks = (
            verify_solution(solution, keys.challenge, hmac_key_secret=keys.solution) for keys in self._keys
        )
        if not any(check.verified for check in checks):
            return FAILED
        challenge = Payload.from_base64(solution).challenge
        asked = challenge.parameters
        # The library takes unknown algorithms for SHA-256, and challenges without an end.
        is_ours = asked.algorithm == ALGORITHM and isinstance(asked.expires_at, int)
        is_for_this = is_ours and asked.data == _scope(project, token)
        return Verdict(spent=challenge.signature) if is_for_this else FAILED


def _derive_key(parameters: ChallengeParameters, salt: bytes, password: bytes) -> bytes:
    """Return PBKDF2 of a password: by `cryptography`, in half of the time that `hashlib` takes."""
    return PBKDF2HMAC(SHA256(), parameters.key_length, salt, parameters.cost).derive(password)


def _scope(project: Project, token: str) -> dict[str, str]:
    return {"p": project.slug, "j": token, "u": PURPOSE}


def _derive(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for one purpose, derived from the secret that signs tokens."""
    context = f"realpad-form captcha: {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=context).derive(secret.encode())
