"""The use case of a person who wants to be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.ports import LeadFilter, OperatorLog
from realpad_form.services.intake import Intake


@dataclass(frozen=True, slots=True)
class Erasure:
    """Finds the leads of one person, to be erased. Source: GDPR Art. 17.

    Erased is what the log holds; Realpad's copy and exported files are for people to erase.
    """

    log: OperatorLog
    intake: Intake

    def count(self) -> int:
        """Return how many leads have to be looked at."""
        return self.log.count(LeadFilter())

    def find(self, subject: str) -> Iterator[Lead | None]:
        """Yield, for each lead, itself if any revision of it has this e-mail or phone (E.164), else None.

        What waits in this machine's spool is taken into the log first. Raises: StorageUnavailableError.
        """
        self.intake.take_in()
        wanted = subject.strip().casefold()
        for record in self.log.records(LeadFilter()):
            is_theirs = record.lead.status is not Status.ERASED and _is_of(record, wanted)
            yield record.lead if is_theirs else None


def _is_of(record: LeadRecord, wanted: str) -> bool:
    """Tell whether a person is the one of a lead."""
    contacts = (revision.answers.get(key) for revision in record.revisions for key in ("email", "phone"))
    return any(str(contact).casefold() == wanted for contact in contacts if contact)
