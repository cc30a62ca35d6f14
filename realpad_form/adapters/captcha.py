"""Captchas behind one port: our own, those of four services, and the two that ask nothing."""

import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias
from urllib.parse import urlsplit

import requests
from altcha import ChallengeParameters, Payload, create_challenge, verify_solution
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from pydantic import BaseModel, Field

from realpad_form.adapters.http_client import NAMED
from realpad_form.domain.alert import AlertCode, AlertDetail
from realpad_form.domain.project import Project
from realpad_form.domain.spam import Verdict
from realpad_form.ports import Captcha

Report: TypeAlias = Callable[[Project, AlertDetail], None]
"""Takes a project and why its captcha could not tell, without personal data; raises nothing."""

log = logging.getLogger(__name__)

TIMEOUT_S: Final = (1.5, 3.0)  # to connect, to wait for a byte
REST_S: Final = 30.0
"""How long a service that did not answer is left alone, so that visitors need not wait for it."""

SOLUTION_CHARS: Final = 4096
ACTION: Final = "lead"
FAILED: Final = Verdict(is_failed=True)

BLAMED_ON_THE_VISITOR: Final = frozenset(
    {"missing-input-response", "invalid-input-response", "timeout-or-duplicate", "bad-request",
     "expired-input-response", "already-seen-response", "invalid-or-already-seen-response",
     "response_missing", "response_invalid", "response_timeout", "response_duplicate", "bad_request"}
)  # fmt: skip
"""Codes that tell of the solution; all others tell of our keys or of the service itself."""


def pass_unchecked(project: Project, code: AlertCode, *, report: Report, **params: str) -> Verdict:
    """Return a verdict without any doubt: a lead must not pay for what is not the visitor's fault."""
    reason = AlertDetail.of(code, captcha=str(project.captcha), **params)
    log.warning("captcha of project %s: %s; the lead passes", project.slug, reason)
    report(project, reason)
    return Verdict()


