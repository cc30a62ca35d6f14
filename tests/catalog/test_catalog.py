import logging
import os
import threading
from datetime import UTC, datetime

import pytest

from realpad_form.catalog import Catalog
from realpad_form.catalog.catalog import POLL_EVERY_S
from realpad_form.domain.errors import ProjectNotFoundError


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def tick(self):
        self.now += POLL_EVERY_S


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def file(tmp_path, minimal):
    path = tmp_path / "riverside.yaml"
    path.write_text(minimal, encoding="utf-8")
    return path


@pytest.fixture
def catalog(file, clock):
    return Catalog(file.parent, clock=clock, pause=lambda _: None)


def rename(file, name):
    file.write_text(
        file.read_text(encoding="utf-8").replace("name: Riverside", f"name: {name}"), encoding="utf-8"
    )


def test_every_file_is_a_project(catalog, file):
    assert catalog.get("riverside").name == "Riverside"
    assert list(catalog.projects()) == ["riverside"]
    assert catalog.problems() == ()


@pytest.mark.parametrize("slug", ["hilltop", "..", "riverside.yaml", "a\0b", ""])
def test_unknown_slug_is_an_error(catalog, slug):
    with pytest.raises(ProjectNotFoundError):
        catalog.get(slug)


def test_changed_file_counts_after_a_second(catalog, file, clock):
    rename(file, "Hilltop")
    assert catalog.get("riverside").name == "Riverside"

    clock.tick()

    assert catalog.get("riverside").name == "Hilltop"


def test_change_that_keeps_size_and_time_counts_too(catalog, file, clock, minimal):
    before = file.stat()
    rename(file, "Waterside")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    clock.tick()

    assert catalog.get("riverside").name == "Waterside"


def test_new_file_counts_after_a_second(catalog, file, clock, minimal):
    (file.parent / "hilltop.yaml").write_text(minimal.replace("riverside", "hilltop"), encoding="utf-8")
    clock.tick()

    assert list(catalog.projects()) == ["hilltop", "riverside"]


def test_deleted_file_takes_its_project_along_and_the_log_says_so_once(catalog, file, clock, caplog):
    file.unlink()
    for _ in range(2):
        clock.tick()
        with pytest.raises(ProjectNotFoundError):
            catalog.get("riverside")

    assert caplog.messages == ["riverside.yaml is gone: its form is no longer served"]


def test_file_that_is_gone_for_a_moment_keeps_its_project(file, clock, minimal):
    catalog = Catalog(file.parent, clock=clock, pause=lambda _: file.write_text(minimal, encoding="utf-8"))
    file.unlink()
    clock.tick()

    assert catalog.get("riverside").name == "Riverside"


def test_broken_edit_keeps_the_last_good_version_and_is_reported(catalog, file, clock, caplog):
    rename(file, "[")
    clock.tick()

    with caplog.at_level(logging.WARNING):
        assert catalog.get("riverside").name == "Riverside"

    [problem] = catalog.problems()
    assert problem.path == str(file)
    assert str(problem) in caplog.text


def test_fixed_file_has_no_problems_any_more(catalog, file, clock, minimal):
    rename(file, "[")
    clock.tick()
    catalog.problems()
    file.write_text(minimal.replace("name: Riverside", "name: Hilltop"), encoding="utf-8")
    clock.tick()

    assert catalog.problems() == ()
    assert catalog.get("riverside").name == "Hilltop"


def test_broken_file_does_not_touch_the_others(file, clock):
    (file.parent / "hilltop.yaml").write_text("version: 2\n", encoding="utf-8")

    catalog = Catalog(file.parent, clock=clock)

    assert list(catalog.projects()) == ["riverside"]
    assert {problem.path for problem in catalog.problems()} == {str(file.parent / "hilltop.yaml")}


def test_wrongly_named_file_is_reported_and_an_editors_own_is_not(file, clock, minimal):
    for name in ("other.yml", "Other.yaml", ".#riverside.yaml", "notes.txt"):
        (file.parent / name).write_text(minimal, encoding="utf-8")

    catalog = Catalog(file.parent, clock=clock)

    assert {problem.path for problem in catalog.problems()} == {
        str(file.parent / "Other.yaml"), str(file.parent / "other.yml"),
    }  # fmt: skip


