"""Realpad's web service, as the port CrmGateway wants it. Source: Realpad docs, "Sending leads"."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from realpad_form.adapters.realpad.answers import date_of, scrub, to_answer
from realpad_form.adapters.realpad.transport import LIMIT_BYTES, NoReply, Reply, post
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.errors import CrmError
from realpad_form.domain.listing import LeadList, ListEntry
from realpad_form.ports import Credential


class _ConsentType(BaseModel):
    id: int
    name: str


class _Entry(BaseModel):
    inquiry_id: int
    customer_id: int
    customer_name: str | None = None
    timestamp: AwareDatetime
    projects: list[str] | None = None
    campaign: str | None = None


LIST_BYTES: Final = 16 * 1024 * 1024
"""As much of a list of leads is read: a week of some 80,000."""

GAVE_UP: Final = (502, 504)
"""A proxy's answers that do not tell whether Realpad behind it did what was asked."""

_ENTRIES: Final = TypeAdapter(list[_Entry])
_CONSENT_TYPES: Final = TypeAdapter(list[_ConsentType])


class RealpadGateway:
    """Calls Realpad, once per method; keeps nothing between two calls.

    `timeout_s` bounds a whole call. `ca` replaces the trusted certificates, for tests.
    """

    def __init__(self, base_url: str, timeout_s: float, *, ca: Path | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._ca = ca

    def create_lead(self, credential: Credential, payload: Mapping[str, str]) -> Answer:
        """Send one lead; every way it can end is an Answer.

        Only a mistake of ours before there was a connection raises; then nothing has left.
        """
        reply = self._call("create-lead", credential, payload)
        return to_answer(reply, clean=lambda text: _clean(text, credential))

    def list_leads(self, credential: Credential) -> LeadList | Answer:
        """Return the account's leads of the last 7 days, or the answer that came instead; raises nothing."""
        reply = self._call("list-leads", credential, {}, limit_bytes=LIST_BYTES)
        if isinstance(reply, NoReply) or not 200 <= reply.status < 300:
            return to_answer(reply, clean=lambda text: _clean(text, credential))
        # From here on its words are not kept: they may be a piece of the list, with customers' names.
        if not reply.is_whole:
            return Answer(outcome=Outcome.UNKNOWN, status=reply.status, text="the list was cut off")
        try:
            entries = tuple(_listed(entry) for entry in _ENTRIES.validate_json(reply.body))
        except ValidationError:
            return Answer(outcome=Outcome.UNKNOWN, status=reply.status, text="this is no list of leads")
        return LeadList(entries=entries, dated_at=date_of(reply))

    def list_consent_types(self, credential: Credential) -> list[tuple[int, str]]:
        """Return ids and names of the tenant's consents. Raises: CrmError."""
        reply = self._ask("list-consent-types", credential, {})
        try:
            types = _CONSENT_TYPES.validate_json(reply.body)
        except ValidationError:
            raise CrmError(reply.status, "this is no list of consent types") from None
        return [(kind.id, kind.name) for kind in types]

    def revoke_consent(
        self,
        credential: Credential,
        consent_id: int,
        *,
        email: str | None = None,
        customer_id: int | None = None,
        notes: str | None = None,
    ) -> None:
        """Invalidate one consent of one customer, named in exactly one way.

        Raises: CrmError; ValueError, if named in no way or in both.
        """
        if (email is None) == (customer_id is None):
            raise ValueError("name the customer by e-mail or by id, not both")
        customer = {"email": email} if email is not None else {"customerid": str(customer_id)}
        form = {**customer, "consentid": str(consent_id), **({"notes": notes} if notes else {})}
        reply = self._ask("revoke-customer-consent", credential, form)
        # Source: Realpad docs, "Revoking customer consent": the body is empty. A page is of a proxy.
        if reply.body.lstrip().startswith(b"<"):
            raise CrmError(reply.status, "the answer is a page, not Realpad's", is_outcome_unknown=True)

    def _ask(self, endpoint: str, credential: Credential, form: Mapping[str, str]) -> Reply:
        """Return a 2xx answer. Raises: CrmError, on any other and on none."""
        reply = self._call(endpoint, credential, form)
        if isinstance(reply, NoReply):
            raise CrmError(None, _clean(reply.why, credential), is_outcome_unknown=reply.has_left)
        if not 200 <= reply.status < 300:
            words = _clean(reply.body.decode(errors="replace"), credential)
            raise CrmError(reply.status, words, is_outcome_unknown=reply.status in GAVE_UP)
        return reply

    def _call(
        self,
        endpoint: str,
        credential: Credential,
        form: Mapping[str, str],
        *,
        limit_bytes: int = LIMIT_BYTES,
    ) -> Reply | NoReply:
        """Send a form with login and password, which nothing in it can override."""
        secrets = {"login": credential.login, "password": credential.password}
        url = f"{self._base_url}/{endpoint}"
        form = {**form, **secrets}
        return post(url, form, timeout_s=self._timeout_s, ca=self._ca, limit_bytes=limit_bytes)


def _clean(text: str, credential: Credential) -> str:
    return scrub(text, (credential.login, credential.password))


def _listed(entry: _Entry) -> ListEntry:
    return ListEntry(
        inquiry_id=entry.inquiry_id,
        customer_id=entry.customer_id,
        customer_name=entry.customer_name or "",
        at=entry.timestamp,
        projects=tuple(entry.projects or ()),
        campaign=entry.campaign or "",
    )
