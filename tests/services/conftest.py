"""Relays on a lead log, with a scripted CRM and no waiting."""

import threading
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep

import pytest
from alerting import FakeNotifier
from fakes import new_lead
from memory_log import MemoryLeadLog
from opened import closing_database, make_sql_log

from realpad_form.adapters.sql import SqlAlertLog
from realpad_form.ports import Credential
from realpad_form.services import relay as relay_module
from realpad_form.services.alerts import Alerts
from realpad_form.services.relay import Relay, RelayPolicy, lane_key

CREDENTIAL = Credential(name="riverside", login="canary-login", password="canary-password")
KEY = lane_key(CREDENTIAL, "https://crm.example/ws/v10/")


@pytest.fixture
def key():
    return KEY


@pytest.fixture
def pairs():
    return {KEY: CREDENTIAL}


@pytest.fixture
def store(log, submission):
    """Store a submission and return its lead's id."""

    def append(note="", *, credential="riverside"):
        return log.append(new_lead(submission(), credential=credential, payload={"note": note})).lead_id

    return append


@pytest.fixture
def make_relay(crm, pairs):
    def make(log, *, concurrency=1, width=1):
        policy = RelayPolicy(timeout_s=15, concurrency=concurrency, pace_s=0, width=width)
        return Relay(log, crm, pairs, policy)

    return make


@pytest.fixture
def relay(log, make_relay):
    return make_relay(log)


@pytest.fixture
def open_log(request, log, clock):
    """Open the same log once more, as another machine would."""
    if isinstance(log, MemoryLeadLog):
        yield lambda: log
        return
    url = request.getfixturevalue(f"{request.node.callspec.params['log']}_url")
    with ExitStack() as opened:
        yield lambda: make_sql_log(opened.enter_context(closing_database(url)), clock)


@pytest.fixture
def alert_log(database, clock):
    return SqlAlertLog(database, clock=clock)


@pytest.fixture
def notifier():
    return FakeNotifier()


@pytest.fixture
def problems():
    return []


@pytest.fixture
def alerts(sql_log, alert_log, key, notifier, problems):
    return Alerts(sql_log, alert_log, {"riverside": key}, lambda: problems, [notifier])


@pytest.fixture
def impatient(monkeypatch):
    """Relays that run do not wait long for anything."""
    monkeypatch.setattr(relay_module, "IDLE_S", 0.01)
    monkeypatch.setattr(relay_module, "TEND_EVERY_S", 0.01)
    monkeypatch.setattr(relay_module, "BACK_OFF_S", (0.01,))


@pytest.fixture
def running(impatient):
    """Run relays in threads while a block lasts."""

    @contextmanager
    def run(*relays):
        stop = threading.Event()
        threads = [threading.Thread(target=relay.run, args=[stop]) for relay in relays]
        for thread in threads:
            thread.start()
        try:
            yield stop
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
        assert not any(thread.is_alive() for thread in threads)

    return run


@pytest.fixture
def eventually():
    """Wait until something holds."""

    def wait(is_so, *, for_s=10):
        until = monotonic() + for_s
        while not is_so():
            assert monotonic() < until, "it never came true"
            sleep(0.005)

    return wait
