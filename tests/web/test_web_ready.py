"""`/readyz` is 503 as long as a lead could not be stored, and no visitor's post makes it anything else."""

import time

import pytest
from full_disk import IS_ROOT, fill, small_file_system

from realpad_form.services.intake import Intake

NOTE = "x" * 2000


def ready(client):
    return client.get("/readyz").status_code


def soon_ready(client):
    """Wait until it is ready, for two seconds."""
    until = time.monotonic() + 2
    while (status := ready(client)) != 200 and time.monotonic() < until:
        time.sleep(0.05)
    return status


@pytest.fixture
def without_spool(services, monkeypatch):
    monkeypatch.setitem(services.__dict__, "intake", Intake(services.log))


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


@pytest.mark.usefixtures("without_spool")
def test_a_full_database_is_not_ready_after_any_refused_post_and_ready_again_with_room(client, visitor, full):
    while visitor.send(note=NOTE).status_code != 503:
        pass

    for _ in range(25):
        assert (visitor.send(note=NOTE).status_code, ready(client)) == (503, 503)
    full()

    assert ready(client) == 200
    assert visitor.send(note=NOTE).status_code == 201


def test_a_full_database_is_not_ready_though_the_spool_takes_its_leads(client, services, visitor, full):
    while not services.spool.waiting():
        assert visitor.send(note=NOTE).status_code == 201

    assert ready(client) == 503
    full()
    services.intake.take_in()
    assert ready(client) == 200


if IS_ROOT:  # elsewhere the tests above have to do

    @pytest.fixture
    def on_small_disk(folder, make_services):
        """Services whose database and spool are on a file system of four megabytes."""
        with small_file_system(folder / "data", megabytes=4) as mounted:
            yield make_services(DATA_KEY="k" * 32), mounted

    def test_a_full_disk_under_database_and_spool_is_never_ready_and_thanks_nobody(on_small_disk, visit):
        services, mounted = on_small_disk
        visitor = visit(services)
        client = visitor.client
        assert (visitor.send().status_code, ready(client)) == (201, 200)
        filler = fill(mounted)
        while visitor.send(note=NOTE).status_code not in (429, 503):
            pass

        answers = [(visitor.post_form(note=NOTE).status_code, ready(client)) for _ in range(25)]
        filler.unlink()

        assert set(answers) == {(503, 503)}
        assert soon_ready(client) == 200


@pytest.fixture
def right(make_services, visit):
    """Services with a lead in the log, under their data key."""
    services = make_services(DATA_KEY="k" * 32)
    assert visit(services).send().status_code == 201
    return services


@pytest.mark.parametrize("key", ["w" * 32, ""], ids=["wrong", "missing"])
def test_under_a_wrong_key_no_post_is_taken_nor_makes_it_ready(right, make_services, visit, key, caplog):
    wrong = make_services(DATA_KEY=key)
    visitor = visit(wrong)
    client = visitor.client

    for _ in range(5):
        answer = visitor.send()
        assert (answer.status_code, answer.get_json()["status"]) == (503, "error")
        assert int(answer.headers["Retry-After"]) >= 1
        assert ready(client) == 503

    assert wrong.spool.waiting() == 0
    assert "no lead is taken until REALPAD_FORM_DATA_KEY is right" in caplog.text
    other = visit(right)
    assert ready(other.client) == 200
    assert other.send().status_code == 201
    assert (ready(client), visitor.send().status_code) == (503, 503)


def test_under_a_wrong_key_a_browser_keeps_what_it_typed(right, make_services, visit):
    wrong = make_services(DATA_KEY="w" * 32)

    answer = visit(wrong).post_form()

    assert answer.status_code == 503
    assert 'value="Novák"' in answer.get_data(as_text=True)


def test_under_a_wrong_key_nothing_is_spooled_while_the_database_is_full(right, make_services, visit):
    wrong = make_services(DATA_KEY="w" * 32)
    with wrong.database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    visitor = visit(wrong)

    assert {visitor.send(note=NOTE).status_code for _ in range(5)} == {503}
    assert wrong.spool.waiting() == 0


def test_with_a_new_key_before_the_old_one_it_is_ready_and_takes_leads(right, make_services, visit):
    visitor = visit(make_services(DATA_KEY=f"{'n' * 32},{'k' * 32}"))

    assert ready(visitor.client) == 200
    assert visitor.send().status_code == 201
    assert ready(visitor.client) == 200
