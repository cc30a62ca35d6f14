"""How many submissions are taken, by address and by project."""

import time
from uuid import uuid4

import pytest

from realpad_form.ports import LeadFilter
from realpad_form.web import create_app

PERSON = {"name": "Jan", "surname": "Novák", "email": "jan@example.com", "phone": "777 123 456"}


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


def test_a_mistake_does_not_use_up_the_limit(visitor):
    for _ in range(6):
        assert visitor.send(phone="1").status_code == 422

    assert visitor.send().status_code == 201


def test_a_mistake_is_still_explained_when_the_limit_is_used_up(visitor):
    for _ in range(5):
        visitor.send()

    assert visitor.send(phone="1").status_code == 422


def test_sessions_have_a_limit_of_their_own(client):
    statuses = [client.get("/f/riverside/session").status_code for _ in range(61)]

    assert statuses == [200] * 60 + [429]
    assert client.get("/f/riverside/session").headers["Retry-After"] == "10"


@pytest.fixture
def whole_minute():
    """Wait for the next minute if this one is about to end, since a new one lets some more through."""
    if (left_s := 60 - time.time() % 60) < 15:
        time.sleep(left_s)


def send(client, **more):
    return client.post("/f/riverside/leads", json={**PERSON, "submission": str(uuid4()), **more})


def ask(client, way):
    """Ask for a token, on one of the ways there are; returns the answer."""
    if way == "session":
        return client.get("/f/riverside/session")
    if way == "no token":
        return client.post("/f/riverside/leads", json={})
    return send(client, token="old")


def post_from(client, forwarded, *, peer="127.0.0.1"):
    """Send a lead through a proxy that says so; returns the status."""
    token = client.get("/f/riverside/session", environ_base={"REMOTE_ADDR": peer}).get_json()["token"]
    sent = {"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1"}
    headers = {**sent, "X-Forwarded-Prefix": "/evil", "Origin": "https://www.riverside.example"}
    lead = {**PERSON, "submission": str(uuid4()), "token": token}
    answer = client.post("/f/riverside/leads", json=lead, headers=headers, environ_base={"REMOTE_ADDR": peer})
    return answer.status_code


@pytest.mark.usefixtures("whole_minute")
def test_what_a_visitor_writes_before_our_proxys_entry_is_no_way_around_a_limit(make_services):
    client = create_app(make_services(TRUSTED_PROXY_HOPS="1")).test_client()

    same = [post_from(client, f"198.51.100.{n}, 203.0.113.9") for n in range(6)]

    assert same == [201] * 5 + [429]
    assert post_from(client, "203.0.113.9, 203.0.113.10") == 201


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "6.6.6.6", "192.0.2.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (1, "", "192.0.2.1"),
        (2, "6.6.6.6, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
    ],
)
def test_address_is_the_one_that_our_proxies_tell(make_services, hops, forwarded, address):
    services = make_services(TRUSTED_PROXY_HOPS=str(hops))

    assert post_from(create_app(services).test_client(), forwarded, peer="192.0.2.1") == 201

    [record] = services.log.records(LeadFilter())
    assert record.context.address == address


def test_nothing_but_the_address_is_taken_from_a_proxy(make_services):
    client = create_app(make_services(TRUSTED_PROXY_HOPS="1")).test_client()
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1", "X-Forwarded-Prefix": "/evil"}

    plain, told = (client.get("/f/riverside", headers=each) for each in ({}, forged))

    assert (told.status_code, told.data) == (plain.status_code, plain.data)
    assert dict(told.headers) == dict(plain.headers)


WAYS = ["session", "no token", "old token"]


@pytest.mark.usefixtures("whole_minute")
@pytest.mark.parametrize("way", ["no token", "old token"])
def test_tokens_in_answers_to_posts_have_the_limit_of_sessions(client, way):
    answers = [ask(client, way) for _ in range(200)]

    assert [answer.status_code for answer in answers] == [409] * 60 + [429] * 140
    assert all("session" not in answer.get_json() for answer in answers[60:])
    assert answers[-1].headers["Retry-After"] == "10"


@pytest.mark.usefixtures("whole_minute")
def test_all_ways_to_a_token_share_one_limit(client):
    statuses = [ask(client, WAYS[n % 3]).status_code for n in range(60)]

    assert statuses == [200, 409, 409] * 20
    assert [ask(client, way).status_code for way in WAYS] == [429] * 3


@pytest.mark.usefixtures("whole_minute")
def test_a_failed_captcha_is_counted_too(folder, client):
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("captcha: none", "captcha: altcha"))
    time.sleep(1.1)
    token = ask(client, "session").get_json()["token"]

    answers = [send(client, token=token) for _ in range(61)]

    assert [answer.status_code for answer in answers] == [409] * 59 + [429] * 2


def test_the_last_token_below_the_limit_serves_a_visitor_whose_own_is_too_old(client, stored):
    for _ in range(59):
        ask(client, "no token")

    expired = send(client, token="old")
    accepted = send(client, token=expired.get_json()["session"]["token"])

    assert (expired.status_code, accepted.status_code) == (409, 201)
    assert len(stored()) == 1


def test_who_has_a_token_needs_none_of_the_limit(client):
    token = ask(client, "session").get_json()["token"]
    while ask(client, "no token").status_code != 429:
        pass

    assert send(client, token=token, phone="1").status_code == 422
    assert send(client, token=token).status_code == 201
    assert send(client, token=token).status_code == 200


def test_tokens_are_counted_for_each_address_and_project(client, folder):
    text = (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")
    other = text.replace("project: riverside", "project: hilltop", 1)
    (folder / "projects" / "hilltop.yaml").write_text(other, encoding="utf-8")
    while ask(client, "no token").status_code != 429:
        pass

    assert client.post("/f/hilltop/leads", json={}).status_code == 409
    client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert ask(client, "no token").status_code == 409


def test_a_forged_forwarded_address_does_not_escape_the_limit(visitor):
    answers = [visitor.send(headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(6)]

    assert answers[-1] == 429


def test_a_project_has_a_limit_of_its_own(visitor, client):
    def send(number):
        client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        return visitor.send().status_code

    assert [send(number) for number in range(9)] == [201] * 8 + [429]


def test_a_limited_browser_keeps_what_it_typed(visitor):
    for n in range(5):
        visitor.post_form(note=f"{n}")

    answer = visitor.post_form()

    assert answer.status_code == 429
    assert "Retry-After" in answer.headers
    assert 'value="Novák"' in answer.get_data(as_text=True)
