"""How many submissions are taken, by address and by project."""

from uuid import uuid4


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
