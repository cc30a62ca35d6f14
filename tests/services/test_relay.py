import logging
from collections import Counter

import pytest
from fakes import ACCEPTED, BANNED, BROKEN, LOST, REFUSED, UNREACHABLE, throttled

from realpad_form.ports import Credential, LeadFilter
from realpad_form.services import relay as relay_module
from realpad_form.services.relay import lane_key

DAY_S = 86_400


def statuses(log):
    return Counter(lead.status for lead in log.leads(LeadFilter()))


def test_stored_lead_is_delivered(log, store, relay, crm):
    lead_id = store("hello")

    assert relay.run_once()

    assert crm.sent == [("riverside", {"note": "hello"})]
    assert log.get(lead_id).lead.customer_id == 4711
    assert not relay.run_once()


@pytest.mark.parametrize("answer", [REFUSED, LOST])
def test_refused_or_unknown_lead_is_never_sent_again(store, relay, crm, clock, answer):
    crm.answer = answer
    store()

    relay.run_once()
    clock.advance(days=30)
    relay.drain()

    assert len(crm.sent) == 1


def test_lead_is_sent_by_one_of_many_relays(log, store, open_log, make_relay, running, eventually, crm):
    for number in range(40):
        store(str(number))

    with running(*(make_relay(open_log(), concurrency=3) for _ in range(3))):
        eventually(lambda: statuses(log) == {"delivered": 40})

    assert Counter(body["note"] for _, body in crm.sent) == {str(number): 1 for number in range(40)}
    assert crm.most_in_flight == 1


def test_no_relay_calls_again_after_the_credentials_were_refused(
    log, store, open_log, make_relay, running, eventually, crm
):
    crm.script, crm.answer = [ACCEPTED] * 5, BANNED
    for _ in range(20):
        store()

    with running(*(make_relay(open_log(), concurrency=4) for _ in range(3))) as stop:
        eventually(lambda: len(crm.sent) == 6)
        stop.wait(0.3)

    assert len(crm.sent) == 6
    assert statuses(log) == {"delivered": 5, "queued": 15}


def test_resumed_lane_sends_one_lead_first(log, store, make_relay, running, eventually, crm, key):
    relay = make_relay(log, concurrency=4, width=4)
    crm.script = [BANNED]
    for _ in range(4):
        store()
    relay.run_once()
    crm.gate.clear()

    log.resume(key)
    with running(relay) as stop:
        eventually(lambda: len(crm.sent) == 2)
        stop.wait(0.2)
        assert len(crm.sent) == 2
        crm.gate.set()
        eventually(lambda: statuses(log) == {"delivered": 4})


def test_throttled_lane_waits_as_long_as_it_was_told(store, relay, crm, clock):
    crm.script = [throttled(90)]
    for _ in range(3):
        store()

    relay.drain()
    clock.advance(seconds=89)
    relay.drain()
    assert len(crm.sent) == 1

    clock.advance(seconds=20)
    relay.drain()
    assert len(crm.sent) == 4


def test_failing_crm_gets_one_call_per_step(store, relay, crm, clock):
    crm.answer = BROKEN
    for _ in range(20):
        store()

    calls = []
    for seconds in (0, 10, 60, 300):
        clock.advance(seconds=seconds - 1)
        relay.drain()
        clock.advance(seconds=1)
        relay.drain()
        calls.append(len(crm.sent))

    assert calls == [1, 2, 3, 4]


def test_outage_of_a_day_costs_ten_calls_and_no_lead(log, store, relay, crm, clock):
    began, crm.answer = clock(), UNREACHABLE
    for number in range(500):
        store(str(number))
        clock.advance(seconds=0.001)

    while (clock() - began).total_seconds() < DAY_S:
        relay.run_once()
        clock.advance(seconds=120)
    assert len(crm.sent) <= 10
    assert statuses(log) == {"queued": 500}

    crm.answer, crm.sent = ACCEPTED, []
    clock.advance(hours=6)
    relay.drain()
    assert [body["note"] for _, body in crm.sent] == [str(number) for number in range(500)]


