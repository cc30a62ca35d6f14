"""The use case of showing a lead's personal data to somebody who sees leads masked."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final

from realpad_form.domain.errors import RevealLimitError
from realpad_form.domain.lead import Lead
from realpad_form.domain.people import AuditAction, Person
from realpad_form.ports import AuditLimit, AuditLog

LIMIT: Final = AuditLimit(most=60, within=timedelta(hours=1))
"""Enough for whoever calls one lead after the other, and too few to carry off a list of them."""


@dataclass(frozen=True, slots=True)
class Reveals:
    """Writes down whose personal data is shown to whom, and shows only so much an hour."""

    audit: AuditLog

    def permit(self, lead: Lead, *, by: Person) -> None:
        """Write down that a lead is revealed; of whoever sees leads masked it counts.

        Raises: RevealLimitError; StorageUnavailableError.
        """
        about = {"subject": str(lead.id), "project": lead.project}
        if not by.is_masked:
            self.audit.record(AuditAction.REVEALED, by=by.id, **about)
            return
        wait = self.audit.record_limited(AuditAction.REVEALED, LIMIT, by=by.id, **about)
        if wait:
            raise RevealLimitError(retry_after_s=ceil(wait.total_seconds()))
