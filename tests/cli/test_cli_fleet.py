"""Several web processes and several relays at once, on one PostgreSQL and one Redis."""

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from opened import closing_database
from ports import free_port
from running import redis_server
from sqlalchemy import select
from test_cli_serve import is_ready, wait_until

from realpad_form.adapters.sql.schema import lead
from realpad_form.forms import Tokens

LEADS = 60
CLICKS = 50
LIMITS = "limits: {per_address: 9999/minute, per_project: 9999/minute}"


def lift_limits(folder):
    """Let this machine send as many leads as it likes, without solving anything."""
    for path in folder.glob("*.yaml"):
        text = re.sub(r"(?m)^(limits|captcha):.*\n", "", path.read_text(encoding="utf-8"))
        path.write_text(f"{text}\ncaptcha: none\n{LIMITS}\n", encoding="utf-8")


@pytest.fixture
def fleet(start_command, environ, postgresql_url, tmp_path):
    """Two web servers, one of them of two processes, and three relays; yields the servers' addresses."""
    lift_limits(tmp_path / "projects")
    with redis_server(tmp_path) as redis:
        shared = {"REALPAD_FORM_DATABASE_URL": postgresql_url, "REALPAD_FORM_LIMITS_URL": redis.url}
        env = {**os.environ, **environ, **shared}
        ports = [free_port(), free_port()]
        for port, processes in zip(ports, ("2", "1"), strict=True):
            start_command("serve", "--port", str(port), "--processes", processes, "--no-relay", env=env)
        for _ in range(3):
            start_command("relay", env=env)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        wait_until(lambda: all(map(is_ready, urls)), within_s=30)
        yield urls


@pytest.fixture
def stored(postgresql_url):
    """Return the status of every stored lead, by its id."""
    with closing_database(postgresql_url) as database:

        def read():
            with database.read() as connection:
                rows = connection.execute(select(lead.c.id, lead.c.status))
                return {str(row.id): row.status for row in rows}

        yield read


def body(surname):
    """Return what the form's script posts, with a token of its own."""
    token = Tokens(["s" * 32]).mint("riverside")
    return {
        "name": "Jan", "surname": surname, "phone": "777123456", "token": token, "submission": str(uuid4()),
    }  # fmt: skip


def post(url, answers):
    """Post a lead and return the status and the answer."""
    request = urllib.request.Request(f"{url}/f/riverside/leads", data=json.dumps(answers).encode())  # noqa: S310
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return answer.status, json.load(answer)


class Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere."""

    def redirect_request(self, *_):
        return None


def post_plainly(url, answers):
    """Post a lead as a browser without script does; return the status and where it leads."""
    request = urllib.request.Request(f"{url}/f/riverside/leads", data=urlencode(answers).encode())  # noqa: S310
    request.add_header("Accept", "text/html")
    with pytest.raises(urllib.error.HTTPError) as answered:
        urllib.request.build_opener(Stay).open(request, timeout=20)
    with answered.value as answer:
        return answer.status, answer.headers["Location"]


def arrived(sandbox):
    """Return how often each surname came to the CRM."""
    inquiries = sandbox.control.get("/sandbox/state").get_json()["inquiries"]
    return Counter(each["parameters"]["surname"] for each in inquiries)


def test_many_web_processes_and_relays_deliver_each_lead_once(fleet, sandbox, stored):
    surnames = [f"Novák {'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}" for n in range(LEADS)]
    sent = [(url, body(surname)) for url, surname in zip(cycle(fleet), surnames, strict=False)]

    with ThreadPoolExecutor(12) as visitors:
        answers = list(visitors.map(lambda one: post(*one), sent))

    assert [status for status, _ in answers] == [201] * LEADS
    wait_until(lambda: sum(arrived(sandbox).values()) >= LEADS)
    wait_until(lambda: stored() == {said["id"]: "delivered" for _, said in answers})
    time.sleep(0.5)  # for a second call, which must not come
    assert arrived(sandbox) == dict.fromkeys(surnames, 1)


def test_fifty_clicks_on_two_web_servers_are_one_lead_and_one_call(fleet, sandbox, stored):
    click = body("Nedočkavý")

    with ThreadPoolExecutor(CLICKS) as fingers:
        answers = list(fingers.map(lambda url: post(url, click), fleet * (CLICKS // 2)))

    assert Counter(status for status, _ in answers) == {201: 1, 200: CLICKS - 1}
    assert all(said == answers[0][1] for _, said in answers)
    wait_until(lambda: stored() == {answers[0][1]["id"]: "delivered"})
    time.sleep(0.5)  # for a second call, which must not come
    assert arrived(sandbox) == {"Nedočkavý": 1}


def test_fifty_clicks_without_script_on_two_web_servers_are_one_lead(fleet, stored):
    click = {"name": "Jan", "surname": "Netrpělivý", "phone": "777123456", "token": "", "submission": ""}

    with ThreadPoolExecutor(CLICKS) as fingers:
        answers = list(fingers.map(lambda url: post_plainly(url, click), fleet * (CLICKS // 2)))

    assert len(set(answers)) == 1
    assert answers[0][0] == 303
    assert list(stored().values()) == ["quarantined"]
