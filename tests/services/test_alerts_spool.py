"""Leads that wait in a spool are told: through the log, and without it while it is away."""

from types import SimpleNamespace

import pytest
from alerting import kinds

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.services.alerts import Alerts, SpoolWatch

TOLD = ("SPOOL", "web-1", False)
OVER = ("SPOOL", "web-1", True)


class Minutes:
    """A clock that a test turns, in minutes; the database's goes with it."""

    def __init__(self, clock):
        self.passed, self.clock = 0, clock

    def __call__(self):
        return 60.0 * self.passed

    def pass_(self, minutes):
        self.passed += minutes
        self.clock.advance(minutes=minutes)


@pytest.fixture
def minutes(clock):
    return Minutes(clock)


@pytest.fixture
def spooled():
    """A spool of as many leads as a test says."""
    spool = SimpleNamespace(count=0)
    spool.waiting = lambda: spool.count
    return spool


@pytest.fixture
def away():
    """Whether the database is."""
    return SimpleNamespace(is_so=False)


@pytest.fixture
def alerts(sql_log, alert_log, key, notifier, spooled, minutes, away):
    def problems():
        if away.is_so:
            raise StorageUnavailableError("away")
        return []

    watch = SpoolWatch(spooled, "web-1", clock=minutes)
    return Alerts(sql_log, alert_log, {"riverside": key}, problems, [notifier], watch)


@pytest.fixture
def look(alerts, minutes, away):
    """Look every minute for so long, as the thread does, or less often."""

    def look_for(for_minutes, every=1):
        for _ in range(0, for_minutes, every):
            minutes.pass_(every)
            alerts.send_without_log() if away.is_so else alerts.run_once()

    return look_for


def test_leads_in_the_spool_are_told_after_five_minutes_once_and_when_it_is_empty(look, spooled, notifier):
    spooled.count = 3
    look(6)
    before = kinds(notifier)
    look(60)
    assert (before, kinds(notifier)) == ([], [TOLD])
    assert "3 wait in the spool of this machine" in str(notifier.told[0][0])

    spooled.count = 0
    look(2)

    assert kinds(notifier) == [TOLD, OVER]


def test_a_spool_that_goes_on_is_told_daily(look, spooled, notifier):
    spooled.count = 1

    look(2 * 24 * 60, every=20)

    assert kinds(notifier) == [TOLD, TOLD]


def test_a_spool_that_is_emptied_in_time_is_not_told(look, spooled, notifier):
    for _ in range(5):
        spooled.count = 1
        look(4)
        spooled.count = 0
        look(1)

    assert kinds(notifier) == []


def test_while_the_database_is_away_it_is_told_hourly_at_most(look, spooled, notifier, away):
    away.is_so, spooled.count = True, 2

    look(3 * 60)

    assert kinds(notifier) == [TOLD] * 3


def test_what_was_told_without_the_database_is_over_once_it_took_the_leads(look, spooled, notifier, away):
    away.is_so, spooled.count = True, 2
    look(10)
    away.is_so, spooled.count = False, 0

    look(10)

    assert kinds(notifier) == [TOLD, OVER]


def test_what_was_told_on_both_ways_is_over_once(look, spooled, notifier, away):
    spooled.count = 2
    look(10)
    away.is_so = True
    look(10)
    away.is_so, spooled.count = False, 0

    look(10)

    assert kinds(notifier) == [TOLD, TOLD, OVER]


def test_one_machines_empty_spool_does_not_end_anothers_alert(look, spooled, notifier, alert_log, alerts):
    spooled.count = 2
    look(10)
    other = SpoolWatch(SimpleNamespace(waiting=lambda: 0), "web-2")
    Alerts(alerts.log, alert_log, alerts.keys, alerts.problems, [notifier], other).run_once()

    look(10)

    assert kinds(notifier) == [TOLD]
