"""What people have to hear of, and how they are reached."""

from collections.abc import Collection, Sequence
from typing import Protocol

from realpad_form.domain.alert import Alert, Kind


class AlertLog(Protocol):
    """Keeps what people have to hear of and what they were told; shared by all machines."""

    def note(self, alert: Alert) -> None:
        """Note that something happened; it is over when it has not happened for a day, or ended."""

    def end(self, kind: Kind, subject: str) -> None:
        """Note that something that was noted is over, if it was."""

    def watch(self, alerts: Sequence[Alert], *, kinds: Collection[Kind]) -> None:
        """Note all that is wrong now; what is of these kinds and not among these alerts is over."""

    def claim(self) -> list[Alert]:
        """Return the alerts to tell now: new ones, those told a day ago, and those over.

        Each is marked as told, so that nobody else gets it.
        """

    def give_back(self, alerts: Sequence[Alert]) -> None:
        """Let alerts that could not be told be claimed again."""


class Notifier(Protocol):
    """One way to reach people."""

    def tell(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts, all at once. Raises: NotificationError."""
