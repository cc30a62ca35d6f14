"""Compares project files with what Realpad knows, and with the settings here."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from realpad_form.config import CAPTCHAS, Settings
from realpad_form.domain.errors import Problem, RealpadFormError
from realpad_form.domain.project import Project
from realpad_form.wiring import Services


def compare_consents(services: Services, projects: Iterable[tuple[Path, Project]]) -> Iterator[Problem]:
    """Yield a problem for each consent that Realpad does not know, and for each list it does not give."""
    for path, project in projects:
        if not project.consents:
            continue
        try:
            pair = services.credential(project.realpad.credentials)
            known = dict(services.crm.list_consent_types(pair))
        except RealpadFormError as error:
            yield Problem(str(path), _line(path, "credentials:"), f"cannot list Realpad's consents: {error}")
            continue
        listed = ", ".join(f"{number} ({name})" for number, name in known.items())
        for consent in project.consents:
            if consent.id not in known:
                what = f"Realpad has no consent {consent.id}; it has {listed or 'none'}"
                yield Problem(str(path), _line(path, str(consent.id)), what)


def keyless_captcha(path: Path, project: Project) -> Iterator[Problem]:
    """Warn of a captcha service whose keys are not set."""
    if project.captcha in CAPTCHAS and project.captcha not in Settings.captcha_services():
        key = f"REALPAD_FORM_CAPTCHA_{project.captcha.upper()}"
        what = f"captcha {project.captcha} has no keys here, so every visitor passes"
        hint = f"set {key}_SITEKEY and {key}_SECRET, or write altcha, which needs none"
        yield Problem(str(path), _line(path, "captcha:"), f"{what}; {hint}", is_warning=True)


def _line(path: Path, text: str) -> int:
    """Return the first line that has `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)
