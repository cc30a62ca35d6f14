"""A database that is locked, full or read-only: the lead waits in the spool, or nobody is thanked."""

from datetime import timedelta
from uuid import uuid4

import pytest

from realpad_form.adapters.sql import Database, SqlLeadLog
from realpad_form.adapters.vault import Vault
from realpad_form.services.intake import Intake


@pytest.fixture
def locked(services, monkeypatch):
    """Hold the database's write lock, as another process would, longer than a visitor waits."""
    impatient = Database(services.settings.database_url, wait_s=0.2)
    monkeypatch.setitem(services.__dict__, "log", SqlLeadLog(impatient, Vault([]), retry_for=timedelta(1)))
    monkeypatch.setitem(services.__dict__, "intake", Intake(services.log))
    other = Database(services.settings.database_url)
    with other.write():
        yield
    for database in (impatient, other):
        database.dispose()


def test_a_locked_database_is_a_503_and_never_a_thank_you(locked, visitor):
    answer = visitor.send()

    assert (answer.status_code, answer.get_json()["status"]) == (503, "error")
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.fixture
def full(services):
    """Let the database grow no further; yields a way to make room."""
    with services.database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def make_room():
        with services.database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 4294967294")

    return make_room


NOTE = "x" * 2000
"""What is free on a full database's last pages does not take four of these."""


def test_a_full_database_spools_leads_until_there_is_room(services, visitor, full, stored):
    answers = [visitor.send(note=NOTE) for _ in range(4)]

    assert {answer.status_code for answer in answers} == {201}
    assert services.spool.waiting() > 0

    full()
    services.intake.take_in()

    promised = {answer.get_json()["id"] for answer in answers}
    assert {str(record.lead.id) for record in stored()} == promised
    assert services.spool.waiting() == 0


def test_identical_posts_without_script_are_one_lead_in_the_spool_too(services, visitor, full, stored):
    sent = 0
    while not services.spool.waiting():
        sent += 1
        visitor.post_form(token="", note=f"{sent}{NOTE[1:]}", utm_source=NOTE)

    again = visitor.post_form(token="", note=f"{sent}{NOTE[1:]}", utm_source=NOTE)

    assert (again.status_code, services.spool.waiting()) == (303, 1)
    full()
    services.intake.take_in()
    assert len(stored()) == sent


def test_a_repeat_of_a_spooled_submission_is_the_same_lead(services, visitor, full, stored):
    while not services.spool.waiting():
        key, token = str(uuid4()), visitor.token()
        first = visitor.send(note=NOTE, submission=key, token=token)

    again = visitor.send(note=NOTE, submission=key, token=token)
    full()
    services.intake.take_in()
    later = visitor.send(note=NOTE, submission=key, token=token)

    assert (first.status_code, again.status_code, later.status_code) == (201, 200, 200)
    assert first.get_json() == again.get_json() == later.get_json()
    assert [str(record.lead.id) for record in stored()].count(first.get_json()["id"]) == 1


def test_a_full_database_without_spool_is_a_503_until_there_is_room(services, visitor, full, monkeypatch):
    monkeypatch.setitem(services.__dict__, "intake", Intake(services.log))

    answers = [visitor.send(note=NOTE) for _ in range(4)]
    full()

    assert answers[-1].status_code == 503
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert visitor.send(note=NOTE).status_code == 201


def test_a_browser_keeps_what_it_typed_while_the_database_is_locked(locked, visitor):
    answer = visitor.post_form()

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert 'value="Novák"' in answer.get_data(as_text=True)


@pytest.fixture
def read_only(services):
    """Let nothing be written to the database, as on a disk that was mounted so after a fault."""
    with services.database.write() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")


@pytest.mark.usefixtures("read_only")
def test_a_lead_for_a_read_only_database_waits_in_the_spool(services, visitor, stored):
    answer = visitor.send()

    assert (answer.status_code, services.spool.waiting(), stored()) == (201, 1, [])


@pytest.mark.usefixtures("read_only")
def test_a_read_only_database_without_spool_is_a_503(services, visitor, monkeypatch, stored):
    monkeypatch.setitem(services.__dict__, "intake", Intake(services.log))

    answer = visitor.send()

    assert (answer.status_code, stored()) == (503, [])
    assert int(answer.headers["Retry-After"]) >= 1
