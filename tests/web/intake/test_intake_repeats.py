"""Who may post, what a repeat of a lead gets, and which project the lead is for."""

from uuid import UUID

import pytest
from posting import KEY, PERSON, add_project, add_sources

from realpad_form.web import create_app
from realpad_form.web.intake import submission_key


@pytest.mark.parametrize("token", ["", "k", "k" * 44, "o" * 43, "é", "Bearer"])
def test_a_wrong_key_is_refused_and_told_how_to_send_one(post, stored, token):
    answer = post(token=token)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="realpad-form sources"'
    assert answer.get_json()["status"] == "error"
    assert stored() == []


@pytest.mark.parametrize("header", [None, KEY, f"Basic {KEY}", f"Token {KEY}", "Bearer"])
def test_without_a_bearer_key_nothing_is_taken(post, header):
    assert post(headers={"Authorization": header}).status_code == 401


def test_an_unknown_source_is_answered_like_a_wrong_key(post):
    wrong, unknown = post(token="x" * 43), post(source="nobody", token="x" * 43)

    assert wrong.data == unknown.data
    assert (wrong.status_code, dict(wrong.headers)) == (unknown.status_code, dict(unknown.headers))


def test_wrong_keys_are_limited_and_the_right_one_still_passes(post):
    answers = [post(token="x" * 43, source=f"s{n}").status_code for n in range(12)]

    assert answers == [401] * 10 + [429] * 2
    assert post().status_code == 201


def test_every_key_of_a_rotation_opens(make_services, folder, services):
    client = create_app(make_services(SOURCE_CF7_MAIN_KEY=f"{'n' * 40},{KEY}")).test_client()

    for key in ("n" * 40, KEY):
        head = {"Authorization": f"Bearer {key}", "Idempotency-Key": key}
        assert client.post("/in/cf7-main", json=PERSON, headers=head).status_code == 201


def test_a_source_that_no_file_names_is_told_so_with_its_key_only(post):
    answer = post(source="other", token="o" * 43)

    assert answer.status_code == 404
    assert "no project file names 'other'" in answer.get_json()["error"]


def test_an_origin_and_a_captcha_do_not_matter(post, folder):
    path = folder / "projects/riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("captcha: none", "captcha: altcha"))

    assert post(headers={"Origin": "https://evil.example"}).status_code == 201


def test_a_repeated_key_gets_the_first_answer_whatever_it_says(post, stored):
    first = post(PERSON, key="lead 7")
    again = post({**PERSON, "your-phone": "777 123 457"}, key="lead 7")
    wrong = post({"your-name": "x"}, key="lead 7")

    assert [first.status_code, again.status_code, wrong.status_code] == [201, 200, 200]
    assert first.get_json() == again.get_json() == wrong.get_json()
    assert len(stored()) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb", "a\x7fb"])
def test_without_a_key_that_tells_leads_apart_nothing_is_taken(post, stored, key):
    answer = post(headers={"Idempotency-Key": key})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.get_json()["error"]
    assert stored() == []


def test_no_key_at_all_is_told_the_same(post):
    assert post(headers={"Idempotency-Key": None}).status_code == 400


def test_a_key_of_200_characters_is_taken(post):
    assert post(key="x" * 200).status_code == 201


@pytest.mark.parametrize("key", ["žluťoučký kůň 7", "ž" * 200, "\xc5", "12/34:56 {a}"])
def test_a_key_may_have_letters_of_any_script(post, key):
    header = key.encode().decode("latin-1")

    answers = [post(key=header).status_code for _ in range(2)]

    assert answers == [201, 200]


def test_sources_and_projects_have_keys_of_their_own(post, stored, folder):
    add_project(folder, "jantar")
    add_sources(folder, "jantar", "  - {name: other, fields: {your-name: name, your-phone: phone}}\n")

    first = post({**PERSON, "project": "riverside"}, key="1")
    second = post({**PERSON, "project": "jantar"}, key="1")
    third = post(PERSON, key="1", source="other", token="o" * 43)

    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 201]
    assert sorted(record.lead.project for record in stored()) == ["jantar", "jantar", "riverside"]


def test_every_machine_knows_a_lead_by_the_same_id(post, make_services, only):
    post(key="42")

    assert only().lead.id == UUID("5b254cf1-04a4-5334-a3d8-242bbe67bb25")
    assert submission_key("cf7-main", " 42 ") == submission_key("cf7-main", "42")
    assert submission_key("cf7-main", "42") != submission_key("cf7", "-main42")
    assert submission_key("cf7-main", "42").version == 8


def test_a_stranger_who_knows_the_next_key_cannot_take_its_place(visitor, post, stored):
    key = submission_key("cf7-main", "43")

    assert visitor.send(submission=str(key)).status_code == 201
    assert visitor.send(submission=str(key)).status_code == 200
    assert post(key="43").status_code == 201
    assert len(stored()) == 2


@pytest.fixture
def two(folder, services):
    add_project(folder, "jantar")


def test_of_several_projects_one_has_to_be_named(post, stored, two):
    for named in ({}, {"project": "nowhere"}, {"project": ["riverside", "jantar"]}, {"project": {"a": "b"}}):
        answer = post({**PERSON, **named}, query="?lenient=1")
        assert answer.status_code == 422
        assert answer.get_json()["errors"] == {"project": ["write one of jantar, riverside"]}
    assert stored() == []

    assert post({**PERSON, "project": "jantar"}).status_code == 201
    assert stored()[0].lead.project == "jantar"


def test_a_lead_that_names_another_project_is_never_given_to_the_only_one(post, stored):
    assert post({**PERSON, "project": "jantar"}).status_code == 422
    assert stored() == []


def test_a_field_can_be_mapped_to_the_project_and_project_to_something_else(post, stored, folder, two):
    for slug in ("riverside", "jantar"):
        text = "  - {name: other, fields: {your-name: name, site: project, project: note}}\n"
        add_sources(folder, slug, text)

    sent = {"your-name": "Jan Novák", "phone": "777123456", "site": "jantar", "project": "villa"}
    assert post(sent, source="other", token="o" * 43).status_code == 201
    assert (stored()[0].lead.project, stored()[0].current.answers["note"]) == ("jantar", "villa")
