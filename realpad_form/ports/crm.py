"""What Realpad's web service is to the services."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from realpad_form.domain.delivery import Answer
from realpad_form.domain.listing import LeadList


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A login pair for Realpad; never printed, logged or stored."""

    name: str
    login: str
    password: str

    def __repr__(self) -> str:
        return f"Credential({self.name!r})"


class CrmGateway(Protocol):
    """Realpad's web service, one call a method, never a retry inside."""

    def create_lead(self, credential: Credential, payload: Mapping[str, str]) -> Answer:
        """Send one lead; every way it can end is an Answer, nothing is raised."""

    def list_leads(self, credential: Credential) -> LeadList | Answer:
        """Return the account's leads of the last 7 days, or the answer that came instead; raises nothing."""

    def list_consent_types(self, credential: Credential) -> list[tuple[int, str]]:
        """Return ids and names of the tenant's consents. Raises: CrmError."""

    def revoke_consent(
        self,
        credential: Credential,
        consent_id: int,
        *,
        email: str | None = None,
        customer_id: int | None = None,
        notes: str | None = None,
    ) -> None:
        """Invalidate one consent of one customer, named in exactly one way. Raises: CrmError."""
