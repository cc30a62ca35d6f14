"""Sidecar files of the database: what this machine knows if that is a restored copy, or cannot be asked.

`CallFile` says how many calls the database knew of, which gives a restored copy away. `TombstoneFile` keeps
what was erased and who lost rights, so that it is done again, and which leads go elsewhere. `LastGoodFiles`
keep the last good version of each project file, and `PublishedFiles` what was published, for when the
database is away. `EvidenceFile` has the heads of the chain over consents and the audit log.
"""

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.project import ProjectVersion
from realpad_form.domain.publishing import Publication, Published, PublishedFrom

LOCK_S: Final = 0.05
"""How long the lock is waited for: a process that stands still may hold it, and sending must go on.

Without it two writers can lose a number of each other's, which makes the file say less than it could.
"""

TOUCHED_S: Final = 2.0
"""How much later than its last words the file may have been changed by writing them."""

NO_ACCOUNTS: Final[Mapping[str, str]] = MappingProxyType({})

BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

_KEPT: Final = ("calls", "accounts", "place", "journal", "applied", "at")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a `CallFile` says of one database."""

    calls: Mapping[str, int] = field(default_factory=dict)  # by lane
    accounts: Mapping[str, str] = field(default_factory=dict)  # by lane, as far as they are known
    place: str = ""  # which file or server it was
    journal: str = ""  # which file its journal was
    applied: str = ""  # the restore after which what was erased and taken away was so again
    at: float = 0.0  # when this was last recorded, seconds since 1970
    is_touched: bool = False  # somebody else has written the file: it was copied or restored
    is_of_this_boot: bool = True


class CallFile:
    """Numbers of calls by database and lane; any number of processes may share it.

    It is written after a claim is committed and before its call leaves, so it never says more than the
    database does, unless that has gone back. It is not synced: a power cut loses its last words, and then it
    says less than the database, which means nothing. That it is whole again afterwards is no promise either:
    a file that cannot be read is as good as none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_told = False

    def read(self, log_id: UUID) -> Recorded | None:
        """Return what is recorded of a database; None if nothing is, or it cannot be read."""
        try:
            with self._open(os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
                content, changed_at = _content(descriptor), os.fstat(descriptor).st_ctime
        except OSError:
            return None
        entry = content.get("logs", {}).get(log_id.hex)
        if entry is None:
            return None
        return Recorded(
            **{name: entry[name] for name in _KEPT if name in entry},
            is_touched=changed_at > content["written_at"] + TOUCHED_S,
            is_of_this_boot=content["boot"] == _boot(),
        )

    def raise_to(
        self, log_id: UUID, calls: Mapping[str, int], accounts: Mapping[str, str] = NO_ACCOUNTS, **about: str
    ) -> None:
        """Record numbers of calls, where they are higher than those recorded, and anything else about it.

        Accounts are recorded beside those that are.

        What cannot be written is told once; then a restored copy may go unnoticed, and nothing else.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._open(os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX) as descriptor:
                logs, now = _content(descriptor).get("logs", {}), time.time()
                before = logs.get(log_id.hex, {})
                known = before.get("calls", {})
                higher = {lane: max(number, known.get(lane, 0)) for lane, number in calls.items()}
                entry = {**before, **about, "calls": {**known, **higher}, "at": now}
                entry["accounts"] = {**before.get("accounts", {}), **accounts}
                content = {"written_at": now, "boot": _boot(), "logs": {**logs, log_id.hex: entry}}
                # In one go, over itself: a process that is killed leaves the file old or new. Blanks go over
                # what was longer before: cutting it off would be a second step.
                text = json.dumps(content, separators=(",", ":")).encode()
                os.pwrite(descriptor, text.ljust(os.fstat(descriptor).st_size), 0)
        except OSError as error:
            if not self._is_told:
                logger.error("%s cannot be written: %s", self._path, error.strerror)
            self._is_told = True
        else:
            self._is_told = False

    @contextmanager
    def _open(self, flags: int, lock: int) -> Iterator[int]:
        descriptor = os.open(self._path, flags | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor, lock)
            yield descriptor
        finally:
            os.close(descriptor)


def _lock(descriptor: int, lock: int) -> None:
    give_up = time.monotonic() + LOCK_S
    while time.monotonic() < give_up:
        try:
            return fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.001)
    return None


def _content(descriptor: int) -> dict[str, Any]:
    """Return what a file says; nothing, if it was damaged."""
    size = os.fstat(descriptor).st_size
    try:
        content = json.loads(os.pread(descriptor, size, 0))
        content["logs"], content["written_at"], content["boot"]
    except (ValueError, KeyError, TypeError):
        return {}
    return dict(content)


@cache
def _boot() -> str:
    """Return what is another one after each start of the machine; nothing where the system does not tell."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


class JsonLines:
    """Lines of JSON that are only ever added; any number of processes may share the file.

    Ids, roles, names of projects and hashes only, no personal data.
    """

    def __init__(self, path: Path, *, unwritten: str) -> None:
        self._path, self._unwritten = path, unwritten

    def require(self, **about: Any) -> None:
        """Add a line. Raises: StorageUnavailableError, if it cannot be written."""
        try:
            self._append(about)
        except OSError as error:
            raise StorageUnavailableError(f"{self._path} cannot be written: {error.strerror}") from error

    def _append(self, about: Mapping[str, Any]) -> None:
        line = json.dumps({**about, "at": time.time()}, separators=(",", ":")).encode() + b"\n"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._path, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            # The last line may have been cut off by a full disk.
            is_cut_off = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
            file.write(b"\n" + line if is_cut_off else line)
            file.flush()
            os.fsync(file.fileno())

    def add(self, **about: Any) -> None:
        """Add a line, on disk before this returns. What cannot be written is told, and stops nobody."""
        try:
            self._append(about)
        except OSError as error:
            logger.error("%s cannot be written, so that %s: %s", self._path, self._unwritten, error.strerror)

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


class TombstoneFile(JsonLines):
    """What was erased, who lost rights, which leads go elsewhere, on disk before the database changes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, unwritten="a restored backup would undo this")


class EvidenceFile(JsonLines):
    """The heads of the chain over consents and the audit log, by which a chain made anew is found out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, unwritten="nobody would notice if the whole chain was made anew")


