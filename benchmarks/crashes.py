"""What a crash costs those who were thanked: leads acknowledged, and not there afterwards.

Visitors post to `serve` on a database of its own while something dies again and again: a PostgreSQL stopped
with `-m immediate`, or the server itself with all its processes by `kill -9`. Like the form's page, a visitor
who gets no answer tries again with the same submission. At last everything runs again, the spool is taken
into the log, and each thank-you is looked up there by its id.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Final
from uuid import uuid4

from databases import PostgreSQL, migrate, postgresql
from load import free_port
from served import PROJECT, SECRET, answers
from sqlalchemy import select

from realpad_form.adapters.sql import Database
from realpad_form.adapters.sql.schema import lead
from realpad_form.forms import Tokens

ANSWER_S: Final = 10.0
UP_WITHIN_S: Final = 30.0
EMPTY_WITHIN_S: Final = 300.0
PAUSE_S: Final = 0.05
"""Between two leads of a visitor, or the spool would take more in a second of outage than the log in many."""

REPEAT: Final = 200
"""How a submission is answered that was stored before; a new one gets 201."""

RUNS: Final = {
    "postgresql": "PostgreSQL stopped -m immediate",
    "serve-postgresql": "serve killed, on PostgreSQL",
    "serve-sqlite": "serve killed, on SQLite",
}


@dataclass(kw_only=True)
class Figures:
    """What a run came to."""

    run: str
    crashes: int
    refused: int = 0  # tries answered otherwise than by a thank-you
    unanswered: int = 0  # tries that came while it was down, or that a crash cut off
    acknowledged: int = 0
    repeats: int = 0  # of these, stored by a try that was cut off, and thanked at the next
    spooled: int = 0  # seen waiting in the spool, at most
    missing: int = 0  # acknowledged, and not in the log in the end
    doubled: int = 0  # submissions with two leads
    left: int = 0  # still in the spool in the end
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether every thank-you was true, and none was given twice."""
        return not (self.missing or self.doubled or self.left)

    def __str__(self) -> str:
        return "  ".join(f"{name} {value}" for name, value in asdict(self).items())


class Web:
    """`serve` on a folder of its own, which can be killed and started again at the same port."""

    def __init__(self, folder: Path, url: str) -> None:
        self.port = free_port()
        self.spool = folder / "data" / "spool"
        self._folder = folder
        (folder / "projects").mkdir(parents=True)
        (folder / "projects" / "bench.yaml").write_text(PROJECT, encoding="utf-8")
        settings = {"SECRET_KEY": SECRET, "DATABASE_URL": url, "SPOOL": str(self.spool)}
        self._env = {**os.environ, **{f"REALPAD_FORM_{name}": value for name, value in settings.items()}}

    def start(self) -> None:
        """Start it, and wait until it takes leads."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "realpad_form", "serve", "--port", str(self.port), "--no-relay"],
            cwd=self._folder, env=self._env, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait(self._is_ready)

    def kill(self) -> None:
        """Kill it with all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def waiting(self) -> int:
        """Return how many leads are in the spool."""
        return len(list(self.spool.glob("*.lead")))

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


