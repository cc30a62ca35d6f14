"""The list that a lead was opened from, so that its page leads back there, and to the leads beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from flask import g, request

from realpad_form.domain.errors import ProjectNotFoundError
from realpad_form.domain.lead import Lead
from realpad_form.domain.search import Cursor, InboxQuery
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me
from realpad_form.web.desk.errors import UnknownFilterError
from realpad_form.web.desk.inbox.filters import Filters

INBOX: Final = "/inbox/"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQueue:
    """A filtered list and the page of it that somebody saw, as both stand in the address of a lead."""

    filters: Filters = field(default_factory=Filters)
    after: str = ""  # the place before that page

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "LeadQueue":
        """Return the list that an address names; all leads if it names none that this person may use.

        An address of a lead is passed on to colleagues, who shall see the lead all the same.
        """
        if not values:
            return cls()
        try:
            filters = Filters.read(values)
        except UnknownFilterError:
            return cls()
        after = Cursor.read(values.get("after", ""))
        return cls(filters=filters, after=str(after or ""))

    @property
    def suffix(self) -> str:
        """What the addresses of a lead end with, so that the list is not forgotten; '' for all leads."""
        return self.address("")

    def address(self, page: str) -> str:
        """Return the address of a page, with this list."""
        if self == LeadQueue():
            return page
        return self.filters.address(page, **({"after": self.after} if self.after else {}))

    @property
    def list_address(self) -> str:
        """Where the list is shown."""
        return self.address(INBOX)

    def beside(self, lead: Lead) -> tuple[UUID | None, UUID | None]:
        """Return the leads before and after one in the list, whether it still belongs there or not.

        Of a search by somebody who sees leads masked nothing is told: each would count as another search.
        """
        if self.filters.q and me().is_masked:
            return None, None
        try:
            query = self.filters.permitted_query(me())
        except ProjectNotFoundError:
            return None, None
        turned = replace(query, is_oldest_first=not query.is_oldest_first)
        return _first(turned, after=lead), _first(query, after=lead)


def queue() -> LeadQueue:
    """Return the list that this request's address names."""
    if "lead_queue" not in g:
        g.lead_queue = LeadQueue.read(request.args)
    found: LeadQueue = g.lead_queue
    return found


def _first(query: InboxQuery, *, after: Lead) -> UUID | None:
    page = deps().services.index.page(query, after=Cursor(after.created_at, after.id), limit=1)
    return page.records[0].lead.id if page.records else None
