"""Repeats of leads whose source has moved to another project file since the first post."""

from types import SimpleNamespace

import pytest
from posting import KEY, PERSON, SOURCES, add_project

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web import create_app

TO_RIVERSIDE, TO_JANTAR = {**PERSON, "project": "riverside"}, {**PERSON, "project": "jantar"}


def nobody_uses_it(folder):
    path = folder / "projects/riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(SOURCES, ""), encoding="utf-8")


def two_use_it(folder):
    add_project(folder, "jantar", ("Děkujeme.", "Děkuje Jantar."))


def another_uses_it(folder):
    two_use_it(folder)
    nobody_uses_it(folder)


def another_uses_it_with_more_questions(folder):
    add_project(folder, "jantar", ("{field: note, max_length: 2000}", "{field: note, required: true}"))
    nobody_uses_it(folder)


def its_project_is_gone(folder):
    two_use_it(folder)
    (folder / "projects/riverside.yaml").unlink()


CHANGES = [
    nobody_uses_it,
    two_use_it,
    another_uses_it,
    another_uses_it_with_more_questions,
    its_project_is_gone,
]


@pytest.fixture
def changed(folder, make_services):
    """Change project files, and return an application that has read them."""

    def change(how):
        how(folder)
        services = make_services(SOURCE_CF7_MAIN_KEY=KEY)
        client = create_app(services).test_client()

        def post(fields=PERSON, *, key):
            head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key}
            return client.post("/in/cf7-main", json=fields, headers=head)

        return SimpleNamespace(post=post, services=services)

    return change


@pytest.fixture
def outage(monkeypatch):
    """Let the database take nothing and tell nothing."""

    def refuse(*args, **kwargs):
        raise StorageUnavailableError("the disk is full")

    def begin():
        for name in ("append", "find_repeat"):
            monkeypatch.setattr(f"realpad_form.adapters.sql.lead_log.SqlLeadLog.{name}", refuse)
        return monkeypatch

    return begin


@pytest.mark.parametrize("fields", [PERSON, TO_RIVERSIDE], ids=["unnamed", "named"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_repeat_is_the_lead_that_it_was(post, changed, only, change, fields):
    first = post(fields, key="42")

    again = changed(change).post(fields, key="42")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json()["id"] == first.get_json()["id"] == str(only().lead.id)
    assert only().lead.project == "riverside"


@pytest.mark.parametrize("change", [nobody_uses_it, two_use_it, another_uses_it])
def test_a_repeat_is_answered_in_the_words_of_the_first_project(post, changed, change):
    first = post(key="42")

    assert changed(change).post(key="42").get_json() == first.get_json()


def test_nobody_knows_the_words_of_a_project_that_is_gone(post, changed):
    first = post(key="42")

    told = changed(its_project_is_gone).post(key="42").get_json()

    assert told == {"status": "accepted", "id": first.get_json()["id"], "message": "", "redirect": None}


def test_another_key_is_a_lead_of_the_new_project(post, changed, stored):
    post(key="42")

    assert changed(another_uses_it).post(key="43").status_code == 201
    assert sorted(record.lead.project for record in stored()) == ["jantar", "riverside"]


def test_a_lead_for_a_project_that_is_named_now_is_never_taken_for_a_repeat(post, changed, stored):
    post(key="42")

    assert changed(two_use_it).post(TO_JANTAR, key="42").status_code == 201
    assert sorted(record.lead.project for record in stored()) == ["jantar", "riverside"]


@pytest.mark.parametrize(("change", "status"), [(nobody_uses_it, 404), (two_use_it, 422)])
def test_a_name_that_was_not_there_before_is_not_taken_for_a_repeat(post, changed, change, status):
    post(key="42")

    assert changed(change).post({**PERSON, "project": "villa"}, key="42").status_code == status


@pytest.mark.parametrize("change", CHANGES)
def test_a_repeat_of_what_waits_in_the_spool_has_the_id_it_will_have(post, changed, outage, only, change):
    ended = outage()
    first = post(key="42")
    later = changed(change)
    again = later.post(key="42")
    ended.undo()

    assert later.services.intake.take_in() == 1
    assert (first.status_code, again.status_code, later.post(key="42").status_code) == (201, 200, 200)
    assert first.get_json()["id"] == again.get_json()["id"] == str(only().lead.id)


def test_a_repeat_while_the_log_cannot_be_asked_is_one_lead_in_the_end(post, changed, outage, only):
    first = post(key="42")
    later = changed(another_uses_it)
    ended = outage()
    assert later.post(key="42").status_code == 201  # its spool is all it can ask
    ended.undo()

    later.services.intake.take_in()

    assert str(only().lead.id) == first.get_json()["id"]
    assert later.post(key="42").get_json() == first.get_json()


def test_while_the_log_cannot_be_asked_a_repeat_for_nobody_shall_come_again(post, changed, outage):
    first = post(key="42")
    later = changed(nobody_uses_it)
    ended = outage()
    told = later.post(key="42")
    ended.undo()

    assert (told.status_code, told.headers["Retry-After"]) == (503, "5")
    assert later.post(key="42").get_json() == first.get_json()
