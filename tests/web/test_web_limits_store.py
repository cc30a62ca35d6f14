"""Limits counted in Redis: shared while it is there, and no lead waits for it when it is not."""

import socket
import time
from uuid import uuid4

import pytest
from running import redis_server

from realpad_form.web import create_app

PER_ADDRESS = 5
"""What the project file of these tests allows a day: a window that does not slide on while a test waits."""

PERSON = {"name": "Jan", "surname": "Novák", "phone": "777 123 456"}


@pytest.fixture(params=["redis", "valkey"])
def redis(request, tmp_path):
    """A server that both clients talk to alike, and the address by which one of them is chosen."""
    with redis_server(tmp_path) as redis:
        redis.url = redis.url.replace("redis:", f"{request.param}:")
        yield redis


@pytest.fixture
def deaf_store():
    """The address of a store that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture(autouse=True)
def limits(folder):
    path = folder / "projects" / "riverside.yaml"
    text = path.read_text(encoding="utf-8")
    allowed = f"{{per_address: {PER_ADDRESS}/day, per_project: 1000/day}}"
    path.write_text(f"{text.partition('limits:')[0]}limits: {allowed}\n", encoding="utf-8")


@pytest.fixture
def web(make_services):
    """Start a web process, or what tells it from others: an application of its own."""
    return lambda url: create_app(make_services(LIMITS_URL=url)).test_client()


def send(client):
    token = client.get("/f/riverside/session").get_json()["token"]
    body = {**PERSON, "token": token, "submission": str(uuid4())}
    return client.post("/f/riverside/leads", json=body).status_code


def statuses(client, count):
    return [send(client) for _ in range(count)]


def test_processes_share_one_limit(redis, web):
    first, second = web(redis.url), web(redis.url)

    assert statuses(first, 3) + statuses(second, 3) == [201] * PER_ADDRESS + [429]


def test_each_process_counts_for_itself_once_redis_has_died(redis, web):
    first, second = web(redis.url), web(redis.url)
    statuses(first, 3)

    redis.kill()

    assert statuses(first, PER_ADDRESS + 1) == [201] * PER_ADDRESS + [429]
    assert statuses(second, PER_ADDRESS + 1) == [201] * PER_ADDRESS + [429]


def test_limits_are_shared_again_once_redis_is_back(redis, web):
    first, second = web(redis.url), web(redis.url)
    redis.kill()
    statuses(first, PER_ADDRESS)

    redis.start()
    until = time.monotonic() + 10
    while send(first) == 429:
        assert time.monotonic() < until, "it never asked Redis again"
        time.sleep(0.1)
    statuses(first, PER_ADDRESS - 1)

    assert statuses(second, 1) == [429]


def timed_statuses(client, count):
    """Return the statuses of so many leads and the longest that one took, its session included."""
    answers, took_s = [], []
    for _ in range(count):
        began = time.monotonic()
        answers.append(send(client))
        took_s.append(time.monotonic() - began)
    return answers, max(took_s)


def test_a_store_that_falls_silent_holds_no_lead_up(redis, web):
    client = web(redis.url)
    send(client)

    redis.fall_silent()
    answers, longest_s = timed_statuses(client, PER_ADDRESS + 1)

    assert answers == [201] * PER_ADDRESS + [429]
    assert longest_s < 1.5


def test_a_store_that_never_answered_holds_no_lead_up(deaf_store, web):
    began = time.monotonic()
    client = web(deaf_store)
    started_s = time.monotonic() - began

    answers, longest_s = timed_statuses(client, PER_ADDRESS + 1)

    assert answers == [201] * PER_ADDRESS + [429]
    assert max(started_s, longest_s) < 1.5
