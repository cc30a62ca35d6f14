"""What campaigns cost, as a table from a spreadsheet or an advertising system tells it."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from realpad_form.domain.search import fold

MAX_AMOUNT: Final = Decimal(1_000_000_000)

_HEADS: Final = {
    "date": ("date", "day", "datum", "den", "den reportu"),
    "campaign": ("campaign", "campaign name", "utm campaign", "kampan", "nazev kampane", "kampan nazov"),
    "amount": ("amount", "cost", "spend", "amount spent", "castka", "naklady", "cena", "utrata", "suma"),
    "currency": ("currency", "currency code", "mena", "kod meny"),
}
"""What a column may be called, without accents and in lower case."""

_SYMBOLS: Final = {"kc": "CZK", "€": "EUR", "zl": "PLN", "$": "USD", "£": "GBP"}
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_IN_GROUPS: Final = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*")
"""A whole amount with its thousands separated; so `1.234` is never 1 and three decimals."""


class SpendFault(StrEnum):
    """Why a line cannot be taken."""

    DATE = "date"
    CAMPAIGN = "campaign"
    AMOUNT = "amount"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True, order=True)
class Spend:
    """What one campaign cost on one day."""

    day: date
    campaign: str
    currency: str  # ISO 4217
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFile:
    """What could be read of a file, and which of its lines could not."""

    rows: tuple[tuple[int, Spend], ...]  # with their lines, the head being the first
    faults: tuple[tuple[int, SpendFault, str], ...]  # line, why, and what stands there
    missing: tuple[str, ...] = ()  # columns without which nothing can be read


def read_spend(text: str, *, currency: str) -> SpendFile:
    """Return what a CSV says of spend; its columns may stand in any order, other ones are left alone.

    `currency` is that of amounts which name none. Days are written 2026-11-03, 3.11.2026 or 3/11/2026,
    amounts with a comma or a point.
    """
    lines = io.StringIO(text.lstrip("\ufeff"), newline=None)  # line ends of any system
    head = lines.readline()
    lines.seek(0)
    table = csv.reader(lines, delimiter=max(";\t,", key=head.count))
    titles = [fold(each).strip().replace("_", " ") for each in next(table, [])]
    places = {
        column: next((titles.index(name) for name in names if name in titles), None)
        for column, names in _HEADS.items()
    }
    missing = tuple(name for name in ("date", "campaign", "amount") if places[name] is None)
    if missing:
        return SpendFile(rows=(), faults=(), missing=missing)
    rows, faults = [], []
    for cells in table:
        if not any(map(str.strip, cells)):
            continue
        texts = {
            name: cells[place].strip() if place is not None and place < len(cells) else ""
            for name, place in places.items()
        }
        read = _read_row(texts, currency=currency)
        if isinstance(read, Spend):
            rows.append((table.line_num, read))
        else:
            faults.append((table.line_num, read, texts[read.value]))
    return SpendFile(rows=tuple(rows), faults=tuple(faults))


def _read_row(texts: Mapping[str, str], *, currency: str) -> Spend | SpendFault:
    day = _day(texts["date"])
    if day is None:
        return SpendFault.DATE
    if not texts["campaign"]:
        return SpendFault.CAMPAIGN
    sign = re.sub(r"[\d\s.,+-]", "", texts["amount"])
    unit = texts["currency"].upper() or _SYMBOLS.get(fold(sign), sign.upper()) or currency
    if not _CURRENCY.fullmatch(unit):
        return SpendFault.CURRENCY if texts["currency"] else SpendFault.AMOUNT
    amount = _amount(re.sub(r"[^\d.,-]", "", texts["amount"]))
    if amount is None:
        return SpendFault.AMOUNT
    return Spend(day, texts["campaign"], unit, int((amount * 100).to_integral_value()))


def _day(text: str) -> date | None:
    european = re.fullmatch(r"(\d{1,2})[./]\s*(\d{1,2})[./]\s*(\d{4})", text)
    try:
        day = date(*map(int, reversed(european.groups()))) if european else date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _amount(text: str) -> Decimal | None:
    """Return an amount; the last comma or point is that of the decimals unless it separates thousands."""
    if not re.search(r"\d", text):
        return None
    whole, mark, decimals = (
        text.rpartition(",") if text.rfind(",") > text.rfind(".") else text.rpartition(".")
    )
    if not mark or _IN_GROUPS.fullmatch(text):
        whole, decimals = whole + decimals, "0"
    try:
        amount = Decimal(f"{re.sub('[.,]', '', whole) or 0}.{decimals}")
    except InvalidOperation:
        return None
    return amount if 0 <= amount < MAX_AMOUNT else None


def summed_up(rows: Sequence[Spend]) -> Iterator[Spend]:
    """Yield one row for each day, campaign and currency: a file may name an advert per line."""
    found: dict[tuple[date, str, str], int] = {}
    for each in rows:
        key = (each.day, each.campaign, each.currency)
        found[key] = found.get(key, 0) + each.cents
    for (day, campaign, currency), cents in sorted(found.items()):
        yield Spend(day, campaign, currency, cents)
