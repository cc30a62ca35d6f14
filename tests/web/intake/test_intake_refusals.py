"""Wrong answers, limits and storage that fails."""

import json
import threading

import pytest
from posting import KEY, PERSON

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web import create_app


def test_wrong_answers_are_told_as_the_form_tells_them(post, visitor, stored):
    told = post({**PERSON, "your-phone": "12", "layout": "9+kk", "language": "en"})
    form = visitor.send(phone="12", rooms="9+kk", language="en")

    assert told.status_code == 422
    assert told.get_json() == form.get_json()
    assert stored() == []


def test_a_lenient_lead_waits_for_an_operator_with_what_was_typed(post, only):
    answer = post(
        {**PERSON, "your-phone": "12", "layout": ["9+kk", "1+kk"], "extra": "x"}, query="?lenient=1"
    )

    record = only()
    assert (answer.status_code, answer.get_json()["id"]) == (201, str(record.lead.id))
    assert record.lead.status is Status.REJECTED
    assert {reason.params["field"] for reason in record.lead.reasons} == {"phone", "rooms"}
    assert record.current.answers == {
        "name": "Jan", "surname": "Novák", "email": "jan@example.com", "phone": "12",
        "rooms": ["9+kk", "1+kk"], "note": "extra: x",
    }  # fmt: skip


def test_a_lenient_lead_that_is_right_is_sent_like_any_other(post, only):
    assert post(query="?lenient=1").status_code == 201
    assert only().lead.status is Status.QUEUED


def test_a_lenient_lead_is_repeated_like_any_other(post, stored):
    first = post({"x": "y"}, key="1", query="?lenient=1")
    again = post({"x": "y"}, key="1", query="?lenient=1")

    assert [first.status_code, again.status_code] == [201, 200]
    assert first.get_json() == again.get_json()
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"a": None},
        {"a": " ", "b": []},
        {"project": "riverside"},
        {"_wpnonce": "x"},
        {"language": "cs", "your-name": " "},
    ],
)
def test_nothing_at_all_is_no_lead(post, stored, body):
    assert post(body, query="?lenient=1").status_code == 422
    assert stored() == []


def test_something_of_which_nothing_is_known_is_kept_all_the_same(post, only):
    assert post({"zpráva": "zavolejte 777 123 456"}, query="?lenient=1").status_code == 201
    assert only().current.answers == {"note": "zpráva: zavolejte 777 123 456"}
    assert {reason.params["field"] for reason in only().lead.reasons} == {
        "name", "surname", "email", "phone"
    }  # fmt: skip


