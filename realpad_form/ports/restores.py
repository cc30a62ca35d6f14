"""What is known of whether the lead log is a restored copy of itself."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from realpad_form.domain.lane import LaneKey
from realpad_form.domain.restored import Hint, KnownCall, Restored, Sign, Unsent


class Restores(Protocol):
    """Notices that the lead log is a restored copy, and keeps its leads from being sent blindly.

    Every method may raise StorageUnavailableError.
    """

    def notice(self) -> Restored | None:
        """Look for proof that this log is a restored copy; return what was done if this found the first.

        Then what is queued or unknown is in doubt: `unknown`, as if a call had lasted until now. Sessions
        and one-time links are over. All in one transaction, in which nothing can be claimed.
        """

    def proof(self) -> Sign | None:
        """Return what proves that this log is a restored copy, and do nothing about it."""

    def hint(self) -> Hint | None:
        """Return what hints at a restored copy, and do nothing about it."""

    def suspect(self) -> Hint | None:
        """Let no lane send that has leads waiting before its list was looked at, if anything hints at a copy.

        Returns what hints at it; None if nothing does, or nothing waits. Asked once, before a relay begins.
        """

    def keep(self) -> None:
        """Keep beside the database how many calls it knows of."""

    def to_look(self, keys: Sequence[LaneKey]) -> list[LaneKey]:
        """Return the lanes whose list is to be looked at before anything is sent."""

    def looked(self, key: LaneKey, *, is_over: bool) -> None:
        """Note a look at a lane's list: it may send again, or, unless `is_over`, after so many more tries."""

    def unsent(self, keys: Iterable[LaneKey]) -> list[Unsent]:
        """Return the leads of lanes that the log does not know to have been sent."""

    def calls(self, keys: Iterable[LaneKey], *, since: datetime) -> list[KnownCall]:
        """Return the calls through lanes since a time that Realpad may list."""

    def doubt(self, sign: Sign) -> Restored:
        """Put everything in doubt as `notice` does, for a reason that it cannot know of."""

    def by_hand(self, *, again: bool = False) -> Restored:
        """Do it because a person says so, unless it was done and nothing speaks for a copy since.

        `again` does it in any case. Returns what is in doubt now.
        """

    def state(self) -> Restored | None:
        """Return that this is a restored copy, while leads of it are in doubt and nobody has dismissed it."""

    def dismiss(self) -> None:
        """Note that a person knows that this is a restored copy; what is in doubt stays so."""

    def unapplied(self) -> datetime | None:
        """Return when this was noticed, if what was erased since the copy was not erased again here."""

    def applied(self, restored_at: datetime) -> None:
        """Note that it was."""

    def now(self) -> datetime:
        """Return the log's own time, aware, UTC."""


class Tombstones(Protocol):
    """Remembers outside the database what was erased and who lost rights: ids only."""

    def add(self, **about: Any) -> None:
        """Add a line; on disk before this returns."""

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was added, oldest first."""
