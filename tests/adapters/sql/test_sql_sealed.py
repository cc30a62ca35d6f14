"""Leads whose data key is not set: they wait, and hold up and hide no other."""

from dataclasses import replace

import pytest
from fakes import BANNED, new_lead

from realpad_form.adapters.sql import SqlLeadIndex
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.search import InboxQuery
from realpad_form.ports import LeadFilter

OURS, THEIRS = "a" * 32, "b" * 32


@pytest.fixture
def log(sql_log, key):
    sql_log.open_lanes([key])
    return replace(sql_log, vault=Vault([OURS]))


@pytest.fixture
def keep(log, submission, clock):
    """Store a lead under a data key, as a process does that has both."""

    def append(key):
        clock.advance(seconds=1)
        knowing = replace(log, vault=Vault([key, OURS, THEIRS]))
        return knowing.append(new_lead(submission(), payload={"name": "Jana"})).lead_id

    return append


@pytest.fixture
def unreadable(keep):
    """The oldest lead, sealed with a key that `log` lacks."""
    return keep(THEIRS)


@pytest.fixture
def claim(key):
    return lambda log: log.claim([key], lease_s=45, pace_s=0, width=10)


def test_others_are_sent_and_it_waits_and_says_why(log, keep, unreadable, claim):
    others = [keep(OURS) for _ in range(3)]

    assert [claim(log).lead_id for _ in others] == others
    assert claim(log) is None

    [waiting] = log.leads(LeadFilter(status="queued"))
    assert waiting.id == unreadable
    assert "which is not set; add it again" in str(waiting.reasons[0])


def test_it_is_sent_when_its_key_is_back(log, keep, unreadable, claim, clock):
    keep(OURS)
    claim(log)
    assert claim(log) is None
    both = replace(log, vault=Vault([OURS, THEIRS]))

    clock.advance(minutes=15)

    assert claim(both).lead_id == unreadable


def test_many_of_them_hold_up_nobody_for_long(log, keep, claim, clock):
    for _ in range(120):
        keep(THEIRS)
    readable = keep(OURS)

    claims = [claim(log) for _ in range(3)]

    assert [each and each.lead_id for each in claims] == [None, None, readable]


def test_list_shows_it_without_its_words_beside_the_others(log, keep, unreadable, clock):
    clock.advance(seconds=1)
    other = keep(OURS)

    page = SqlLeadIndex(log.database, log.vault).page(InboxQuery())

    assert [record.lead.id for record in page.records] == [other, unreadable]
    assert [bool(record.current.answers) for record in page.records] == [True, False]
    assert "which is not set" in str(page.records[1].lead.reasons[0])
    with pytest.raises(SealBrokenError):
        log.get(unreadable)


def test_lane_whose_reason_cannot_be_read_can_be_shown_and_resumed(log, key, clock):
    theirs = replace(log, vault=Vault([THEIRS]))
    theirs.end_listing(key, pace_s=0, instead=BANNED)

    [lane] = log.lanes()

    assert "which is not set" in str(lane.reason)
    assert log.resume(key).reason is None
