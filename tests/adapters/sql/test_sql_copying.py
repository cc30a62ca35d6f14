"""A whole database that is copied into another one, on each engine and from one to the other."""

from uuid import uuid4

import pytest
from fakes import new_lead
from filled import fill
from opened import closing_database, make_sql_log
from restoring import Machine, dump
from sqlalchemy import NullPool, create_engine, delete, func, insert, inspect, select, text, update

from realpad_form.adapters.sql import SqlAuditLog, copy_database, copying, is_current, upgrade
from realpad_form.adapters.sql.schema import form_event, lead, log_state, metadata
from realpad_form.adapters.sql.upgrade import KNOWN
from realpad_form.domain.errors import CopyFailedError, SettingsError, StorageUnavailableError
from realpad_form.domain.people import AuditAction


@pytest.fixture
def make_url(postgresql_server, tmp_path):
    """Return the URL of a new database of an engine, without tables."""
    made = []

    def make(engine):
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / uuid4().hex}.db"
        made.append(f"copy_{uuid4().hex}")
        _run(postgresql_server, f"CREATE DATABASE {made[-1]}")
        return postgresql_server.set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    for name in made:
        _run(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server, statement):
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture(
    params=[("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")], ids="-".join
)
def urls(request, make_url):
    """From where, and to where."""
    return [make_url(engine) for engine in request.param]


@pytest.fixture
def pair(urls):
    """A current database, and one without tables."""
    with closing_database(urls[0]) as source, closing_database(urls[1]) as target:
        upgrade(source)
        yield source, target


@pytest.fixture
def source(pair):
    return pair[0]


@pytest.fixture
def target(pair):
    return pair[1]


@pytest.fixture
def machine(source, clock, tmp_path, key):
    """The machine that the source is used on."""
    return Machine(make_sql_log(source, clock), tmp_path / "data", [key])


@pytest.fixture
def lead_of(submission):
    return lambda: new_lead(submission(), payload={"name": "Jana"})


def tables_of(database):
    with database.read() as connection:
        return inspect(connection).get_table_names()


def is_moved(database):
    with database.read() as connection:
        return database.is_moved(connection)


def test_every_row_of_every_table_is_the_same_afterwards(source, target, machine):
    fill(source)
    before = dump(source)
    assert all(before[table] for table in metadata.sorted_tables)

    copied = copy_database(source, target, restores=machine.restores)

    for table, rows in dump(target).items():
        assert sorted(rows, key=repr) == sorted(before[table], key=repr)
        kinds = [[type(value) for value in row.values()] for row in sorted(rows, key=repr)]
        assert kinds == [[type(value) for value in row.values()] for row in sorted(before[table], key=repr)]
    assert copied.tables == len(metadata.tables)
    assert copied.rows == sum(map(len, before.values()))
    assert is_current(target)


def test_more_rows_than_a_batch_are_copied(source, target, machine, monkeypatch):
    monkeypatch.setattr(copying, "BATCH", 2)
    fill(source, rows=5)
    walked = []

    def walk(steps):
        for step in steps:
            yield step
            walked.append(step)

    copied = copy_database(source, target, restores=machine.restores, progress_of=walk)

    with target.read() as connection:
        assert connection.execute(select(func.count()).select_from(lead)).scalar_one() == 5
    # Of each table three batches, but of the one row that says which log this is.
    assert walked == list(range(2 * (3 * (copied.tables - 1) + 1)))


def test_a_migrated_target_without_rows_is_taken_even_if_a_command_has_named_it(
    source, target, machine, clock, tmp_path
):
    fill(source)
    upgrade(target)
    Machine(make_sql_log(target, clock), tmp_path / "elsewhere", []).restores.notice()

    copy_database(source, target, restores=machine.restores)

    assert len(dump(target)[lead]) == 3
    assert dump(target)[log_state] == dump(source)[log_state]


def test_numbers_go_on_after_the_highest(source, target, machine):
    fill(source)
    copy_database(source, target, restores=machine.restores)

    SqlAuditLog(target).record(AuditAction.EXPORTED, by=None)

    with target.read() as connection:
        numbers = connection.exec_driver_sql("SELECT number FROM deed ORDER BY number").scalars().all()
    assert numbers == [1, 2, 3, 4]


