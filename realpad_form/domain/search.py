"""What a lead is found by: words and whole values; and the list of leads that a search shows."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import LeadRecord, Revision

LEAST_CHARS: Final = 3
MOST_CHARS: Final = 8
"""Beginnings of names are found from so many letters, and told apart up to so many."""

NOTE_WORDS: Final = 40
WORD_CHARS: Final = 64
ASKED_WORDS: Final = 8
ID_CHARS: Final = 8

PHONE_ENDS: Final = (9, 6, 4)
"""How many last digits a phone number is found by; nine are all of it without the country."""

_WITHOUT_ACCENT: Final = str.maketrans("łđøħı", "ldohi")
_NUMBER: Final = re.compile(r"(?<!\w)\+?\d(?:[ \-/().]{0,2}\d){5,}(?!\w)")
_ENDS: Final = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum()) + "„“”‚‘’«»…–—¡¿"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeValue:
    """A whole e-mail, phone number or id to find leads by: all that may be searched for in masked leads.

    A text may be read in more than one way, as a customer id or a phone number; any of them counts.
    """

    email: str = ""
    phones: frozenset[str] = frozenset()  # E.164
    lead_id: UUID | None = None
    customer_id: int | None = None

    @property
    def words(self) -> frozenset[str]:
        """What leads are looked up by, before `is_of` compares them: the index knows only parts of some."""
        words = {*_tokens(self.email)[:1], *(_phone(_digits(number)) for number in self.phones)}
        ids = {self.lead_id.hex[:ID_CHARS]} if self.lead_id else set()
        customers = set() if self.customer_id is None else {str(self.customer_id)}
        return frozenset(words | ids | customers)

    def is_of(self, record: LeadRecord) -> bool:
        """Tell whether a lead, or an earlier revision of it, has this value, all of it."""
        if record.lead.id == self.lead_id:
            return True
        if self.customer_id is not None and record.lead.customer_id == self.customer_id:
            return True
        for revision in record.revisions:
            email, phone = (str(revision.answers.get(key) or "") for key in ("email", "phone"))
            if phone in self.phones or (self.email and fold(email) == fold(self.email)):
                return True
        return False


def fold(text: str) -> str:
    """Return a text without accents and case."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_WITHOUT_ACCENT)


def words_of(record: LeadRecord) -> frozenset[str]:
    """Return what a lead is found by, over all its revisions; nothing of one that is erased."""
    words = {word for revision in record.revisions for word in _words_of_revision(revision)}
    if not words:
        return frozenset()
    customer = record.lead.customer_id
    return frozenset(words | {record.lead.id.hex[:ID_CHARS]} | ({str(customer)} if customer else set()))


def asked(text: str) -> list[frozenset[str]]:
    """Return what a lead must be found by: one word, at least, out of every set."""
    ids = [word for word in text.split() if _is_id(word)]
    rest = " ".join(word for word in text.split() if not _is_id(word))
    alternatives = [_alternatives(_digits(number)[-WORD_CHARS:]) for number in _NUMBER.findall(rest)]
    alternatives += [_alternatives(word) for word in _tokens(_NUMBER.sub(" ", rest))]
    alternatives += [frozenset({word, UUID(word).hex[:ID_CHARS]}) for word in ids]
    return list(dict.fromkeys(alternatives))[:ASKED_WORDS]


def _is_id(word: str) -> bool:
    try:
        UUID(word)
    except ValueError:
        return False
    return True


class Facet(StrEnum):
    """What lists of leads are narrowed down by besides words; nothing of it is personal."""

    CAMPAIGN = "campaign"
    UNIT = "unit"

    def word(self, name: str) -> str:
        """Return what the leads of one are found by; no word that is typed has a space in it."""
        return f"{self} {fold(name)}"


FACET_CHARS: Final = 500
"""Longer campaigns and units are found by their whole name alone."""


@dataclass(frozen=True, slots=True)
class FacetName:
    """A campaign or unit of a project, as it was written."""

    project: str
    facet: Facet
    name: str


@dataclass(frozen=True, slots=True)
class FacetMatches:
    """The campaigns or units that a person means: leads of any of them match."""

    facet: Facet
    asked: str  # words of a name, or the whole name in quotes
    names: tuple[str, ...] = ()  # that hold these words, as far as they are looked for
    is_cut: bool = False  # more of them do

    @property
    def words(self) -> frozenset[str]:
        """What the leads are found by; what was asked for may be the whole name of one that is not known."""
        whole = whole_name(self.asked)
        return frozenset(map(self.facet.word, (*self.names, self.asked if whole is None else whole)))


def whole_name(asked: str) -> str | None:
    """Return the name that a text in quotes is, or None for one without."""
    found = re.fullmatch(r"\s*[\"“”„](.+)[\"“”]\s*", asked)
    return found[1].strip() if found else None


