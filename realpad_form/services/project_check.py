"""What a project file says against what only this installation and Realpad know."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from realpad_form.domain.errors import CredentialNotFoundError, CrmError
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.project import Project
from realpad_form.ports import Credential, CrmGateway

KEYLESS: Final = ("altcha", "none")
"""Captchas that need no keys of a service."""


class ConsentProblem(NamedTuple):
    """Something wrong with the consents of a project: one that Realpad lacks, or that it cannot be asked."""

    consent: int | None
    what: str


@dataclass(frozen=True, slots=True)
class ConsentCheck:
    """Compares the consents of projects with those of their accounts in Realpad."""

    crm: CrmGateway
    credential: Callable[[str], Credential]

    def findings(self, project: Project) -> list[ConsentProblem]:
        """Return what is wrong with the consents of a project; Realpad is asked only if there are any."""
        if not project.consents:
            return []
        try:
            known = dict(self.crm.list_consent_types(self.credential(project.realpad.credentials)))
        except (CredentialNotFoundError, CrmError) as error:
            return [ConsentProblem(None, f"cannot list Realpad's consents: {error}")]
        listed = ", ".join(f"{number} ({name})" for number, name in known.items()) or "none"
        return [
            ConsentProblem(box.id, f"Realpad has no consent {box.id}; it has {listed}")
            for box in project.consents
            if box.id not in known
        ]


def keyless_captcha(project: Project, *, keyed: Collection[str]) -> str | None:
    """Say what to do if the project's captcha has no keys here, `keyed` being those that have."""
    if project.captcha in KEYLESS or project.captcha in keyed:
        return None
    key = f"REALPAD_FORM_CAPTCHA_{project.captcha.upper()}"
    hint = f"set {key}_SITEKEY and {key}_SECRET, or write altcha, which needs none"
    return f"captcha {project.captcha} has no keys here, so every visitor passes; {hint}"


def local_origins(project: Project, *, public_url: str | None) -> str | None:
    """Say what to do about origins on people's own machines, once the service is for the world."""
    if public_url is None or is_loopback(urlsplit(public_url).hostname):
        return None
    local = [origin for origin in project.origins if is_loopback(urlsplit(origin).hostname)]
    if not local:
        return None
    what = "is" if len(local) == 1 else "are"
    hint = f"now that PUBLIC_URL is {public_url}, leave out such origins"
    return f"{', '.join(local)} {what} for trying out; {hint}"
