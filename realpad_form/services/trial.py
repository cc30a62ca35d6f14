"""Leads that try the way to Realpad out, marked so that nobody takes them for a visitor's."""

from dataclasses import dataclass, replace
from typing import Final

from realpad_form.domain.lead import Receipt, Submission
from realpad_form.domain.project import Project
from realpad_form.services.intake import Intake

TEST: Final = "test"
"""The tag and the campaign of a test lead."""

NOTE: Final = "TEST LEAD, please ignore"
"""Begins the note of a test lead."""


def as_test_project(project: Project) -> Project:
    """Return a project whose leads carry the tag of tests."""
    tags = tuple(dict.fromkeys((*project.realpad.tags, TEST)))
    return project.model_copy(update={"realpad": project.realpad.model_copy(update={"tags": tags})})


def as_test_submission(submission: Submission) -> Submission:
    """Return a submission that says in note and campaign that it is a test."""
    note = "\n".join(filter(None, (NOTE, submission.answers.get("note"))))
    return replace(submission, answers={**submission.answers, "note": note, "campaign": TEST})


@dataclass(frozen=True, slots=True)
class Trial:
    """Takes test leads; they go the way of all leads, through log and relay."""

    intake: Intake

    def send(self, project: Project, submission: Submission) -> Receipt:
        """Store a submission as a test lead. Raises: StorageUnavailableError."""
        return self.intake.accept(as_test_project(project), as_test_submission(submission))
