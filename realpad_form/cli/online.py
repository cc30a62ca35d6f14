"""Compares project files with what Realpad knows, and with the settings here."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from realpad_form.config import Settings
from realpad_form.domain.errors import Problem
from realpad_form.domain.project import Project
from realpad_form.services import preview
from realpad_form.services.preview import ConsentCheck

if TYPE_CHECKING:
    from realpad_form.wiring import Services


def compare_consents(services: "Services", projects: Iterable[tuple[Path, Project]]) -> Iterator[Problem]:
    """Yield a problem for each consent that Realpad does not know, and for each list it does not give."""
    check = ConsentCheck(services.crm, services.credential)
    for path, project in projects:
        for consent, what in check.findings(project):
            yield Problem(str(path), _line(path, str(consent) if consent else "credentials:"), what)


def keyless_captcha(path: Path, project: Project) -> Iterator[Problem]:
    """Warn of a captcha service whose keys are not set."""
    what = preview.keyless_captcha(project, keyed=Settings.captcha_services())
    if what:
        yield Problem(str(path), _line(path, "captcha:"), what, is_warning=True)


def local_origins(path: Path, project: Project) -> Iterator[Problem]:
    """Warn of origins on people's own machines, once the service is for the world."""
    what = preview.local_origins(project, public_url=Settings.public_address())
    if what:
        yield Problem(str(path), _line(path, "origins:"), what, is_warning=True)


def _line(path: Path, text: str) -> int:
    """Return the first line that has `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)
