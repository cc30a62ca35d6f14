"""A broken file takes no form down, a restart included: each Catalog made here is a process that starts."""

import os
from datetime import UTC, datetime

import pytest
from memory_versions import MemoryVersions

from realpad_form.adapters.sidecar_files import LastGoodFiles
from realpad_form.catalog import Catalog
from realpad_form.catalog.catalog import ASK_EVERY_S, POLL_EVERY_S
from realpad_form.catalog.yaml_source import MAX_BYTES
from realpad_form.domain.errors import ProjectNotFoundError, SettingsError
from realpad_form.services.project_versions import LastGoodVersions, VersionKeeper

BROKEN = {
    "no YAML": b"name: [",
    "half of it": b"version: 1\nproject: riverside\nname: Riv",
    "an unknown key": b"version: 1\nproject: riverside\nfelds: []\n",
    "empty": b"",
    "another encoding": "version: 1\nname: Říční\n".encode("cp1250"),
    "too large": b"#" * (MAX_BYTES + 1),
}


class Ticking:
    """A monotonic clock that a test moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def tick(self, seconds=POLL_EVERY_S):
        self.now += seconds


@pytest.fixture
def clock():
    return Ticking()


@pytest.fixture
def shared():
    return MemoryVersions(lambda: datetime.now(UTC))


class Machine:
    """One machine: its folder of project files, its data, and the database of all."""

    def __init__(self, place, shared, clock):
        self.folder, self.local = place / "projects", LastGoodFiles(place / "data" / "last-good")
        self.shared, self.clock = shared, clock
        self.folder.mkdir(parents=True)

    @property
    def file(self):
        return self.folder / "riverside.yaml"

    def write(self, text, *, age_s=0):
        """Write the project's file, as if that had been a while ago."""
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        written_s = datetime.now(UTC).timestamp() - age_s
        os.utime(self.file, (written_s, written_s))

    def start(self):
        """Start a process, and return its catalog."""
        kept = LastGoodVersions(lambda: self.shared, self.local, clock=self.clock)
        return Catalog(self.folder, kept=kept, clock=self.clock, pause=lambda _: None)

    def run(self, catalog=None):
        """Let a process run for a while, and keep what it should; return its catalog."""
        catalog = catalog or self.start()
        keeper = VersionKeeper(catalog.contents, lambda: self.shared, self.local)
        for _ in range(3):
            keeper.run_once()
            self.clock.tick()
        return catalog


@pytest.fixture
def machine(tmp_path, shared, clock):
    return Machine(tmp_path / "one", shared, clock)


@pytest.fixture
def other(tmp_path, shared, clock):
    """Another machine on the same database."""
    return Machine(tmp_path / "other", shared, clock)


def named(minimal, name):
    return minimal.replace("name: Riverside", f"name: {name}")


def name_of(catalog):
    return catalog.get("riverside").name


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_process_that_starts_with_a_broken_file_serves_the_last_good_version(machine, minimal, broken):
    machine.write(minimal)
    version = machine.run().get("riverside").form_version
    machine.write(broken)

    catalog = machine.start()

    assert name_of(catalog) == "Riverside"
    assert catalog.get("riverside").form_version == version
    assert {problem.path for problem in catalog.problems()} == {str(machine.file)}
    assert catalog.source("riverside") == broken[: MAX_BYTES + 1]
    assert version in catalog.stand_ins()["riverside"].describe()


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_so_does_another_machine_that_has_never_seen_a_good_one(machine, other, minimal, broken):
    machine.write(minimal)
    machine.run()
    other.write(broken)

    assert name_of(other.start()) == "Riverside"


def test_so_does_this_machine_while_the_database_is_away(machine, minimal, shared):
    machine.write(minimal)
    machine.run()
    shared.is_away = True
    machine.write("[")

    assert name_of(machine.start()) == "Riverside"


def test_what_was_good_while_the_database_was_away_is_kept_there_later(
    machine, other, minimal, shared, clock
):
    shared.is_away = True
    machine.write(minimal)
    catalog = machine.start()
    keeper = VersionKeeper(catalog.contents, lambda: shared, machine.local)
    for _ in range(3):
        keeper.run_once()
    assert name_of(catalog) == "Riverside"
    shared.is_away = False

    keeper.run_once()

    other.write("[")
    clock.tick()
    assert name_of(other.start()) == "Riverside"


def test_file_that_can_be_read_again_is_served(machine, minimal, clock):
    machine.write(minimal)
    machine.run()
    machine.write("[")
    catalog = machine.start()
    machine.write(named(minimal, "Hilltop"))
    clock.tick()

    assert name_of(catalog) == "Hilltop"
    assert catalog.problems() == ()
    assert catalog.stand_ins() == {}


def test_deleted_file_is_gone_also_after_a_restart(machine, minimal):
    machine.write(minimal)
    catalog = machine.run()
    machine.file.unlink()
    machine.run(catalog)

    for process in (catalog, machine.start()):
        with pytest.raises(ProjectNotFoundError):
            process.get("riverside")
    machine.folder.rename(machine.folder.with_name("away"))
    assert machine.start().projects() == {}


