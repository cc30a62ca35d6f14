"""Compares project files with what Realpad knows, and with what this version does."""

from collections.abc import Iterable, Iterator
from pathlib import Path

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


def unasked_captcha(path: Path, project: Project) -> Iterator[Problem]:
    """Warn of a captcha that this version does not ask for."""
    if project.captcha != "none":
        what = f"captcha {project.captcha} is not asked for by this version: every visitor passes"
        yield Problem(str(path), _line(path, "captcha:"), what, is_warning=True)


def _line(path: Path, text: str) -> int:
    """Return the first line that has `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)
