"""Keeps submissions on disk while the lead log cannot take them: a file each, gone once in the log.

Only regular files of the folder itself are ever read. Whatever else lies there (a FIFO, a device, a folder, a
link to somewhere) is passed over and told, and nobody waits for it.
"""

import fcntl
import hashlib
import logging
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import SealBrokenError, StorageUnavailableError
from realpad_form.domain.lead import Receipt, Submission
from realpad_form.ports import NewLead

SUFFIX: Final = ".lead"
POINTER_SUFFIX: Final = ".token"
"""Of a small file that holds the name of another: of the submission which its token made."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""More than any submission of 64 KiB becomes."""

PROBE_BYTES: Final = 128 * 1024
"""What a probe writes: more than most submissions take."""

WAIT_S: Final = 30.0
"""How long it may take until nobody takes submissions out, for them to be sealed anew."""

MAX_REPORTED: Final = 1000
"""How many files that cannot be read are remembered, so that each is told of once."""

_STORED: Final = TypeAdapter(NewLead)
_NAME: Final = re.compile(rf"[0-9a-f]{{32}}(-[0-9a-f]{{32}})?{re.escape(SUFFIX)}")
_NOT_REGULAR: Final = "it is no regular file"
_FLAGS: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

logger = logging.getLogger(__name__)


