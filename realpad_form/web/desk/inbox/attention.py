"""What needs a person first: lanes that stand still, leads to decide about, broken files, a restore."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from realpad_form.catalog import Good
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import DataKeyError, Problem
from realpad_form.domain.restored import Restored
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me
from realpad_form.web.desk.inbox.connections import LaneView, StrandedView, visible_lanes, visible_stranded


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A project file with mistakes."""

    file: str
    mistakes: list[Problem]
    good: Good | None  # the last good version, which visitors get meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What is wrong now, as far as who is signed in may see it."""

    lanes: list[LaneView]
    stranded: list[StrandedView]
    broken: list[Broken]
    counts: Mapping[Status, int]
    restored: Restored | None = None  # for those who may see all projects
    has_wrong_key: bool = False  # stored leads cannot be opened, and new ones are refused

    @property
    def stopped(self) -> list[LaneView]:
        """The lanes that stand still until a person resumes them."""
        return [lane for lane in self.lanes if lane.is_stopped]

    @property
    def held(self) -> list[LaneView]:
        """The lanes that wait by themselves and have leads waiting."""
        return [lane for lane in self.lanes if lane.state == "paused" and lane.waiting]


def find_attention() -> Attention:
    """Return what is wrong now."""
    counts = deps().services.index.counts(me().projects)
    restored = deps().services.restores.state() if me().projects is None else None
    has_wrong_key = False
    try:
        deps().services.log.check_data_keys()
    except DataKeyError:
        has_wrong_key = True
    return Attention(
        lanes=visible_lanes(),
        stranded=list(visible_stranded()),
        broken=list(_broken()),
        counts=counts,
        restored=restored,
        has_wrong_key=has_wrong_key,
    )


def _broken() -> Iterator[Broken]:
    """Yield the broken files of projects that who is signed in may see."""
    catalog = deps().services.catalog
    mistakes = [problem for problem in catalog.problems() if not problem.is_warning]
    for path, those in groupby(mistakes, key=lambda mistake: Path(mistake.path)):
        if me().sees(path.stem):
            yield Broken(file=path.name, mistakes=list(those), good=catalog.stand_in(path))
