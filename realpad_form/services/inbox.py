"""What an operator may do with a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from realpad_form.domain.delivery import Event, Status
from realpad_form.domain.errors import RepeatNotConfirmedError, RerouteNotConfirmedError
from realpad_form.domain.lead import Answers, Lead, LeadRecord, Route
from realpad_form.domain.lead_project import LeadProject
from realpad_form.domain.people import AuditNote
from realpad_form.domain.project import Project
from realpad_form.ports import LeadLog

MAY_HAVE_ARRIVED = (Status.DELIVERED, Status.UNKNOWN)
"""Sending such a lead once more may show the sales team a second enquiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """Where a lead was accepted for, and where its project file sends it today."""

    old_number: str  # of the project at Realpad
    new_number: str
    old: Route
    new: Route

    @property
    def is_other_project(self) -> bool:
        """Whether it would go to another project at Realpad."""
        return self.old_number != self.new_number

    @property
    def is_other_account(self) -> bool:
        """Whether it would go to another login or address; not only under another name of the same."""
        return self.old.account != self.new.account

    def __str__(self) -> str:
        return (
            f"accepted for project {self.old_number} with credentials {self.old.credential}, "
            f"the project file of today has project {self.new_number} with "
            + ("another login or address" if self.is_other_account else "the same login")
            + f", credentials {self.new.credential}"
        )


@dataclass(frozen=True, slots=True)
class Inbox:
    """Moves single leads on behalf of a person."""

    log: LeadLog
    accounts: Mapping[str, str]  # of the configured credentials, by their name

    def resubmit(
        self,
        project: Project,
        record: LeadRecord,
        answers: Answers,
        *,
        may_repeat: bool = False,
        may_reroute: bool = False,
    ) -> Lead:
        """Queue a lead with these answers, composed anew with the project file of today.

        Raises: as `resubmit_with`.
        """
        of = LeadProject(project=project)
        return self.resubmit_with(of, record, answers, may_repeat=may_repeat, may_reroute=may_reroute)

    def resubmit_with(
        self,
        of: LeadProject,
        record: LeadRecord,
        answers: Answers,
        *,
        may_repeat: bool = False,
        may_reroute: bool = False,
        notes: Sequence[AuditNote] = (),
    ) -> Lead:
        """Queue a lead with these answers, composed anew with its project, of today or as it was kept.

        `notes` go into the audit log in the same transaction, here and below.

        Raises: IllegalTransitionError; RepeatNotConfirmedError, if the lead may be at Realpad already and
        `may_repeat` is not set; RerouteNotConfirmedError, if it was accepted for another project at Realpad
        or another account and `may_reroute` is not set.
        """
        if record.lead.status in MAY_HAVE_ARRIVED and not may_repeat:
            raise RepeatNotConfirmedError(record.lead.id, record.lead.status)
        reroute = self.reroute(of, record)
        if reroute and not may_reroute:
            raise RerouteNotConfirmedError(record.lead.id, reroute)
        payload, route = of.compose(record, answers), self.route(of, record.lead)
        return self.log.resubmit(record.lead, answers=answers, payload=payload, route=route, notes=notes)

    def route(self, of: LeadProject, lead: Lead) -> Route:
        """Return where a lead is sent by its project file, or if that is gone, where it was accepted for."""
        if of.credential is None:
            return lead.route
        return Route(credential=of.credential, account=self.accounts.get(of.credential, ""))

    def reroute(self, of: LeadProject, record: LeadRecord) -> Reroute | None:
        """Return what changes if a lead is sent as its project says; None if it stays its way."""
        old, new = record.lead.route, self.route(of, record.lead)
        if not old.account and (not record.attempts or old.credential == new.credential):
            old = new  # it never had an account, or an older version wrote down the name alone
        number = record.current.payload.get("project", "")
        change = Reroute(old_number=number, new_number=str(of.project.realpad.project), old=old, new=new)
        return change if change.is_other_project or change.is_other_account else None

    def release(self, lead_id: UUID, *, seen: Lead | None = None, notes: Sequence[AuditNote] = ()) -> Lead:
        """Queue a quarantined lead. Raises: IllegalTransitionError, also if it is not the one `seen`."""
        return self.log.move(lead_id, Event.RELEASED, seen=seen, notes=notes)

    def discard(self, lead_id: UUID, *, seen: Lead | None = None, notes: Sequence[AuditNote] = ()) -> Lead:
        """Take a lead out of the way for good; what is kept of it stays.

        Raises: IllegalTransitionError, also if it is not the one `seen`.
        """
        return self.log.move(lead_id, Event.DISCARDED, seen=seen, notes=notes)

    def settle(self, seen: Lead, *, customer_id: int | None, notes: Sequence[AuditNote] = ()) -> Lead:
        """Call an unknown lead delivered, since a person has found it in Realpad.

        Raises: IllegalTransitionError, also if it is not the one `seen`.
        """
        return self.log.move(seen.id, Event.SETTLED, seen=seen, customer_id=customer_id, notes=notes)
