"""Each way of telling people stands alone, and the thread that looks outlives whatever breaks."""

import threading

import pytest
from alerting import FakeNotifier, kinds

from realpad_form.domain.errors import Problem, StorageUnavailableError
from realpad_form.services import alerts as alerts_module
from realpad_form.services.alerts import MAX_PENDING, Alerts

TOLD = ("PROJECT", "a.yaml", False)
OVER = ("PROJECT", "a.yaml", True)


@pytest.fixture
def log(sql_log):
    return sql_log


@pytest.fixture
def webhook():
    return FakeNotifier()


@pytest.fixture
def both(log, alert_log, key, notifier, webhook, problems):
    """Return alerts that go through two notifiers, the first of which breaks in a way of its own."""
    notifier.error = ValueError("jana@example.com")
    return Alerts(log, alert_log, {"riverside": key}, lambda: problems, [notifier, webhook])


@pytest.fixture
def break_file(problems):
    return lambda name="a.yaml": problems.append(Problem(name, 7, "wrong"))


def test_a_notifier_that_raises_anything_keeps_no_other_from_telling(
    both, notifier, webhook, break_file, caplog
):
    break_file()
    notifier.is_broken = True

    assert both.run_once() == 1

    assert kinds(webhook) == [TOLD]
    assert "alerts could not be sent: ValueError" in caplog.text
    assert "jana@example.com" not in caplog.text


def test_what_one_missed_is_told_later_and_the_other_tells_nothing_twice(both, notifier, webhook, break_file):
    break_file()
    notifier.is_broken = True
    both.run_once()
    notifier.is_broken = False

    for _ in range(3):
        both.run_once()

    assert kinds(notifier) == kinds(webhook) == [TOLD]


def test_a_notifier_that_takes_for_ever_keeps_no_other_from_telling(
    both, notifier, webhook, break_file, monkeypatch, caplog
):
    monkeypatch.setattr(alerts_module, "SEND_TIMEOUT_S", 0.01)
    break_file()
    free = threading.Event()
    monkeypatch.setattr(notifier, "send", lambda alerts: free.wait(30))

    both.run_once()
    both.run_once()
    free.set()

    assert kinds(webhook) == [TOLD]
    assert "no end within 0.01 s" in caplog.text
    assert "the last try has not ended yet" in caplog.text


def test_an_end_that_one_missed_is_told_instead_of_the_beginning(
    both, notifier, webhook, break_file, problems
):
    break_file()
    notifier.is_broken = True
    both.run_once()
    problems.clear()
    both.run_once()
    notifier.is_broken = False
    for _ in range(4):
        both.run_once()

    assert kinds(notifier) == [OVER]
    assert kinds(webhook) == [TOLD, OVER]


def test_what_all_missed_is_left_to_whoever_is_next(both, notifier, webhook, alert_log, break_file):
    break_file()
    notifier.is_broken = webhook.is_broken = True

    both.run_once()
    notifier.is_broken = webhook.is_broken = False

    assert [alert.subject for alert in alert_log.claim()] == ["a.yaml"]
    both.run_once()
    assert kinds(notifier) == kinds(webhook) == []


def test_a_notifier_that_stays_broken_is_tried_less_and_less(both, notifier, break_file):
    break_file()
    notifier.is_broken = True
    for _ in range(6 * 60):
        both.run_once()

    assert 10 <= notifier.tries <= 13


def test_what_a_broken_notifier_owes_has_an_end(both, notifier, webhook, break_file):
    for number in range(3 * MAX_PENDING):
        break_file(f"{number}.yaml")
    notifier.is_broken = True
    both.run_once()
    notifier.is_broken = False
    both.run_once()

    assert len(kinds(webhook)) == 3 * MAX_PENDING
    assert len(kinds(notifier)) == MAX_PENDING


def test_the_thread_outlives_every_error_and_tells_it_once(both, webhook, monkeypatch, caplog):
    monkeypatch.setattr(alerts_module, "POLL_EVERY_S", 0.001)
    caplog.set_level("INFO")
    stop, looks = threading.Event(), []

    def problems():
        looks.append(1)
        if len(looks) < 4:
            raise KeyError("Novák") if len(looks) % 2 else StorageUnavailableError("away")
        if len(looks) == 6:
            stop.set()
        return [Problem("a.yaml", 7, "wrong")]

    Alerts(both.log, both.alerts, both.keys, problems, [webhook]).run(stop)

    assert kinds(webhook) == [TOLD]
    said = [record.message for record in caplog.records if record.name.startswith("realpad_form.services")]
    assert said == [
        "alerts could not be looked for: KeyError",
        "alerts are looked for again",
    ]
