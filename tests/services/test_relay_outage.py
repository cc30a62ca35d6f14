"""What a relay does while the lead log cannot be used."""

import logging

import pytest
from memory_log import MemoryLeadLog

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.ports import LeadFilter

DOWN = StorageUnavailableError("the disk is full")


@pytest.fixture
def log(clock):
    """The lead log in memory, whose outages a test can switch."""
    return MemoryLeadLog(clock)


def delivered(log):
    return [record.lead.id for record in log.records_by_id.values() if record.lead.status == "delivered"]


def test_relay_goes_on_after_an_outage_and_logs_it_once(log, store, make_relay, running, eventually, caplog):
    lead_id, log.outage = store(), DOWN

    with caplog.at_level(logging.INFO), running(make_relay(log, concurrency=3)) as stop:
        stop.wait(0.2)
        log.outage = None
        eventually(lambda: delivered(log) == [lead_id])

    assert caplog.text.count("the lead log cannot be used, leads wait: the disk is full") == 1
    assert caplog.text.count("the lead log can be used again") == 1


def test_outage_is_no_busy_loop(log, relay, running, monkeypatch):
    looks = []
    monkeypatch.setattr(log, "claim", lambda *_args, **_terms: looks.append(1) or fail())
    monkeypatch.setattr("realpad_form.services.relay.BACK_OFF_S", (0.05,))

    with running(relay) as stop:
        stop.wait(0.5)

    assert 2 <= len(looks) <= 12


def test_answer_is_written_down_once_the_log_is_back(log, store, relay, running, eventually, crm):
    lead_id = store()
    crm.gate.clear()

    with running(relay) as stop:
        assert crm.entered.wait(10)
        log.outage = DOWN
        crm.gate.set()
        stop.wait(0.1)
        log.outage = None
        eventually(lambda: delivered(log) == [lead_id])

    assert len(crm.sent) == 1


def test_relay_can_be_stopped_during_an_outage(log, store, relay, running, crm):
    store()
    crm.gate.clear()

    with running(relay):
        assert crm.entered.wait(10)
        log.outage = DOWN
        crm.gate.set()

    log.outage = None
    assert log.count(LeadFilter(status="sending")) == 1


def test_unexpected_error_of_the_log_is_waited_out_without_quoting_it(
    log, store, relay, running, eventually, caplog
):
    lead_id, log.outage = store(), KeyError("canary")

    with running(relay) as stop:
        stop.wait(0.05)
        log.outage = None
        eventually(lambda: delivered(log) == [lead_id])

    assert "cannot be used, leads wait: KeyError" in caplog.text
    assert "canary" not in caplog.text


def test_single_run_tells_of_an_outage(log, relay):
    log.outage = DOWN

    with pytest.raises(StorageUnavailableError):
        relay.drain()


def fail():
    raise DOWN
