"""One way to reach people, by itself: what it still owes, and how long it is left alone after it failed."""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.errors import NotificationError
from realpad_form.ports import Notifier
from realpad_form.services.outage import describe

MAX_SKIPPED_ROUNDS: Final = 60
"""A way that fails is tried at the next look, then at every second, fourth …, and this one at the latest."""

MAX_PENDING: Final = 100
"""What a way that fails may owe; the oldest is let go, and comes again with the next day."""

SEND_TIMEOUT_S: Final = 30.0
"""How long a way may take; a server that answers a byte now and then would keep us for ever."""

logger = logging.getLogger(__name__)


class NotificationChannel:
    """Tells through one notifier; what it could not tell, it tells with the next alerts or by itself."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._owed: dict[tuple[Kind, str], Alert] = {}
        self._failures = self._rest = 0
        self._going_on: Future[None] | None = None  # what was given up, and may be told all the same

    def tell(self, alerts: Sequence[Alert]) -> bool:
        """Tell alerts and what is owed; return whether they are told. What is not is owed from now on."""
        self.forget(alerts)
        self._owed |= {(alert.kind, alert.subject): alert for alert in alerts}
        is_told = not self._owed or self._try_again()
        self._keep_newest()
        return is_told

    def forget(self, alerts: Sequence[Alert]) -> None:
        """Owe these no longer, since somebody else does."""
        for alert in alerts:
            self._owed.pop((alert.kind, alert.subject), None)

    def _keep_newest(self) -> None:
        for key in list(self._owed)[:-MAX_PENDING]:
            del self._owed[key]

    def _try_again(self) -> bool:
        """Tell what is owed, unless this look is one of those in which a way that failed is left alone."""
        if self._rest:
            self._rest -= 1
            return False
        try:
            self._tell_in_time(list(self._owed.values()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other ways go on
            logger.error("alerts could not be sent: %s", describe(error))
            self._failures += 1
            self._rest = min(2 ** min(self._failures - 1, 10), MAX_SKIPPED_ROUNDS) - 1
            return False
        self._owed, self._failures = {}, 0
        return True

    def _tell_in_time(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts, or give it up. Raises: NotificationError; whatever the notifier does."""
        if self._going_on and not self._going_on.done():
            raise NotificationError("the last try has not ended yet")
        self._going_on = Future()
        arguments = (self._notifier, alerts, self._going_on)
        threading.Thread(target=_tell, args=arguments, daemon=True).start()
        try:
            self._going_on.result(SEND_TIMEOUT_S)
        except TimeoutError as error:
            raise NotificationError(f"no end within {SEND_TIMEOUT_S:g} s") from error


def _tell(notifier: Notifier, alerts: Sequence[Alert], outcome: Future[None]) -> None:
    try:
        notifier.tell(alerts)
        outcome.set_result(None)
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        outcome.set_exception(error)
