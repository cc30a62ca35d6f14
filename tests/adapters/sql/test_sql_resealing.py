"""Sealing anew with the first data key: afterwards the old one can go, and nothing has changed or is lost."""

import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import islice

import pytest
from fakes import ACCEPTED, BANNED, REFUSED, new_lead
from opened import closing_database, make_sql_log
from sqlalchemy import delete, select, update

from realpad_form.adapters.sql import SqlIndexQueue, SqlLeadIndex, SqlLeadNotes, SqlResealing, resealing
from realpad_form.adapters.sql.schema import attempt, consent, lane, lead, metadata, revision, term
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import DataKeyError, SettingsError, StorageUnavailableError
from realpad_form.domain.lead import NoteKind
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.search import InboxQuery
from realpad_form.ports import LeadFilter
from realpad_form.services.indexer import Indexer

OLD, NEW, OTHER = "a" * 32, "b" * 32, "c" * 32
LEADS = 12


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """Let these few leads need several transactions."""
    monkeypatch.setattr(resealing, "AT_ONCE", 5)


@pytest.fixture
def log_with(database, clock):
    """Open the log in a process that has these data keys."""
    return lambda *keys: replace(make_sql_log(database, clock), vault=Vault(keys))


@pytest.fixture
def keep(submission, clock):
    """Store a lead of somebody with this surname, and let a second pass."""

    def append(log, surname="Nováková"):
        answers = {"name": "Jana", "surname": surname, "phone": "+420777123456"}
        receipt = log.append(new_lead(submission(answers=answers), payload=answers))
        clock.advance(seconds=1)
        return receipt.lead_id

    return append


@pytest.fixture
def digest(database, clock):
    """Let all leads be found, in a process that has these data keys."""

    def run(*keys):
        indexer = Indexer(SqlIndexQueue(database, Vault(keys), clock=clock))
        while indexer.run_once():
            pass

    return run


@pytest.fixture
def find(database):
    """Return the ids of the leads that are found by a word, with these data keys."""

    def search(text, *keys):
        page = SqlLeadIndex(database, Vault(keys)).page(InboxQuery(text=text), limit=100)
        return {record.lead.id for record in page.records}

    return search


@pytest.fixture
def reseal(database):
    """Seal everything anew; return how many texts were, and the rest of the survey."""

    def run(*keys):
        work = SqlResealing(database, Vault(keys))
        work.require_keys()
        texts = sum(1 for _ in work.texts())
        list(work.terms())
        return texts, work.survey()

    return run


@pytest.fixture
def full(log_with, keep, key, digest, database):
    """A log in which everything that can be sealed is, with the old key, and leads of every status."""
    log = log_with(OLD)
    log.open_lanes([key])
    ids = [keep(log, surname=f"Nováková-{chr(97 + number)}xyz") for number in range(LEADS)]
    for answer in (ACCEPTED, REFUSED, BANNED):
        log.close(log.claim([key], lease_s=45, pace_s=0, width=10), answer)
    seen = log.get(ids[-1]).lead
    log.resubmit(seen.version, answers={"name": "Eva"}, payload={"name": "Eva"})
    note = AuditNote(action=AuditAction.NOTED, by=None)
    SqlLeadNotes(database, Vault([OLD])).add(ids[0], kind=NoteKind.NOTE, text="Chce terasu.", note=note)
    digest(OLD)
    return ids


def everything(log):
    """Return all that the log tells."""
    return [asdict(record) for record in log.records(LeadFilter())], [asdict(each) for each in log.lanes()]


def stored(database):
    """Return every sealed text, as it is stored."""
    columns = [each.column for each in resealing.SEALED]
    with database.read() as connection:
        return [text for column in columns for text in connection.execute(select(column)).scalars() if text]


def test_every_column_that_may_hold_a_sealed_text_is_sealed_anew(full, database, log_with):
    """Whatever is sealed anywhere in the database is in one of the columns that are looked through."""
    known = {each.column for each in resealing.SEALED}
    with database.read() as connection:
        found = {
            column
            for table in metadata.tables.values()
            for column in table.columns
            if any(str(value).startswith("v1.") for value in connection.execute(select(column)).scalars())
        }

    assert found == known