class NoCaptcha:
    """Lets everybody pass, for projects with `captcha: none`."""

    def challenge(self, project: Project, token: str) -> Mapping[str, Any] | None:
        """Return None: there is nothing to solve."""
        return None

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return a verdict without any doubt."""
        return Verdict()


class KeylessCaptcha(NoCaptcha):
    """Stands for a service whose keys are not set: lets everybody pass, and complains."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return a verdict without any doubt: a lead must not pay for a setting we lack."""
        return pass_unchecked(project, AlertCode.CAPTCHA_KEYLESS, report=self._report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How a service is asked: in a form with the secret in it, or in JSON with the secret as header."""

    url: str
    is_json: bool = False
    wants_sitekey: bool = False
    timeout_s: tuple[float, float] = TIMEOUT_S


SERVICES: Final[Mapping[str, Service]] = {
    "turnstile": Service(url="https://challenges.cloudflare.com/turnstile/v0/siteverify"),
    "hcaptcha": Service(url="https://api.hcaptcha.com/siteverify", wants_sitekey=True),
    "recaptcha": Service(url="https://www.google.com/recaptcha/api/siteverify"),
    "friendly": Service(
        url="https://global.frcapi.com/api/v2/captcha/siteverify", is_json=True, wants_sitekey=True
    ),
}


class NoVerdictError(Exception):
    """A service cannot be asked, or not with our keys."""

    def __init__(self, code: AlertCode, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class _Error(BaseModel):
    error_code: str


class _Challenge(BaseModel):
    origin: str = ""


class _Details(BaseModel):
    challenge: _Challenge = _Challenge()


class _Verification(BaseModel):
    """What a service made of a solution; Friendly Captcha says it in `error` and `data`."""

    success: bool
    error_codes: list[str] = Field(default=[], alias="error-codes")
    error: _Error | None = None
    hostname: str | None = None
    action: str | None = None
    data: _Details | None = None

    @property
    def codes(self) -> set[str]:
        """Why it is no success."""
        return {*self.error_codes, *([self.error.error_code] if self.error else [])}

    @property
    def host(self) -> str | None:
        """Where the captcha was solved, or None if the service does not tell."""
        told = self.hostname or (self.data.challenge.origin if self.data else "")
        if not told or told == "not-provided":
            return None
        return urlsplit(told if "//" in told else f"//{told}").hostname


class ServiceCaptcha:
    """Asks a service about a solution; a visitor never pays for a service that cannot tell.

    `keys` are site key and secret. `host` is where the forms are; a solution made elsewhere fails.
    None takes any. `report` hears of every time it cannot tell.
    """

    def __init__(self, service: Service, keys: tuple[str, str], *, host: str | None, report: Report) -> None:
        self._service, self._host, self._report = service, host, report
        self._sitekey, self._secret = keys
        self._resting_until = 0.0

    def challenge(self, project: Project, token: str) -> Mapping[str, Any]:
        """Return what the page needs to show the service's widget."""
        return {"type": project.captcha, "sitekey": self._sitekey}

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return what the service makes of a solution; without any doubt if it cannot tell."""
        if not solution or len(solution) > SOLUTION_CHARS or not solution.isascii():
            return FAILED
        try:
            said = self._ask(solution)
        except NoVerdictError as error:
            return pass_unchecked(project, error.code, report=self._report, **error.params)
        # Whether it was solved on our page, as far as the service tells.
        is_here = None in (self._host, said.host) or said.host == self._host
        if said.success and not (is_here and said.action in (None, "", ACTION)):
            log.warning("captcha %s of project %s was solved elsewhere", project.captcha, project.slug)
            return FAILED
        if not said.success:
            return FAILED
        # By the token, as the services see to it that no solution is used twice, except for their test keys.
        return Verdict(spent=f"{project.captcha}:{token}")

    def _ask(self, solution: str) -> _Verification:
        """Return what the service says. Raises: NoVerdictError."""
        if time.monotonic() < self._resting_until:
            raise NoVerdictError(AlertCode.CAPTCHA_RESTING)
        try:
            answer = self._post(solution)
            if answer.status_code >= 500:
                raise ValueError(f"status {answer.status_code}")
            said = _Verification.model_validate_json(answer.content)
        except (requests.RequestException, ValueError) as error:
            self._resting_until = time.monotonic() + REST_S
            raise NoVerdictError(AlertCode.CAPTCHA_SILENT, error=type(error).__name__) from error
        if not said.success and said.codes and not said.codes & BLAMED_ON_THE_VISITOR:
            raise NoVerdictError(AlertCode.CAPTCHA_REFUSED, codes=", ".join(sorted(said.codes)))
        return said

    def _post(self, solution: str) -> requests.Response:
        """Make the call, without proxies or cookies, following no redirect."""
        body = {"response": solution}
        if self._service.wants_sitekey:
            body["sitekey"] = self._sitekey
        if self._service.is_json:
            call = requests.Request(json=body, headers={"X-API-Key": self._secret, **NAMED})
        else:
            call = requests.Request(data={**body, "secret": self._secret}, headers=NAMED)
        call.method, call.url = "POST", self._service.url
        with requests.Session() as session:
            return session.send(call.prepare(), timeout=self._service.timeout_s, allow_redirects=False)


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


def make_captchas(
    secret_keys: Sequence[str], keys: Mapping[str, tuple[str, str]], *, host: str | None, report: Report
) -> dict[str, Captcha]:
    """Return a captcha for everything a project file may name.

    `keys` are site key and secret by service; `host` is where the forms are, if known;
    `report` hears of captchas that cannot tell.
    """
    captchas: dict[str, Captcha] = {"none": NoCaptcha(), "altcha": AltchaCaptcha(secret_keys)}
    for name, service in SERVICES.items():
        if name in keys:
            captchas[name] = ServiceCaptcha(service, keys[name], host=host, report=report)
        else:
            captchas[name] = KeylessCaptcha(report)
    return captchas
