"""Keeps submissions on disk while the lead log cannot take them: a file each, gone once in the log."""

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import SealBrokenError, StorageUnavailableError
from realpad_form.domain.lead import Submission
from realpad_form.ports import Receipt, Spooled

SUFFIX: Final = ".lead"

_SPOOLED: Final = TypeAdapter(Spooled)

logger = logging.getLogger(__name__)


class FileSpool:
    """The port Spool in a folder of this machine; any number of processes may share it."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def keep(self, spooled: Spooled) -> Receipt:
        """Keep a submission in a file that is on disk before this returns, unless it is kept already.

        Raises: StorageUnavailableError.
        """
        submission = spooled.submission
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / "keeping").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                before = self.find(submission.key, project=submission.project, token=submission.token)
                if before is None:
                    self._write(spooled, at_ns=_next_stamp(lock.fileno()))
        except OSError as error:
            raise StorageUnavailableError(f"cannot spool to {self._folder}: {error.strerror}") from error
        return before or _receipt(spooled, is_repeat=False)

    def find(self, key: UUID | None, *, project: str, token: str | None) -> Receipt | None:
        """Return the receipt of a submission that is kept under this key or with this token, or None."""
        if self._is_empty():
            return None
        names = [_name(project, key)] if key else []
        names += [_name(project, token) for token in (token,) if token]
        kept = next(filter(None, (self._read(self._folder / name) for name in names)), None)
        return _receipt(kept, is_repeat=True) if kept else None

    def waiting(self) -> int:
        """Return how many submissions are kept."""
        return len(self._files())

    @contextmanager
    def taking(self) -> Iterator[Iterator[Spooled]]:
        """Give out what is kept, oldest first; each is forgotten when the next one is asked for.

        One process at a time: the others get nothing. What cannot be read stays, and is told.
        """
        with (self._folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield iter(())
            else:
                yield self._take()

    def _is_empty(self) -> bool:
        """Tell at one glance that nothing is kept: every submission asks, and it is nearly always so."""
        try:
            with os.scandir(self._folder) as entries:
                return not any(entry.name.endswith(SUFFIX) for entry in entries)
        except OSError as error:
            return isinstance(error, FileNotFoundError)

    def _files(self) -> list[Path]:
        return [path for path in self._folder.glob(f"*{SUFFIX}") if not path.is_symlink()]

    def _take(self) -> Iterator[Spooled]:
        for path in sorted(self._files(), key=lambda path: path.stat().st_mtime_ns):
            if kept := self._read(path):
                yield kept
                path.unlink()
                if link := self._link(kept.submission):
                    link.unlink(missing_ok=True)

    def _write(self, spooled: Spooled, *, at_ns: int) -> None:
        """Write a file, and the name by which its token finds it; who calls sees to it that it is new."""
        submission = spooled.submission
        path = self._folder / _name(submission.project, submission.key or submission.token or uuid4())
        if link := self._link(submission):
            link.unlink(missing_ok=True)  # what it led to is in the log, or was never written
            link.symlink_to(path.name)
        text = self._vault.seal(_SPOOLED.dump_json(spooled).decode(), "spool", path.name)
        _write_whole(path, text.encode(), at_ns=at_ns)

    def _link(self, submission: Submission) -> Path | None:
        """Return the second name of a submission that has a key and a token."""
        is_named_twice = submission.key and submission.token
        return self._folder / _name(submission.project, submission.token) if is_named_twice else None

    def _read(self, path: Path) -> Spooled | None:
        """Return what a file keeps, or None if it is not there or cannot be read."""
        try:
            text = self._vault.open(path.read_text(encoding="utf-8"), "spool", path.resolve().name)
            return _SPOOLED.validate_json(text)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, SealBrokenError, ValidationError, UnicodeDecodeError) as error:
            logger.error("%s keeps a lead that cannot be read: %s", path, type(error).__name__)
            return None


def _name(project: str, identity: UUID | str | None) -> str:
    """Return the name of a submission's file: the same for its repeats, and telling nothing."""
    return hashlib.sha256(f"{project}/{identity}".encode()).hexdigest()[:32] + SUFFIX


def _next_stamp(lock: int) -> int:
    """Return a time for the next file that is later than any before, whatever the clock does meanwhile."""
    now_ns = max(time.time_ns(), os.fstat(lock).st_mtime_ns + 1_000)
    os.utime(lock, ns=(now_ns, now_ns))
    return now_ns


def _write_whole(path: Path, content: bytes, *, at_ns: int) -> None:
    """Write a new file that is whole and on disk under its name, or not there. Raises: OSError."""
    unfinished = path.with_name(f"{uuid4().hex}.part")
    try:
        with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.utime(file.fileno(), ns=(at_ns, at_ns))
            os.fsync(file.fileno())
        os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _receipt(kept: Spooled, *, is_repeat: bool) -> Receipt:
    return Receipt(lead_id=kept.lead_id, language=kept.submission.context.language, is_repeat=is_repeat)
