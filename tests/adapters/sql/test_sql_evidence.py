"""The chain in SQL: made by one process at a time, the same on each engine, of rows however old."""

import os
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fakes import new_lead
from older import OlderVersion, migrate
from opened import closing_database, make_sql_log
from restoring import Machine
from sqlalchemy import NullPool, create_engine, event, insert, inspect, make_url, select, text

from realpad_form.adapters.sidecar_files import EvidenceFile
from realpad_form.adapters.sql import SqlAuditLog, SqlEvidenceChain, copy_database, sqlite, upgrade
from realpad_form.adapters.sql.evidence import LOCK
from realpad_form.adapters.sql.schema import consent, wording
from realpad_form.adapters.sql.schema_people import audit_entry
from realpad_form.domain.crash import KILLED, SETTING, CrashPoint
from realpad_form.domain.evidence import Chained, EvidenceFault
from realpad_form.domain.lead import hash_of
from realpad_form.domain.people import AuditAction
from realpad_form.services.evidence import EvidenceKeeper


@pytest.fixture
def chain(database):
    return SqlEvidenceChain(database)


@pytest.fixture
def check(tmp_path):
    """Return what is wrong with the evidence in a database, with no heads recorded."""

    def verify(database):
        return EvidenceKeeper(SqlEvidenceChain(database), EvidenceFile(tmp_path / "none.jsonl")).verify()

    return verify


def write(database, number=1, *, at=datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)):
    """Store so many consents and entries of the audit log, a second apart."""
    words = {"hash": hash_of("Souhlasím"), "words": "Souhlasím"}
    times = [at + timedelta(seconds=place) for place in range(number)]
    asked = {"position": 0, "consent_id": 39268430, "given": True, "language": "cs", "context": "{}"}
    asked |= {"wording_hash": words["hash"], "form_version": "abc"}
    with database.write() as connection:
        connection.execute(database.insert_new(wording), [words])
        connection.execute(
            insert(consent), [{**asked, "lead_id": uuid4(), "decided_at": each} for each in times]
        )
        entry = {"deed": "viewed", "by": None, "subject": "Žofie", "detail": "", "project": "riverside"}
        connection.execute(insert(audit_entry), [{**entry, "at": each} for each in times])


def test_a_link_and_the_marks_of_its_rows_are_one_transaction(chain, database):
    write(database, 3)

    link = chain.extend(2)

    assert (link.consents, link.entries) == (2, 2)
    assert chain.count_unchained() == {Chained.CONSENT: 1, Chained.ENTRY: 1}
    assert [row.link for row in chain.rows(after=0, up_to=9)] == [1, 1, 1, 1]
    assert chain.links(after=0, at_most=9) == [link]


def test_rows_are_chained_in_the_order_of_their_keys(chain, database):
    write(database, 5)
    chain.extend(10)

    keys = [tuple(row.values[:1]) for row in chain.rows(after=0, up_to=1)]

    assert keys[:5] == sorted(keys[:5], key=str)
    assert keys[5:] == sorted(keys[5:])


def test_processes_that_chain_at_once_make_one_chain(database_url, database, check):
    write(database, 200)
    start = threading.Barrier(4)

    def work(_):
        with closing_database(database_url) as own:
            mine = SqlEvidenceChain(own)
            start.wait()
            while sum(mine.count_unchained().values()):
                mine.extend(10)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    report = check(database)
    assert (report.problems, report.links, report.consents, report.entries) == ([], 20, 200, 200)


def test_nobody_waits_for_a_process_that_chains(postgresql_url):
    with closing_database(postgresql_url) as database, closing_database(postgresql_url) as other:
        write(database)
        with other.write() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))

            assert SqlEvidenceChain(database).extend(10) is None

        assert SqlEvidenceChain(database).extend(10).number == 1


