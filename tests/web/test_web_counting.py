"""Limits in memory: counted as the library counts them, but without its threads."""

import gc
import threading
import time
import tracemalloc

import pytest
from flask import Flask, Request
from limits import RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

from realpad_form.web.counting import SWEEP_EVERY_S, swept_memory
from realpad_form.web.limits import make_quotas


def assert_starts_no_threads(storage):
    limiter = SlidingWindowCounterRateLimiter(storage)
    before = threading.active_count()
    for number in range(200):
        limiter.hit(RateLimitItemPerSecond(5), f"visitor {number}")
        assert threading.active_count() <= before


def test_an_application_without_a_store_starts_no_threads_to_count(client):
    client.get("/f/riverside/session")
    before = threading.active_count()

    for _ in range(100):
        client.get("/f/riverside/session")
        assert threading.active_count() <= before


def test_hits_start_no_threads():
    assert_starts_no_threads(swept_memory())


def test_sweeping_forgets_what_has_run_out_and_nothing_else(monkeypatch):
    storage = swept_memory()
    storage.incr("old", expiry=0)
    storage.incr("young", expiry=60)
    time.sleep(0.01)

    later = time.monotonic() + SWEEP_EVERY_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    storage.incr("newest", expiry=60)

    assert set(storage.storage) == set(storage.expirations) == {"young", "newest"}


def test_counting_sweeps_no_more_than_once_a_minute(monkeypatch):
    storage = swept_memory()
    storage.incr("old", expiry=0)
    storage.incr("young", expiry=60)
    assert "old" in storage.storage

    later = time.monotonic() + SWEEP_EVERY_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    storage.incr("young", expiry=60)
    assert "old" not in storage.storage

    storage.incr("old", expiry=0)
    monkeypatch.setattr(time, "monotonic", lambda: later + SWEEP_EVERY_S - 1)
    storage.incr("young", expiry=60)
    assert "old" in storage.storage


def bytes_in_use():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("addresses", [5_000, pytest.param(50_000, marks=pytest.mark.long)])
def test_addresses_give_back_the_memory_they_took(services, monkeypatch, addresses):
    quotas = make_quotas(Flask(__name__), "memory://")
    project = services.catalog.get("riverside")

    def count(address):
        sender = Request({"REMOTE_ADDR": address})
        quotas.use_session(project, sender)
        quotas.of(project, sender).use()

    tracemalloc.start()
    try:
        count("192.0.2.1")
        before = bytes_in_use()
        for number in range(addresses):
            count(f"2001:db8:{number:x}::1")
        taken = bytes_in_use() - before

        later = time.time() + 2 * 3600, time.monotonic() + 2 * 3600
        monkeypatch.setattr(time, "time", lambda: later[0])
        monkeypatch.setattr(time, "monotonic", lambda: later[1])
        count("192.0.2.1")
        kept = bytes_in_use() - before
    finally:
        tracemalloc.stop()

    assert taken > 500 * addresses
    assert kept < 500_000  # the last thousand addresses read are remembered
