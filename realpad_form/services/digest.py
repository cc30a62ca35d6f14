"""The use case that makes leads findable and counts them, some seconds after they were stored."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.errors import RealpadFormError
from realpad_form.domain.figures import counts_of
from realpad_form.domain.search import words_of
from realpad_form.ports.inbox import Digest, Digests, Undigested

AT_ONCE: Final = 50
LOOK_EVERY_S: Final = 2.0
REST: Final = 3
"""So many times as long as a batch took, the database is left to others."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Digesting:
    """Digests leads, never in a visitor's request; any number of these may run, on any number of machines."""

    digests: Digests

    def run(self, stop: threading.Event) -> None:
        """Digest again and again until told to stop."""
        while not stop.is_set():
            began = time.monotonic()
            try:
                is_rest_left = self.run_once() > 0
            except RealpadFormError as error:
                logger.error("leads could not be made findable: %s", error)
                is_rest_left = False
            stop.wait(REST * (time.monotonic() - began) if is_rest_left else LOOK_EVERY_S)

    def run_once(self) -> int:
        """Digest some leads, newest first; return how many there were. Raises: StorageUnavailableError."""
        seen = self.digests.undigested(AT_ONCE)
        if seen:
            self.digests.digest([_digest(each) for each in seen])
        return len(seen)


def _digest(seen: Undigested) -> Digest:
    counts, tallied = counts_of(seen.record, seen.tallied)
    return Digest(seen=seen, words=words_of(seen.record), counts=counts, tallied=tallied)