def test_a_row_that_somebody_holds_is_chained_later(postgresql_url):
    with closing_database(postgresql_url) as database, closing_database(postgresql_url) as other:
        write(database, 2)
        with other.write() as connection:
            connection.execute(select(consent).limit(1).with_for_update())  # as `keys rotate` does

            assert SqlEvidenceChain(database).extend(10).consents == 1

        assert SqlEvidenceChain(database).extend(10).consents == 1


def test_rows_are_found_by_their_indexes(database):
    with database.read() as connection:
        names = {
            index["name"] for table in ("consent", "deed") for index in inspect(connection).get_indexes(table)
        }

    assert {"consent_unchained_idx", "consent_link_idx", "deed_unchained_idx", "deed_link_idx"} <= names


def test_sqlite_reads_neither_what_is_chained_nor_what_is_of_other_links(sqlite_url):
    with closing_database(sqlite_url) as database:
        asked = []
        write(database)
        chain = SqlEvidenceChain(database)
        for query in (
            chain._select(Chained.CONSENT).where(text("link IS NULL")),
            chain._select(Chained.CONSENT).where(consent.c.link > 4, consent.c.link <= 9),
            chain._select(Chained.ENTRY).where(audit_entry.c.link > 4, audit_entry.c.link <= 9),
        ):
            sql = str(query.compile(dialect=database._writer.dialect, compile_kwargs={"literal_binds": True}))
            with database.read() as connection:
                asked.append(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").first()[3])

    assert "consent_unchained_idx" in asked[0]
    assert "consent_link_idx" in asked[1]
    assert "deed_link_idx" in asked[2]


def test_a_process_that_dies_in_the_middle_leaves_nothing(database_url, database, chain, check):
    write(database, 3)
    program = (
        "import sys; from realpad_form.adapters.sql import Database, SqlEvidenceChain;"
        " SqlEvidenceChain(Database(sys.argv[1])).extend(10)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, database_url],
        env={**os.environ, SETTING: CrashPoint.IN_CHAIN},
        check=False,
        timeout=60,
    )

    assert done.returncode == KILLED
    assert (chain.head(), chain.count_unchained()[Chained.CONSENT]) == (None, 3)
    chain.extend(10)
    assert (check(database).problems, check(database).consents) == ([], 3)


def test_what_older_versions_stored_is_chained_by_and_by(blank_url, check):
    with closing_database(blank_url) as database:
        migrate(database, "0023")
        at = datetime(2025, 1, 1, tzinfo=UTC)
        older = OlderVersion(database).tables
        with database.write() as connection:
            connection.execute(insert(older["wording"]), [{"hash": hash_of("Ano"), "words": "Ano"}])
            asked = {"position": 0, "consent_id": 1, "given": False, "language": "cs", "context": "{}"}
            asked |= {"wording_hash": hash_of("Ano"), "form_version": "1", "decided_at": at}
            connection.execute(insert(older["consent"]), [{**asked, "lead_id": uuid4()} for _ in range(7)])
            entry = {"deed": "viewed", "by": None, "subject": "", "detail": "", "project": None, "at": at}
            connection.execute(insert(older["deed"]), [entry] * 5)

        upgrade(database)
        with database.write() as connection:  # an older version goes on beside this one
            connection.execute(insert(older["deed"]), [entry])

        chain = SqlEvidenceChain(database)
        assert [chain.extend(3) is not None for _ in range(4)] == [True, True, True, False]
        report = check(database)
        assert (report.problems, report.consents, report.entries, report.unchained) == ([], 7, 6, 0)


@pytest.fixture
def make_url_of(postgresql_server, tmp_path):
    """Return the URL of a new database of an engine, without tables."""

    def make(engine):
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / uuid4().hex}.db"
        name = f"evidence_{uuid4().hex}"
        server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return postgresql_server.set(database=name).render_as_string(hide_password=False)

    return make


