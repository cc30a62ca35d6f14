"""All leads that match, page by page."""

from collections.abc import Iterator
from typing import Final

from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.lead_list import InboxQuery
from realpad_form.ports.reports import LeadIndex

AT_ONCE: Final = 200
"""As many leads are in memory at a time."""


def matches(index: LeadIndex, query: InboxQuery) -> Iterator[LeadRecord]:
    """Yield every lead that matches, newest first. Raises: StorageUnavailableError."""
    page = index.page(query, limit=AT_ONCE)
    yield from page.records
    while page.older:
        page = index.page(query, after=page.older, limit=AT_ONCE)
        yield from page.records
