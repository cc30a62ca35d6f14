"""The state of each credential pair, and how a person opens a stopped one again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import CredentialNotFoundError, IllegalTransitionError
from realpad_form.domain.lane import Lane, LaneKey
from realpad_form.domain.lead import Lead
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.ports import LeadFilter, LeadLog


@dataclass(frozen=True, slots=True)
class Credentials:
    """Shows and resumes the lanes of the credentials that are configured now."""

    log: LeadLog
    keys: Mapping[str, LaneKey]  # by credential name
    projects: Callable[[], Mapping[str, Project]]  # as they are when asked

    def lanes(self) -> list[Lane]:
        """Return the lane of every configured credential, by name."""
        self.log.open_lanes(self.keys.values())
        current = set(self.keys.values())
        return sorted((lane for lane in self.log.lanes() if lane.key in current), key=_by_name)

    def resume(self, name: str) -> Lane:
        """Open a lane again; one lead goes first.

        Its queued leads are composed anew, since what stopped it may have been the project file.

        Raises: CredentialNotFoundError.
        """
        if name not in self.keys:
            raise CredentialNotFoundError(name)
        self.log.open_lanes([self.keys[name]])
        for lead in list(self.log.leads(LeadFilter(status=Status.QUEUED, credential=name))):
            self._recompose(lead)
        return self.log.resume(self.keys[name])

    def _recompose(self, lead: Lead) -> None:
        """Give a queued lead the body that the project file of today makes of it."""
        project = self.projects().get(lead.project)
        if project is None:
            return
        record = self.log.get(lead.id)
        answers = record.current.answers
        payload = compose(project, answers, consents=record.consents, context=record.context)
        if payload != dict(record.current.payload):
            try:
                self.log.resubmit(lead, answers=answers, payload=payload)
            except IllegalTransitionError:
                return  # somebody else was faster; nothing is to be done


def _by_name(lane: Lane) -> str:
    return lane.key.credential
