"""What is published is served by every machine, and nobody's work in a folder is given up for it.

Each Machine here has a folder and data of its own on one database; each Process is one that starts on it.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from publishing_machines import Away, Machine

from realpad_form.domain.errors import (
    FolderConflictError,
    ProjectFileError,
    ProjectNotFoundError,
    PublishedMeanwhileError,
    PublishingNotAllowedError,
    StorageUnavailableError,
    VersionNotFoundError,
)
from realpad_form.domain.people import Person, Role
from realpad_form.domain.project_rules import digest
from realpad_form.domain.publishing import FolderState

NOW = datetime.now(UTC)


@pytest.fixture(params=[True, False], ids=["written", "not written"])
def writes(request):
    return request.param


@pytest.fixture
def machine(tmp_path, database, writes):
    return Machine(tmp_path / "one", database, writes=writes)


@pytest.fixture
def other(tmp_path, database):
    return Machine(tmp_path / "other", database, writes=False)


@pytest.fixture
def text(minimal):
    return lambda name: minimal.replace("name: Riverside", f"name: {name}")


@pytest.fixture
def process(machine, text):
    """A process whose file is version 1."""
    machine.write(text("First"), at=NOW - timedelta(hours=1))
    return machine.start().run()


def test_a_file_is_the_first_version_and_each_edit_another(machine, process, text):
    machine.write(text("Second"))
    process.run()

    assert process.name == "Second"
    assert machine.history() == [(2, "file", ""), (1, "file", "")]


def test_a_start_publishes_nothing_anew(machine, process):
    machine.start().run()

    assert machine.history() == [(1, "file", "")]


def test_what_is_published_is_served_here_there_and_after_restarts(machine, other, process, text):
    other.write(text("First"), at=NOW - timedelta(hours=1))
    there = other.start().run()

    done = process.publisher().publish("riverside", text("Second"), note="a  new\nname")

    assert (done.number, done.note) == (2, "a new name")
    assert process.name == "Second"
    assert there.run().name == other.start().name == machine.start().name == "Second"
    assert machine.history() == [(2, "command", "a new name"), (1, "file", "")]
    assert ("Second" in machine.file.read_text()) is machine.writes
    assert "First" in other.file.read_text()


def test_a_machine_without_a_file_serves_it_and_one_of_a_file_alone_it_does_not(other, process, text):
    there = other.start().run()
    with pytest.raises(ProjectNotFoundError):
        there.catalog.get("riverside")

    process.publisher().publish("riverside", text("Second"))

    assert there.run().name == "Second"
    assert there.catalog.stand_ins() == {}


def test_it_is_served_after_a_start_without_the_database(machine, process, text):
    process.publisher().publish("riverside", text("Second"))
    process.run()
    machine.publications = machine.versions = Away()

    assert machine.start().name == "Second"


def test_a_file_that_is_edited_where_it_agrees_with_what_is_published_counts(machine, process, text):
    process.publisher().publish("riverside", text("Second"))
    process.run()
    machine.write(text("Second"))  # if it was not written by itself
    process.run()
    machine.write(text("Third"), at=NOW - timedelta(days=1))
    process.run()

    assert process.name == "Third"
    assert machine.history()[0] == (3, "file", "")


def test_a_file_changed_since_over_what_is_published_is_for_a_person(machine, process, text):
    process.publisher().publish("riverside", text("Second"))
    process.run()
    machine.write(text("Third"))
    restarted = machine.start().run()
    if machine.writes:
        assert restarted.name == "Third"  # the file had what was published
        return

    assert restarted.name == machine.start().name == "Second"
    assert restarted.state is FolderState.CONFLICT
    [problem] = restarted.catalog.problems()
    assert problem.is_warning
    assert "version 2 is served" in problem.what
    assert "Third" in machine.file.read_text()
    assert machine.history()[0][0] == 2
    with pytest.raises(FolderConflictError):
        restarted.publisher().publish("riverside", text("Fourth"))
    with pytest.raises(FolderConflictError):
        restarted.publisher().roll_back("riverside", 1)


@pytest.fixture
def conflict(tmp_path, database, text):
    """A process on a machine whose folder and publication both changed."""
    machine = Machine(tmp_path / "torn", database, writes=False)
    machine.write(text("First"), at=NOW - timedelta(hours=1))
    machine.start().run().publisher().publish("riverside", text("Second"))
    machine.write(text("Third"))
    process = machine.start().run()
    assert process.state is FolderState.CONFLICT
    return process


def test_the_file_can_be_chosen(conflict, text):
    conflict.publisher().publish("riverside", conflict.catalog.file("riverside").decode())

    assert (conflict.name, conflict.state) == ("Third", FolderState.SAME)
    assert conflict.run().machine.history()[0] == (3, "command", "")


@pytest.mark.parametrize("writes_now", [True, False])
def test_what_is_published_can_be_chosen_and_the_file_is_kept_in_the_history(conflict, writes_now):
    conflict.machine.writes = writes_now

    conflict.publisher().keep_published("riverside")
    conflict.run()

    assert conflict.name == conflict.machine.start().name == "Second"
    history = conflict.machine.publications.history("riverside")
    assert [(each.number, str(each.origin)) for each in history[:2]] == [(4, "command"), (3, "file")]
    assert "Third" in history[1].text
    assert ("Second" in conflict.machine.file.read_text()) is writes_now


def test_a_deleted_file_takes_a_project_away_that_came_by_files_alone(machine, process):
    machine.file.unlink()
    process.run()

    for each in (process, machine.start().run()):
        with pytest.raises(ProjectNotFoundError):
            _ = each.name
    assert not machine.file.exists()


def test_a_published_project_needs_no_file_nor_does_a_folder_that_is_empty_for_a_while_undo_it(
    machine, other, process, text
):
    other.write(text("First"), at=NOW - timedelta(hours=1))
    there = other.start().run()
    process.publisher().publish("riverside", text("Second"))
    process.run()
    machine.file.unlink()

    assert process.run().name == machine.start().run().name == there.run().name == "Second"
    assert machine.file.exists() is machine.writes
    if not machine.writes:  # else it is an edit of what was there
        machine.write(text("First"), at=NOW - timedelta(hours=1))
        process.run()
    assert process.name == there.run().name == "Second"
    assert len(machine.history()) == 2


def test_a_project_that_came_by_files_stays_on_machines_that_have_its_file(machine, other, process, text):
    other.write(text("First"), at=NOW - timedelta(hours=1))
    there = other.start().run()
    machine.file.unlink()
    process.run()

    assert there.run().name == "First"


def test_old_texts_that_a_deployment_writes_anew_change_nothing(machine, other, process, text):
    """Two images that differ, started again and again."""
    machine.write(text("Second"))
    process.run()
    for _ in range(3):
        other.write(text("First"))
        assert other.start().run().name == "Second"
        assert machine.start().run().name == "Second"

    assert len(machine.history()) == 2


@pytest.mark.parametrize("minutes", [60, 60 * 24 * 400])
def test_a_file_with_a_time_to_come_is_published(machine, process, text, minutes):
    machine.write(text("Second"), at=NOW + timedelta(minutes=minutes))
    process.run()

    assert machine.history()[0] == (2, "file", "")
    assert process.name == "Second"


def test_a_mistake_that_is_saved_and_mended_is_one_edit(machine, process, text):
    process.publisher().publish("riverside", text("Second"))
    process.run()
    machine.write(text("Second"))
    process.run()
    machine.write("version: 1\nname: [")
    process.run()
    machine.write(text("Third"))
    process.run()

    assert process.name == "Third"
    assert machine.history()[0] == (3, "file", "")


def test_a_broken_file_is_no_reason_not_to_serve_what_is_published(machine, process, text):
    machine.write("version: 1\nname: [")
    process.run()
    process.publisher().publish("riverside", text("Second"))

    assert process.run().name == machine.start().run().name == "Second"
    assert machine.file.read_text() == "version: 1\nname: ["
    assert [problem.is_warning for problem in process.catalog.problems()] == [False]


def test_a_broken_file_is_written_over_by_the_change_that_began_with_it(machine, process, text):
    broken = "version: 1\nname: ["
    machine.write(broken)
    process.run()
    process.publisher().publish("riverside", text("Second"), began_with=digest(broken))

    assert ("Second" in machine.file.read_text()) is machine.writes
    assert process.run().name == "Second"


def test_a_roll_back_is_a_version_of_its_own_and_stays(machine, process, text):
    publisher = process.publisher()
    publisher.publish("riverside", text("Second"))
    process.run()
    done = publisher.roll_back("riverside", 1)
    process.run()

    assert (done.number, done.note) == (3, "version 1 again")
    assert process.name == machine.start().run().name == "First"
    assert len(machine.history()) == 3
    with pytest.raises(VersionNotFoundError):
        publisher.roll_back("riverside", 9)


def test_of_two_who_publish_one_wins_though_the_other_has_not_heard_of_it(machine, process, text):
    late = machine.start().run()
    first = process.publisher().publications.history("riverside")[0]
    process.publisher().publish("riverside", text("Second"), began_with=first.hash)

    with pytest.raises(PublishedMeanwhileError):
        process.publisher().publish("riverside", text("Third"), began_with=first.hash)
    with pytest.raises(PublishedMeanwhileError):
        late.publisher().publish("riverside", text("Third"), began_with=first.hash)

    assert process.run().name == "Second"


def test_the_same_text_is_no_new_version(machine, process, text):
    assert process.publisher().publish("riverside", text("First")).number == 1


def test_a_text_with_problems_changes_nothing(machine, process, text):
    with pytest.raises(ProjectFileError):
        process.publisher().publish("riverside", text("Second") + "unknown: 1\n")

    assert process.run().name == "First"
    assert machine.history() == [(1, "file", "")]


def test_a_change_before_the_file_was_ever_published_keeps_the_file_in_the_history(machine, text):
    machine.write(text("First"))
    process = machine.start()

    process.publisher().publish("riverside", text("Second"))

    assert machine.history() == [(2, "command", ""), (1, "file", "")]


def test_a_link_is_not_written_over(tmp_path, machine, process, text):
    real = tmp_path / "elsewhere.yaml"
    machine.file.rename(real)
    machine.file.symlink_to(real)
    process.run()

    process.publisher().publish("riverside", text("Second"))

    assert process.run().name == "Second"
    assert "First" in real.read_text()
    assert machine.file.is_symlink()


def person(role, **changes):
    return Person(id=uuid4(), email="a@b.example", name="A", role=role, created_at=NOW, **changes)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (person(Role.ADMIN), None),
        (person(Role.MARKETER), None),
        (person(Role.MARKETER, may_publish=False), PublishingNotAllowedError),
        (person(Role.ADMIN, may_publish=False), PublishingNotAllowedError),
        (person(Role.ADMIN, disabled_at=NOW), PublishingNotAllowedError),
        (person(Role.ADMIN, projects=frozenset({"jantar"})), ProjectNotFoundError),
    ],
)
@pytest.mark.parametrize("act", ["publish", "roll_back"])
def test_who_may_publish(machine, process, text, who, error, act):
    process.publisher().publish("riverside", text("Second"))
    publisher = process.publisher()
    acts = {
        "publish": lambda: publisher.publish("riverside", text("Third"), by=who),
        "roll_back": lambda: publisher.roll_back("riverside", 1, by=who),
    }
    if error:
        with pytest.raises(error):
            acts[act]()
        assert len(machine.history()) == 2
        return
    acts[act]()
    newest = machine.publications.history("riverside")[0]
    assert (str(newest.origin), newest.by, newest.number) == ("desk", who.id, 3)
    [entry] = [each for each in machine.audit.entries(by=who.id) if each.action == "published"]
    assert (entry.subject, entry.detail) == ("riverside", "version 3")


@pytest.mark.parametrize("by_roll_back", [True, False])
def test_a_marketer_changes_no_routing_not_even_by_a_roll_back(process, text, by_roll_back):
    elsewhere, publisher = text("First").replace("project: 39264441", "project: 1"), process.publisher()
    publisher.publish("riverside", elsewhere)
    who = person(Role.MARKETER)

    with pytest.raises(PublishingNotAllowedError) as raised:
        publisher.roll_back("riverside", 1, by=who) if by_roll_back else publisher.publish(
            "riverside", text("Third"), by=who
        )

    assert raised.value.parts == ("realpad",)


def test_a_marketer_sends_leads_to_no_other_project_by_its_page(process, text):
    before = text("First")
    company = before.replace("fields:\n", "fields:\n  - {field: project, options: [riverside]}\n", 1)
    assert company != before

    with pytest.raises(PublishingNotAllowedError):
        process.publisher().publish("riverside", company, by=person(Role.MARKETER))


def interrupted(process, act):
    """Return a publisher during whose look at the rights somebody acts on another machine."""
    publisher = process.publisher()
    read, acts = publisher.read, [act]

    def read_slowly(text, slug):
        found = read(text, slug)
        if acts:
            acts.pop()()
        return found

    object.__setattr__(publisher, "read", read_slowly)
    return publisher


def test_a_routing_that_is_published_meanwhile_is_not_undone(machine, process, text):
    """The text is read before anything is looked at, so that the look is at what is published by then."""
    rerouted = text("First").replace("project: 39264441", "project: 1")
    late = machine.start().run()
    publisher = interrupted(process, lambda: late.publisher().publish("riverside", rerouted))

    with pytest.raises(PublishingNotAllowedError):
        publisher.publish("riverside", text("Mine"), by=person(Role.MARKETER))

    assert "project: 1}" in machine.publications.history("riverside")[0].text.replace(
        "project: 1\n", "project: 1}"
    )


def test_a_routing_that_was_saved_in_the_file_is_not_undone_before_it_is_a_version(machine, process, text):
    machine.write(text("First").replace("project: 39264441", "project: 1"))
    publisher = process.publisher()

    with pytest.raises(PublishingNotAllowedError):
        publisher.publish("riverside", text("Mine"), by=person(Role.MARKETER))


def test_a_stale_roll_back_is_refused(machine, process, text):
    first = machine.publications.history("riverside")[0]
    process.publisher().publish("riverside", text("Second"))

    with pytest.raises(PublishedMeanwhileError):
        process.publisher().roll_back("riverside", 1, began_with=first.hash)


def test_what_is_published_is_written_beside_the_database_only_when_it_changes(machine, process, text):
    path = machine.folder.parent / "data" / "published.json"
    written = path.stat().st_ino
    process.run()
    assert path.stat().st_ino == written

    process.publisher().publish("riverside", text("Second"))
    process.run()
    assert path.stat().st_ino != written


def test_a_version_and_its_audit_entry_are_stored_together_or_not_at_all(machine, process, text, monkeypatch):
    def refuse(*_about):
        raise StorageUnavailableError("the disk is full")

    monkeypatch.setattr("realpad_form.adapters.sql.audit.write", refuse)

    with pytest.raises(StorageUnavailableError):
        process.publisher().publish("riverside", text("Second"))

    assert machine.history() == [(1, "file", "")]
    assert process.run().name == "First"


def test_a_version_that_is_stored_is_told_so_though_the_database_goes_away_then(
    machine, process, text, monkeypatch, caplog
):
    publisher = process.publisher()
    store = publisher.publications.publish

    class GoneAfterwards:
        history, get = publisher.publications.history, publisher.publications.get

        def publish(self, *new, **more):
            done = store(*new, **more)
            machine.publications = Away()
            return done

    object.__setattr__(publisher, "publications", GoneAfterwards())

    assert publisher.publish("riverside", text("Second")).number == 2
    assert "version 2 is published: the database is away" in caplog.text
