"""What a submission would send, without sending it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

from realpad_form.domain.project import Project
from realpad_form.forms import Posted, ProjectForm
from realpad_form.services.preview import MASK, call_of
from realpad_form.wiring import Services


def masked_body(
    services: Services, project: Project, fields: Iterable[tuple[str, str]], *, address: str
) -> tuple[str, dict[str, list[str]]]:
    """Return the create-lead body with the password masked, or what is wrong with the answers."""
    values: dict[str, list[str]] = {}
    for field, value in fields:
        values.setdefault(field, []).append(value)
    asked = values.get("language", [project.language])[0]
    language = asked if asked in project.languages else project.language
    form = ProjectForm(project, language=language, tokens=services.tokens, posted=Posted(values=values))
    if not form.validate():
        return "", form.errors_by_field
    sent = form.submission(key=None, address=address, submitted_at=datetime.now(UTC), suspicions=())
    return _encoded(call_of(project, sent, services.settings.credentials)), {}


def _encoded(call: Mapping[str, str]) -> str:
    """Return a call as it is sent, but for the password at its end, whose mask stays as it is."""
    return urlencode(call).removesuffix(quote_plus(MASK)) + MASK
