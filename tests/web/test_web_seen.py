"""Visits are counted without a cookie, a wait or an error; programs and other pages are not."""

import json
from datetime import UTC, datetime

import pytest

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.statistics import GroupBy, StatisticsQuery, day_of

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OWN = {"User-Agent": BROWSER, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def send(client):
    """Tell of a step, as the form's page does; return the answer."""

    def post(body, *, headers=OWN, path="/f/riverside/seen", content_type="text/plain;charset=UTF-8"):
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return client.post(path, data=text, headers=headers, content_type=content_type)

    return post


@pytest.fixture
def counted(services):
    """Return what was counted, by campaign and step."""

    def report(by=GroupBy.CAMPAIGN):
        services.statistics.add_up()
        today = day_of(datetime.now(UTC))
        rows = services.statistics.report(StatisticsQuery(since=today, until=today), by=by)
        return {row.name: {step.value: n for step, n in row.counts.items() if n} for row in rows}

    return report


def test_each_step_of_a_visit_is_counted_under_its_campaign_and_unit(send, counted):
    for event in ("view", "start", "send"):
        send({"event": event, "campaign": "spring", "unit": "A.1"})
    send({"event": "view"})

    assert counted() == {"": {"view": 1}, "spring": {"view": 1, "start": 1, "send": 1}}
    assert counted(GroupBy.UNIT) == {"": {"view": 1}, "A.1": {"view": 1, "start": 1, "send": 1}}


def test_the_answer_is_empty_and_sets_nothing(send):
    answer = send({"event": "view"})

    assert (answer.status_code, answer.data) == (204, b"")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "1", "null", b"\xff\xfe", "[" * 1500, '{"event": 1}', '{"event": "accepted"}',
        '{"event": ["view"]}', '{"event": {"view": 1}}',
        json.dumps({"event": "view", "campaign": "x" * 3000}),
    ],
    ids=range(12),
)  # fmt: skip
def test_nonsense_is_answered_alike_and_not_counted(send, counted, body):
    assert send(body).status_code == 204
    assert counted() == {}


def test_a_project_that_is_not_there_is_answered_alike(send, counted):
    assert send({"event": "view"}, path="/f/nowhere/seen").status_code == 204
    assert counted() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": BROWSER},
        {"User-Agent": BROWSER, "Origin": "https://elsewhere.example"},
        {"User-Agent": BROWSER, "Origin": "null"},
        {"User-Agent": BROWSER, "Origin": "https://www.riverside.example", "Sec-Fetch-Site": "cross-site"},
        {**OWN, "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {**OWN, "User-Agent": ""},
    ],
    ids=["no origin", "elsewhere", "null", "host page", "bot", "no name"],
)
def test_programs_and_other_pages_are_not_counted(send, counted, headers):
    assert send({"event": "view"}, headers=headers).status_code == 204
    assert counted() == {}


def test_a_page_of_ours_counts_in_browsers_that_only_tell_the_origin(send, counted):
    send({"event": "view"}, headers={"User-Agent": BROWSER, "Origin": "http://localhost"})

    assert counted() == {"": {"view": 1}}


def test_a_database_that_is_away_is_no_trouble_of_the_visitors(send, services, counted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(services.statistics, "tally", _Away())
        answer = send({"event": "view"})
        services.statistics.add_up()

    assert answer.status_code == 204
    assert counted() == {"": {"view": 1}}


def test_the_forms_page_says_where_it_counts_and_what_the_campaign_is_called(client):
    page = client.get("/f/riverside").get_data(as_text=True)

    assert 'data-seen="/f/riverside/seen"' in page
    assert 'data-campaign="utm_campaign"' in page


class _Away:
    def add(self, counts, events):
        raise StorageUnavailableError("away")


@pytest.fixture
def obstacles(services):
    """Return what kept visitors from sending, by event."""

    def report():
        services.statistics.add_up()
        today = day_of(datetime.now(UTC))
        found = services.statistics.obstacles(StatisticsQuery(since=today, until=today))
        return {event.value: dict(names) for event, names in found.items() if names}

    return report


def test_question_at_which_a_form_is_left_is_counted(send, obstacles):
    for question in ("phone", "phone_prefix", "email", "consent_39268430"):
        send({"event": "left", "question": question, "campaign": "spring"})

    assert obstacles() == {"left": {"phone": 2, "email": 1, "consent_39268430": 1}}


@pytest.mark.parametrize("question", ["", "no-such-question", None, 7, ["phone"], "phone\0"])
def test_only_questions_of_the_form_are_counted(send, obstacles, question):
    assert send({"event": "left", "question": question}).status_code == 204

    assert obstacles() in ({}, {"left": {"phone": 1}} if question == "phone\0" else {})


def test_other_pages_and_programs_are_not_counted_as_leaving(send, obstacles):
    left = {"event": "left", "question": "phone"}
    send(left, headers={**OWN, "Sec-Fetch-Site": "cross-site"})
    send(left, headers={**OWN, "User-Agent": "curl/8"})

    assert obstacles() == {}


def test_refused_submission_is_counted_by_reason_and_question(visitor, obstacles):
    visitor.send(email="no e-mail", phone="")
    visitor.send(token="wrong")
    visitor.send()

    assert obstacles()["refused"] == {"validation": 1, "token": 1}
    assert obstacles()["mistake"] == {"email": 1}
