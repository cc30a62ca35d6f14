"""Proves that a lead could be stored now, by writing as much as one needs and removing it again."""

import os
import threading
import time
from typing import Final
from uuid import uuid4

from sqlalchemy import delete, insert, text

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import probe
from realpad_form.domain.errors import StorageUnavailableError

ROOM_BYTES: Final = 128 * 1024
"""What a long lead needs, with its indexes and its journal."""

ROW_BYTES: Final = 8 * 1024
"""What is written to a table of PostgreSQL that cannot give its room back before the next vacuum."""

EVERY_S: Final = 1.0
"""How long a good result holds: whoever asks for readiness makes the disk write no more often than that."""

WAIT_S: Final = 0.5
"""How long to wait for a probe that is under way, before its slowness is the answer."""

_MAY_MAKE_ROOM: Final = text("SELECT has_database_privilege(current_database(), 'TEMPORARY')")
_MAKE_ROOM_TABLE: Final = "CREATE TEMPORARY TABLE probe_room (filler bytea) ON COMMIT DROP"
_FILL_ROOM_TABLE: Final = text("INSERT INTO probe_room VALUES (:filler)")


class Probe:
    """Writes a row, commits, and removes it; one probe at a time in a process.

    A good result holds for `EVERY_S`, but not beyond the moment at which storing anything has failed. A bad
    one does not hold at all, so that readiness is back with the room.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._doubts = 0
        self._good_until = 0.0

    def doubt(self) -> None:
        """Forget that all was well, since something could not be stored."""
        with self._state:
            self._doubts += 1
            self._good_until = 0.0

    def run(self) -> None:
        """Prove that a lead could be stored, unless just proved. Raises: StorageUnavailableError."""
        if not self._turn.acquire(timeout=WAIT_S):
            raise StorageUnavailableError("the database has not answered the last probe yet")
        try:
            with self._state:
                doubts = self._doubts
                if time.monotonic() < self._good_until:
                    return
            self._write_and_remove()
            with self._state:
                if self._doubts != doubts:
                    raise StorageUnavailableError("something could not be stored during the probe")
                self._good_until = time.monotonic() + EVERY_S
        finally:
            self._turn.release()

    def _write_and_remove(self) -> None:
        """Write a row for good, then remove it; what a dying process leaves of it, the next probe removes."""
        with self._database.write() as connection:
            connection.execute(delete(probe))
            filler = os.urandom(ROOM_BYTES)  # nothing can compress it
            if not self._database.is_sqlite and connection.execute(_MAY_MAKE_ROOM).scalar_one():
                # PostgreSQL keeps the pages of deleted rows for their own table: a row of `probe` finds room
                # there when a lead finds none. So it makes a new file next to the leads', which is gone with
                # the transaction. TRUNCATE would wait for pg_dump, and DROP of a real table make it fail.
                connection.exec_driver_sql("SET LOCAL temp_tablespaces = ''")
                connection.exec_driver_sql(_MAKE_ROOM_TABLE)
                connection.execute(_FILL_ROOM_TABLE, {"filler": filler})
                filler = filler[:ROW_BYTES]
            now = self._database.now(connection)
            connection.execute(insert(probe), {"id": uuid4(), "written_at": now, "filler": filler})
        with self._database.write() as connection:
            connection.execute(delete(probe))
