"""`POST /f/<slug>/leads`: every answer of the contract's table."""

from datetime import timedelta
from uuid import uuid4

import pytest

from realpad_form.adapters.sql import Database, SqlLeadLog
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Status
from realpad_form.services.intake import Intake


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
    assert (record.lead.status, record.lead.reasons) == (Status.QUARANTINED, ("no_script",))


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


@pytest.mark.parametrize("key", ["nonsense", "123", "\ud800"])
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


def test_a_sixth_lead_a_minute_from_one_address_is_a_429(visitor, stored):
    answers = [visitor.send() for _ in range(6)]

    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert len(stored()) == 5


def test_a_repeat_passes_an_exhausted_limit(visitor):
    key = str(uuid4())
    visitor.send(submission=key)
    for _ in range(5):
        visitor.send()

    assert visitor.send(submission=key).status_code == 200


def test_an_expired_token_does_not_use_up_the_limit(visitor):
    for _ in range(6):
        visitor.send(token="old")

    assert visitor.send().status_code == 201


def test_a_forged_forwarded_address_does_not_escape_the_limit(visitor):
    answers = [visitor.send(headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(6)]

    assert answers[-1] == 429


def test_a_project_has_a_limit_of_its_own(visitor, client):
    def send(number):
        client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        return visitor.send().status_code

    assert [send(number) for number in range(9)] == [201] * 8 + [429]


def test_a_limited_browser_keeps_what_it_typed(visitor):
    for _ in range(5):
        visitor.post_form()

    answer = visitor.post_form()

    assert answer.status_code == 429
    assert "Retry-After" in answer.headers
    assert 'value="Novák"' in answer.get_data(as_text=True)


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