def facets_of(record: LeadRecord) -> dict[FacetName, bool]:
    """Return the campaigns and units of a lead over all its revisions, and which ones it counts for.

    It counts where its visitor sent it from, whatever was corrected later; like in the statistics.
    """
    found: dict[FacetName, bool] = {}
    for number, revision in enumerate(record.revisions):
        units = [str(revision.answers[key]) for key in ("unit", "unit_id") if revision.answers.get(key)]
        named = [(Facet.CAMPAIGN, str(revision.payload.get("campaign") or ""), True)]
        named += [(Facet.UNIT, unit, unit == units[0]) for unit in units]
        for facet, name, is_sent_from in named:
            if name and max(len(name), len(fold(name))) <= FACET_CHARS:
                found.setdefault(FacetName(record.lead.project, facet, name), number == 0 and is_sent_from)
    return found


def _words_of_revision(revision: Revision) -> Iterator[str]:
    texts = {key: str(value) for key, value in revision.answers.items()}
    for key in ("name", "surname", "full_name"):
        for word in _with_parts(texts.get(key, "")):
            yield from (word[:length] for length in range(LEAST_CHARS, MOST_CHARS + 1))
    for address in _tokens(texts.get("email", "")):
        local, _, domain = address.partition("@")
        yield from (each for each in (address, local, domain) if each)
        yield from re.findall(r"[^\W_]{3,}", local)
    if digits := _digits(texts.get("phone", "")):
        yield from (_phone(digits[-length:]) for length in PHONE_ENDS)
    yield from list(dict.fromkeys(_with_parts(texts.get("note", ""))))[:NOTE_WORDS]
    if campaign := revision.payload.get("campaign"):
        yield Facet.CAMPAIGN.word(campaign)
    for unit in filter(None, (texts.get("unit"), texts.get("unit_id"))):
        yield Facet.UNIT.word(unit)
        yield from _tokens(unit)


def _alternatives(word: str) -> frozenset[str]:
    """Return what one typed word may stand for."""
    if word.isdigit() and len(word) >= PHONE_ENDS[-1]:
        return frozenset({word, _phone(word)})
    return frozenset({word, word[:MOST_CHARS]} if word.isalpha() else {word})


def _phone(digits: str) -> str:
    """Return what a number is found by: as many last digits as are kept."""
    length = next((length for length in PHONE_ENDS if len(digits) >= length), len(digits))
    return f"phone {digits[-length:]}"


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _tokens(text: str) -> list[str]:
    """Return what stands between spaces, without the punctuation around it."""
    words = (word.strip(_ENDS)[:WORD_CHARS] for word in fold(text).split())
    return [word for word in words if word]


def _with_parts(text: str) -> Iterator[str]:
    """Yield words, and the parts of those with punctuation inside."""
    for word in _tokens(text):
        yield word
        parts = re.findall(r"[^\W_]+", word)
        yield from parts if len(parts) > 1 else []


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

COUNTED: Final = (Status.REJECTED, Status.UNKNOWN, Status.QUARANTINED, Status.QUEUED, Status.SENDING)
"""The statuses that are counted: what a person or a relay still has to do; the rest only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Which leads to show; what is None or '' does not matter, and all of the rest must be true.

    `text` is what a person types: words of names (or their beginnings of three letters and more), of notes,
    an e-mail address, its name or its domain, a phone number or its end, a unit, a customer id, a lead's
    id or the first eight letters of it. Accents, case and order do not matter.

    `whole` takes the place of `text` for people who see leads masked: it is found whole, or not at all.
    """

    text: str = ""
    whole: WholeValue | None = None
    statuses: Collection[Status] = ()  # empty: all
    projects: frozenset[str] | None = None  # None: all; empty: none
    campaigns: FacetMatches | None = None
    units: FacetMatches | None = None
    assignee: UUID | None = None  # who looks after them
    since: datetime | None = None  # created at or after, aware
    until: datetime | None = None  # created before, aware
    is_oldest_first: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """The place after one lead in the list, to be kept in an address; newer leads are greater."""

    created_at: datetime  # aware, UTC
    lead_id: UUID

    def __str__(self) -> str:
        """Return it as `Cursor.read` takes it, with characters that need no quoting in an address."""
        return f"{(self.created_at - EPOCH) // timedelta(microseconds=1)}_{self.lead_id.hex}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor that was written so, or None if it is none."""
        micros, _, lead_id = text.partition("_")
        try:
            return cls(EPOCH + timedelta(microseconds=int(micros)), UUID(hex=lead_id))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    """Some leads, in the order that was asked for.

    It may hold fewer than asked for, even none, while `further` is not None: so much was looked through that
    a person should decide whether to look on. `further` is then the place that was reached.
    """

    records: tuple[LeadRecord, ...]
    further: Cursor | None  # what to pass as `after` for the next page; None at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCount:
    """How many leads match, as far as they are counted."""

    number: int
    is_exact: bool  # else there are at least so many