def test_after_resealing_the_old_key_can_go(full, database, log_with, reseal, keep, find, key, digest, clock):
    before = everything(log_with(OLD))
    texts = len(stored(database))

    done, after = reseal(NEW, OLD)

    assert (done, after) == (texts, resealing.Survey(own=texts, stale=0, lost=0, missing={}))
    log = log_with(NEW)
    assert everything(log) == before
    assert log.check_data_keys() == []
    assert find("novakova", NEW) == set(full)
    assert find("hxyz", NEW) == {full[7]}
    corrected = log.resubmit(log.get(full[7]).lead.version, answers={"name": "Ida"}, payload={"name": "Ida"})
    assert log.get(corrected.id).current.payload == {"name": "Ida"}
    log.resume(key)
    claim = log.claim([key], lease_s=45, pace_s=0, width=10)
    assert claim.payload["surname"].startswith("Nováková")
    assert log.close(claim, ACCEPTED)
    log.erase(full[8])
    assert find("ixyz", NEW) == set()
    keep(log, surname="Dvořák")
    digest(NEW)
    assert len(find("dvorak", NEW)) == 1


def test_old_key_opens_and_finds_nothing_any_more(full, database, reseal, find):
    reseal(NEW, OLD)

    assert {text[:12] for text in stored(database)} == {f"v1.{Vault([NEW]).key_id}."}
    with database.read() as connection:
        terms = set(connection.execute(select(term.c.term)).scalars())
    assert not terms & {Vault([OLD]).blind(word)[0] for word in ("novakova", "jana", "777123456")}
    assert Vault([NEW]).blind("jana")[0] in terms


def test_it_is_done_once(full, reseal, database):
    reseal(NEW, OLD)
    before = sorted(stored(database))

    assert reseal(NEW, OLD)[0] == 0
    assert sorted(stored(database)) == before


def test_what_was_stored_before_there_was_a_key_is_sealed_too(log_with, keep, digest, database, reseal, find):
    kept, erased = keep(log_with()), keep(log_with(), surname="Erased")
    digest()
    log_with().erase(erased)
    before = everything(log_with())

    reseal(NEW)

    plain = [text for text in stored(database) if not text.startswith("v1.")]
    assert not any("Nov" in text or "192.0.2.7" in text for text in plain)
    assert everything(log_with(NEW)) == before
    assert log_with(NEW).get(erased).lead.status == Status.ERASED
    assert find("novakova", NEW) == {kept}
    with database.read() as connection:
        terms = set(connection.execute(select(term.c.term)).scalars())
    assert Vault().blind("novakova")[0] not in terms


def test_what_is_left_of_an_erased_lead_stays_plain(log_with, keep, reseal, database):
    erased = keep(log_with(OLD))
    log_with(OLD).erase(erased)

    reseal(NEW, OLD)

    with database.read() as connection:
        answers, context = (
            connection.execute(select(revision.c.answers)).scalar_one(),
            connection.execute(select(lead.c.context)).scalar_one(),
        )
    assert answers == "{}"
    assert not context.startswith("v1.")


@pytest.mark.parametrize("done", [1, 20])
def test_what_is_ended_half_way_is_readable_and_goes_on(full, log_with, database, reseal, find, done):
    before, texts = everything(log_with(OLD)), len(stored(database))
    work = SqlResealing(database, Vault([NEW, OLD]))
    list(islice(work.texts(), done))

    assert everything(log_with(NEW, OLD)) == before
    assert 0 < work.survey().stale < texts
    reseal(NEW, OLD)
    assert everything(log_with(NEW)) == before
    assert find("novakova", NEW) == set(full)


