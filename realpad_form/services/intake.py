"""The use case behind the form's submit button."""

from dataclasses import dataclass
from uuid import UUID

from realpad_form.domain.lead import Submission
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.ports import LeadLog, Receipt


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes submissions; whatever it returns a receipt for is on disk."""

    log: LeadLog

    def accept(self, project: Project, submission: Submission) -> Receipt:
        """Store the submission as a lead, due at once, or quarantined if it looks like spam.

        Raises: StorageUnavailableError; then nothing was stored and nothing may be promised.
        """
        payload = compose(
            project, submission.answers, consents=submission.consents, context=submission.context
        )
        return self.log.append(submission, credential=project.realpad.credentials, payload=payload)

    def find_repeat(self, project: Project, *, key: UUID | None, token: str | None) -> Receipt | None:
        """Return the receipt of a submission that was accepted before, or None."""
        return self.log.find_repeat(key, project=project.slug, token=token)
