"""The state of each credential pair, and how a person opens a stopped one again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import CredentialNotFoundError, IllegalTransitionError, SealBrokenError
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

        Its queued leads are composed anew, since what stopped it may have been the project file. So are leads
        that wait for credentials that are not configured, if their project names these by now.

        Raises: CredentialNotFoundError.
        """
        if name not in self.keys:
            raise CredentialNotFoundError(name)
        self.log.open_lanes([self.keys[name]])
        for credential in (name, *self.unconfigured()):
            for lead in list(self.log.leads(LeadFilter(status=Status.QUEUED, credential=credential))):
                self._recompose(lead, name)
        return self.log.resume(self.keys[name])

    def unconfigured(self) -> dict[str, int]:
        """Return how many leads wait for credentials that are not configured, by their name."""
        return {name: count for name, count in self.log.waiting().items() if name not in self.keys}

    def _recompose(self, lead: Lead, name: str) -> None:
        """Give a queued lead the body and way that the project file of today has for it."""
        project = self.projects().get(lead.project)
        if project is None or name not in (lead.credential, project.realpad.credentials):
            return
        try:
            record = self.log.get(lead.id)
        except SealBrokenError:
            return  # it stays as it is, and waits
        answers = record.current.answers
        payload = compose(project, answers, consents=record.consents, context=record.context)
        credential = project.realpad.credentials
        if payload != dict(record.current.payload) or credential != lead.credential:
            try:
                self.log.resubmit(lead, answers=answers, payload=payload, credential=credential)
            except IllegalTransitionError:
                return  # somebody else was faster; nothing is to be done


def _by_name(lane: Lane) -> str:
    return lane.key.credential
