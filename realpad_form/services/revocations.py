"""The use case of a person who takes a consent back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.errors import CrmError
from realpad_form.domain.lead import LeadRecord
from realpad_form.ports import Credential, CrmGateway

SEVERAL: Final = 409
"""Several customers have the e-mail. Source: Realpad docs, "Revoking customer consent"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What came of revoking a consent in Realpad."""

    problem: CrmError | None = None

    @property
    def needs_customer(self) -> bool:
        """Tell whether the e-mail was not enough to know whom it is about."""
        return self.problem is not None and self.problem.status == SEVERAL


@dataclass(frozen=True, slots=True)
class Revocations:
    """Revokes consents in Realpad; the evidence of what was once given stays in the lead log."""

    crm: CrmGateway
    credential: Callable[[str], Credential]

    def revoke(self, record: LeadRecord, consent_id: int, *, customer_id: int | None, notes: str) -> Revoked:
        """Revoke a consent of a lead's customer, named by number, or else by the lead's e-mail.

        Raises: CredentialNotFoundError; ValueError, if the lead has no e-mail and there is no number.
        """
        email = None if customer_id else record.current.answers.get("email")
        credential = self.credential(record.lead.credential)
        try:
            self.crm.revoke_consent(
                credential, consent_id, email=email, customer_id=customer_id, notes=notes or None
            )
        except CrmError as error:
            return Revoked(problem=error)
        return Revoked()
