"""The use case of a search by somebody who sees leads masked."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Final
from uuid import UUID

from realpad_form.domain.errors import PartialSearchError, SearchLimitError
from realpad_form.domain.people import AuditAction, Person
from realpad_form.domain.search import InboxQuery, WholeValue
from realpad_form.ports import AuditLimit, AuditLog

LIMIT: Final = AuditLimit(most=30, within=timedelta(hours=1))
"""Enough for whoever answers the phone, and for nobody who guesses."""

CUSTOMER_DIGITS: Final = 18

_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class MaskedSearch:
    """Keeps search from unmasking: whole values only, so many an hour, each written down without the value.

    By part words or the last digits of a number, hidden names and phones could be guessed piece by piece.
    """

    audit: AuditLog
    phones: Callable[[str], frozenset[str]]  # the numbers, in E.164, that a text may mean

    def permit(self, query: InboxQuery, *, by: Person) -> InboxQuery:
        """Return a query as a person may make it; of whoever sees leads masked it counts as a search.

        Raises: PartialSearchError, SearchLimitError; StorageUnavailableError.
        """
        if not by.is_masked or not query.text:
            return query
        whole = self._read(query.text)
        if not whole.words:
            raise PartialSearchError
        wait = self.audit.record_limited(AuditAction.SEARCHED, LIMIT, by=by.id, detail=_kind(whole))
        if wait:
            raise SearchLimitError(retry_after_s=ceil(wait.total_seconds()))
        return replace(query, whole=whole)

    def _read(self, text: str) -> WholeValue:
        """Return what a text is the whole of, which may be nothing."""
        if _EMAIL.fullmatch(text):
            return WholeValue(email=text)
        try:
            return WholeValue(lead_id=UUID(text))
        except ValueError:
            pass
        is_number = text.isascii() and text.isdigit() and len(text) <= CUSTOMER_DIGITS
        return WholeValue(phones=self.phones(text), customer_id=int(text) if is_number else None)


def _kind(whole: WholeValue) -> str:
    """Return what the audit log says was searched for."""
    if whole.email:
        return "e-mail"
    if whole.lead_id:
        return "lead id"
    kinds = {"phone": bool(whole.phones), "customer id": whole.customer_id is not None}
    return " or ".join(kind for kind, is_one in kinds.items() if is_one)