SUFFIX: Final = ".yaml"


class LastGoodFiles:
    """The port LocalVersions in a folder; any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, version: ProjectVersion) -> None:
        """Keep a version in the place of the one before; its file bears the time of its adoption."""
        path, unfinished = self._path(version.slug), self._folder / f"{uuid4().hex}.part"
        adopted_s = version.adopted_at.timestamp()
        with _translated():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                    file.write(version.text.encode())
                    file.flush()
                    os.fsync(file.fileno())
                os.utime(unfinished, (adopted_s, adopted_s))
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)

    def get(self, slug: str) -> ProjectVersion | None:
        """Return the version that is kept of a project, or None; one that is damaged counts as none."""
        path = self._path(slug)
        with _translated():
            try:
                text, adopted_s = path.read_bytes().decode(), path.stat().st_mtime
            except (FileNotFoundError, UnicodeDecodeError):
                return None
        return ProjectVersion(slug=slug, text=text, adopted_at=datetime.fromtimestamp(adopted_s, UTC))

    def forget(self, slug: str) -> None:
        """Forget a project whose file was deleted."""
        with _translated():
            self._path(slug).unlink(missing_ok=True)

    def slugs(self) -> Sequence[str]:
        """Return the projects of which a version is kept."""
        with _translated():
            try:
                return sorted(path.stem for path in self._folder.iterdir() if path.suffix == SUFFIX)
            except FileNotFoundError:
                return []

    def _path(self, slug: str) -> Path:
        return self._folder / f"{slug}{SUFFIX}"


class PublishedFiles:
    """The port LocalPublished: one file of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mapping[str, Published]:
        """Return what is kept, by slug; nothing if it cannot be read."""
        try:
            content = json.loads(self._path.read_bytes())
            return {slug: _to_published(entry) for slug, entry in content.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            logger.warning("%s cannot be read: %s", self._path, type(error).__name__)
            return {}

    def keep(self, published: Mapping[str, Published]) -> None:
        """Keep what is published; on disk before this returns. Raises: StorageUnavailableError."""
        content = {
            slug: {"newest": asdict(each.newest), "texts": dict(each.texts)}
            for slug, each in published.items()
        }
        unfinished = self._path.with_name(f"{self._path.name}.{uuid4().hex}.part")
        with _translated():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(unfinished, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                    json.dump(content, file, default=str)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(self._path)
            finally:
                unfinished.unlink(missing_ok=True)


def _to_published(entry: dict[str, Any]) -> Published:
    newest = entry["newest"]
    about = {
        **newest,
        "at": datetime.fromisoformat(newest["at"]),
        "origin": PublishedFrom(newest["origin"]),
        "by": UUID(newest["by"]) if newest["by"] else None,
    }
    texts = {hashed: datetime.fromisoformat(at) for hashed, at in entry["texts"].items()}
    return Published(Publication(**about), texts)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailableError(
            f"versions of project files cannot be kept here: {error.strerror or error}"
        ) from error
