"""Leads that were there before leads had accounts, and leads of another account after a restore."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fakes import new_lead
from older import OlderVersion, migrate
from opened import closing_database
from sqlalchemy import insert, update

from realpad_form.adapters.sidecar_files import CallFile
from realpad_form.adapters.sql import SqlLeadLog, SqlRestores, upgrade
from realpad_form.adapters.vault import Vault
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.restored import Sign

BEFORE = "0006"
UNFINISHED = ["quarantined", "queued", "sending", "unknown", "rejected"]


@pytest.fixture
def older(blank_url):
    """The version before, at work on a database of its own schema."""
    with closing_database(blank_url) as database:
        migrate(database, BEFORE)
        yield OlderVersion(database)


@pytest.fixture
def upgraded(older, blank_url):
    """Upgrade the database, and return this version's log."""
    with closing_database(blank_url) as database:

        def run():
            upgrade(database)
            return SqlLeadLog(database, Vault(), timedelta(hours=120))

        yield run


@pytest.fixture
def lane(older):
    """Make a lane as the version before would, and return its key."""

    def make(credential, account, *, fingerprint="f"):
        key = LaneKey(
            credential=credential, fingerprint=fingerprint, host="https://crm.example", account=account
        )
        older.open_lane(key)
        table = older.tables["lane"]
        of = (table.c.credential == credential) & (table.c.fingerprint == fingerprint)
        with older._database.write() as connection:
            connection.execute(update(table).where(of).values(account=account))
        return key

    return make


@pytest.fixture
def store(older):
    """Store a lead of a status as the version before would, called through a lane or not; return its id."""

    def keep(status="queued", *, through=None, credential="riverside"):
        lead_id, lead, now = older.append(credential), older.tables["lead"], datetime.now(UTC)
        values = {"status": status, "attempts": int(through is not None)}
        if status == "sending":
            values |= {"claim_token": uuid4(), "lease_until": now}
        with older._database.write() as connection:
            connection.execute(update(lead).where(lead.c.id == lead_id).values(values))
            if through is not None:
                call = {
                    "lead_id": lead_id, "number": 1, "revision": 1, "fingerprint": through.fingerprint,
                    "started_at": now, "answer": '""',
                }  # fmt: skip
                connection.execute(insert(older.tables["attempt"]), call)
        return lead_id

    return keep


@pytest.mark.parametrize("status", [*UNFINISHED, "delivered"])
def test_lead_gets_the_only_account_that_its_credentials_ever_had(upgraded, lane, store, status):
    key = lane("riverside", "a1")
    lane("riverside", "a1", fingerprint="of another password")
    lane("jantar", "a2")
    lead_id = store(status, through=key if status == "sending" else None)

    assert upgraded().get(lead_id).lead.account == "a1"


@pytest.mark.parametrize("accounts", [["a1", "a2"], [], [""]])
def test_lead_whose_account_cannot_be_told_has_none(upgraded, lane, store, accounts):
    for number, account in enumerate(accounts):
        lane("riverside", account, fingerprint=f"f{number}")
    lead_id = store()

    assert upgraded().get(lead_id).lead.account == ""


@pytest.mark.parametrize("status", ["sending", "unknown"])
def test_lead_that_may_have_arrived_belongs_to_the_account_that_was_called(upgraded, lane, store, status):
    first = lane("riverside", "a1", fingerprint="f1")
    lane("riverside", "a2", fingerprint="f2")
    lead_id = store(status, through=first)

    assert upgraded().get(lead_id).lead.account == "a1"


def test_older_version_goes_on_taking_leads_that_this_one_sends_to_its_account(older, upgraded, lane, store):
    key = lane("riverside", "a1")
    log = upgraded()
    lead_id = older.append()

    claimed = log.claim([key], lease_s=45, pace_s=0, width=1)

    assert claimed.lead_id == lead_id
    assert log.get(lead_id).lead.account == "a1"


def test_leads_of_a_restored_copy_are_in_doubt_with_the_account_they_were_accepted_for(
    sql_log, submission, clock, tmp_path
):
    now = LaneKey(credential="riverside", fingerprint="f2", host="https://crm.example", account="a2")
    before = replace(now, fingerprint="f1", account="a1")
    another = replace(now, fingerprint="f3", account="a3")
    new = replace(now, fingerprint="f4", account="never called")
    sql_log.open_lanes([before, now])
    stored = [
        sql_log.append(new_lead(submission(), account=account, payload={})).lead_id
        for account in ("a1", "a2", "never called")
    ]
    calls = CallFile(tmp_path / "calls.json")

    SqlRestores(sql_log.database, sql_log.vault, calls, keys=lambda: [now], clock=clock).doubt(Sign.PERSON)

    assert {sql_log.get(lead_id).lead.status for lead_id in stored} == {"unknown"}
    for key in (another, new):
        sql_log.open_lanes([key])
    called = [
        [record.lead.id for record in sql_log.called(key, status="unknown", since=clock())]
        for key in (before, now, another, new)
    ]
    assert called == [[stored[0]], [stored[1]], [], [stored[2]]]