def test_numbers_of_an_empty_database_begin_with_one(source, target, machine):
    copy_database(source, target, restores=machine.restores)

    SqlAuditLog(target).record(AuditAction.EXPORTED, by=None)

    with target.read() as connection:
        assert connection.exec_driver_sql("SELECT number FROM deed").scalars().all() == [1]


def test_a_target_with_rows_is_refused_and_nothing_is_changed(source, target, machine):
    fill(source)
    upgrade(target)
    with target.write() as connection:
        connection.execute(
            insert(form_event).values(day="2026-11-30", project="p", event="e", name="n", number=1)
        )
    before = dump(source), dump(target)

    with pytest.raises(SettingsError, match="not empty: there are rows in form_event"):
        copy_database(source, target, restores=machine.restores)

    assert (dump(source), dump(target)) == before
    assert not is_moved(source)


def test_a_target_of_another_program_is_refused(source, target, machine):
    with target.write() as connection:
        connection.exec_driver_sql("CREATE TABLE lead (id INTEGER)")

    with pytest.raises(SettingsError, match="tables of another program"):
        copy_database(source, target, restores=machine.restores)

    assert tables_of(target) == ["lead"]


def test_a_database_is_not_copied_into_itself(source, machine):
    with pytest.raises(SettingsError, match="into itself"):
        copy_database(source, source, restores=machine.restores)


@pytest.mark.parametrize(("version", "message"), [("0001", "db upgrade"), ("0999", "newer version")])
def test_a_source_of_another_schema_is_refused(version, message, source, target, machine):
    with source.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": version})

    with pytest.raises(SettingsError, match=message):
        copy_database(source, target, restores=machine.restores)

    assert KNOWN[-1] not in (version, *tables_of(target))


