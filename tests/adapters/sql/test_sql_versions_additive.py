"""Every migration only adds, so that older versions go on working; and what would not is noticed."""

import pytest
from alembic.script import ScriptDirectory
from older import migrate, migrations, versions
from opened import closing_database
from sqlalchemy import inspect


@pytest.fixture
def blank(blank_url):
    with closing_database(blank_url) as database:
        yield database


def shape(database):
    """Return what a database's tables look like: per table, its parts by name."""
    with database.read() as connection:
        seen = inspect(connection)
        return {name: _parts(seen, name) for name in seen.get_table_names()}


def _parts(seen, table):
    columns = {f"column {each['name']}": _column(each) for each in seen.get_columns(table)}
    indexes = {f"index {each['name']}": _index(each) for each in seen.get_indexes(table)}
    rules = [*seen.get_unique_constraints(table), *seen.get_check_constraints(table),
             *seen.get_foreign_keys(table), seen.get_pk_constraint(table)]  # fmt: skip
    return {**columns, **indexes, **{f"rule {each['name']}": str(each) for each in rules}}


def _column(seen):
    return {"type": str(seen["type"]), "is_optional": seen["nullable"] or seen["default"] is not None}


def _index(seen):
    return {"columns": seen["column_names"], "is_optional": not seen["unique"]}


def breaking(before, after):
    """Return which changes an older version could not live with."""
    for table, parts in before.items():
        left = after.get(table, {})
        yield from (f"{table}: {name} is gone or changed" for name in parts if left.get(name) != parts[name])
        new = {name: part for name, part in left.items() if name not in parts}
        for name, part in new.items():
            if name.startswith("rule") or not part["is_optional"]:
                yield f"{table}: {name} is new and may refuse what an older version writes"


def test_every_migration_only_adds(blank):
    first, *later = versions()
    migrate(blank, first)
    for version in later:
        before = shape(blank)

        migrate(blank, version)

        assert list(breaking(before, shape(blank))) == [], version


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE spent",
        "ALTER TABLE lead DROP COLUMN first_failed_at",
        "ALTER TABLE lead RENAME COLUMN reasons TO why",
        "ALTER TABLE lead ADD COLUMN score INTEGER NOT NULL DEFAULT 0 CHECK (score > 0)",
        "CREATE UNIQUE INDEX one_a_day ON lead (created_at)",
        "DROP INDEX lead_time_idx",
    ],
)
def test_a_change_that_would_break_an_older_version_is_noticed(blank, change):
    migrate(blank, versions()[-1])
    before = shape(blank)

    with blank.write() as connection:
        connection.exec_driver_sql(change)

    assert list(breaking(before, shape(blank)))


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE later (id INTEGER PRIMARY KEY, lead_id TEXT UNIQUE)",
        "ALTER TABLE lead ADD COLUMN later TEXT",
        "ALTER TABLE lead ADD COLUMN later INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX later_idx ON lead (language)",
    ],
)
def test_what_only_adds_is_allowed(blank, change):
    migrate(blank, versions()[-1])
    before = shape(blank)

    with blank.write() as connection:
        connection.exec_driver_sql(change)

    assert list(breaking(before, shape(blank))) == []


def test_migrations_are_numbered_one_after_the_other_in_their_era():
    script = ScriptDirectory.from_config(migrations())
    names = [script.get_revision(version).path.rpartition("/")[2] for version in versions()]

    assert versions() == sorted(versions())
    assert all(len(version) == 4 and version.isdigit() for version in versions())
    assert all(name.startswith(f"v{version}_") for name, version in zip(names, versions(), strict=True))


def test_a_column_that_older_versions_would_leave_empty_is_noticed():
    column = {"type": "INTEGER", "is_optional": False}

    assert list(breaking({"lead": {}}, {"lead": {"column score": column}}))