def test_it_refuses_if_the_key_of_any_text_is_missing(full, log_with, reseal, database):
    log_with(OTHER, OLD).resubmit(
        log_with(OLD).get(full[5]).lead.version, answers={"name": "Eva"}, payload={"name": "Eva"}
    )
    before = sorted(stored(database))

    with pytest.raises(DataKeyError, match=f"{Vault([OTHER]).key_id}.* 3, one of them of lead {full[5]}"):
        reseal(NEW, OLD)

    assert sorted(stored(database)) == before


def test_it_refuses_without_a_key(log_with, keep, reseal):
    keep(log_with())

    with pytest.raises(SettingsError, match="REALPAD_FORM_DATA_KEY"):
        reseal()


def test_evidence_of_a_lead_whose_key_was_lost_keeps_nothing_back(log_with, keep, reseal, digest):
    lost = keep(log_with(OTHER))
    log_with(OLD).erase(lost)
    kept = keep(log_with(OLD))
    digest(OLD)

    _, after = reseal(NEW, OLD)

    assert (after.stale, after.lost) == (0, 1)
    assert log_with(NEW).get(kept).current.answers["name"] == "Jana"


def test_lane_whose_reason_nobody_can_read_keeps_nothing_back(log_with, keep, reseal, key):
    log_with(OTHER).open_lanes([key])
    log_with(OTHER).end_listing(key, pace_s=0, instead=BANNED)
    keep(log_with(OLD))

    assert reseal(NEW, OLD)[1].lost == 1


def test_damaged_text_is_told_and_the_others_are_sealed(full, database, log_with):
    with database.write() as connection:
        broken = connection.execute(select(lead.c.context).where(lead.c.id == full[3])).scalar_one()
        broken = broken[:-8] + ("AAAAAAAA" if not broken.endswith("AAAAAAAA") else "BBBBBBBB")
        connection.execute(update(lead).where(lead.c.id == full[3]).values(context=broken))
    work = SqlResealing(database, Vault([NEW, OLD]))

    list(work.texts())
    list(work.terms())

    assert work.survey().stale == 1
    assert "changed or moved" in work.broken[f"lead/{full[3]}/context"]
    assert stored(database).count(broken) == 1
    assert log_with(NEW).get(full[4]).current.answers["surname"] == "Nováková-exyz"


@pytest.fixture
def between(database_url, monkeypatch):
    """A database in which something happens after stale rows were looked for and before they are written."""
    with closing_database(database_url) as other:
        acts, write = [], other.write

        @contextmanager
        def interrupted():
            while acts:
                acts.pop()()
            with write() as connection:
                yield connection

        monkeypatch.setattr(other, "write", interrupted)
        yield other, acts


def test_lead_that_changes_between_read_and_write_keeps_the_change(full, log_with, between, key):
    database, acts = between
    log = log_with(OLD)

    def change():
        log.resume(key)
        log.close(log.claim([key], lease_s=45, pace_s=0, width=10), REFUSED)
        log.erase(full[9])
        log.resubmit(log.get(full[6]).lead.version, answers={"name": "Ida"}, payload={"name": "Ida"})
        changed.extend(everything(log))

    changed = []
    acts.append(change)
    work = SqlResealing(database, Vault([NEW, OLD]))
    list(work.texts())

    assert everything(log_with(NEW)) == tuple(changed)
    assert work.survey().stale == 0


def test_terms_of_a_lead_that_changes_between_read_and_write_are_those_of_the_change(
    full, log_with, between, digest, find
):
    database, acts = between
    work = SqlResealing(database, Vault([NEW, OLD]))
    list(work.texts())

    def change():
        log = log_with(NEW, OLD)
        log.erase(full[9])
        answers = {"name": "Ida", "surname": "Nerudová"}
        log.resubmit(log.get(full[6]).lead.version, answers=answers, payload=answers)
        digest(NEW, OLD)

    acts.append(change)
    list(work.terms())

    assert find("nerudova", NEW) == {full[6]}
    assert find("novakova", NEW) == set(full) - {full[9]}


