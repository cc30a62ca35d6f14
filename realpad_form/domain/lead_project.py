"""The project that a lead is corrected and sent with, also when its file is gone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from realpad_form.domain.lead import Answers, LeadRecord
from realpad_form.domain.payload import CONTACT, amend, compose
from realpad_form.domain.project import Project
from realpad_form.domain.text import LANGUAGES


class Basis(StrEnum):
    """What a lead is corrected and composed with."""

    FILE = "file"  # the project file of today
    STORED = "stored"  # the newest version kept of a file that is gone
    CALL = "call"  # the call it was accepted with: no version of the file is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadProject:
    """The project that a lead is corrected and sent with."""

    project: Project
    basis: Basis = Basis.FILE
    as_of: datetime | None = None  # of the version, with STORED

    @property
    def is_gone(self) -> bool:
        """Whether the project's file is gone."""
        return self.basis is not Basis.FILE

    @property
    def credential(self) -> str | None:
        """Which credentials a lead is sent with; None for those it was accepted for."""
        return None if self.is_gone else self.project.realpad.credentials

    def compose(self, record: LeadRecord, answers: Answers) -> dict[str, str]:
        """Return the create-lead body of a lead with these answers."""
        if self.basis is Basis.CALL:
            return amend(record.current.payload, before=record.current.answers, after=answers)
        return compose(self.project, answers, consents=record.consents, context=record.context)


def from_call(record: LeadRecord) -> LeadProject | None:
    """Return what is left of a lead's project in its call; None if nothing is left of that, either."""
    lead, number = record.lead, record.current.payload.get("project")
    if not number:
        return None
    language = record.context.language
    project = Project.model_validate(
        {
            "version": 1,
            "project": lead.project,
            "name": lead.project,
            "languages": [language if language in LANGUAGES else LANGUAGES[0]],
            "origins": ["https://gone.invalid"],
            "realpad": {"credentials": lead.credential, "project": int(number)},
            "fields": [*({"field": key} for key in CONTACT), {"field": "note", "max_length": 20_000}],
        }
    )
    return LeadProject(project=project, basis=Basis.CALL)
