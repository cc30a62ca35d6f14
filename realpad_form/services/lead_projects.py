"""Finds the project that a lead is corrected and sent with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.payload import Basis, LeadProject, from_call
from realpad_form.domain.project import Project, ProjectVersion
from realpad_form.ports import ProjectVersions


@dataclass(frozen=True, slots=True)
class LeadProjects:
    """Finds the project of a lead: today's, else as it was kept, else what the lead's own call tells."""

    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    versions: ProjectVersions
    read: Callable[[ProjectVersion], Project | None]  # None for what this program cannot read

    def find(self, record: LeadRecord) -> LeadProject | None:
        """Return the project of a lead; None if neither a file nor anything of the call is left.

        Of a file that is gone, the newest version counts that names the credentials which the lead was
        accepted for: the numbers in any other one belong to another account.

        Raises: StorageUnavailableError.
        """
        lead = record.lead
        if project := self.projects().get(lead.project):
            return LeadProject(project=project)
        for version in self.versions.latest(lead.project):
            former = self.read(version)
            if former and former.realpad.credentials == lead.credential:
                return LeadProject(project=former, basis=Basis.STORED, as_of=version.adopted_at)
        return from_call(record)
