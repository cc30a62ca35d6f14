"""Points at which tests let a process die as by `kill -9`, to prove what survives it."""

import os
from enum import StrEnum
from typing import Final

SETTING: Final = "REALPAD_FORM_CRASH_AT"
"""The environment variable that names the point; only for tests."""

KILLED: Final = 137
"""The status of the dead process, as a shell reports it after `kill -9`."""


class CrashPoint(StrEnum):
    """Where a process can die; whatever is "in" a step is written and not committed."""

    IN_APPEND = "in-append"  # lead written, visitor not thanked
    APPENDED = "appended"  # lead committed, visitor not thanked
    CLAIMED = "claimed"  # claim committed, nothing sent
    SENT = "sent"  # the call has left, no answer was read
    ANSWERED = "answered"  # answer read, not written down
    IN_CLOSE = "in-close"
    WEBHOOK_ANSWERED = "webhook-answered"  # the receiver's answer read, not written down
    IN_WEBHOOK_CLOSE = "in-webhook-close"
    IN_SWEEP = "in-sweep"
    IN_RECONCILE = "in-reconcile"
    IN_RESUBMIT = "in-resubmit"
    IN_MIGRATION = "in-migration"
    IN_RESEAL = "in-reseal"
    IN_CHAIN = "in-chain"  # a link and the marks of its rows written, nothing committed
    IN_RESTORE = "in-restore"  # a restored copy was noticed, its leads not yet put in doubt


_CHOSEN: Final = os.environ.get(SETTING)


def crash_point(point: CrashPoint) -> None:
    """Die here, without any clearing up, if the environment says so."""
    if point == _CHOSEN:
        os._exit(KILLED)