def test_a_copy_that_breaks_half_way_leaves_nothing_behind(source, target, machine, lead_of, monkeypatch):
    fill(source)

    def walk(steps):
        yield from list(steps)[: len(steps) // 2]
        raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        copy_database(source, target, restores=machine.restores, progress_of=walk)

    assert tables_of(target) == []
    assert not is_moved(source)
    machine.log.append(lead_of())
    copy_database(source, target, restores=machine.restores)


@pytest.mark.parametrize("change", ["UPDATE lead SET revision = revision + 1", "DELETE FROM spent"])
def test_a_copy_that_differs_is_not_kept(change, source, target, machine, monkeypatch):
    fill(source)
    finish = target.finish_load

    def change_it(connection):
        finish(connection)
        connection.exec_driver_sql(change)

    monkeypatch.setattr(target, "finish_load", change_it)

    with pytest.raises(CopyFailedError, match=r"table (lead|spent) differs in row 1 after it was copied"):
        copy_database(source, target, restores=machine.restores)

    assert tables_of(target) == []
    assert not is_moved(source)


def test_what_postgresql_cannot_hold_is_told_and_nothing_is_kept(make_url, clock, tmp_path, key):
    with (
        closing_database(make_url("sqlite")) as source,
        closing_database(make_url("postgresql")) as target,
    ):
        upgrade(source)
        with source.write() as connection:
            about = {"day": "2026-11-30", "project": "p", "event": "e", "number": 1}
            connection.execute(insert(form_event).values(name="a\0b", **about))
        restores = Machine(make_sql_log(source, clock), tmp_path / "data", [key]).restores

        with pytest.raises(CopyFailedError, match="table form_event cannot be copied"):
            copy_database(source, target, restores=restores)

        assert tables_of(target) == []


def test_nobody_can_write_while_it_runs(urls, source, target, machine, lead_of, clock, key):
    machine.log.append(lead_of())
    machine.log.open_lanes([key])
    refused = []

    def walk(steps):
        with closing_database(urls[0], wait_s=0.1) as other:
            there = Machine(make_sql_log(other, clock), machine.path.parent, [key])
            for change in (lambda: there.log.append(lead_of()), there.claim):
                with pytest.raises(StorageUnavailableError):
                    change()
                refused.append(change)
        yield from steps

    copy_database(source, target, restores=machine.restores, progress_of=walk)

    assert len(refused) == 2
    assert len(dump(target)[lead]) == 1
    assert [row["status"] for row in dump(target)[lead]] == ["queued"]


def test_leads_that_are_being_sent_are_waited_for(source, target, machine, lead_of, key):
    machine.log.append(lead_of())
    machine.log.open_lanes([key])
    with source.write() as connection:
        later = {"lease_until": source.now(connection).replace(year=2099), "claim_token": uuid4()}
        connection.execute(update(lead).values(status="sending", **later))

    with pytest.raises(StorageUnavailableError, match=r"leads are being sent \(1\): stop every"):
        copy_database(source, target, restores=machine.restores)

    assert not is_moved(source)


def test_a_restored_copy_that_nobody_has_noticed_is_refused(source, target, machine, lead_of):
    machine.log.append(lead_of())
    machine.restores.notice()
    with source.write() as connection:
        connection.execute(update(log_state).values(copied_at=source.now(connection)))

    with pytest.raises(SettingsError, match="run `realpad-form db restored` first"):
        copy_database(source, target, restores=machine.restores)


def test_the_old_database_takes_nothing_any_more(source, target, machine, lead_of, claim_on):
    machine.log.append(lead_of())
    copy_database(source, target, restores=machine.restores)

    with pytest.raises(StorageUnavailableError, match="copied to another one"):
        machine.log.append(lead_of())
    with pytest.raises(StorageUnavailableError, match="copied to another one"):
        claim_on(machine)
    with pytest.raises(StorageUnavailableError, match="copied to another one"):
        SqlAuditLog(source).record(AuditAction.EXPORTED, by=None)
    with pytest.raises(SettingsError, match="set REALPAD_FORM_DATABASE_URL to the new one"):
        upgrade(source)
    with pytest.raises(SettingsError, match="copied to another one"):
        copy_database(source, target, restores=machine.restores)
    assert len(list(dump(source)[lead])) == 1


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_no_table_of_the_old_database_can_be_changed(table, sqlite_moved):
    for statement in (insert(table).values(dump(sqlite_moved)[table][0]), delete(table)):
        with (
            pytest.raises(StorageUnavailableError, match="copied to another"),
            sqlite_moved.write() as connection,
        ):
            connection.execute(statement)


@pytest.fixture
def sqlite_moved(sqlite_url):
    with closing_database(sqlite_url) as database:
        fill(database)
        with database.write() as connection:
            database.forbid_writes(connection)
        yield database


@pytest.fixture
def claim_on(key):
    def claim(machine):
        machine.log.open_lanes([key])
        return machine.claim()

    return claim


def test_it_is_no_restored_copy_and_needs_no_look_at_the_list(source, target, machine, lead_of, clock, key):
    clock.time = source_now(source)
    machine.log.append(lead_of())
    machine.log.open_lanes([key])
    machine.restores.keep()
    copy_database(source, target, restores=machine.restores)
    there = Machine(make_sql_log(target, clock), machine.path.parent, [key])

    assert there.restores.notice() is None
    assert there.restores.hint() is None
    assert there.restores.suspect() is None
    assert there.claim().payload == {"name": "Jana"}


def source_now(database):
    with database.read() as connection:
        return database.now(connection)


def test_the_copy_of_what_may_be_an_old_copy_is_looked_up(source, target, machine, lead_of, clock, key):
    clock.time = source_now(source)
    machine.log.append(lead_of())
    machine.log.open_lanes([key])
    machine.path.unlink(missing_ok=True)
    copy_database(source, target, restores=machine.restores)
    there = Machine(make_sql_log(target, clock), machine.path.parent, [key])

    assert there.restores.suspect()
    assert there.claim() is None
    assert there.restores.to_check([key]) == [key]


def test_a_copy_that_was_killed_before_its_end_sends_nothing(
    urls, source, target, machine, lead_of, clock, key, monkeypatch
):
    machine.log.append(lead_of())
    machine.log.open_lanes([key])
    write = target.write

    def die_in_the_end():
        with closing_database(urls[0]) as other:
            if is_moved(other):  # as others see it: both are committed
                raise KeyboardInterrupt
        return write()

    monkeypatch.setattr(target, "write", die_in_the_end)
    with pytest.raises(KeyboardInterrupt):
        copy_database(source, target, restores=machine.restores)
    monkeypatch.undo()

    there = Machine(make_sql_log(target, clock), machine.path.parent, [key])
    assert there.claim() is None
    assert there.restores.proof() == "backup"