@dataclass
class Visitors:
    """People who send one lead after the other, each until thanked."""

    port: int
    figures: Figures
    thanked: dict[str, str] = field(default_factory=dict)  # lead id by submission
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def visit(self, stop: threading.Event) -> None:
        """Send leads until told to stop, the last one until thanked."""
        tokens = Tokens([SECRET])
        while not stop.is_set():
            key = str(uuid4())
            body = {**answers(0, tokens.mint("bench")), "submission": key}
            while not (lead_id := self._try(body)):
                time.sleep(0.1)
            self.thanked[key] = lead_id
            stop.wait(PAUSE_S)

    def _try(self, body: dict[str, object]) -> str | None:
        """Post once; return the id of the thank-you."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/f/bench/leads",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310 - our own server
                lead_id = str(json.load(answer)["id"])
                self._note("acknowledged", *(["repeats"] if answer.status == REPEAT else []))
                return lead_id
        except urllib.error.HTTPError:
            self._note("refused")
        except (OSError, ValueError, HTTPException):  # cut off before or within the answer
            self._note("unanswered")
        return None

    def _note(self, *outcomes: str) -> None:
        with self._lock:
            for name in outcomes:
                setattr(self.figures, name, getattr(self.figures, name) + 1)


@dataclass(frozen=True, kw_only=True)
class Storm:
    """How often something dies, for how long, and how many visitors meet it."""

    crashes: int
    down_s: float
    visitors: int

    def rage(self, web: Web, server: PostgreSQL | None) -> int:
        """Kill the database server if there is one to kill, or else the web server, at random moments.

        Returns how many leads were seen in the spool, at most.
        """
        spooled = 0
        for _ in range(self.crashes):
            time.sleep(random.uniform(0.5, 1.5))
            (server.crash if server else web.kill)()
            time.sleep(self.down_s)
            spooled = max(spooled, web.waiting())
            (server or web).start()
        time.sleep(1)
        return spooled


def run(name: str, folder: Path, storm: Storm) -> Figures:
    """Let something die again and again while visitors post; return what came of it."""
    figures = Figures(run=RUNS[name], crashes=storm.crashes)
    with _database(name, folder) as (url, server):
        web = Web(folder, url)
        web.start()
        try:
            began = time.monotonic()
            crowd = Visitors(web.port, figures)
            with _running([crowd.visit] * storm.visitors):
                figures.spooled = storm.rage(web, server if name == "postgresql" else None)
            wait(lambda: web.waiting() == 0, within_s=EMPTY_WITHIN_S)
            figures.seconds = round(time.monotonic() - began, 1)
            figures.left = web.waiting()
            _count(figures, crowd.thanked, url)
        finally:
            web.kill()
    return figures


@contextmanager
def _database(name: str, folder: Path) -> Iterator[tuple[str, PostgreSQL | None]]:
    """Yield a new database's URL, and its server if it has one."""
    if name.endswith("sqlite"):
        (folder / "data").mkdir()
        yield migrate(f"sqlite:///{folder / 'data' / 'leads.db'}"), None
        return
    with postgresql(folder) as server:
        yield migrate(server.url), server


@contextmanager
def _running(loops: Sequence[Callable[[threading.Event], None]]) -> Iterator[None]:
    """Run visitors while a block lasts."""
    stop = threading.Event()
    threads = [threading.Thread(target=loop, args=[stop]) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def wait(is_so: Callable[[], bool], *, within_s: float = UP_WITHIN_S) -> None:
    """Wait until something holds, but not for ever."""
    until = time.monotonic() + within_s
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)


def _count(figures: Figures, thanked: dict[str, str], url: str) -> None:
    """Compare what was promised with what is in the log."""
    database = Database(url)
    with database.read() as connection:
        stored = {str(row.id): str(row.submission_key) for row in connection.execute(select(lead))}
    database.dispose()
    figures.missing = len(set(thanked.values()) - stored.keys())
    figures.doubled = len(stored) - len(set(stored.values()))


def main() -> None:
    """Print the figures; exit 1 if a thank-you was false."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crashes", type=int, default=10)
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--down-s", type=float, default=1.0, help="how long it stays away")
    parser.add_argument("--run", choices=list(RUNS), action="append")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    storm = Storm(crashes=options.crashes, down_s=options.down_s, visitors=options.visitors)
    is_good = True
    for name in options.run or RUNS:
        with tempfile.TemporaryDirectory() as folder:
            figures = run(name, Path(folder), storm)
        print(json.dumps(asdict(figures)) if options.json else figures, flush=True)
        is_good = is_good and figures.is_good
    raise SystemExit(0 if is_good else "not as promised")


if __name__ == "__main__":
    main()