@pytest.mark.parametrize("engines", [("sqlite", "postgresql"), ("postgresql", "sqlite")], ids="-".join)
def test_the_chain_is_the_same_on_the_other_engine(engines, make_url_of, clock, tmp_path, submission, check):
    urls = [make_url_of(engine) for engine in engines]
    with closing_database(urls[0]) as source, closing_database(urls[1]) as target:
        upgrade(source)
        log = make_sql_log(source, clock)
        clock.time = datetime(2026, 3, 29, 0, 30, 0, 1, tzinfo=UTC)
        log.append(new_lead(submission(), payload={"name": "Jana"}))
        SqlAuditLog(source).record(
            AuditAction.VIEWED, by=uuid4(), subject="Žofie 🏠", detail='"', project="x"
        )
        write(source, 3)
        keeper = EvidenceKeeper(SqlEvidenceChain(source), EvidenceFile(tmp_path / "evidence.jsonl"))
        keeper.run_once()

        copy_database(source, target, restores=Machine(log, tmp_path, []).restores)

        copied = replace(keeper, chain=SqlEvidenceChain(target)).verify()
        assert (copied.problems, copied.recorded, copied.consents) == ([], 1, 4)
        assert copied.head == keeper.chain.head()
        write(target)
        SqlEvidenceChain(target).extend(10)
        assert check(target).problems == []


def test_the_time_zone_of_the_server_is_none_of_the_evidence(postgresql_url, check):
    with closing_database(postgresql_url) as database:
        write(database)
        with database.write() as connection:
            connection.exec_driver_sql("SET TIME ZONE 'Asia/Kolkata'")  # for the connection, which is kept
        SqlEvidenceChain(database).extend(10)

        assert check(database).problems == []
        with closing_database(postgresql_url) as other:
            assert check(other).problems == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent SET decided_at = 'yesterday'",
        "UPDATE consent SET lead_id = 'nobody'",
        "UPDATE consent SET given = 'perhaps'",
        "UPDATE consent SET language = x'00ff'",
        "UPDATE deed SET at = 17, by = 1.5",
        "UPDATE evidence_link SET at = 'never'",
        "UPDATE consent SET link = 'some'",
    ],
)
def test_nonsense_in_a_file_is_found(sqlite_url, check, change):
    with closing_database(sqlite_url) as database:
        write(database)
        SqlEvidenceChain(database).extend(10)
        with closing(sqlite.driver().connect(make_url(sqlite_url).database)) as connection:
            connection.execute(change)
            connection.commit()

        assert {each.fault for each in check(database).problems} & {
            EvidenceFault.CHANGED,
            EvidenceFault.ROWS_MISSING,
        }


@pytest.mark.parametrize("time", ["infinity", "2026-03-29 00:59:59.999999+00 BC", "20260-03-29 00:00+00"])
def test_times_that_python_does_not_know_are_found(postgresql_url, check, time):
    with closing_database(postgresql_url) as database:
        write(database)
        SqlEvidenceChain(database).extend(10)
        with database.write() as connection:
            connection.execute(
                text("UPDATE consent SET decided_at = CAST(:time AS timestamptz)"), {"time": time}
            )

        assert [each.fault for each in check(database).problems] == [EvidenceFault.CHANGED]


def test_a_long_log_is_checked_in_little_memory(database, chain, check):
    write(database, 10_000)
    while chain.extend(1_000):
        pass
    check(database)  # what is made once

    tracemalloc.start()
    report = check(database)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (report.problems, report.consents, report.entries) == ([], 10_000, 10_000)
    assert peak < 4_000_000  # all rows at once take 12


def test_neither_submissions_nor_the_audit_log_know_of_the_chain(database, clock, submission):
    said = []
    event.listen(database._writer, "before_cursor_execute", lambda *about: said.append(about[2]))

    make_sql_log(database, clock).append(new_lead(submission(), payload={"name": "Jana"}))
    SqlAuditLog(database).record(AuditAction.VIEWED, by=None)

    assert [each for each in said if "link" in each] == []
    assert any("INTO consent" in each for each in said)
