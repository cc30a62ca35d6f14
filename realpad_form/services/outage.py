"""Logs once that something fails again and again, and once that it works again."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from realpad_form.domain.errors import RealpadFormError

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class OutageLog:
    """Logs the beginning and the end of an outage, for all threads that share this."""

    began: str = "the lead log cannot be used, leads wait"
    ended: str = "the lead log can be used again"
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _is_on: bool = field(default=False, init=False)

    def failed(self, error: Exception) -> None:
        """Take note of a failure, and log it if it is the first one."""
        with self._lock:
            if not self._is_on:
                logger.error("%s: %s", self.began, describe(error))
            self._is_on = True

    def recovered(self) -> None:
        """Take note of a success, and log it if it is the first one after failures."""
        with self._lock:
            if self._is_on:
                logger.info("%s", self.ended)
            self._is_on = False

    @contextmanager
    def tolerated(self, *, passing_over: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """Do what is within, and go on after it whatever error it raises: for loops that must not end.

        The errors of `passing_over` are logged elsewhere, and say nothing about this outage.
        """
        try:
            yield
        except passing_over:
            pass
        except Exception as error:  # noqa: BLE001 - logged, and tried again by whoever loops
            self.failed(error)
        else:
            self.recovered()


def describe(error: Exception) -> str:
    """Return an error in words fit for a log: our own hold no personal data, others may."""
    return str(error) if isinstance(error, RealpadFormError) else type(error).__name__
