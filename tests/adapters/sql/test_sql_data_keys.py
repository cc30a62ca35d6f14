"""A process whose data keys are not those of the stored leads takes none, and seals nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import uuid4

import pytest
from fakes import BANNED, new_lead
from opened import make_sql_log
from sqlalchemy import select, update

from realpad_form.adapters.sql import SqlIndexQueue, transaction
from realpad_form.adapters.sql.schema import attempt, lead, revision, term
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Event
from realpad_form.domain.errors import DataKeyError
from realpad_form.ports import LeadFilter
from realpad_form.services.indexer import Indexer

OLD, NEW, WRONG = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def log_with(database, clock):
    """Open the log in a process that has these data keys."""
    return lambda *keys: replace(make_sql_log(database, clock), vault=Vault(keys))


@pytest.fixture
def keep(submission, clock):
    """Store a lead, and let a second pass."""

    def append(log, **changes):
        receipt = log.append(new_lead(submission(**changes), payload={"name": "Jana"}))
        clock.advance(seconds=1)
        return receipt.lead_id

    return append


@pytest.fixture
def count(log_with):
    return lambda: log_with(OLD).count(LeadFilter())


@pytest.mark.parametrize("keys", [[WRONG], []], ids=["wrong", "missing"])
def test_a_lead_is_refused_under_a_wrong_or_missing_key_and_does_not_make_that_right(
    log_with, keep, count, keys
):
    keep(log_with(OLD))
    wrong = log_with(*keys)

    for _ in range(3):
        with pytest.raises(DataKeyError, match="which is not set"):
            keep(wrong)
        with pytest.raises(DataKeyError, match="which is not set"):
            wrong.check_data_keys()

    assert count() == 1


@pytest.mark.parametrize("keys", [[WRONG], []], ids=["wrong", "missing"])
def test_a_newer_lead_that_can_be_opened_hides_no_older_one_that_cannot(log_with, keep, keys):
    keep(log_with(OLD))
    keep(log_with(*keys, OLD) if keys else log_with(NEW, OLD))

    with pytest.raises(DataKeyError):
        log_with(*keys).check_data_keys()


@pytest.mark.parametrize(
    "keys", [[OLD], [NEW, OLD], [OLD, NEW]], ids=["the same", "a new one first", "a new one behind"]
)
def test_with_the_key_of_every_lead_it_takes_more(log_with, keep, count, keys):
    keep(log_with(OLD))
    log = log_with(*keys)

    assert log.check_data_keys() == []
    for _ in range(2):
        keep(log)

    assert count() == 3


def test_a_key_may_be_set_later_and_never_taken_away(log_with, keep):
    keep(log_with())
    later = log_with(NEW)
    assert later.check_data_keys() == []
    keep(later)

    with pytest.raises(DataKeyError):
        log_with().check_data_keys()
    assert log_with(NEW).check_data_keys() == []


def test_the_process_with_the_right_key_goes_on_beside_one_with_a_wrong_key(log_with, keep, count):
    right, wrong = log_with(OLD), log_with(WRONG)
    for _ in range(3):
        keep(right)
        with pytest.raises(DataKeyError):
            keep(wrong)
        right.check_data_keys()

    assert count() == 3


def test_of_processes_that_begin_on_an_empty_log_with_different_keys_one_is_taken(log_with, submission):
    logs = [log_with(letter * 32) for letter in "abcdefgh"]
    for log in logs:
        log.check_data_keys()
    at_once = Barrier(len(logs))

    def take(log):
        at_once.wait(10)
        try:
            return log.append(new_lead(submission(), payload={}))
        except DataKeyError:
            return None

    with ThreadPoolExecutor(len(logs)) as pool:
        receipts = list(pool.map(take, logs))

    assert sum(receipt is not None for receipt in receipts) == 1
    assert logs[0].count(LeadFilter()) == 1


def test_a_log_with_the_right_key_looks_once_and_then_no_more(log_with, keep, monkeypatch):
    log = log_with(OLD)
    keep(log)
    keep(log)
    looks = []
    monkeypatch.setattr(transaction.DataKeyCheck, "_check", lambda self, connection: looks.append(connection))

    for _ in range(3):
        keep(log)

    assert looks == []


def test_one_damaged_lead_is_told_and_stops_nobody(log_with, keep, database, count):
    log = log_with(OLD)
    keep(log)
    newest = keep(log)
    with database.write() as connection:
        context = connection.execute(select(lead.c.context).where(lead.c.id == newest)).scalar_one()
        broken = context[:-8] + ("AAAAAAAA" if not context.endswith("AAAAAAAA") else "BBBBBBBB")
        connection.execute(update(lead).where(lead.c.id == newest).values(context=broken))

    [damage] = log.check_data_keys()
    keep(log)

    assert str(newest) in damage
    assert "changed" in damage
    assert count() == 3


def everything(database):
    """Return all that is stored sealed, or to be searched for."""
    queries = [
        select(lead.c.context, lead.c.reasons, lead.c.status, lead.c.due_at, lead.c.digested),
        select(revision.c.answers, revision.c.payload),
        select(attempt.c.answer),
        select(term.c.term),
    ]
    with database.read() as connection:
        return [sorted(map(str, connection.execute(query).all())) for query in queries]


@pytest.fixture
def acts(key, clock):
    """What a process does to leads that are there, by name; each seals something."""

    def claim(log):
        log.claim([key], lease_s=45, pace_s=0, width=10)

    def sweep(log):
        log.sweep()

    def release(log):
        [quarantined] = log.leads(LeadFilter(status="quarantined"))
        log.move(quarantined.id, Event.RELEASED)

    def resubmit(log):
        seen = next(log.leads(LeadFilter(status="queued")))
        log.resubmit(seen.version, answers={"name": "Eva"}, payload={"name": "Eva"})

    def refuse(log):
        log.end_listing(key, pace_s=0, instead=BANNED)

    return {act.__name__: act for act in (claim, sweep, release, resubmit, refuse)}


@pytest.mark.parametrize("act", ["claim", "sweep", "release", "resubmit", "refuse"])
def test_nothing_is_sealed_under_a_wrong_key_and_the_right_process_does_it(
    log_with, keep, key, acts, database, clock, act
):
    right, wrong = log_with(OLD), log_with(WRONG)
    right.open_lanes([key])
    keep(right)
    right.claim([key], lease_s=45, pace_s=0, width=10)
    keep(right)
    keep(right, suspicions=("honeypot",))
    clock.advance(minutes=2)
    before = everything(database)

    with pytest.raises(DataKeyError):
        acts[act](wrong)

    assert everything(database) == before
    acts[act](right)
    assert all(right.get(each.id) for each in right.leads(LeadFilter()))


def test_no_word_is_made_findable_under_a_wrong_key(log_with, keep, database, clock):
    keep(log_with())
    keep(log_with(OLD))

    with pytest.raises(DataKeyError):
        Indexer(SqlIndexQueue(database, Vault([WRONG]), clock=clock)).run_once()

    assert everything(database)[-1] == []


def test_a_lead_whose_key_is_lost_can_be_erased_and_shown_and_then_leads_are_taken(log_with, keep, count):
    lost = [keep(log_with(OLD)) for _ in range(2)]
    log = log_with(NEW)
    key_id = Vault([OLD]).key_id

    assert log.sealed_with(key_id) == lost
    for lead_id in lost:
        log.erase(lead_id)

    assert log.sealed_with(key_id) == []
    assert log.check_data_keys() == []
    assert keep(log)
    assert [log.get(lead_id).lead.status for lead_id in lost] == ["erased", "erased"]


def test_an_erased_lead_is_shown_when_the_key_of_its_time_is_gone(log_with, keep, key, clock):
    old = log_with(OLD)
    old.open_lanes([key])
    erased = keep(old)
    claim = old.claim([key], lease_s=45, pace_s=0, width=10)
    old.close(claim, BANNED)
    old.erase(erased)

    record = log_with(NEW).get(erased)

    assert record.lead.status == "erased"
    assert (record.current.answers, record.attempts[0].answer) == ({}, "")
    assert record.context.form_version == "abc"
    assert log_with(NEW).check_data_keys() == []


def test_a_lead_that_an_older_version_erased_is_shown_without_its_key(log_with, keep, database):
    """Such a version sealed what was left, with the key of the time."""
    old = log_with(OLD)
    erased = keep(old)
    sealed_nothing = Vault([OLD]).seal("{}", "revision", erased, 1, "answers")
    with database.write() as connection:
        connection.execute(update(lead).values(status="erased"))
        connection.execute(update(revision).values(answers=sealed_nothing, payload=sealed_nothing))

    record = log_with(NEW).get(erased)

    assert (record.current.answers, record.current.payload, record.lead.reasons) == ({}, {}, ())
    assert record.context.language == "cs"
    assert log_with(NEW).check_data_keys() == []


def test_key_ids_tell_keys_apart(log_with, keep, database):
    ids = {Vault([key]).key_id for key in (OLD, NEW, WRONG)}
    keep(log_with(OLD))

    assert len(ids) == 3
    with database.read() as connection:
        [name] = connection.execute(transaction._KEY_NAMES).scalars().all()
    assert name == f"v1.{Vault([OLD]).key_id}."


def test_a_spent_token_of_a_refused_lead_can_be_used_with_the_right_key(log_with, keep, submission):
    keep(log_with(OLD))
    sent = submission(token=uuid4().hex)
    with pytest.raises(DataKeyError):
        log_with(WRONG).append(new_lead(sent, payload={}))

    assert not log_with(OLD).append(new_lead(sent, payload={})).is_repeat
