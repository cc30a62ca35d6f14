"""A database restored from a backup: what was being sent then is asked about, never sent blindly."""

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import FakeCrm, new_lead
from opened import closing_database, make_sql_log

from realpad_form.adapters.sidecar_files import CallFile
from realpad_form.adapters.sql import SqlRestores, sqlite, upgrade
from realpad_form.adapters.vault import Vault
from realpad_form.domain.listing import ListEntry
from realpad_form.ports import Credential, LeadFilter
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy

APART_S = 600
PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}


@pytest.fixture(params=["wal", "delete"])
def journal(request, monkeypatch):
    """The journal that databases get."""
    monkeypatch.setattr(sqlite, "is_fixed", lambda _version: request.param == "wal")
    return request.param


@pytest.fixture
def restored(journal, tmp_path, submission, key, clock):
    """A backup made while a lead was being sent, copied over the database that went on and was lost."""
    path, copy = tmp_path / "leads.db", tmp_path / "copy.db"
    with closing_database(f"sqlite:///{path}") as database:
        upgrade(database)
        log = make_sql_log(database, clock)
        log.append(new_lead(submission(), payload=PAYLOAD))
        log.open_lanes([key])
        log.claim([key], lease_s=45, pace_s=0, width=1)
        database.backup(copy)
    for lost in Path(tmp_path).glob("leads.db*"):
        lost.unlink()
    copy.rename(path)
    with closing_database(f"sqlite:///{path}") as database:
        restores = SqlRestores(
            database, Vault(["k" * 32]), CallFile(tmp_path / "calls.json"), keys=lambda: [key], clock=clock
        )
        restores.notice()
        yield make_sql_log(database, clock)


@pytest.fixture
def relay(restored, key):
    """A relay that asks Realpad about unknown leads, on the restored database."""
    pairs = {key: Credential(name="riverside", login="l", password="p")}
    crm = FakeCrm()
    reconcile = Reconcile(Readings(restored, crm, pairs, pace_s=0), apart_s=APART_S)
    policy = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)
    return Relay(restored, crm, pairs, policy, reconcile)


def status(log):
    [lead] = log.leads(LeadFilter())
    return lead.status


def test_restored_database_keeps_its_journal_and_is_sound(restored, journal):
    with restored.database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == journal
    assert restored.database.check() == []


def test_lead_restored_as_sending_is_not_sent_before_or_after_its_lease(restored, relay, clock):
    seen = []
    for wait_s in (1, 40, 10, APART_S / 2):
        clock.advance(seconds=wait_s)
        relay.drain()
        seen.append(status(restored))

    assert seen == ["sending", "sending", "unknown", "unknown"]
    assert relay.crm.sent == []


def test_lead_restored_as_sending_that_had_arrived_is_found(restored, relay, clock):
    arrived = ListEntry(
        inquiry_id=1, customer_id=4711, customer_name="Jana Nováková", at=clock() + timedelta(seconds=2)
    )
    relay.crm.listed = [arrived]
    clock.advance(hours=5)

    relay.drain()
    clock.advance(minutes=1)
    relay.drain()

    assert status(restored) == "delivered"
    assert relay.crm.sent == []


def test_lead_restored_as_sending_is_sent_once_it_is_proved_absent(restored, relay, clock):
    clock.advance(hours=5)
    for _ in range(7):
        relay.drain()
        clock.advance(seconds=APART_S)

    assert status(restored) == "delivered"
    assert len(relay.crm.sent) == 1


def test_lead_restored_after_more_than_the_list_shows_is_left_to_a_person(restored, relay, clock):
    clock.advance(days=30)
    for _ in range(4):
        relay.drain()
        clock.advance(seconds=APART_S)

    assert status(restored) == "unknown"
    assert relay.crm.sent == []
