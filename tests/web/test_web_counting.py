"""Limits in memory: counted as the library counts them, but without its threads."""

import threading
import time

from limits import RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

from realpad_form.web.counting import SWEEP_EVERY_S, swept_memory


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