def test_text_that_does_not_come_back_leaves_everything_as_it_was(full, database, monkeypatch, log_with):
    before = sorted(stored(database))
    vault = Vault([NEW, OLD])
    monkeypatch.setattr(vault, "seal", lambda text, *about: Vault([NEW]).seal('"else"', *about))

    with pytest.raises(StorageUnavailableError, match="did not come back as it was"):
        list(SqlResealing(database, vault).texts())

    assert sorted(stored(database)) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_row_that_somebody_else_holds_for_long_is_left_for_later(full, database, monkeypatch):
    monkeypatch.setattr(resealing, "PAUSES", (0.01, 0.0))
    work = SqlResealing(database, Vault([NEW, OLD]))
    with database.write() as connection:
        connection.execute(select(lead.c.id).where(lead.c.id == full[2]).with_for_update())
        list(work.texts())
        assert work.survey().stale == 2

    list(work.texts())

    assert work.survey().stale == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", [lead, attempt, consent])
def test_row_that_somebody_else_holds_for_a_moment_is_waited_for(full, database, table, digest):
    digest(OLD)
    work = SqlResealing(database, Vault([NEW, OLD]))
    is_held = threading.Event()

    def hold():
        with database.write() as connection:
            assert connection.execute(select(table).with_for_update()).all()
            is_held.set()
            time.sleep(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_held.wait(timeout=10)
    list(work.texts())
    list(work.terms())
    thread.join()

    assert work.survey().stale == 0


def relay(log, key):
    if claim := log.claim([key], lease_s=45, pace_s=0, width=10):
        assert log.close(claim, REFUSED)


def correct(log, key):
    for rejected in islice(log.leads(LeadFilter(status=Status.REJECTED)), 3):
        answers = {"name": f"Ida{rejected.revision}", "surname": "Nerudová"}
        log.resubmit(rejected.version, answers=answers, payload=answers)
    log.resume(key)  # five refusals stop it


def make_findable(log, _key):
    Indexer(SqlIndexQueue(log.database, log.vault, clock=log.clock)).run_once()


@pytest.fixture
def beside(database_url, clock, key):
    """Do something again and again in a process of its own, as it were; raises what went wrong there."""
    is_over, errors, threads = threading.Event(), [], []
    began = threading.Semaphore(0)

    def work(act):
        with closing_database(database_url) as database:
            log = replace(make_sql_log(database, clock), vault=Vault([NEW, OLD]))
            try:
                while not is_over.is_set():
                    act(log, key)
                    began.release()
            except Exception as error:  # noqa: BLE001 - told by the test
                errors.append(error)

    @contextmanager
    def run(*acts):
        threads.extend(threading.Thread(target=work, args=(act,)) for act in acts)
        for thread in threads:
            thread.start()
        try:
            assert began.acquire(timeout=30)
            yield
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert errors == []

    return run


def test_nothing_is_lost_beside_a_relay_and_an_operator(full, database, log_with, key, beside, find, digest):
    log_with(OLD).resume(key)
    work = SqlResealing(database, Vault([NEW, OLD]))
    with beside(relay, correct, make_findable):
        list(work.texts())
        list(work.terms())

    assert work.survey().stale == 0
    digest(NEW)
    assert find("novakova", NEW) == set(full)
    records = list(log_with(NEW).records(LeadFilter()))
    assert [record.lead.id for record in records] == full
    assert sum(record.lead.attempts for record in records) > 3
    for record in records:
        first, *corrected = record.revisions
        assert first.answers["name"] == "Jana"
        assert all(each.payload == each.answers for each in corrected)
        assert {each.answers["name"] for each in corrected} <= {"Eva", *(f"Ida{n}" for n in range(1, 1000))}


def test_consent_that_outlived_its_lead_is_sealed_too(log_with, keep, reseal, database):
    keep(log_with(OLD))
    with database.write() as connection:
        for table in (attempt, revision, lead):
            connection.execute(delete(table))

    done, after = reseal(NEW, OLD)

    assert (done, after.stale) == (1, 0)
    with database.read() as connection:
        assert connection.execute(select(consent.c.context)).scalar_one()[:12] == f"v1.{Vault([NEW]).key_id}."
        assert not connection.execute(select(lane)).all()
