"""A probe writes for good: it knows when a lead could not be stored, and leaves nothing behind."""

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from fakes import new_lead
from full_disk import IS_ROOT, fill, small_file_system
from opened import closing_database, make_sql_log
from sqlalchemy import NullPool, create_engine, func, insert, make_url, select

from realpad_form.adapters.sql import Database, upgrade
from realpad_form.adapters.sql.probing import EVERY_S, Probe
from realpad_form.adapters.sql.schema import probe
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.ports import LeadFilter

NOTE = {"note": "x" * 2000}


@pytest.fixture
def append(submission):
    """Store a lead, as long as most are at most."""
    return lambda log: log.append(new_lead(submission(answers=NOTE), payload=NOTE))


@pytest.fixture
def append_until_full(append):
    """Store leads until one is refused; return how many were."""

    def store(log, *, most=5000):
        for count in range(most):
            try:
                append(log)
            except StorageUnavailableError:
                return count
        raise AssertionError("the disk never was full")

    return store


def rows(database):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(probe)).scalar_one()


@pytest.fixture
def written(monkeypatch):
    """The times at which probes wrote."""
    times, write = [], Probe._write_and_remove

    def counted(self):
        times.append(time.monotonic())
        write(self)

    monkeypatch.setattr(Probe, "_write_and_remove", counted)
    return times


def becomes_ready(log):
    """Wait until a probe passes, for a second or two."""
    until = time.monotonic() + 2 * EVERY_S
    while True:
        try:
            return log.probe()
        except StorageUnavailableError:
            assert time.monotonic() < until
            time.sleep(0.02)


# What a full disk looks like, on each engine; whatever needs no mount runs everywhere.


@contextmanager
def page_quota(database):
    """Let SQLite's file grow no further."""
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    yield
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 4294967294")


FULL_AT_COMMIT = """
CREATE FUNCTION be_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE CONSTRAINT TRIGGER full_lead AFTER INSERT ON lead
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION be_full();
CREATE CONSTRAINT TRIGGER full_spent AFTER INSERT ON spent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION be_full();
CREATE CONSTRAINT TRIGGER full_probe AFTER INSERT ON probe
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION be_full();
"""


@contextmanager
def full_at_commit(database):
    """Let PostgreSQL take what is written, and say at the commit that the disk is full."""
    with database.write() as connection:
        connection.exec_driver_sql(FULL_AT_COMMIT)
    try:
        yield
    finally:
        with database.write() as connection:
            connection.exec_driver_sql("DROP FUNCTION be_full() CASCADE")


@pytest.fixture
def full(database):
    """What makes the database of each engine full for a while."""
    return page_quota if database.is_sqlite else full_at_commit


def test_a_full_database_fails_every_probe_until_there_is_room(
    sql_log, database, full, append_until_full, append
):
    sql_log.probe()
    with full(database):
        append_until_full(sql_log)
        for _ in range(25):
            with pytest.raises(StorageUnavailableError):
                append(sql_log)
            with pytest.raises(StorageUnavailableError):
                sql_log.probe()

    becomes_ready(sql_log)
    append(sql_log)


WITH_FILE_LIMIT = """
import resource, sys, time
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from realpad_form.adapters.sql import Database, SqlLeadLog
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.lead import Context, Submission
from realpad_form.ports import NewLead

log = SqlLeadLog(Database(sys.argv[1]), Vault(["k" * 32]), timedelta(1))

def append():
    context = Context(language="cs", form_version="1", submitted_at=datetime.now(UTC))
    sent = Submission(project="p", answers={}, consents=(), context=context, key=uuid4())
    new = NewLead(lead_id=uuid4(), submission=sent, credential="riverside", payload={"note": "x" * 2000})
    log.append(new)

def fails(act):
    try:
        act()
    except StorageUnavailableError:
        return True
    return False

log.probe()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
while not fails(append):
    pass
said = [fails(log.probe) for _ in range(25) if fails(append)]
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
time.sleep(0.1)
print(len(said), all(said), fails(log.probe), fails(append))
"""


def test_files_that_may_grow_no_further_fail_every_probe_until_they_may(sqlite_url):
    done = subprocess.run(
        [sys.executable, "-c", WITH_FILE_LIMIT, sqlite_url], capture_output=True, text=True, timeout=60
    )

    assert done.stdout.split() == ["25", "True", "False", "False"], done.stderr


