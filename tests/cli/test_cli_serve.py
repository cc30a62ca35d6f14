"""`serve` and `relay` as processes of their own."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import altcha
import psutil
import pytest
from ports import free_port
from running import redis_server
from silent import silent_server

from realpad_form.adapters.sql import sqlite


def call(url, body=None):
    request = urllib.request.Request(url, data=body and json.dumps(body).encode())  # noqa: S310
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def wait_until(holds, within_s=60.0):
    deadline = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def is_ready(url):
    try:
        return call(f"{url}/readyz")["status"] == "ready"
    except OSError:
        return False


def solve(session):
    """Return the answer to a session's captcha, as ALTCHA's own solver makes it."""
    challenge = altcha.Challenge.from_dict(session["captcha"]["challenge"])
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def send(url, surname):
    session = call(f"{url}/f/riverside/session")
    body = {
        "name": "Jan",
        "surname": surname,
        "phone": "777123456",
        "token": session["token"],
        "captcha": solve(session),
    }
    return call(f"{url}/f/riverside/leads", body)["id"]


@pytest.fixture
def serve(start_command, environ):
    """Start `serve`, wait until it is ready, and return its process and address."""

    def start(*words):
        port = free_port()
        process = start_command("serve", "--port", str(port), *words, env={**os.environ, **environ})
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: is_ready(url))
        return process, url

    return start


def test_a_lead_reaches_the_crm_within_two_seconds(serve, sandbox):
    _, url = serve()

    send(url, "Rychlý")

    wait_until(lambda: len(sandbox.control.get("/sandbox/state").get_json()["inquiries"]) == 1, within_s=2)


def test_a_served_lead_waits_for_a_relay_of_its_own(serve, sandbox, terminal):
    _, url = serve("--no-relay")
    lead_id = send(url, "Čekající")
    time.sleep(1)
    assert terminal.json("leads", "show", lead_id)["status"] == "queued"

    terminal.run("relay", "--once")

    assert terminal.json("leads", "show", lead_id)["status"] == "delivered"


def test_a_locked_database_costs_no_lead(serve, tmp_path, terminal):
    _, url = serve("--no-relay")
    database = sqlite.driver().connect(tmp_path / "data" / "leads.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")

    lead_id = send(url, "Zamčený")
    assert list((tmp_path / "data" / "spool").glob("*.lead"))
    database.close()

    wait_until(lambda: [row["id"] for row in terminal.json("leads", "list")] == [lead_id])
    assert not list((tmp_path / "data" / "spool").glob("*.lead"))


def test_a_signal_ends_it_with_the_calls_in_flight_finished(serve, sandbox, terminal):
    process, url = serve()
    sandbox.control.post("/sandbox/faults", json={"delay_s": 1})
    lead_id = send(url, "Rozeslaný")
    wait_until(lambda: terminal.json("leads", "show", lead_id)["status"] == "sending")

    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0
    assert terminal.json("leads", "show", lead_id)["status"] == "delivered"


def test_ctrl_c_at_a_terminal_ends_it_at_once(serve):
    process, url = serve("--no-relay")
    send(url, "Přerušený")

    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(15) == 0


def test_a_killed_server_loses_no_thanked_lead(serve, sandbox, terminal):
    process, url = serve("--no-relay")
    lead_ids = {send(url, f"Zabitý {'abcd'[n]}") for n in range(4)}

    os.killpg(process.pid, signal.SIGKILL)

    assert {row["id"] for row in terminal.json("leads", "list")} == lead_ids


def test_nobody_is_thanked_by_what_is_left_of_a_server_whose_relay_was_killed(serve):
    process, url = serve()

    os.kill(process.pid, signal.SIGKILL)

    process.wait(10)
    wait_until(lambda: not is_ready(url))


may_choose_cores = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system does not let processes choose their cores"
)


def cores(process):
    """Return the cores that may run a server and each of its workers, as sets."""
    server = psutil.Process(process.pid)
    workers = [child for child in server.children() if "spawn_main" in " ".join(child.cmdline())]
    return set(server.cpu_affinity()), [set(worker.cpu_affinity()) for worker in workers]


@may_choose_cores
def test_an_only_worker_keeps_to_one_core(serve):
    process, _ = serve()

    of_server, of_workers = cores(process)

    assert of_server == os.sched_getaffinity(0)
    assert [len(each) for each in of_workers] == [1]


@may_choose_cores
def test_several_workers_share_all_cores(serve, environ, tmp_path):
    with redis_server(tmp_path) as redis:
        environ["REALPAD_FORM_LIMITS_URL"] = redis.url
        process, _ = serve("--processes", "2")

        assert cores(process)[1] == [os.sched_getaffinity(0)] * 2


def test_a_relay_runs_until_it_is_told_to_stop(serve, start_command, environ, terminal):
    _, url = serve("--no-relay")
    relay = start_command("relay", env={**os.environ, **environ})
    lead_id = send(url, "Předaný")
    wait_until(lambda: terminal.json("leads", "show", lead_id)["status"] == "delivered")

    relay.send_signal(signal.SIGTERM)

    assert relay.wait(20) == 0


def test_a_silent_openid_provider_does_not_hold_up_the_forms(serve, environ):
    with silent_server() as (issuer, _):
        environ.update(
            REALPAD_FORM_OIDC_ISSUER=issuer,
            REALPAD_FORM_OIDC_CLIENT_ID="realpad-form",
            REALPAD_FORM_OIDC_CLIENT_SECRET="canary-client-secret",
            REALPAD_FORM_PUBLIC_URL="http://localhost:8000",
        )
        _, url = serve("--no-relay", "--threads", "16")
        call_text(f"{url}/f/riverside")
        with ThreadPoolExecutor(40) as pool:
            visits = [pool.submit(call_text, f"{url}/sign-in/elsewhere") for _ in range(40)]
            time.sleep(0.5)
            waits = [timed(lambda: call_text(f"{url}/f/riverside")) for _ in range(10)]
        statuses = [visit.result()[0] for visit in visits]

    assert max(waits) < 1
    assert set(statuses) <= {502, 503}
    assert statuses.count(503) >= 30


def call_text(url):
    """Return status and text of a page, as a browser asks for it."""
    request = urllib.request.Request(url, headers={"Accept": "text/html"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def timed(what):
    """Return how long something takes, in seconds."""
    began = time.monotonic()
    what()
    return time.monotonic() - began