def test_missing_folder_is_a_problem(tmp_path):
    catalog = Catalog(tmp_path / "projects")

    assert catalog.projects() == {}
    assert [str(problem) for problem in catalog.problems()] == [
        f"{tmp_path / 'projects'}:1: cannot be read: No such file or directory"
    ]


def test_folder_that_goes_missing_keeps_its_projects(catalog, file, clock):
    file.parent.rename(file.parent.with_name("away"))
    clock.tick()

    assert list(catalog.projects()) == ["riverside"]
    assert len(catalog.problems()) == 1


def test_link_to_a_file_elsewhere_is_a_project(tmp_path, file, clock):
    folder = tmp_path / "projects"
    folder.mkdir()
    (folder / "riverside.yaml").symlink_to(file)

    assert list(Catalog(folder, clock=clock).projects()) == ["riverside"]


def test_threads_that_ask_during_a_look_get_what_is_known(file, clock):
    entered, leave = threading.Event(), threading.Event()

    def pause(_):
        entered.set()
        assert leave.wait(5)

    catalog = Catalog(file.parent, clock=clock, pause=pause)
    file.unlink()
    clock.tick()
    looking = threading.Thread(target=catalog.projects)
    looking.start()
    assert entered.wait(5)

    assert catalog.get("riverside").name == "Riverside"
    leave.set()
    looking.join(5)
    assert catalog.projects() == {}


def test_file_that_is_renamed_wrong_keeps_its_project_and_is_reported(catalog, file, clock):
    file.rename(file.with_name("riverside.yml"))
    clock.tick()

    assert catalog.get("riverside").name == "Riverside"
    assert [problem.path for problem in catalog.problems()] == [str(file.with_name("riverside.yml"))]
    assert b"name: Riverside" in catalog.source("riverside")


@pytest.mark.parametrize("name", ["Riverside.yaml", "riverside.YML", "riverside (2).yaml"])
def test_wrong_name_is_understood_by_what_it_says_or_resembles(catalog, file, clock, name):
    file.rename(file.with_name(name))
    clock.tick()

    assert list(catalog.projects()) == ["riverside"]


def test_copy_under_a_wrong_name_does_not_stand_for_a_project_that_has_its_file(
    catalog, file, clock, minimal
):
    file.with_name("Riverside.yaml").write_text(minimal.replace("Riverside", "Copy"), encoding="utf-8")
    rename(file, "Hilltop")
    clock.tick()

    assert catalog.get("riverside").name == "Hilltop"
    assert b"Hilltop" in catalog.source("riverside")


def test_link_that_leads_nowhere_for_a_while_keeps_its_project(tmp_path, file, clock):
    folder = tmp_path / "projects"
    folder.mkdir()
    (folder / "riverside.yaml").symlink_to(file)
    catalog = Catalog(folder, clock=clock, pause=lambda _: None)
    file.unlink()
    clock.tick()

    assert list(catalog.projects()) == ["riverside"]
    assert "cannot be read" in catalog.problems()[0].what


def test_file_that_cannot_be_read_keeps_its_project(catalog, file, clock):
    file.unlink()
    file.symlink_to(file.name)  # a link to itself, which not even root can read
    clock.tick()

    assert list(catalog.projects()) == ["riverside"]
    assert b"Riverside" in catalog.source("riverside")


def test_broken_file_is_still_what_the_editor_gets(catalog, file, clock):
    rename(file, "[")
    clock.tick()

    assert b"name: [" in catalog.source("riverside")
    assert list(catalog.stand_ins()) == ["riverside"]


def test_what_a_folder_holds_is_told_good_and_broken_apart(catalog, file, clock, minimal):
    file.with_name("hilltop.yaml").write_text("[", encoding="utf-8")
    clock.tick()

    contents = catalog.contents()

    assert (contents.is_readable, contents.slugs) == (True, {"riverside", "hilltop"})
    assert {slug: version.text for slug, version in contents.good.items()} == {"riverside": minimal}
    assert contents.good["riverside"].adopted_at.timestamp() == pytest.approx(file.stat().st_mtime)


@pytest.mark.parametrize("mtime", [-(10**9), 0, 10**10, 10**13])
def test_file_may_bear_any_time(file, clock, mtime):
    os.utime(file, (mtime, mtime))

    at = Catalog(file.parent, clock=clock).contents().good["riverside"].adopted_at

    assert datetime(1970, 1, 1, tzinfo=UTC) <= at <= datetime.now(UTC)
