"""Versions that go live at a time: once, on every machine, and not if something stands against it by then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from uuid import uuid4

import pytest
from opened import closing_database
from people_world import PeopleWorld, make_person
from publishing_machines import Machine

from realpad_form.adapters.sql import SqlScheduledPublications
from realpad_form.domain.errors import (
    PublishedMeanwhileError,
    PublishingNotAllowedError,
    ScheduledMeanwhileError,
    ScheduleNotFoundError,
    ScheduleTimeError,
)
from realpad_form.domain.people import AuditAction, AuditNote, Role
from realpad_form.domain.project_rules import digest
from realpad_form.domain.publishing import ScheduledPublication, ScheduleFailure, latest_time
from realpad_form.services.scheduling import LEFT_TO_OTHERS, PublicationScheduler

HOUR = timedelta(hours=1)
ON_SCHEDULE = AuditAction.SCHEDULE_PUBLISHED


@pytest.fixture
def text(minimal):
    return lambda name: minimal.replace("name: Riverside", f"name: {name}")


@pytest.fixture
def machine(tmp_path, database, text):
    machine = Machine(tmp_path / "one", database, writes=True)
    machine.write(text("First"), at=datetime.now(UTC) - HOUR)
    return machine


@pytest.fixture
def process(machine):
    """A process whose file is version 1."""
    return machine.start().run()


@pytest.fixture
def roster(database, clock):
    return PeopleWorld(database, clock).roster


@pytest.fixture
def admit(roster):
    def add(role=Role.MARKETER, **changes):
        person = make_person(role=role, **changes)
        roster.add(person)
        return person

    return add


@pytest.fixture
def jana(admit):
    return admit()


@pytest.fixture
def make(clock):
    """Return what schedules and publishes in a process."""

    def of(process, database, *, clock=clock):
        return PublicationScheduler(
            schedules=SqlScheduledPublications(database, clock=clock),
            publisher=process.publisher(),
            roster=PeopleWorld(database, clock).roster,
        )

    return of


@pytest.fixture
def scheduler(make, process, database):
    return make(process, database)


@pytest.fixture
def plan(scheduler, jana, text, clock):
    """Schedule a text in an hour, unless told otherwise."""

    def of(name="Second", *, at=None, by=jana, began_with="First", note="na jaro", replaces=None, **more):
        new = ScheduledPublication(
            slug="riverside", at=at or clock() + HOUR, text=text(name), began_with=digest(text(began_with)),
            note=note, by=by.id, scheduled_at=clock(), **more,
        )  # fmt: skip
        return scheduler.schedule(new, by=by, replaces=replaces)

    return of


def failure(scheduler):
    return scheduler.schedules.get("riverside").failure


def actions(machine):
    return [entry.action for entry in reversed(machine.audit.entries())]


def test_a_schedule_comes_back_as_it_was_kept(scheduler, plan, jana, text, clock):
    kept = plan()

    found = scheduler.schedules.get("riverside")

    assert found == kept
    assert (found.at, found.text, found.note, found.by) == (
        clock() + HOUR,
        text("Second"),
        "na jaro",
        jana.id,
    )
    assert (found.began_with, found.scheduled_at, found.failure) == (digest(text("First")), clock(), None)
    assert scheduler.schedules.all() == [kept]
    assert scheduler.schedules.pending() == {"riverside": clock() + HOUR}
    assert scheduler.schedules.get("jantar") is None


def test_it_goes_live_at_its_time_and_not_before_on_behalf_of_who_scheduled_it(
    machine, process, scheduler, plan, jana, clock
):
    plan()
    clock.advance(seconds=HOUR.total_seconds() - 1)
    scheduler.run_once()
    assert (process.name, len(machine.history())) == ("First", 1)

    clock.advance(seconds=1)
    scheduler.run_once()

    assert process.name == "Second"
    assert machine.history() == [(2, "desk", "na jaro"), (1, "file", "")]
    assert machine.publications.history("riverside")[0].by == jana.id
    assert scheduler.schedules.all() == []
    assert "Second" in machine.file.read_text()
    [scheduled, published] = machine.audit.entries()[::-1]
    assert (scheduled.action, scheduled.by) == (AuditAction.SCHEDULED, jana.id)
    assert (published.action, published.by) == (ON_SCHEDULE, jana.id)
    assert (published.subject, published.project, published.detail) == ("riverside", "riverside", "version 2")


def test_it_is_looked_for_again_at_its_very_time(scheduler, plan, clock):
    plan(at=clock() + timedelta(seconds=10))
    assert scheduler.run_once() == 1
    clock.advance(seconds=9.7)

    assert scheduler.run_once() == pytest.approx(0.3)


def test_it_goes_live_as_soon_as_something_runs_if_nothing_ran_at_its_time(process, scheduler, plan, clock):
    plan()
    clock.advance(days=3)

    scheduler.run_once()

    assert process.name == "Second"


@pytest.mark.parametrize("round_", range(3))
def test_of_many_processes_one_publishes_it_and_all_serve_it(
    round_, tmp_path, database_url, database, machine, make, plan, text, clock
):
    plan()
    with ExitStack() as opened:
        processes = []
        for number in range(4):
            other = opened.enter_context(closing_database(database_url))
            place = Machine(tmp_path / f"other-{number}", other, writes=False)
            place.write(text("First"), at=datetime.now(UTC) - HOUR)
            processes.append((place.start().run(), other))
        clock.advance(hours=1)
        schedulers = [make(process, other) for process, other in processes]
        start = threading.Barrier(len(schedulers))

        def run(scheduler):
            start.wait(10)
            scheduler.run_once()

        with ThreadPoolExecutor(len(schedulers)) as pool:
            list(pool.map(run, schedulers))

        assert machine.history() == [(2, "desk", "na jaro"), (1, "file", "")]
        assert actions(machine).count(ON_SCHEDULE) == 1
        assert AuditAction.SCHEDULE_FAILED not in actions(machine)
        assert {process.run(1).name for process, _ in processes} == {"Second"}


def test_a_process_that_dies_within_the_transaction_leaves_it_to_another(
    machine, process, scheduler, make, database, plan, clock, monkeypatch
):
    plan()
    clock.advance(hours=1)
    publications = type(machine.publications)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publications, "_adopt", die)
        with pytest.raises(KeyboardInterrupt):
            scheduler.run_once()
    assert len(machine.history()) == 1
    assert scheduler.schedules.pending()

    make(machine.start().run(), database).run_once()

    assert [number for number, *_ in machine.history()] == [2, 1]
    assert scheduler.schedules.all() == []


def test_processes_that_run_serve_it_within_two_seconds_of_its_time(
    tmp_path, machine, process, make, database, jana, text
):
    other = Machine(tmp_path / "other", database, writes=False)
    other.write(text("First"), at=datetime.now(UTC) - HOUR)
    there = other.start().run()
    scheduler = make(process, database, clock=None)
    due_at = scheduler.schedules.now() + timedelta(seconds=2.5)
    new = ScheduledPublication(
        slug="riverside", at=due_at, text=text("Second"), began_with=digest(text("First")), note="",
        by=jana.id, scheduled_at=due_at,
    )  # fmt: skip
    scheduler.schedule(new, by=jana)
    stop = threading.Event()
    runs = [scheduler.run, process.published.run, there.published.run]
    threads = [threading.Thread(target=run, args=[stop]) for run in runs]
    for thread in threads:
        thread.start()
    until, seen_at = monotonic() + 10, None
    while seen_at is None and monotonic() < until:
        sleep(0.02)
        if there.published.current()["riverside"].newest.number == 2:
            seen_at = scheduler.schedules.now()
    stop.set()
    for thread in threads:
        thread.join(10)

    assert timedelta(0) <= seen_at - due_at < timedelta(seconds=2)
    assert process.published.current()["riverside"].newest.number == 2


# What stands against it by then


def test_if_somebody_published_something_else_the_old_version_stays_and_it_says_why(
    machine, process, scheduler, plan, text, jana, clock
):
    plan()
    process.publisher().publish("riverside", text("Other"))
    clock.advance(hours=1)

    for _ in range(3):
        scheduler.run_once()

    assert (process.name, len(machine.history())) == ("Other", 2)
    [failed] = scheduler.failed()
    assert (failed.failure, failed.failed_at) == (ScheduleFailure.MEANWHILE, clock())
    assert scheduler.schedules.pending() == {}
    assert actions(machine).count(AuditAction.SCHEDULE_FAILED) == 1
    [entry] = [each for each in machine.audit.entries() if each.action is AuditAction.SCHEDULE_FAILED]
    assert (entry.by, entry.subject, entry.detail) == (jana.id, "riverside", "meanwhile")


def test_if_somebody_published_the_same_it_is_done(machine, process, scheduler, plan, text, clock):
    plan()
    process.publisher().publish("riverside", text("Second"))

    assert scheduler.schedules.all() == []
    assert actions(machine)[-2:] == [AuditAction.PUBLISHED, AuditAction.SCHEDULE_CANCELLED]
    assert machine.audit.entries()[0].detail == "version 2 says the same"
    clock.advance(hours=1)
    scheduler.run_once()
    assert len(machine.history()) == 2


def test_what_was_published_by_hand_and_rolled_back_does_not_come_again_by_its_schedule(
    machine, process, scheduler, plan, text, clock
):
    plan()
    process.publisher().publish("riverside", text("Second"))
    process.publisher().roll_back("riverside", 1)
    clock.advance(hours=1)

    scheduler.run_once()

    assert process.name == "First"
    assert len(machine.history()) == 3


def test_if_its_file_says_the_same_it_is_done(machine, process, scheduler, plan, text):
    plan()
    machine.write(text("Second"))

    process.run()

    assert (process.name, len(machine.history())) == ("Second", 2)
    assert scheduler.schedules.all() == []


def test_what_was_live_before_it_was_kept_ends_without_a_version(
    machine, process, scheduler, plan, jana, text, clock
):
    """As where somebody publishes the same text just before a schedule is kept."""
    plan()
    kept = scheduler.schedules.get("riverside")
    process.publisher().publish("riverside", text("Second"))
    scheduler.schedules.put(kept, replaces=None, note=_note_of(machine.audit.entries()[0]))
    clock.advance(hours=1)

    scheduler.run_once()

    assert (scheduler.schedules.all(), len(machine.history())) == ([], 2)
    last = machine.audit.entries()[0]
    assert (last.action, last.by, last.detail) == (
        AuditAction.SCHEDULE_CANCELLED,
        None,
        "version 2 says the same",
    )


def test_if_the_file_was_deleted_its_form_stays_away(machine, process, scheduler, plan, clock):
    plan()
    machine.file.unlink()
    process.run()
    clock.advance(hours=1)

    scheduler.run_once()
    assert failure(scheduler) is None
    clock.advance(seconds=LEFT_TO_OTHERS.total_seconds())
    scheduler.run_once()

    assert failure(scheduler) is ScheduleFailure.GONE
    assert len(machine.history()) == 1
    assert "riverside" not in process.catalog.projects()


def test_a_machine_without_the_file_leaves_it_to_one_that_has_it(
    tmp_path, database, machine, process, make, scheduler, plan, clock
):
    plan()
    without = make(Machine(tmp_path / "other", database, writes=False).start().run(), database)
    clock.advance(days=3)

    without.run_once()
    scheduler.run_once()

    assert process.name == "Second"


def test_a_folder_that_cannot_be_read_says_nothing_about_its_file(
    tmp_path, database, machine, make, plan, scheduler, clock
):
    plan()
    unmounted = Machine(tmp_path / "other", database, writes=False)
    unmounted.folder.rmdir()
    there = make(unmounted.start().run(), database)
    for _ in range(3):
        clock.advance(hours=1)
        there.run_once()

    assert failure(scheduler) is None


def test_if_the_file_was_edited_it_is_not_overwritten(machine, process, scheduler, plan, text, clock):
    plan()
    machine.write(text("Edited"))
    process.run()
    clock.advance(hours=1)

    scheduler.run_once()

    assert process.name == "Edited"
    assert failure(scheduler) is ScheduleFailure.MEANWHILE


def test_if_the_text_has_problems_by_then_nothing_is_published(machine, process, scheduler, plan, clock):
    plan()
    clock.advance(hours=1)
    publisher = replace(scheduler.publisher, read=lambda text, slug: (None, []))

    replace(scheduler, publisher=publisher).run_once()

    assert failure(scheduler) is ScheduleFailure.PROBLEMS
    assert len(machine.history()) == 1


@pytest.mark.parametrize(
    "lost",
    [{"may_publish": False}, {"disabled_at": datetime(2026, 3, 29, tzinfo=UTC)}, {"projects": frozenset()}],
    ids=str,
)
def test_if_the_person_lost_the_right_nothing_is_published(
    machine, scheduler, plan, roster, jana, clock, lost
):
    plan()
    roster.change(replace(jana, **lost))
    clock.advance(hours=1)

    scheduler.run_once()

    assert failure(scheduler) is ScheduleFailure.RIGHT
    assert len(machine.history()) == 1


def test_a_person_that_is_gone_may_not_publish(machine, scheduler, plan, jana, clock, database):
    kept = plan()
    note = machine.audit.entries()[0]
    scheduler.schedules.remove(kept, note=_note_of(note))
    scheduler.schedules.put(replace(kept, by=uuid4()), replaces=None, note=_note_of(note))
    clock.advance(hours=1)

    scheduler.run_once()

    assert failure(scheduler) is ScheduleFailure.RIGHT


def _note_of(entry):
    return AuditNote(action=entry.action, by=entry.by, subject=entry.subject)


def test_one_that_breaks_holds_up_no_other(scheduler, plan, process, database, admit, minimal, clock, caplog):
    plan()
    admin = admit(Role.ADMIN)
    new = ScheduledPublication(
        slug="amber", at=clock() + HOUR, text=minimal.replace("project: riverside", "project: amber", 1),
        began_with="", note="", by=admin.id, scheduled_at=clock(),
    )  # fmt: skip
    scheduler.schedule(new, by=admin)
    clock.advance(hours=1)

    def read(text, slug):
        if slug == "amber":
            raise RuntimeError
        return scheduler.publisher.read(text, slug)

    replace(scheduler, publisher=replace(scheduler.publisher, read=read)).run_once()

    assert process.name == "Second"
    assert scheduler.schedules.pending().keys() == {"amber"}
    assert "what is scheduled cannot be published: RuntimeError" in caplog.text


def test_a_new_project_can_be_scheduled(scheduler, process, admit, minimal, clock):
    admin = admit(Role.ADMIN)
    new = ScheduledPublication(
        slug="amber", at=clock() + HOUR, text=minimal.replace("project: riverside", "project: amber", 1),
        began_with="", note="", by=admin.id, scheduled_at=clock(),
    )  # fmt: skip
    scheduler.schedule(new, by=admin)
    clock.advance(hours=1)

    scheduler.run_once()

    assert "amber" in process.catalog.projects()


# Scheduling, cancelling, publishing before the time


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [
        (timedelta(0), "past"),
        (-HOUR, "past"),
        (timedelta(days=365, seconds=1), "far"),
    ],
)
def test_only_a_time_within_a_year_can_be_chosen(scheduler, plan, clock, ahead, reason):
    with pytest.raises(ScheduleTimeError) as caught:
        plan(at=clock() + ahead)

    assert caught.value.reason == reason
    assert scheduler.schedules.all() == []


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2027, 3, 29, 12, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2029, 2, 28, 12, tzinfo=UTC)),
    ],
)
def test_a_year_ends_on_the_same_day(now, latest):
    assert latest_time(now) == latest


def test_what_is_live_already_is_not_scheduled(scheduler, plan):
    assert plan("First") is None
    assert scheduler.schedules.all() == []


def test_what_began_with_another_version_is_not_scheduled(scheduler, plan):
    with pytest.raises(PublishedMeanwhileError):
        plan(began_with="Older")


def test_what_needs_an_admin_is_not_scheduled_by_a_marketer(
    scheduler, plan, admit, text, minimal, jana, clock
):
    rerouted = minimal.replace("project: 39264441", "project: 4711")
    assert rerouted != minimal
    new = ScheduledPublication(
        slug="riverside", at=clock() + HOUR, text=rerouted.replace("name: Riverside", "name: Second"),
        began_with=digest(text("First")), note="", by=jana.id, scheduled_at=clock(),
    )  # fmt: skip

    with pytest.raises(PublishingNotAllowedError):
        scheduler.schedule(new, by=jana)
    admin = admit(Role.ADMIN)
    kept = scheduler.schedule(new, by=admin)

    assert kept.by == admin.id
    with pytest.raises(PublishingNotAllowedError):
        scheduler.publish_instead(
            "riverside", kept.id, text("Third"), by=jana, began_with=digest(text("First")), note=""
        )
    with pytest.raises(PublishingNotAllowedError):
        scheduler.cancel("riverside", kept.id, by=jana)
    with pytest.raises(PublishingNotAllowedError):
        scheduler.publish_now("riverside", kept.id, by=jana)


def test_a_new_schedule_replaces_only_the_one_that_was_shown(scheduler, plan, machine):
    first = plan()
    for replaces in (None, uuid4()):
        with pytest.raises(ScheduledMeanwhileError):
            plan("Third", replaces=replaces)
    assert scheduler.schedules.get("riverside") == first

    third = plan("Third", replaces=first.id)

    assert scheduler.schedules.all() == [third]
    assert actions(machine).count(AuditAction.SCHEDULED) == 2


def test_a_text_that_was_made_of_a_schedule_ends_it(machine, process, scheduler, plan, text, admit):
    kept, petra = plan(), admit()

    done = scheduler.publish_instead(
        "riverside", kept.id, text("Third"), by=petra, began_with=digest(text("First")), note=""
    )

    assert (process.name, done.by, scheduler.schedules.all()) == ("Third", petra.id, [])
    with pytest.raises(ScheduleNotFoundError):
        scheduler.publish_instead(
            "riverside", kept.id, text("Fourth"), by=petra, began_with=digest(text("Third")), note=""
        )


def test_nobody_ends_a_schedule_without_the_right_by_publishing_it(
    machine, process, scheduler, plan, admit, text, roster
):
    kept, petra = plan(), admit()
    roster.change(replace(petra, may_publish=False))

    with pytest.raises(PublishingNotAllowedError):
        scheduler.publish_now("riverside", kept.id, by=roster.get(petra.id))

    assert scheduler.schedules.get("riverside") == kept


def test_notes_hold_visible_characters_only(machine, process, scheduler, plan, text, jana):
    kept = plan(note="na\0 jaro\x07\n")
    assert scheduler.schedules.get("riverside").note == kept.note == "na jaro"

    done = process.publisher().publish("riverside", text("Other"), note="p\0řed\u202e  tím")
    assert done.note == "před tím"


def test_a_schedule_that_ended_cannot_be_replaced(scheduler, plan, jana):
    first = plan()
    scheduler.cancel("riverside", first.id, by=jana)

    with pytest.raises(ScheduledMeanwhileError):
        plan("Third", replaces=first.id)


def test_a_cancelled_schedule_is_never_published(machine, process, scheduler, plan, jana, clock):
    kept = plan()

    scheduler.cancel("riverside", kept.id, by=jana)
    clock.advance(hours=2)
    scheduler.run_once()

    assert process.name == "First"
    assert actions(machine) == [AuditAction.SCHEDULED, AuditAction.SCHEDULE_CANCELLED]
    with pytest.raises(ScheduleNotFoundError):
        scheduler.cancel("riverside", kept.id, by=jana)


def test_it_can_be_published_before_its_time_by_whoever_may(machine, process, scheduler, plan, admit):
    kept, petra = plan(), admit()

    done = scheduler.publish_now("riverside", kept.id, by=petra)

    assert (process.name, done.by, done.note) == ("Second", petra.id, "na jaro")
    assert scheduler.schedules.all() == []
    assert actions(machine) == [AuditAction.SCHEDULED, AuditAction.PUBLISHED]
    with pytest.raises(ScheduleNotFoundError):
        scheduler.publish_now("riverside", kept.id, by=petra)
    assert len(machine.history()) == 2


def test_one_that_failed_can_be_dismissed_or_replaced(scheduler, plan, process, text, jana, clock):
    kept = plan()
    process.publisher().publish("riverside", text("Other"))
    clock.advance(hours=1)
    scheduler.run_once()
    with pytest.raises(PublishedMeanwhileError):
        scheduler.publish_now("riverside", kept.id, by=jana)

    again = plan("Second", began_with="Other", replaces=kept.id)
    clock.advance(hours=1)
    scheduler.run_once()

    assert again.failure is None
    assert process.name == "Second"
    assert scheduler.failed() == []


def test_a_failure_that_only_a_newer_version_knows_is_one_all_the_same(scheduler, plan, machine):
    kept = plan()
    assert scheduler.schedules.fail(kept, "of tomorrow", _note_of(machine.audit.entries()[0]))

    assert failure(scheduler) is ScheduleFailure.OTHER
    assert not scheduler.schedules.fail(kept, ScheduleFailure.RIGHT, _note_of(machine.audit.entries()[0]))
