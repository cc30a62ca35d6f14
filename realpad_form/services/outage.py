"""Says once that something fails again and again, and once that it works again."""

import logging
import threading
from dataclasses import dataclass, field

from realpad_form.domain.errors import RealpadFormError

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Outage:
    """Says once that the storage is down, and once that it is back, for all threads that share this."""

    began: str = "the lead log cannot be used, leads wait"
    ended: str = "the lead log can be used again"
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _is_on: bool = field(default=False, init=False)

    def is_on(self, error: Exception) -> None:
        """Note a failure."""
        with self._lock:
            if not self._is_on:
                logger.error("%s: %s", self.began, describe(error))
            self._is_on = True

    def is_over(self) -> None:
        """Note a success."""
        with self._lock:
            if self._is_on:
                logger.info("%s", self.ended)
            self._is_on = False


def describe(error: Exception) -> str:
    """Return an error in words fit for a log: our own hold no personal data, others may."""
    return str(error) if isinstance(error, RealpadFormError) else type(error).__name__
