"""`POST /f/<slug>/leads`: every answer of the contract's table."""

from uuid import uuid4

import pytest

from realpad_form.domain.delivery import Status


def test_a_lead_is_stored_before_the_thanks(visitor, stored):
    answer = visitor.send(rooms=["1+kk", "2+kk"], consent_39268430=True, language="cs", utm_source="google")

    body = answer.get_json()
    [record] = stored()
    assert (answer.status_code, body["status"], body["id"]) == (201, "accepted", str(record.lead.id))
    assert (body["message"], body["redirect"]) == ("Děkujeme.", "https://www.riverside.example/thanks")
    assert record.lead.status is Status.QUEUED
    assert record.current.payload["phone"] == "+420777123456"
    assert record.current.payload["preferencerooms"] == "1+kk|2+kk"
    assert record.current.payload["updateconsents"] == "39268430"
    assert "utm_source: google" in record.current.payload["note"]


def test_url_encoded_for_a_script_gets_json(client, visitor, stored):
    form = {
        "name": "Jan",
        "surname": "N",
        "phone": "777123456",
        "token": visitor.token(),
        "rooms": ["1+kk", "2+kk"],
    }

    answer = client.post("/f/riverside/leads", data=form, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.get_json()["status"]) == (201, "accepted")
    assert stored()[0].current.answers["rooms"] == ["1+kk", "2+kk"]


def test_a_repeat_gets_the_first_answer(visitor, stored):
    key = str(uuid4())

    first = visitor.send(submission=key)
    again = visitor.send(submission=key, name="Somebody")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert len(stored()) == 1


def test_a_key_that_nobody_made_belongs_to_nobody(visitor, client, stored):
    nobody = "00000000-0000-0000-0000-000000000000"
    first, second = visitor.send(submission=nobody), visitor.send(submission=nobody)

    assert [first.status_code, second.status_code] == [201, 201]
    assert visitor.post_form(phone="1").status_code == 422
    assert client.post("/f/riverside/leads", json={}).status_code == 409
    assert len(stored()) == 2


def test_a_token_serves_one_lead(visitor, stored):
    token = visitor.token()

    first = visitor.send(token=token)
    again = visitor.send(token=token)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert len(stored()) == 1


def test_a_repeat_needs_no_fresh_token(visitor):
    key = str(uuid4())
    visitor.send(submission=key)

    assert visitor.send(submission=key, token="long gone").status_code == 200


def test_a_422_does_not_use_the_token_up(visitor):
    token = visitor.token()

    assert visitor.send(token=token, phone="12", email=None).status_code == 422
    assert visitor.send(token=token).status_code == 201


@pytest.mark.parametrize("token", [None, "", "garbage", "\ud800", "x" * 5000])
def test_a_wrong_token_is_answered_with_a_fresh_session(visitor, stored, token):
    answer = visitor.send(token=token)

    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (409, "expired")
    assert stored() == []
    assert visitor.send(token=body["session"]["token"]).status_code == 201


def test_errors_are_in_the_language_of_the_post(visitor):
    czech = visitor.send({}, language="cs").get_json()
    english = visitor.send({}, language="en").get_json()
    other = visitor.send({}, language="xx").get_json()

    assert czech["status"] == "invalid"
    assert set(czech["errors"]) == {"name", "surname", "email", "phone"}
    assert czech["errors"] == other["errors"] != english["errors"]
    assert all(isinstance(texts, list) and texts[0] for texts in czech["errors"].values())


def test_what_the_form_does_not_ask_is_never_relayed(visitor, stored):
    visitor.send(
        login="x", password="x", salesman="7", referral="9", project="1", tags="vip", status="delivered"
    )

    payload = stored()[0].current.payload
    assert set(payload) == {"name", "surname", "email", "phone", "project", "language"}
    assert payload["project"] == "39264441"


def test_a_browser_without_script_is_thanked_and_quarantined(visitor, stored):
    answer = visitor.post_form(token="", submission="")

    [record] = stored()
    assert (answer.status_code, answer.location) == (303, "https://www.riverside.example/thanks")
    assert (record.lead.status, list(map(str, record.lead.reasons))) == (Status.QUARANTINED, ["no_script"])


def test_a_browser_without_script_keeps_what_it_typed(visitor, stored):
    answer = visitor.post_form(phone="12", email="", language="en")

    page = answer.get_data(as_text=True)
    assert (answer.status_code, stored()) == (422, [])
    assert 'value="Novák"' in page
    assert 'value="12"' in page
    assert 'lang="en"' in page


def test_an_old_token_in_a_plain_post_shows_the_form_again(visitor, stored):
    answer = visitor.post_form(token="long gone")

    assert (answer.status_code, stored()) == (409, [])
    assert 'value="Novák"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("key", ["nonsense", "123", "\ud800", {"id": 1}, [None]])
def test_a_submission_key_that_is_no_uuid_is_a_400(visitor, key):
    assert visitor.send(submission=key).status_code == 400


@pytest.mark.parametrize("data", ["", "{", "[]", '{"a": NaN}', "[" * 30_000])
def test_what_is_no_submission_is_a_400(client, data):
    answer = client.post("/f/riverside/leads", data=data, content_type="application/json")

    assert (answer.status_code, answer.get_json()["status"]) == (400, "error")


@pytest.mark.parametrize("slug", ["nobody", "..", "%2e%2e", "a%00b", "RIVERSIDE", "a.yaml", "x" * 65])
def test_an_unknown_project_is_a_404(client, slug):
    answer = client.post(f"/f/{slug}/leads", json={})

    assert (answer.status_code, answer.get_json()["status"]) == (404, "error")


def test_other_methods_are_a_405(client):
    answer = client.put("/f/riverside/leads")

    assert (answer.status_code, answer.get_json()["status"]) == (405, "error")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_other_content_types_are_a_415(client, kind):
    assert client.post("/f/riverside/leads", data="x", content_type=kind).status_code == 415


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_large_body_is_a_413(client, kind):
    answer = client.post("/f/riverside/leads", data="a=" + "x" * 70_000, content_type=kind)

    assert answer.status_code == 413


def test_a_strangers_page_is_a_403(visitor, stored):
    answer = visitor.send(headers={"Origin": "https://evil.example"})

    assert (answer.status_code, answer.get_json()["status"], stored()) == (403, "error", [])


def test_a_listed_page_may_post(visitor):
    assert visitor.send(headers={"Origin": "https://www.riverside.example"}).status_code == 201


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "\u202e", "😀" * 3000, "=1+1", "<script>alert(1)</script>", "\r\n"]
)
@pytest.mark.parametrize(
    "field", ["name", "email", "phone", "note", "rooms", "unit", "page", "utm_source", "language"]
)
def test_odd_input_is_never_a_fault(client, visitor, field, text):
    client.environ_base["REMOTE_ADDR"] = f"198.51.{len(text) % 250}.{hash(field) % 250}"

    assert visitor.send(**{field: text}).status_code in (201, 422)


@pytest.mark.parametrize("value", [{"a": 1}, ["a", "b"], [["a"]]])
def test_an_array_where_a_text_belongs_is_a_422(visitor, value):
    answer = visitor.send(name=value)

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["name"])


def test_no_public_answer_sets_a_cookie(client, visitor):
    paths = ("/f/riverside", "/f/riverside/session", "/embed.js", "/f/nobody", "/healthz")
    answers = [*map(client.get, paths), visitor.send(), visitor.send({}), visitor.post_form()]

    assert not any("Set-Cookie" in answer.headers for answer in answers)
