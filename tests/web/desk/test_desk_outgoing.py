"""Pages that wait for other services never hold all threads: the others are told at once to come again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from openid import CLIENT, SECRET
from silent import silent_server, wait_until

from realpad_form.web import create_app
from realpad_form.wiring.desk import REALPAD_AT_ONCE


@pytest.fixture
def silent():
    with silent_server() as server:
        yield server


@pytest.fixture
def services(make_services, silent):
    address, _ = silent
    return make_services(
        PUBLIC_URL="http://localhost",
        REALPAD_URL=f"{address}/ws/v10/",
        TIMEOUT_S="8",
        OIDC_ISSUER=address,
        OIDC_CLIENT_ID=CLIENT,
        OIDC_CLIENT_SECRET=SECRET,
    )


def get_in_threads(app, path, times):
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: app.test_client().get(path), range(times)))


def test_silent_company_answers_most_at_once_with_a_page_that_says_so(app):
    began = time.monotonic()

    answers = get_in_threads(app, "/sign-in/elsewhere?next=/figures/", 12)

    busy = [answer for answer in answers if answer.status_code == 503]
    assert len(busy) == 10
    assert {answer.status_code for answer in answers} == {502, 503}
    assert busy[0].headers["Retry-After"] == "5"
    assert "does not answer at the moment. Try again in 5 seconds" in busy[0].text
    assert 'name="password"' in busy[0].text
    assert time.monotonic() - began < 15


def test_failure_is_remembered_so_that_the_next_one_waits_for_nothing(app):
    get_in_threads(app, "/sign-in/elsewhere", 2)
    began = time.monotonic()

    answer = app.test_client().get("/sign-in/elsewhere")

    assert answer.status_code == 502
    assert time.monotonic() - began < 1


def test_silent_realpad_holds_a_few_pages_and_the_others_are_told_at_once(services, desk, silent):
    path, held = "/preview/riverside/check", silent[1]
    desks = [desk("operator", email=f"o{n}@example.com") for n in range(REALPAD_AT_ONCE + 1)]
    threads = [threading.Thread(target=each.post, args=[path]) for each in desks[1:]]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(held) == REALPAD_AT_ONCE)
    began = time.monotonic()

    busy = desks[0].post(path)
    shown = desks[0].get(path)

    assert time.monotonic() - began < 5, "a call would have taken 8 s"
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert "Others are waiting for an answer of Realpad" in busy.text
    assert shown.status_code == 200, "without a call the page needs no turn"
    for thread in threads:
        thread.join()
    assert desks[0].post(path).status_code == 200, "when the calls have ended, it is asked again"


def test_every_page_that_calls_realpad_needs_a_turn(services, desk, leads):
    operator, lead_id = desk("operator"), leads.add()
    paths = [
        "/preview/riverside/check",
        f"/inbox/leads/{lead_id}/look",
        f"/inbox/leads/{lead_id}/consents/39268430/revoke",
    ]
    with ExitStack() as others:
        for _ in range(REALPAD_AT_ONCE):
            others.enter_context(services.realpad_call_slots.take())

        assert [operator.post(path).status_code for path in paths] == [503, 503, 503]


def test_making_the_application_asks_nobody(services, silent):
    create_app(services)

    assert silent[1] == []
