"""Limits in memory: counted as the library counts them, but without its threads."""

import threading
import time

from limits import RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

from realpad_form.web.counting import SWEEP_EVERY_S, SweptMemory


def test_an_application_without_a_store_counts_in_swept_memory(client):
    storage = next(iter(client.application.extensions["limiter"])).storage

    assert isinstance(storage, SweptMemory)


def test_hits_start_no_threads():
    storage = SweptMemory()
    limiter = SlidingWindowCounterRateLimiter(storage)
    before = threading.active_count()

    for number in range(200):
        limiter.hit(RateLimitItemPerSecond(5), f"visitor {number}")
        assert threading.active_count() <= before


def test_sweeping_forgets_what_has_run_out_and_nothing_else():
    storage = SweptMemory()
    storage.incr("old", expiry=0)
    storage.incr("young", expiry=60)
    time.sleep(0.01)

    storage.sweep()

    assert (list(storage.storage), list(storage.expirations)) == (["young"], ["young"])


def test_counting_sweeps_once_a_minute(monkeypatch):
    storage = SweptMemory()
    storage.incr("old", expiry=0)
    later = time.monotonic() + SWEEP_EVERY_S
    storage.incr("young", expiry=60)
    assert "old" in storage.storage

    monkeypatch.setattr(time, "monotonic", lambda: later)
    storage.incr("young", expiry=60)

    assert "old" not in storage.storage
    assert storage.sweep_at == later + SWEEP_EVERY_S
