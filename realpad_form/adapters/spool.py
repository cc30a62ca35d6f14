"""Keeps submissions on disk while the lead log cannot take them: a file each, gone once in the log."""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import SealBrokenError, StorageUnavailableError
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
        path = self._folder / _name(
            spooled.submission.project, spooled.submission.key, spooled.submission.token
        )
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_new = _write_once(path, self._seal(path, spooled))
        except OSError as error:
            raise StorageUnavailableError(f"cannot spool to {self._folder}: {error.strerror}") from error
        kept = spooled if is_new else self._read(path)
        if kept is None:  # it has just been taken into the log
            raise StorageUnavailableError("the spool is changing; try again")
        return _receipt(kept, is_repeat=not is_new)

    def find(self, key: UUID | None, *, project: str, token: str | None) -> Receipt | None:
        """Return the receipt of a submission that is kept, or None."""
        kept = self._read(self._folder / _name(project, key, token)) if key or token else None
        return _receipt(kept, is_repeat=True) if kept else None

    def waiting(self) -> int:
        """Return how many submissions are kept."""
        return sum(1 for _ in self._folder.glob(f"*{SUFFIX}"))

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

    def _take(self) -> Iterator[Spooled]:
        paths = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        for path in paths:
            if kept := self._read(path):
                yield kept
                path.unlink()

    def _seal(self, path: Path, spooled: Spooled) -> bytes:
        return self._vault.seal(_SPOOLED.dump_json(spooled).decode(), f"spool/{path.name}").encode()

    def _read(self, path: Path) -> Spooled | None:
        """Return what a file keeps, or None if it is not there or cannot be read."""
        try:
            text = self._vault.open(path.read_text(encoding="utf-8"), f"spool/{path.name}")
            return _SPOOLED.validate_json(text)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, SealBrokenError, ValidationError, UnicodeDecodeError) as error:
            logger.error("%s keeps a lead that cannot be read: %s", path, type(error).__name__)
            return None


def _name(project: str, key: UUID | None, token: str | None) -> str:
    """Return the name of a submission's file: the same for its repeats, and telling nothing."""
    identity = f"{project}/{key or token or uuid4()}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32] + SUFFIX


def _write_once(path: Path, content: bytes) -> bool:
    """Write a file that is whole and on disk under its name, or not there; False if it was there before."""
    unfinished = path.with_name(f"{uuid4().hex}.part")
    try:
        with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _receipt(kept: Spooled, *, is_repeat: bool) -> Receipt:
    return Receipt(lead_id=kept.lead_id, language=kept.submission.context.language, is_repeat=is_repeat)
