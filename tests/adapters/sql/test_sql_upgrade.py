from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fakes import new_lead
from older import versions
from opened import closing_database, make_sql_log

from realpad_form.adapters.sql import is_current, upgrade
from realpad_form.adapters.sql.schema import metadata
from realpad_form.adapters.sql.upgrade import KNOWN
from realpad_form.domain.errors import SettingsError, StorageUnavailableError


@pytest.fixture
def blank(blank_url):
    with closing_database(blank_url) as database:
        yield database


def test_migrations_make_the_schema_that_the_code_knows(database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_blank_database_becomes_current(blank):
    assert not is_current(blank)

    upgrade(blank)

    assert is_current(blank)


def test_files_of_migrations_begin_with_their_numbers():
    assert versions() == KNOWN


def test_upgrade_goes_on_by_a_step_after_each_migration(blank):
    walked = []

    def walk(steps):
        for step in steps:
            yield step
            walked.append(step)

    upgrade(blank, progress_of=walk)
    applied = list(walked)
    upgrade(blank, progress_of=walk)

    assert applied == sorted(applied) == walked
    assert applied[0] == "0001"


def test_upgrade_of_a_current_database_keeps_its_leads(blank, submission, clock):
    upgrade(blank)
    receipt = make_sql_log(blank, clock).append(new_lead(submission(), payload={}))

    upgrade(blank)

    assert make_sql_log(blank, clock).get(receipt.lead_id).lead.status == "queued"


def test_processes_that_start_at_once_upgrade_once(blank_url):
    def start(_):
        with closing_database(blank_url) as database:
            upgrade(database)
            return is_current(database)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(start, range(4)))


def test_database_of_a_newer_version_is_refused(blank):
    upgrade(blank)
    with blank.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert not is_current(blank)
    with pytest.raises(SettingsError, match="newer version"):
        upgrade(blank)


def test_blank_database_counts_as_unavailable(blank, submission, clock):
    with pytest.raises(StorageUnavailableError):
        make_sql_log(blank, clock).append(new_lead(submission(), payload={}))
