"""What was erased and who lost rights, in a file beside the database: a restored copy of it does not know.

Ids, roles and names of projects only, no personal data. Each line is on disk before the database changes.
"""

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

logger = logging.getLogger(__name__)


class TombstoneFile:
    """Lines of JSON that are only ever added; any number of processes may share the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, **about: Any) -> None:
        """Add a line. What cannot be written is told, and keeps nobody from erasing or shutting out."""
        line = json.dumps({**about, "at": time.time()}, separators=(",", ":")).encode() + b"\n"
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(self._path, "a+b", opener=_private) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(line if _ends_a_line(file) else b"\n" + line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            logger.error(
                "%s cannot be written, so that a restored backup would undo this: %s",
                self._path,
                error.strerror,
            )

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was added, oldest first; a line that was cut off is told and left out."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return
        for number, line in enumerate(text.splitlines(), 1):
            try:
                about = json.loads(line)
            except ValueError:
                logger.error("%s:%d: cannot be read", self._path, number)
                continue
            if isinstance(about, dict):
                yield about


def _ends_a_line(file: BinaryIO) -> bool:
    """Return whether the next line can follow: the last one may have been cut off by a full disk."""
    end = file.seek(0, os.SEEK_END)
    return end == 0 or os.pread(file.fileno(), 1, end - 1) == b"\n"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
