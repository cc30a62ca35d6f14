"""Limits in memory: counted as the library counts them, but without its threads, and given back."""

import gc
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from flask import Request
from limits import RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from realpad_form.web.limits import SWEEP_EVERY_S, SweptMemoryStorage, make_quotas


def test_hits_start_no_threads():
    limiter = SlidingWindowCounterRateLimiter(SweptMemoryStorage())
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


@pytest.mark.parametrize("limit", [RateLimitItemPerMinute(5), RateLimitItemPerHour(30)])
def test_what_is_left_is_counted_as_the_library_counts_it(monkeypatch, limit):
    ours, theirs = (SlidingWindowCounterRateLimiter(each) for each in (SweptMemoryStorage(), MemoryStorage()))
    start, random = 1_800_000_000, Random(7)
    moments = sorted(start + random.uniform(0, 3 * limit.get_expiry()) for _ in range(200))

    for moment in moments:
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        assert ours.get_window_stats(limit, "visitor") == theirs.get_window_stats(limit, "visitor")
        assert ours.test(limit, "visitor") == theirs.test(limit, "visitor")
        assert ours.hit(limit, "visitor") == theirs.hit(limit, "visitor")


def test_threads_together_get_no_more_than_the_limit():
    limiter = SlidingWindowCounterRateLimiter(SweptMemoryStorage())

    with ThreadPoolExecutor(8) as pool:
        hits = list(pool.map(lambda _: limiter.hit(RateLimitItemPerHour(30), "visitor"), range(400)))

    assert 30 <= hits.count(True) <= 60  # the hour may end meanwhile


def test_sweeping_forgets_what_has_run_out_and_nothing_else(monkeypatch):
    storage = SweptMemoryStorage()
    storage.incr("old", expiry=0)
    storage.incr("young", expiry=60)
    time.sleep(0.01)

    later = time.monotonic() + SWEEP_EVERY_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    storage.incr("newest", expiry=60)

    assert storage.size == 2
    assert [storage.get(key) for key in ("old", "young", "newest")] == [0, 1, 1]


def test_counting_sweeps_no_more_than_once_a_minute(monkeypatch):
    storage = SweptMemoryStorage()
    storage.incr("old", expiry=0)
    storage.incr("young", expiry=60)
    assert storage.size == 2

    later = time.monotonic() + SWEEP_EVERY_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    storage.incr("young", expiry=60)
    assert storage.size == 1

    storage.incr("old", expiry=0)
    monkeypatch.setattr(time, "monotonic", lambda: later + SWEEP_EVERY_S - 1)
    storage.incr("young", expiry=60)
    assert storage.size == 2


def bytes_in_use():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("addresses", [5_000, pytest.param(50_000, marks=pytest.mark.long)])
def test_addresses_give_back_the_memory_they_took(services, monkeypatch, addresses):
    quotas = make_quotas("memory://")
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

    assert taken > 400 * addresses
    assert kept < 500_000  # the last thousand addresses read are remembered
