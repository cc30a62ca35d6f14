"""Old and new version on one database, as while machines are updated one by one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import new_lead
from older import OlderVersion, migrate, versions
from opened import closing_database
from sqlalchemy import column, table, update

from realpad_form.adapters.sql import SqlLeadLog, is_current, upgrade
from realpad_form.adapters.vault import Vault
from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.errors import SettingsError
from realpad_form.ports import LeadFilter

ACCEPTED = Answer(outcome=Outcome.ACCEPTED, status=201, text="1", customer_id=1)
LEADS = 30
APPLIED = table("alembic_version", column("version_num"))


@pytest.fixture(params=versions()[:-1])
def older(request, blank_url, key):
    """A version that was at work before the database was upgraded, on its own connections."""
    with closing_database(blank_url) as database:
        migrate(database, request.param)
        version = OlderVersion(database)
        version.open_lane(key)
        version.close(version.append("another"))
        yield version


@pytest.fixture
def newer(older, blank_url):
    """This version's lead log, after it has upgraded the database."""
    with closing_database(blank_url) as database:
        upgrade(database)
        yield SqlLeadLog(database, Vault(), timedelta(hours=120))


@pytest.fixture
def deliver(newer, key):
    """Send leads by this version until none is left; returns their ids."""

    def run():
        sent = []
        while claim := newer.claim([key], lease_s=45, pace_s=0, width=100):
            assert newer.close(claim, ACCEPTED)
            sent.append(claim.lead_id)
        return sent

    return run


def calls(newer):
    """Return how often each lead of the lane was called."""
    records = newer.records(LeadFilter(credential="riverside"))
    return [len(record.attempts) for record in records]


def test_leads_an_older_version_takes_are_sent_once_by_this_one(older, newer, deliver):
    taken = [older.append() for _ in range(3)]

    assert deliver() == taken

    assert [older.status(lead_id) for lead_id in taken] == ["delivered"] * 3
    assert calls(newer) == [1, 1, 1]


def test_leads_this_version_takes_are_sent_once_by_an_older_one(older, newer, deliver, submission, key):
    lead_id = newer.append(new_lead(submission(), payload={"name": "Jana"})).lead_id

    assert older.claim(key) == lead_id
    assert deliver() == []
    older.close(lead_id)

    record = newer.get(lead_id)
    assert (record.lead.status, record.lead.customer_id, len(record.attempts)) == ("delivered", 1, 1)
    assert older.claim(key) is None


def test_both_versions_at_once_send_each_lead_once(older, newer, deliver, submission, key):
    for number in range(LEADS):
        if number % 2:
            older.append()
        else:
            newer.append(new_lead(submission(), payload={"name": "Jana"}))

    def deliver_as_before():
        sent = []
        while lead_id := older.claim(key):
            older.close(lead_id)
            sent.append(lead_id)
        return sent

    with ThreadPoolExecutor(4) as relays:
        runs = [relays.submit(run) for run in (deliver, deliver_as_before) * 2]

    sent = Counter(lead_id for run in runs for lead_id in run.result())
    deliver()
    assert set(sent.values()) == {1}
    assert calls(newer) == [1] * LEADS


def test_call_of_an_older_relay_that_died_becomes_unknown(older, newer, deliver, key):
    lead_id = older.append()
    older.claim(key, lease_s=0)

    assert newer.sweep() == 1

    assert older.status(lead_id) == "unknown"
    assert deliver() == []


def test_lane_of_an_older_version_gets_its_account_and_stays_as_it_is(older, newer, key):
    newer.open_lanes([key])
    before = newer.lanes()

    newer.open_lanes([replace(key, account="riverside")])

    assert newer.lanes() == before
    assert [lane.key.account for lane in (*before, *newer.lanes())] == ["", "riverside"]


@pytest.fixture
def of_a_newer_version(database):
    """A database to which a version that comes after this one has added something."""

    def mark(version):
        with database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE lead ADD COLUMN later TEXT")
            connection.execute(update(APPLIED).values(version_num=version))

    yield mark
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE lead DROP COLUMN later")
        connection.execute(update(APPLIED).values(version_num=versions()[-1]))


def test_what_a_newer_version_added_does_not_keep_this_one_from_working(
    of_a_newer_version, sql_log, submission
):
    of_a_newer_version(f"{int(versions()[-1]) + 1:04}")

    upgrade(sql_log.database)

    assert is_current(sql_log.database)
    receipt = sql_log.append(new_lead(submission(), payload={}))
    assert sql_log.get(receipt.lead_id).lead.status == "queued"


def test_a_newer_era_is_refused(of_a_newer_version, sql_log):
    of_a_newer_version("1000")

    assert not is_current(sql_log.database)
    with pytest.raises(SettingsError, match="newer version"):
        upgrade(sql_log.database)
