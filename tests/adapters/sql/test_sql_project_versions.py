"""Good versions of project files, in memory and in SQL: one order on all machines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from memory_versions import MemoryVersions
from opened import closing_database
from sqlalchemy import func, select

from realpad_form.adapters.sql import SqlProjectVersions, SqlPublications, project_versions
from realpad_form.adapters.sql.schema import project_version
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.project import ProjectVersion
from realpad_form.domain.publishing import Publication, PublishedFrom

HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def versions(request, clock):
    if request.param == "memory":
        yield MemoryVersions(clock)
        return
    with closing_database(request.getfixturevalue(f"{request.param}_url")) as database:
        yield SqlProjectVersions(database, clock)


@pytest.fixture
def of(clock):
    """Make a version, written as long before now as told."""

    def make(text, *, ago=timedelta(), slug="riverside"):
        return ProjectVersion(slug=slug, text=text, adopted_at=clock() - ago)

    return make


def texts(versions, slug="riverside"):
    return [version.text for version in versions.latest(slug)]


def test_version_comes_back_as_it_was(versions, of):
    text = "\ufeffname: Žižkov 🏠\r\n# konec\n"

    versions.keep(of(text, ago=HOUR))

    assert versions.latest("riverside") == [of(text, ago=HOUR)]
    assert versions.latest("hilltop") == []


def test_version_of_a_large_file_is_kept_whole(versions, of):
    versions.keep(of("ž" * 128 * 1024))

    assert len(texts(versions)[0]) == 128 * 1024


def test_newest_version_comes_first_and_no_more_than_asked_for(versions, of):
    for hours in (3, 2, 1):
        versions.keep(of(f"{hours}", ago=hours * HOUR))

    assert texts(versions) == ["1", "2", "3"]
    assert [each.text for each in versions.latest("riverside", limit=2)] == ["1", "2"]


def test_same_text_is_kept_once_by_however_many_starts(versions, of):
    for _ in range(3):
        versions.keep(of("one", ago=HOUR))

    assert texts(versions) == ["one"]


def test_machine_that_is_behind_does_not_bring_an_older_version_back(versions, of):
    old, new = of("old", ago=2 * HOUR), of("new", ago=HOUR)
    versions.keep(old)
    versions.keep(new, replaces=old.hash)

    for _ in range(3):  # starts of the one and of the other
        versions.keep(old)
        versions.keep(new)
        versions.keep(old, replaces=old.hash)

    assert texts(versions) == ["new", "old"]


def test_older_file_of_a_machine_that_joins_later_is_not_the_newest(versions, of):
    versions.keep(of("new", ago=HOUR))

    versions.keep(of("old", ago=2 * HOUR))

    assert texts(versions) == ["new", "old"]


def test_machine_that_catches_up_to_a_middle_version_does_not_bring_it_back(versions, of):
    first, second, third = of("1", ago=3 * HOUR), of("2", ago=2 * HOUR), of("3", ago=HOUR)
    versions.keep(first)
    versions.keep(second, replaces=first.hash)
    versions.keep(third, replaces=second.hash)

    versions.keep(second, replaces=first.hash)

    assert texts(versions)[0] == "3"


def test_version_that_was_taken_back_is_the_newest_however_old_its_file_looks(versions, of):
    old, new = of("old", ago=9 * HOUR), of("new", ago=HOUR)
    versions.keep(old)
    versions.keep(new, replaces=old.hash)

    versions.keep(old, replaces=new.hash)
    versions.keep(old, replaces=new.hash)  # another process of that machine saw it, too

    assert texts(versions) == ["old", "new"]


def test_version_that_was_written_anew_is_the_newest_also_on_a_machine_without_memory(versions, of):
    versions.keep(of("old", ago=9 * HOUR))
    versions.keep(of("new", ago=2 * HOUR))

    versions.keep(of("old", ago=HOUR))

    assert texts(versions) == ["old", "new"]


def test_file_from_the_future_does_not_stay_the_newest_for_ever(versions, of, clock):
    versions.keep(of("of 2099", ago=-HOUR))
    clock.advance(seconds=1)

    versions.keep(of("today's"))

    assert texts(versions) == ["today's", "of 2099"]


def test_projects_do_not_touch_each_other(versions, of):
    versions.keep(of("one"))
    versions.keep(of("one", slug="hilltop"))

    assert texts(versions) == texts(versions, "hilltop") == ["one"]


def test_machines_that_keep_at_once_keep_each_text_once(database_url, of):
    def start(number):
        with closing_database(database_url) as database:
            SqlProjectVersions(database).keep(of(f"{number % 3}"))

    with ThreadPoolExecutor(6) as machines:
        list(machines.map(start, range(12)))

    with closing_database(database_url) as database, database.read() as connection:
        assert sorted(texts(SqlProjectVersions(database))) == ["0", "1", "2"]
        assert connection.execute(select(func.count()).select_from(project_version)).scalar_one() == 3


def test_database_that_is_not_there_is_not_made_by_a_look(tmp_path, of):
    with closing_database(f"sqlite:///{tmp_path / 'data' / 'leads.db'}") as database:
        versions = SqlProjectVersions(database)

        with pytest.raises(StorageUnavailableError):
            versions.latest("riverside")
        with pytest.raises(StorageUnavailableError):
            versions.keep(of("one"))

    assert not (tmp_path / "data").exists()


def test_database_of_an_older_version_counts_as_away(blank_url, of):
    with closing_database(blank_url) as database:
        with database.write():
            pass  # makes the file

        with pytest.raises(StorageUnavailableError):
            SqlProjectVersions(database).latest("riverside")


def test_a_publication_keeps_its_text_though_a_file_takes_its_number_at_that_moment(
    database, of, clock, monkeypatch
):
    """A process keeps the file that it serves while another one publishes."""
    versions, kept, published = SqlProjectVersions(database, clock), of("one"), of("two")
    versions.keep(kept)
    rows, hidden = project_versions._rows, [()]
    monkeypatch.setattr(project_versions, "_rows", lambda *about: hidden.pop() if hidden else rows(*about))
    publications = SqlPublications(database)

    publications.publish(
        Publication(
            slug=published.slug, number=1, text=published.text, hash=published.hash, at=published.adopted_at,
            origin=PublishedFrom.COMMAND,
        )
    )  # fmt: skip

    assert not hidden
    assert [each.text for each in publications.history(published.slug)] == [published.text]
    assert {each.text for each in versions.latest(published.slug)} == {kept.text, published.text}
