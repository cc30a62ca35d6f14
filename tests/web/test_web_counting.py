"""Limits in memory: counted as the library counts them, but without its threads."""

import threading
import time

from limits import RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

from realpad_form.web.counting import SweptMemory


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

    storage.timer.cancel()


def test_sweeping_forgets_what_has_run_out_and_nothing_else():
    storage = SweptMemory()
    storage.incr("old", expiry=0)
    storage.incr("young", expiry=60)
    time.sleep(0.01)

    storage.sweep()

    assert (list(storage.storage), list(storage.expirations)) == (["young"], ["young"])
    storage.timer.cancel()


def test_sweeper_goes_on():
    storage = SweptMemory()
    swept = threading.Semaphore(0)
    sweeper = type(storage.timer)(0.01, swept.release)

    sweeper.start()

    assert all(swept.acquire(timeout=5) for _ in range(3))
    sweeper.cancel()
    storage.timer.cancel()