if IS_ROOT:  # elsewhere the tests above have to do

    @pytest.fixture
    def on_small_disk(request):
        """Open a log whose files are on a file system of its own, with the folder it is mounted on.

        Not in pytest's own folder, which it shuts to the user that PostgreSQL runs as.
        """

        @contextmanager
        def open_(engine):
            with (
                tempfile.TemporaryDirectory() as place,
                small_file_system(Path(place) / "small", megabytes=24) as folder,
            ):
                Path(place).chmod(0o711)
                if engine == "sqlite":
                    url = f"sqlite:///{folder / 'leads.db'}"
                    with closing_database(url) as database:
                        upgrade(database)
                        yield database, folder
                else:
                    server = request.getfixturevalue("postgresql_server")
                    with on_tablespace(server, folder) as url, closing_database(url) as database:
                        upgrade(database)
                        yield database, folder

        return open_

    @contextmanager
    def on_tablespace(server, folder):
        """Make a database whose tables are in a folder, and yield its URL."""
        name = f"small_{uuid4().hex}"
        home = folder / "pg"
        home.mkdir()
        subprocess.run(["chown", str(user_of(server)), home], check=True)
        engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE TABLESPACE {name} LOCATION '{home}'")
            connection.exec_driver_sql(f"CREATE DATABASE {name} TABLESPACE {name}")
            try:
                yield server.set(database=name).render_as_string(hide_password=False)
            finally:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
                connection.exec_driver_sql(f"DROP TABLESPACE {name}")

    def user_of(server):
        """Return the user id that a server of ours runs as."""
        engine = create_engine(make_url(server), poolclass=NullPool)
        with engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            return psutil.Process(pid).uids().real

    @pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
    def test_a_full_file_system_fails_every_probe_until_there_is_room(
        on_small_disk, engine, clock, append_until_full, append
    ):
        with on_small_disk(engine) as (database, folder):
            log = make_sql_log(database, clock)
            append(log)
            log.probe()
            filler = fill(folder, but_bytes=16 * 1024)  # not enough for a lead
            append_until_full(log)
            for _ in range(25):
                with pytest.raises(StorageUnavailableError):
                    append(log)
                with pytest.raises(StorageUnavailableError):
                    log.probe()
            filler.unlink()

            becomes_ready(log)
            append(log)


def test_it_leaves_nothing_behind(sql_log, database):
    for _ in range(3):
        Probe(database).run()

    assert rows(database) == 0
    assert sql_log.count(LeadFilter()) == 0


def test_what_a_process_left_that_died_in_a_probe_is_removed_by_the_next(database):
    with database.write() as connection:
        left = [{"id": uuid4(), "written_at": datetime.now(UTC), "filler": b"x"} for _ in range(3)]
        connection.execute(insert(probe), left)

    Probe(database).run()

    assert rows(database) == 0


def test_what_it_frees_is_there_for_leads(sqlite_url):
    """Or a full disk would have been filled up by probes."""
    with closing_database(sqlite_url) as database:
        sizes = []
        for _ in range(20):
            Probe(database).run()
            with database.read() as connection:
                sizes.append(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    assert len(set(sizes)) == 1


def test_many_at_once_write_once_a_second(database, written):
    watched, until = Probe(database), time.monotonic() + 2.2 * EVERY_S

    def ask(_):
        while time.monotonic() < until:
            watched.run()
            time.sleep(0.01)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(16)))

    assert 2 <= len(written) <= 3


def test_a_good_result_ends_with_the_first_lead_that_could_not_be_stored(
    sql_log, database, full, append_until_full
):
    sql_log.probe()

    with full(database):
        append_until_full(sql_log)

        with pytest.raises(StorageUnavailableError):
            sql_log.probe()


def test_a_failure_during_a_probe_is_no_good_result(database, monkeypatch):
    watched = Probe(database)
    monkeypatch.setattr(Probe, "_write_and_remove", lambda self: self.doubt())

    with pytest.raises(StorageUnavailableError):
        watched.run()


def test_a_read_only_database_fails_the_probe(sqlite_url):
    with closing_database(sqlite_url) as database:
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")

        with pytest.raises(StorageUnavailableError):
            Probe(database).run()


def test_whoever_asks_while_a_probe_takes_long_is_not_kept_for_long(sqlite_url):
    """A health check that hangs would hold a thread of the web server."""
    with closing_database(sqlite_url, wait_s=6) as database, closing_database(sqlite_url) as other:
        watched = Probe(database)
        with other.write(), ThreadPoolExecutor(8) as pool:
            first = pool.submit(watched.run)
            time.sleep(0.2)
            began = time.monotonic()
            others = [pool.submit(watched.run) for _ in range(7)]
            for each in others:
                with pytest.raises(StorageUnavailableError):
                    each.result()
            waited = time.monotonic() - began
        with suppress(StorageUnavailableError):
            first.result()

    assert waited < 4


def test_a_dump_of_postgresql_is_no_reason_to_be_not_ready(postgresql_url):
    """It holds a lock on every table from its beginning to its end."""
    dump = Database(postgresql_url)
    with closing_database(postgresql_url, wait_s=1) as database, dump.write() as connection:
        connection.exec_driver_sql("LOCK TABLE lead, spent, probe IN ACCESS SHARE MODE")

        Probe(database).run()
    dump.dispose()


def test_a_role_that_may_make_no_temporary_tables_can_probe(postgresql_server, postgresql_url):
    owner = create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    name = f"role_{uuid4().hex}"
    with owner.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, DELETE ON probe TO {name}")
        connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {postgresql_server.database} FROM PUBLIC")
        url = make_url(postgresql_url).set(username=name).render_as_string(hide_password=False)
        try:
            with closing_database(url) as database:
                Probe(database).run()
                assert rows(database) == 0
        finally:
            connection.exec_driver_sql(f"GRANT TEMPORARY ON DATABASE {postgresql_server.database} TO PUBLIC")
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")
