"""Leads as lines of the inbox."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Answers, LeadRecord, LeadVersion
from realpad_form.domain.text import pick
from realpad_form.services.masking import mask_answers
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me
from realpad_form.web.desk.i18n import gettext, language
from realpad_form.web.desk.labels import STATUSES, short_reason

_NINE_DIGITS: Final = re.compile(r"^(\+42[01])(\d{3})(\d{3})(\d{3})$")
"""A Czech or Slovak phone number, which people read out in groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One lead in the list."""

    id: UUID
    seen: LeadVersion  # what a decision about it is made on
    at: datetime
    status: Status
    status_words: str
    name: str
    contacts: tuple[str, ...]
    project: str
    context: tuple[str, ...]  # unit, and the campaign that Realpad gets
    reason: str


def row(record: LeadRecord) -> Row:
    """Return a lead as who is signed in may see it in a list."""
    lead, person = record.lead, me()
    answers = mask_answers(record.current.answers) if person.is_masked else record.current.answers
    return Row(
        id=lead.id,
        seen=lead.version,
        at=lead.created_at,
        status=lead.status,
        status_words=gettext(STATUSES[lead.status]),
        name=" ".join(_texts(answers, "name", "surname")),
        contacts=tuple(_NINE_DIGITS.sub(r"\1 \2 \3 \4", text) for text in _texts(answers, "phone", "email")),
        project=project_name(lead.project),
        context=_texts(answers, "unit") + _texts(record.current.payload, "campaign"),
        reason=short_reason(lead, is_masked=person.is_masked),
    )


def project_name(slug: str) -> str:
    """Return what a project is called; its slug if its file is gone."""
    project = deps().services.catalog.projects().get(slug)
    return pick(project.name, language(), project.language) if project else slug


def visible_projects() -> list[tuple[str, str]]:
    """Return slugs and names of the projects that who is signed in may see, by name."""
    seen = [slug for slug in deps().services.catalog.projects() if me().sees(slug)]
    return sorted(((slug, project_name(slug)) for slug in seen), key=lambda pair: pair[1].casefold())


def _texts(answers: Answers, *names: str) -> tuple[str, ...]:
    return tuple(str(answers[name]) for name in names if answers.get(name))
