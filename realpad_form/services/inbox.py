"""What an operator may do with a lead."""

from dataclasses import dataclass
from uuid import UUID

from realpad_form.domain.delivery import Event, Status
from realpad_form.domain.errors import RepeatNotConfirmedError
from realpad_form.domain.lead import Answers, Lead, LeadRecord
from realpad_form.domain.lead_project import LeadProject
from realpad_form.domain.project import Project
from realpad_form.ports import LeadLog

MAY_HAVE_ARRIVED = (Status.DELIVERED, Status.UNKNOWN)
"""Sending such a lead once more may show the sales team a second enquiry."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Moves single leads on behalf of a person."""

    log: LeadLog

    def resubmit(
        self, project: Project, record: LeadRecord, answers: Answers, *, may_repeat: bool = False
    ) -> Lead:
        """Queue a lead with these answers, composed anew with the project file of today.

        Raises: as `resubmit_with`.
        """
        return self.resubmit_with(LeadProject(project=project), record, answers, may_repeat=may_repeat)

    def resubmit_with(
        self, of: LeadProject, record: LeadRecord, answers: Answers, *, may_repeat: bool = False
    ) -> Lead:
        """Queue a lead with these answers, composed anew with its project, of today or as it was kept.

        Raises: IllegalTransitionError; RepeatNotConfirmedError, if the lead may be at Realpad
        already and `may_repeat` is not set.
        """
        if record.lead.status in MAY_HAVE_ARRIVED and not may_repeat:
            raise RepeatNotConfirmedError(record.lead.id, record.lead.status)
        payload = of.compose(record, answers)
        return self.log.resubmit(record.lead, answers=answers, payload=payload, credential=of.credential)

    def release(self, lead_id: UUID, *, seen: Lead | None = None) -> Lead:
        """Queue a quarantined lead. Raises: IllegalTransitionError, also if it is not the one `seen`."""
        return self.log.move(lead_id, Event.RELEASED, seen=seen)

    def discard(self, lead_id: UUID, *, seen: Lead | None = None) -> Lead:
        """Take a lead out of the way for good; what is kept of it stays.

        Raises: IllegalTransitionError, also if it is not the one `seen`.
        """
        return self.log.move(lead_id, Event.DISCARDED, seen=seen)

    def settle(self, seen: Lead, *, customer_id: int | None) -> Lead:
        """Call an unknown lead delivered, since a person has found it in Realpad.

        Raises: IllegalTransitionError, also if it is not the one `seen`.
        """
        return self.log.move(seen.id, Event.SETTLED, seen=seen, customer_id=customer_id)
