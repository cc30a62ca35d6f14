import pytest
from fakes import ACCEPTED, BROKEN

from realpad_form.adapters.sql import lead_log
from realpad_form.ports import LeadFilter


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(lead_log, "LEADS_AT_ONCE", 3)
    monkeypatch.setattr(lead_log, "RECORDS_AT_ONCE", 2)


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_leads_come_oldest_first_over_any_number_of_pages(log, append, clock, small_pages, count):
    ids = []
    for number in range(count):
        ids.append(append().lead_id)
        clock.advance(seconds=number % 2)  # pairs of the same time

    assert {lead.id for lead in log.leads(LeadFilter())} == set(ids)
    times = [lead.created_at for lead in log.leads(LeadFilter())]
    assert times == sorted(times)
    assert len(times) == count
    assert [record.lead.id for record in log.records(LeadFilter())] == [
        lead.id for lead in log.leads(LeadFilter())
    ]


def test_listing_goes_on_while_leads_come_in(log, append, clock, small_pages):
    for _ in range(4):
        append()
        clock.advance(seconds=1)

    listed = log.leads(LeadFilter())
    next(listed)
    append()

    assert len(list(listed)) >= 3


def test_filter_picks_by_status_project_credential_and_time(log, append, claim, clock):
    log.close(_claimed(append, claim), ACCEPTED)
    clock.advance(seconds=60)
    since = clock()
    append(project="jantar", credential="jantar")
    append(suspicions=("honeypot",))

    assert log.count(LeadFilter(status="delivered")) == 1
    assert log.count(LeadFilter(project="jantar")) == 1
    assert log.count(LeadFilter(credential="riverside")) == 2
    assert log.count(LeadFilter(since=since)) == 2
    assert [lead.status for lead in log.leads(LeadFilter(project="riverside", since=since))] == [
        "quarantined"
    ]


def test_lead_counts_its_attempts(log, append, claim, clock):
    held = _claimed(append, claim)
    log.close(held, BROKEN)
    clock.advance(seconds=20)
    log.close(claim(), ACCEPTED)

    assert next(log.leads(LeadFilter())).attempts == 2
    assert [attempt.outcome for attempt in log.get(held.lead_id).attempts] == ["unavailable", "accepted"]


def test_probe_stores_nothing(log):
    log.probe()

    assert log.count(LeadFilter()) == 0


def _claimed(append, claim):
    append()
    return claim()
