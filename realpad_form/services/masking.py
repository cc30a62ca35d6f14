"""What people who see leads masked get: masked texts, search by whole values, and some leads revealed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID

from realpad_form.domain.errors import PartialSearchError, RevealLimitError, SearchLimitError
from realpad_form.domain.lead import Answers, Lead
from realpad_form.domain.people import AuditAction, Person
from realpad_form.domain.search import InboxQuery, WholeValue
from realpad_form.ports import AuditLimit, AuditLog

DOTS: Final = "••••"
PLAIN: Final = frozenset({"rooms", "price_max", "unit", "unit_id", "campaign"})
"""Answers that say nothing of a person; everything else is masked, a project's own questions, too."""

MOST_WORDS: Final = 4
"""A text of more words is no name, and its initials would say too much."""

_PHONE: Final = re.compile(r"\+\d{7,15}")


def mask(text: str) -> str:
    """Return a name, an e-mail or a phone with most of it hidden; of other texts nothing is left."""
    bare = text.strip()
    if _PHONE.fullmatch(bare.replace(" ", "")):
        return _phone(bare.replace(" ", ""))
    name, sign, domain = bare.partition("@")
    if sign:
        return f"{_word(name)}@{_word(domain)}"
    words = bare.split()
    return " ".join(map(_word, words)) if 0 < len(words) <= MOST_WORDS else DOTS * bool(words)


def mask_answers(answers: Answers) -> dict[str, Any]:
    """Return answers with everything hidden that may tell who gave them."""
    return {name: value if name in PLAIN else _masked(value) for name, value in answers.items()}


def mask_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by name, e.g. captured parameters or a call's body, with the same hidden."""
    return {name: value if name in PLAIN else mask(value) for name, value in texts.items()}


def _phone(phone: str) -> str:
    """Keep country and last three digits: what people read out to tell which number they mean."""
    country = phone[:4] if phone.startswith("+42") else phone[:3]
    return f"{country} ••• ••• {phone[-3:]}"


def _word(word: str) -> str:
    """Keep a word's first letter or digit, however long it is."""
    first = next((letter for letter in word if letter.isalnum()), "")
    return f"{first}{DOTS}"


def _masked(value: Any) -> Any:
    """Hide whatever an answer may be; a yes or no stays."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_masked(each) for each in value]
    return mask(value) if isinstance(value, str) else DOTS


SEARCH_LIMIT: Final = AuditLimit(most=30, within=timedelta(hours=1))
"""Enough for whoever answers the phone, and for nobody who guesses."""

REVEAL_LIMIT: Final = AuditLimit(most=60, within=timedelta(hours=1))
"""Enough for whoever calls one lead after the other, and too few to carry off a list of them."""

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
        kinds = {
            "e-mail": whole.email,
            "lead id": whole.lead_id,
            "phone": whole.phones,
            "customer id": whole.customer_id is not None,
        }
        detail = " or ".join(kind for kind, is_meant in kinds.items() if is_meant)
        wait = self.audit.record_limited(AuditAction.SEARCHED, SEARCH_LIMIT, by=by.id, detail=detail)
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
        wait = self.audit.record_limited(AuditAction.REVEALED, REVEAL_LIMIT, by=by.id, **about)
        if wait:
            raise RevealLimitError(retry_after_s=ceil(wait.total_seconds()))