ODD = {
    "not JSON": (b"{", 400),
    "no object": (b"[1]", 400),
    "a text": (b'"a"', 400),
    "NaN": (b'{"a": NaN}', 400),
    "a key twice": (b'{"a": 1, "a": 2}', 400),
    "not UTF-8": (b'{"a": "\xff"}', 400),
    "deep": (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
    "very deep": (b"[" * 30_000, 400),
    "deep lists": (b'{"a":' + b"[" * 40 + b"1" + b"]" * 40 + b"}", 400),
    "a long name": (json.dumps({"x" * 1001: 1}).encode(), 400),
    "many fields under a long name": (json.dumps({"x" * 900: {str(n): n for n in range(900)}}).encode(), 400),
    "huge": (json.dumps({"a": "x" * 70_000}).encode(), 413),
}


@pytest.mark.parametrize(("body", "status"), ODD.values(), ids=ODD)
def test_odd_bodies_are_refused_clearly(post, stored, body, status):
    answer = post(data=body, content_type="application/json", query="?lenient=1")

    assert (answer.status_code, answer.get_json()["status"]) == (status, "error")
    assert stored() == []


@pytest.mark.parametrize(
    "odd",
    [{"a": "\ud800"}, {"\ud800": "a\0b"}, {"a": 10**400}, {"a": 1e308}, {"": "x"}, {" ": {"": "x"}},
     {"your-email": {"a": 1}}, {"layout": [{"a": 1}]}, {"gdpr": {"a": [1]}}, {"note": [["x"]]},
     {"a": "\u202e" * 50 + "x"}, {"remote_ip": ["1.2.3.4", "x"]}, {"page": ["a", "b"]},
     {"language": [True]}, {"unit": [1, 2]}, {"note": ["a", "b"]}, {"your-name": ["Jan", "Novák"]}],
)  # fmt: skip
def test_odd_values_lose_no_lead(post, only, odd):
    answer = post(data=json.dumps({**PERSON, **odd}), content_type="application/json", query="?lenient=1")

    assert answer.status_code == 201, answer.get_json()
    assert only().current.answers["phone"] == "+420777123456"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/xml", ""])
def test_other_kinds_of_body_are_refused(post, kind):
    assert post(data=b"a=b", content_type=kind).status_code == 415


def test_nothing_but_a_post_is_answered(client):
    assert client.get("/in/cf7-main").status_code == 405


def test_a_source_has_a_limit_of_its_own_that_takes_nothing_from_visitors(post, visitor, folder, stored):
    path = folder / "projects/riverside.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("per_project: 8/minute", "per_project: 8/minute, per_source: 3/minute"))

    answers = [post(key=str(n)) for n in range(3)]
    refused, repeated = post(key="4"), post(key="0")

    assert [answer.status_code for answer in answers] == [201] * 3
    assert (refused.status_code, repeated.status_code) == (429, 200)
    assert int(refused.headers["Retry-After"]) >= 1
    assert visitor.send().status_code == 201


def test_metrics_tell_the_source(post, watch):
    post(key="1")
    post(key="1")
    post({"your-name": "x"})

    page = watch("/metrics").get_data(as_text=True)
    assert 'realpad_form_source_leads_accepted_total{project="riverside",source="cf7-main"} 1.0' in page
    assert 'realpad_form_leads_accepted_total{project="riverside"} 1.0' in page
    assert 'reason="validation"} 1.0' in page


def test_logs_hold_nothing_of_the_visitor_and_no_key(post, caplog):
    with caplog.at_level("DEBUG"):
        post({**PERSON, "extra": "secret words"}, key="1")
        post({**PERSON, "your-phone": "12"}, key="1")
        post(token="wrong-key-wrong-key-wrong-key-wrong")

    for text in ("Novák", "jan@example.com", "777", "secret words", KEY, "wrong-key"):
        assert text not in caplog.text


def test_fifty_repeats_at_once_are_one_lead(services, stored, folder):
    app, barrier, answers = create_app(services), threading.Barrier(10), []

    def send():
        client = app.test_client()
        head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "1"}
        barrier.wait()
        for _ in range(5):
            answers.append(client.post("/in/cf7-main", json=PERSON, headers=head))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.get_json()["id"] for answer in answers}) == len(stored()) == 1


@pytest.fixture
def outage(services, monkeypatch):
    """Let the database take nothing."""

    def refuse(*args, **kwargs):
        raise StorageUnavailableError("the disk is full")

    monkeypatch.setattr("realpad_form.adapters.sql.lead_log.SqlLeadLog.append", refuse)
    return monkeypatch


def test_a_lead_waits_in_the_spool_and_its_repeat_has_the_id_it_will_have(post, outage, services, only):
    first, again = post(key="7"), post({"your-name": "x"}, key="7")
    outage.undo()
    after = post(key="7")

    assert [first.status_code, again.status_code, after.status_code] == [201, 200, 200]
    assert services.intake.take_in() == 1
    assert first.get_json() == again.get_json() == after.get_json()
    assert first.get_json()["id"] == str(only().lead.id)
    assert post(key="7").status_code == 200


def test_a_lead_to_correct_waits_in_the_spool_too(post, outage, services, only):
    post({**PERSON, "your-phone": "12"}, query="?lenient=1")
    outage.undo()

    services.intake.take_in()

    assert (only().lead.status, only().context.source) == ("rejected", "cf7-main")


def test_without_a_spool_nothing_is_promised(make_services, folder, services, outage, stored):
    client = create_app(make_services(SOURCE_CF7_MAIN_KEY=KEY, SPOOL="off")).test_client()
    head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "1"}

    answer = client.post("/in/cf7-main", json=PERSON, headers=head)

    assert (answer.status_code, answer.get_json()["status"]) == (503, "error")
    assert answer.headers["Retry-After"] == "5"
    assert stored() == []
