"""Leads become findable and are counted: each thing once, whoever does it and whatever dies."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from fakes import new_lead
from sqlalchemy import func, select, text

from realpad_form.adapters.sql import SqlIndexQueue, SqlLeadIndex, SqlTally
from realpad_form.adapters.sql.schema import lead, tally, term
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Answer, Event, Outcome
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.search import InboxQuery, WholeValue, facets_of, words_of
from realpad_form.domain.statistics import GroupBy, StatisticsQuery, counts_of
from realpad_form.ports import IndexEntry
from realpad_form.services import indexer
from realpad_form.services.indexer import Indexer

KEY = LaneKey(credential="riverside", fingerprint="f" * 16, host="https://cms.realpad.eu")
TAKEN = Answer(outcome=Outcome.ACCEPTED, status=201, text="7", customer_id=7_654_321)
REFUSED = Answer(outcome=Outcome.REFUSED, status=400, text="no")
EVER = StatisticsQuery(since=date(2000, 1, 1), until=date(2100, 1, 1))


@pytest.fixture
def worker(sql_log):
    return Indexer(SqlIndexQueue(sql_log.database, sql_log.vault))


@pytest.fixture
def index(sql_log):
    return SqlLeadIndex(sql_log.database, sql_log.vault)


@pytest.fixture
def store(sql_log, submission):
    """Store a lead, and return its id."""

    def store_lead(payload=None, **changes):
        body = {"name": "Jana", **(payload or {})}
        return sql_log.append(new_lead(submission(**changes), payload=body)).lead_id

    return store_lead


@pytest.fixture
def call(sql_log):
    """Send the oldest lead, and let Realpad answer."""

    def call_once(answer):
        sql_log.open_lanes([KEY])
        claim = sql_log.claim([KEY], lease_s=45, pace_s=0, width=1)
        sql_log.close(claim, answer)

    return call_once


@pytest.fixture
def counted(sql_log):
    """Return what is counted of all leads, without zeros, and the median wait."""

    def report():
        rows = SqlTally(sql_log.database).report(EVER, by=GroupBy.PROJECT)
        counts = {step.value: number for row in rows for step, number in row.counts.items() if number}
        return counts, [row.answered_in_s for row in rows]

    return report


def found(index, words):
    return [record.lead.id for record in index.page(InboxQuery(text=words)).records]


def made_of(seen):
    """Return the index entries of leads as they were seen."""
    return [
        IndexEntry(
            seen=each,
            words=words_of(each.record),
            counts=counts,
            tallied=tallied,
            facets=facets_of(each.record),
        )
        for each in seen
        for counts, tallied in [counts_of(each.record, each.tallied)]
    ]


def number_of(database, table):
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_lead_is_found_once_it_is_indexed(worker, index, store):
    lead_id = store()
    before = found(index, "Jana")

    worker.run_once()

    assert before == []
    assert found(index, "Jana") == [lead_id]


def test_what_is_indexed_is_left_alone(worker, store):
    store()

    assert [worker.run_once() for _ in range(2)] == [1, 0]


def test_newest_leads_are_indexed_first(worker, index, store, clock):
    for _ in range(60):
        store()
        clock.advance(seconds=1)
    newest = store(answers={"name": "Petr", "surname": "Svoboda"})

    worker.run_once()

    assert found(index, "Petr") == [newest]


def test_a_correction_is_found_beside_what_was_typed_first(worker, index, store, sql_log):
    lead_id = store()
    worker.run_once()
    seen = sql_log.get(lead_id).lead

    sql_log.resubmit(seen.version, answers={"name": "Jana", "surname": "Svobodová"}, payload={"name": "Jana"})
    worker.run_once()

    assert found(index, "svobodova") == found(index, "novakova") == [lead_id]


def test_a_delivered_lead_is_found_by_realpads_customer_id(worker, index, store, call):
    lead_id = store()
    worker.run_once()

    call(TAKEN)
    worker.run_once()

    assert found(index, "7654321") == [lead_id]


def test_an_erased_lead_is_found_by_nothing_and_leaves_no_term(worker, index, store, sql_log):
    lead_id = store()
    worker.run_once()

    sql_log.erase(lead_id)
    worker.run_once()

    assert found(index, "Jana") == []
    assert number_of(sql_log.database, term) == 0


def test_terms_of_a_lead_that_an_older_version_erased_are_removed(worker, store, sql_log):
    lead_id = store()
    worker.run_once()
    with sql_log.database.write() as connection:
        connection.execute(text("UPDATE lead SET status = 'erased'"))
        connection.execute(text("UPDATE revision SET answers = '{}', payload = '{}'"))

    worker.run_once()

    assert number_of(sql_log.database, term) == 0
    assert worker.run_once() == 0
    assert sql_log.get(lead_id).current.answers == {}


def test_a_lead_is_accepted_answered_and_delivered_once(worker, store, call, counted, clock):
    store()
    worker.run_once()
    clock.advance(seconds=30)

    call(TAKEN)
    worker.run_once()
    worker.run_once()

    assert counted() == ({"accepted": 1, "answered": 1, "delivered": 1}, [pytest.approx(30, rel=0.2)])


def test_a_refused_lead_that_is_delivered_later_was_answered_once(worker, store, call, counted, sql_log):
    lead_id = store()
    call(REFUSED)
    worker.run_once()
    after_refusal, _ = counted()

    sql_log.resubmit(sql_log.get(lead_id).lead.version, answers={"name": "Jana"}, payload={"name": "Jana"})
    worker.run_once()
    call(TAKEN)
    worker.run_once()

    assert after_refusal == {"accepted": 1, "answered": 1}
    assert counted()[0] == {"accepted": 1, "answered": 1, "delivered": 1}


def test_a_lead_sent_twice_on_purpose_is_delivered_once(worker, store, call, counted, sql_log):
    lead_id = store()
    call(TAKEN)
    worker.run_once()

    sql_log.resubmit(sql_log.get(lead_id).lead.version, answers={"name": "Jana"}, payload={"name": "Jana"})
    call(TAKEN)
    worker.run_once()

    assert counted()[0]["delivered"] == 1


def test_a_quarantined_lead_counts_as_accepted_and_quarantined(worker, store, counted, sql_log):
    lead_id = store(suspicions=("links",))
    worker.run_once()

    sql_log.move(lead_id, Event.RELEASED)
    worker.run_once()

    assert counted()[0] == {"accepted": 1, "quarantined": 1}


def test_a_lead_counts_under_its_campaign_unit_and_local_day(worker, store, sql_log, clock):
    clock.time = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # past midnight in Prague
    store({"campaign": "Summer"}, answers={"name": "Jana", "unit": "A.12"})

    worker.run_once()

    reports = SqlTally(sql_log.database)
    assert [[row.name for row in reports.report(EVER, by=by)] for by in GroupBy] == [
        ["2026-07-02"], ["Summer"], ["A.12"], ["Summer"], ["riverside"]
    ]  # fmt: skip


def test_two_machines_that_index_the_same_leads_count_them_once(worker, store, counted, sql_log):
    store()
    other = SqlIndexQueue(sql_log.database, sql_log.vault)
    entries = made_of(other.pending(10))
    worker.run_once()

    stored = other.store(entries)

    assert stored == 0
    assert counted()[0] == {"accepted": 1}


def test_a_lead_that_changed_meanwhile_is_indexed_later(worker, store, call, counted, sql_log):
    store()
    entries = made_of(worker.queue.pending(10))
    call(TAKEN)

    stored = worker.queue.store(entries)
    worker.run_once()

    assert stored == 0
    assert counted()[0] == {"accepted": 1, "answered": 1, "delivered": 1}


def test_a_lead_that_cannot_be_opened_holds_up_no_other(worker, store, submission, index, sql_log, caplog):
    readable = store(answers={"name": "Petr"})
    under_other_key = replace(sql_log, vault=Vault(["x" * 32, "k" * 32]))
    unreadable = under_other_key.append(new_lead(submission(), payload={})).lead_id

    assert [worker.run_once() for _ in range(2)] == [1, 0]
    assert found(index, "Petr") == [readable]
    assert str(unreadable) in caplog.text


def test_indexing_goes_on_after_an_outage_which_it_tells_once(monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(indexer, "POLL_EVERY_S", 0.01)
    stop, looks = threading.Event(), []

    class Queue:
        def pending(self, limit):
            looks.append(limit)
            if len(looks) < 5:
                raise StorageUnavailableError("away") if len(looks) % 2 else ValueError("Novák")
            stop.set()
            return []

    Indexer(Queue()).run(stop)

    assert looks == [indexer.AT_ONCE] * 5
    told = [record.message for record in caplog.records]
    assert told == ["leads could not be made findable: away", "leads are made findable again"]


def test_words_are_not_stored(worker, store, sql_log):
    store()
    worker.run_once()

    with sql_log.database.read() as connection:
        stored = {row.term for row in connection.execute(select(term))}
        packed = connection.execute(select(lead.c.terms)).scalar_one()

    assert stored.isdisjoint(Vault().blind("jana"))
    assert sql_log.vault.blind("jana")[0] in stored
    assert len(packed) == 8 * len(stored)
    assert number_of(sql_log.database, tally) == 1


@pytest.mark.parametrize("keys", [["k" * 32, "n" * 32], ["n" * 32, "k" * 32]])
def test_leads_stay_findable_when_a_data_key_is_added(worker, store, sql_log, keys):
    lead_id = store()
    worker.run_once()

    index = SqlLeadIndex(sql_log.database, Vault(keys))

    assert found(index, "Jana") == [lead_id]


def test_a_whole_value_is_found_whole_and_by_no_other_lead(store, worker, index):
    wanted = store(answers={"name": "Jana", "email": "Jana@example.com", "phone": "+420220850111"})
    store(answers={"name": "Karel", "phone": "+421220850111", "note": "od jana@example.com"})
    store(answers={"name": "Petr", "email": "ana@example.com", "note": "+420 220 850 111"})
    worker.run_once()

    for whole in (
        WholeValue(email="jana@EXAMPLE.com"),
        WholeValue(phones=frozenset({"+420220850111"})),
        WholeValue(phones=frozenset({"+420220850111"}), customer_id=220850111),
        WholeValue(lead_id=wanted),
    ):
        page = index.page(InboxQuery(text="Karel", whole=whole), limit=1)
        assert [record.lead.id for record in page.records] == [wanted], whole
    for nothing in (WholeValue(phones=frozenset({"+420850111"})), WholeValue(customer_id=850111)):
        assert index.page(InboxQuery(whole=nothing)).records == ()
