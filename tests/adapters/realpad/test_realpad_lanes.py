"""A CRM that hangs for one login, on real sockets: what the other lane of the same relay sees of it."""

import threading
import time

import pytest
from fakes import new_lead
from memory_log import MemoryLeadLog

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.domain.delivery import Status
from realpad_form.ports import Credential, LeadFilter
from realpad_form.services.relay import Relay, RelayPolicy, lane_key

LEADS = 30
TIMEOUT_S = 3.0


@pytest.fixture
def hanging(crm):
    """A CRM that answers `quick` at once and `hung` never."""

    def behave(line):
        if b"login=hung" in line.read().request:
            line.hang()
        else:
            line.answer(200, b"1")

    return crm(behave)


@pytest.fixture
def relay(clock, hanging):
    pairs = {}
    for name in ("hung", "quick"):
        credential = Credential(name=name, login=name, password="canary-password")
        pairs[lane_key(credential, hanging.url)] = credential
    policy = RelayPolicy(timeout_s=TIMEOUT_S, concurrency=2, pace_s=0)
    return Relay(MemoryLeadLog(clock), RealpadGateway(hanging.url, TIMEOUT_S), pairs, policy)


def test_a_lane_whose_crm_hangs_does_not_slow_the_other_one(relay, submission):
    for name in ["hung"] * 2 + ["quick"] * LEADS:
        relay.log.append(new_lead(submission(), credential=name, payload={"name": "Jan"}))
    stop, began = threading.Event(), time.monotonic()
    thread = threading.Thread(target=relay.run, args=[stop])
    thread.start()
    try:
        while relay.log.count(LeadFilter(status=Status.DELIVERED)) < LEADS:
            assert time.monotonic() - began < TIMEOUT_S
            time.sleep(0.01)

        assert relay.log.count(LeadFilter(status=Status.SENDING)) == 1
    finally:
        stop.set()
        thread.join(10)
    assert relay.log.count(LeadFilter(status=Status.UNKNOWN)) == 1
    assert relay.log.count(LeadFilter(status=Status.QUEUED)) == 1