class FileSpool:
    """The port Spool in a folder of this machine; any number of processes may share it."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault
        self._reported: set[tuple[str, str]] = set()

    def keep(self, new: NewLead) -> Receipt:
        """Keep a submission in a file that is on disk before this returns, unless it is kept already.

        Raises: StorageUnavailableError.
        """
        submission = new.submission
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._lock("keeping") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                before = self.find(submission.key, project=submission.project, token=submission.token)
                if before is None:
                    # Later than any file before it, whatever the clock does meanwhile.
                    now_ns = max(time.time_ns(), os.fstat(lock).st_mtime_ns + 1_000)
                    os.utime(lock, ns=(now_ns, now_ns))
                    self._write(new, at_ns=now_ns)
        except OSError as error:
            raise StorageUnavailableError(f"cannot spool to {self._folder}: {error.strerror}") from error
        return before or _receipt(new, is_repeat=False)

    def find(self, key: UUID | None, *, project: str | None, token: str | None) -> Receipt | None:
        """Return the receipt of what is kept under this key of a project, or with this token, or None."""
        if self._is_empty():
            return None
        by_key = self._read(self._folder / _name(project, key)) if project and key else None
        if by_key and by_key.submission.key == key:
            return _receipt(by_key, is_repeat=True)
        for path in self._with_token(project, token) if token else ():
            by_token = self._read(path)
            if by_token and by_token.submission.token == token:
                return _receipt(by_token, is_repeat=True)
        return None

    def waiting(self) -> int:
        """Return how many submissions are kept."""
        return len(self._files())

    @contextmanager
    def taking(self) -> Iterator[Iterator[NewLead]]:
        """Give out what is kept, oldest first; each is forgotten when the next one is asked for.

        One process at a time: the others get nothing. What cannot be read stays, and is told.
        """
        with self._lock("lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield iter(())
            else:
                yield self._take()

    def count_stale(self) -> int:
        """Return how many submissions are not kept as they would be now: under the first data key."""
        contents = (self._content(path) for _, path in self._files())
        return sum(not self._vault.is_own(each.decode(errors="replace")) for each in contents if each)

    def reseal(self) -> int:
        """Seal anew, with the first data key, what is kept under another or plain; return how many files.

        What cannot be read stays, and is told. Raises: StorageUnavailableError, also if somebody else takes
        submissions out for long.
        """
        if self._is_empty():
            return 0
        try:
            with self._lock("lock") as lock:
                _wait_for(lock)
                for left in self._folder.glob("*.anew"):  # by a process that was killed
                    left.unlink()
                return sum(self._reseal(path, at_ns=at_ns) for at_ns, path in sorted(self._files()))
        except OSError as error:
            raise StorageUnavailableError(f"cannot seal {self._folder} anew: {error.strerror}") from error

    def _reseal(self, path: Path, *, at_ns: int) -> bool:
        """Replace a file by one that keeps the same, sealed with the first key. Raises: OSError."""
        stored = (self._content(path) or b"").decode(errors="replace")
        if self._vault.is_own(stored) or self._read(path) is None:
            return False
        text, before = self._vault.open(stored, "spool", path.name), path.stat()
        anew = path.with_name(f"{uuid4().hex}.anew")
        try:
            _write_synced(anew, self._vault.seal(text, "spool", path.name).encode(), at_ns=at_ns)
            if os.geteuid() == 0:  # the service shall be able to read it
                os.chown(anew, before.st_uid, before.st_gid)
            if self._vault.open(anew.read_text(), "spool", path.name) != text:
                raise OSError(None, f"{path.name} did not come back as it was")
            anew.replace(path)
        finally:
            anew.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return True

    def probe(self) -> None:
        """Prove that a submission could be kept now, leaving nothing behind.

        Raises: StorageUnavailableError.
        """
        if not self._folder.exists():
            return  # whoever keeps the first submission makes it, and shall own it
        path = self._folder / f"{uuid4().hex}.probe"
        try:
            _write_whole(path, os.urandom(PROBE_BYTES))
            path.unlink()
        except OSError as error:
            raise StorageUnavailableError(f"cannot spool to {self._folder}: {error.strerror}") from error

    def _is_empty(self) -> bool:
        """Tell at one glance that nothing is kept: every submission asks, and it is nearly always so."""
        try:
            with os.scandir(self._folder) as entries:
                return not any(entry.name.endswith(SUFFIX) for entry in entries)
        except OSError as error:
            return isinstance(error, FileNotFoundError)

    def _files(self) -> list[tuple[int, Path]]:
        """Return the files that may hold a submission, each after the time at which it was written."""
        files = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.endswith(SUFFIX) and (written_ns := self._written_ns(entry)) is not None:
                        files.append((written_ns, self._folder / entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._report(self._folder, type(error).__name__)
        return files

    def _written_ns(self, entry: os.DirEntry[str]) -> int | None:
        """Return when a regular file was written; None for anything else, and for one that is gone."""
        try:
            if entry.is_file(follow_symlinks=False):
                return entry.stat(follow_symlinks=False).st_mtime_ns
        except FileNotFoundError:
            return None
        if not _NAME.fullmatch(_target(self._folder / entry.name)):
            self._report(self._folder / entry.name, _NOT_REGULAR)
        return None

    def _take(self) -> Iterator[NewLead]:
        for _, path in sorted(self._files()):
            if kept := self._read(path):
                yield kept
                path.unlink(missing_ok=True)
                self._forget_token(kept.submission)

    def _write(self, new: NewLead, *, at_ns: int) -> None:
        """Write a file, and the name by which its token finds it; who calls sees to it that it is new."""
        submission = new.submission
        path = self._folder / _name(submission.project, submission.key or submission.token or uuid4())
        if os.path.lexists(path):  # it cannot be read, and what else lies there may not keep a lead away
            path = path.with_name(f"{path.stem}-{uuid4().hex}{SUFFIX}")
        self._forget_token(submission)  # what that led to is in the log, or was never written
        if submission.key and submission.token:
            pointer = self._pointers(submission.project, submission.token)[0]
            try:
                _write_whole(pointer, path.name.encode())
            except FileExistsError:
                self._report(pointer, _NOT_REGULAR)
        text = self._vault.seal(_STORED.dump_json(new).decode(), "spool", path.name)
        _write_whole(path, text.encode(), at_ns=at_ns)

    def _with_token(self, project: str | None, token: str) -> Iterator[Path]:
        """Yield where the submission of a token may be kept."""
        for pointer in self._pointers(project, token):
            target = (self._content(pointer) or b"").decode("ascii", errors="replace")
            if _NAME.fullmatch(target):
                yield self._folder / target
        if project:
            path = self._folder / _name(project, token)
            target = _target(path)  # older versions made a symbolic link
            yield path.with_name(target) if _NAME.fullmatch(target) else path

    def _pointers(self, project: str | None, token: str) -> list[Path]:
        """Return where the name of a token's submission is written, and where older versions wrote it."""
        owners = ("", project) if project else ("",)
        return [self._folder / _name(owner, token, suffix=POINTER_SUFFIX) for owner in owners]

    def _forget_token(self, submission: Submission) -> None:
        """Remove the second name of a submission that has a key and a token."""
        if not (submission.key and submission.token):
            return
        path = self._folder / _name(submission.project, submission.token)
        if path.is_symlink():
            path.unlink(missing_ok=True)
        for pointer in self._pointers(submission.project, submission.token):
            if pointer.is_symlink() or pointer.is_file():
                pointer.unlink(missing_ok=True)

    def _read(self, path: Path) -> NewLead | None:
        """Return what a file keeps, or None if it is not there or cannot be read."""
        content = self._content(path)
        if content is None:
            return None
        try:
            return _STORED.validate_json(self._vault.open(content.decode(), "spool", path.name))
        except (SealBrokenError, ValidationError, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, SealBrokenError) else type(error).__name__
            self._report(path, reason)
            return None

    def _content(self, path: Path) -> bytes | None:
        """Return the bytes of a regular file, or None if it is not there or cannot be read."""
        try:
            if not stat.S_ISREG(path.lstat().st_mode):  # opening a device may already do something
                raise OSError(None, _NOT_REGULAR)
            with os.fdopen(os.open(path, os.O_RDONLY | _FLAGS), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(None, _NOT_REGULAR)
                content = file.read(MOST_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._report(path, error.strerror or type(error).__name__)
            return None
        if len(content) > MOST_BYTES:
            self._report(path, "it is too long")
            return None
        return content

    @contextmanager
    def _lock(self, name: str) -> Iterator[int]:
        """Open a file to be locked; anything else in its place is renamed. Raises: OSError."""
        path = self._folder / name
        if os.path.lexists(path):
            is_lock = stat.S_ISREG(path.lstat().st_mode) and os.access(path, os.R_OK | os.W_OK)
            if not is_lock:
                aside = path.with_name(f"{uuid4().hex}.aside")
                path.rename(aside)
                logger.error("%s could not be used as a lock, and is %s now", path, aside.name)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _report(self, path: Path, reason: str) -> None:
        """Log that something in the folder is no lead that can be read, once."""
        if (path.name, reason) in self._reported:
            return
        if len(self._reported) < MAX_REPORTED:
            self._reported.add((path.name, reason))
        logger.error("%s cannot be read as a lead: %s", path, reason)


def _name(project: str, identity: UUID | str | None, *, suffix: str = SUFFIX) -> str:
    """Return the name of a submission's file: the same for its repeats, and telling nothing."""
    return hashlib.sha256(f"{project}/{identity}".encode()).hexdigest()[:32] + suffix


def _target(path: Path) -> str:
    """Return where a symbolic link leads, unfollowed; nothing for anything else."""
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _wait_for(lock: int) -> None:
    """Lock an open file; others hold it for short. Raises: OSError."""
    give_up = time.monotonic() + WAIT_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise OSError(None, "it is being emptied; run this again") from None
            time.sleep(0.05)


def _write_whole(path: Path, content: bytes, *, at_ns: int | None = None) -> None:
    """Write a new file that is whole and on disk under its name, or not there. Raises: OSError.

    `at_ns` is the time of writing that it gets, if not the real one.
    """
    unfinished = path.with_name(f"{uuid4().hex}.part")
    try:
        _write_synced(unfinished, content, at_ns=at_ns)
        os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write_synced(path: Path, content: bytes, *, at_ns: int | None) -> None:
    """Write a new file for its owner only, and wait until its content is on disk. Raises: OSError."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        if at_ns is not None:
            os.utime(file.fileno(), ns=(at_ns, at_ns))
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _receipt(kept: NewLead, *, is_repeat: bool) -> Receipt:
    sent = kept.submission
    return Receipt(
        lead_id=kept.lead_id, project=sent.project, language=sent.context.language, is_repeat=is_repeat
    )