def test_lead_that_realpad_always_fails_on_does_not_hold_up_the_others(log, store, relay, crm, clock):
    crm.answer = lambda _credential, body: BROKEN if body["note"] == "bad" else ACCEPTED
    store("bad")
    clock.advance(seconds=0.001)  # the older one goes first; of two of one instant, either
    for _ in range(20):
        store("good")

    relay.run_once()
    clock.advance(seconds=15)
    relay.drain()

    assert statuses(log) == {"delivered": 20, "queued": 1}


def test_lead_that_realpad_always_fails_on_ends_in_front_of_a_person(log, store, relay, crm, clock):
    crm.answer = BROKEN
    lead_id = store()

    for _ in range(130):
        relay.run_once()
        clock.advance(hours=1)

    assert log.get(lead_id).lead.status == "rejected"


def test_relay_that_comes_back_after_its_lease_changes_nothing(log, store, relay, crm, clock, caplog):
    def take_too_long(_credential, _body):
        clock.advance(seconds=60)
        log.sweep()
        return ACCEPTED

    crm.answer = take_too_long
    lead_id = store()

    relay.drain()

    assert log.get(lead_id).lead.status == "unknown"
    assert len(crm.sent) == 1
    assert f"lead {lead_id} was not closed" in caplog.text


def test_call_that_could_outlast_its_lease_is_not_begun(log, store, relay, crm, monkeypatch):
    monkeypatch.setattr(relay_module, "MARGIN_S", -1)
    lead_id = store()

    relay.run_once()

    assert crm.sent == []
    assert log.get(lead_id).lead.status == "queued"


def test_crash_of_the_gateway_costs_one_lead_no_second_call(log, store, relay, crm, clock, caplog):
    crm.script = [ValueError("quotes canary-password")]
    lost = store("lost")
    clock.advance(seconds=0.001)
    other = store("other")

    relay.run_once()
    clock.advance(seconds=46)
    relay.drain()
    clock.advance(minutes=1)
    relay.drain()

    assert [body["note"] for _, body in crm.sent] == ["lost", "other"]
    assert (log.get(lost).lead.status, log.get(other).lead.status) == ("unknown", "delivered")
    assert f"lead {lost} will become unknown: ValueError" in caplog.text
    assert "canary" not in caplog.text


def test_crash_of_the_gateway_does_not_end_the_thread(log, store, relay, running, eventually, crm, clock):
    crm.script = [ValueError()]
    for _ in range(2):
        store()

    with running(relay):
        eventually(lambda: len(crm.sent) == 1)
        clock.advance(seconds=46)
        eventually(lambda: statuses(log)["unknown"] == 1)
        clock.advance(minutes=1)
        eventually(lambda: statuses(log) == {"unknown": 1, "delivered": 1})


def test_told_to_stop_it_finishes_the_call_in_flight(log, store, relay, running, crm):
    crm.gate.clear()
    for _ in range(2):
        store()

    with running(relay) as stop:
        assert crm.entered.wait(10)
        stop.set()
        crm.gate.set()

    assert statuses(log) == {"delivered": 1, "queued": 1}


def test_drain_sends_all_that_is_due_and_counts_the_calls(store, relay, crm):
    crm.script = [ACCEPTED, REFUSED]
    for _ in range(3):
        store()

    assert relay.drain() == 3
    assert relay.drain() == 0


def test_lead_of_credentials_that_are_not_set_waits(log, store, relay):
    store(credential="jantar")

    assert relay.drain() == 0
    assert statuses(log) == {"queued": 1}


def test_logs_and_records_never_hold_login_or_password(log, store, relay, crm, caplog):
    crm.script = [BANNED, ValueError("canary-login")]
    store()

    with caplog.at_level(logging.DEBUG):
        relay.drain()

    assert "canary" not in f"{caplog.text} {log.lanes()} {list(log.records(LeadFilter()))}"


def test_lane_is_told_apart_by_password_and_address_without_telling_them():
    pair = Credential(name="riverside", login="l", password="canary-password")
    other = Credential(name="riverside", login="l", password="changed")
    url = "https://CMS.realpad.eu/ws/v10/"

    key = lane_key(pair, url)

    assert key == lane_key(pair, url)
    assert (key.credential, key.host) == ("riverside", "https://cms.realpad.eu")
    assert len({key, lane_key(other, url), lane_key(pair, "https://cms.realpad.eu/ws/v11/")}) == 3
    assert "canary" not in repr(key)