def test_process_that_starts_without_the_folder_serves_what_this_machine_had(machine, minimal):
    machine.write(minimal)
    machine.run()
    machine.folder.rename(machine.folder.with_name("away"))

    catalog = machine.start()

    assert name_of(catalog) == "Riverside"
    assert [problem.path for problem in catalog.problems()] == [str(machine.folder)]
    assert b"name: Riverside" in catalog.source("riverside")


def test_folder_that_comes_back_counts_again(machine, minimal, clock):
    machine.write(minimal)
    machine.run()
    away = machine.folder.rename(machine.folder.with_name("away"))
    catalog = machine.start()
    (away / "riverside.yaml").write_text(named(minimal, "Hilltop"), encoding="utf-8")
    away.rename(machine.folder)
    clock.tick()

    assert name_of(catalog) == "Hilltop"


def test_wrongly_named_file_takes_no_form_down_at_a_start(machine, minimal):
    machine.write(minimal)
    machine.run()
    machine.file.rename(machine.file.with_name("Riverside.yml"))

    assert name_of(machine.start()) == "Riverside"


def test_version_taken_back_is_what_a_broken_file_falls_back_to(machine, minimal):
    machine.write(minimal, age_s=900)
    machine.run()
    machine.write(named(minimal, "Mistake"), age_s=60)
    machine.run()
    machine.write(minimal, age_s=900)  # the very file of then
    machine.run()
    machine.write("[")

    assert name_of(machine.start()) == "Riverside"


def test_machine_that_is_behind_changes_nothing_about_the_newest(machine, other, minimal, shared):
    machine.write(named(minimal, "New"), age_s=60)
    machine.run()
    other.write(minimal, age_s=900)

    for _ in range(3):
        other.run()
        machine.run()

    other.write("[")
    machine.write("[")
    assert name_of(other.start()) == name_of(machine.start()) == "New"
    assert len(shared.kept) == 2


def test_file_in_the_middle_of_being_written_is_not_kept(machine, minimal, shared, clock):
    machine.write(minimal)
    catalog = machine.start()
    keeper = VersionKeeper(catalog.contents, lambda: shared, machine.local)
    for text in (minimal, f"{minimal}captcha: none\n", f"{minimal}captcha: none\ncurrency: EUR\n"):
        machine.write(text)
        clock.tick()
        keeper.run_once()

    assert shared.kept == []
    keeper.run_once()
    assert [version.text for version in shared.kept] == [f"{minimal}captcha: none\ncurrency: EUR\n"]


def test_version_that_this_program_cannot_read_gives_way_to_the_one_before(machine, minimal):
    machine.write(minimal, age_s=900)
    machine.run()
    of_a_newer_program = minimal + "quiz: [of, another, version]\n"
    machine.write(of_a_newer_program)
    newer = next(iter(machine.shared.latest("riverside")))
    machine.shared.kept.append(
        type(newer)(slug="riverside", text=of_a_newer_program, adopted_at=datetime.now(UTC))
    )

    assert name_of(machine.start()) == "Riverside"


def test_good_files_ask_nobody(machine, minimal, shared, clock):
    machine.write(minimal)
    catalog = machine.start()
    for _ in range(10):
        clock.tick()
        catalog.get("riverside")

    assert shared.asked == 0


def test_broken_file_that_was_good_in_this_process_asks_nobody(machine, minimal, shared, clock):
    machine.write(minimal)
    catalog = machine.start()
    machine.write("[")
    for _ in range(10):
        clock.tick()
        catalog.get("riverside")

    assert shared.asked == 0


def test_files_that_were_never_good_ask_seldom_whether_the_database_is_there_or_not(machine, shared, clock):
    for number in range(9):
        (machine.folder / f"broken-{number}.yaml").write_text("[", encoding="utf-8")
    shared.is_away = True
    catalog = machine.start()
    assert shared.asked == 1
    for _ in range(int(ASK_EVERY_S) - 1):
        clock.tick()
        catalog.projects()

    assert shared.asked == 1


def test_good_version_that_is_kept_later_is_found(machine, other, minimal, clock):
    other.write("[")
    catalog = other.start()
    machine.write(minimal)
    machine.run()
    clock.tick(ASK_EVERY_S)

    assert name_of(catalog) == "Riverside"


def test_settings_that_cannot_be_used_keep_no_good_file_back(machine, minimal, clock):
    def refuse():
        raise SettingsError(["no driver"])

    machine.write(minimal)
    (machine.folder / "hilltop.yaml").write_text("[", encoding="utf-8")
    kept = LastGoodVersions(refuse, machine.local, clock=clock)

    assert list(Catalog(machine.folder, kept=kept, clock=clock).projects()) == ["riverside"]


def test_data_folder_that_cannot_be_used_costs_nothing_but_the_local_copy(tmp_path, shared, clock, minimal):
    (tmp_path / "one" / "data").parent.mkdir()
    (tmp_path / "one" / "data").write_text("a file")
    machine = Machine(tmp_path / "one", shared, clock)
    machine.write(minimal)
    machine.run()
    machine.write("[")

    assert name_of(machine.start()) == "Riverside"


def test_kept_files_are_for_their_owner_only_and_whole(machine, minimal):
    machine.write(minimal)
    machine.run()

    [path] = machine.local._folder.iterdir()
    assert (path.name, path.stat().st_mode & 0o777) == ("riverside.yaml", 0o600)
    assert path.read_bytes() == machine.file.read_bytes()
