"""What the figures of marketers are counted in."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from realpad_form.domain.figures import Counts, Funnel


class By(StrEnum):
    """What figures are listed by."""

    DAY = "day"
    CAMPAIGN = "campaign"
    UNIT = "unit"
    PROJECT = "project"
    ALL = "all"  # in one row, named ''


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureQuery:
    """Which figures to show; what is None does not matter."""

    since: date  # the first local day
    until: date  # the last local day, itself included
    projects: frozenset[str] | None = None  # None: all; empty: none
    campaign: str | None = None  # '': without one
    unit: str | None = None  # '': without one


class Tally(Protocol):
    """Keeps counts, shared by all machines. Any method may raise StorageUnavailableError."""

    def add(self, counts: Counts) -> None:
        """Add to what is counted already, all of it or nothing."""

    def report(self, query: FigureQuery, *, by: By) -> list[Funnel]:
        """Return the figures by name, in its order; days and names without any are left out.

        Views, starts and sends come in a few seconds late, what became of leads likewise.
        """
