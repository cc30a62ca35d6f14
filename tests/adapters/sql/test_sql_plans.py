"""Queries that every relay makes all the time must not read the whole backlog."""

from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select, text, update

from realpad_form.adapters.sql import (
    reconcile,
    relay,
    search,
    transaction,
)
from realpad_form.adapters.sql.schema import attempt, lead, revision
from realpad_form.domain.delivery import Status
from realpad_form.domain.search import EPOCH, Cursor, InboxQuery

BACKLOG = 5_000
HALF = timedelta(seconds=BACKLOG / 2)


@pytest.fixture
def backlog(sql_log, key, clock):
    """A lane with a long queue and as many delivered leads."""
    sql_log.open_lanes([key])
    common = {
        "project": "riverside",
        "credential": "riverside",
        "language": "cs",
        "created_at": clock(),
        "revision": 1,
        "failures": 0,
        "reasons": "[]",
        "context": "{}",
        "attempts": 0,
    }
    leads = [
        {
            **common,
            "id": uuid4(),
            "status": status,
            "due_at": clock() - timedelta(seconds=number),
            "attempts": int(status == "delivered"),
        }
        for number in range(BACKLOG)
        for status in ("queued", "delivered")
    ]
    first = {"number": 1, "author": "visitor", "created_at": clock(), "answers": "{}", "payload": "{}"}
    with sql_log.database.write() as connection:
        connection.execute(lead.insert(), leads)
        connection.execute(revision.insert(), [{**first, "lead_id": each["id"]} for each in leads])
        connection.execute(attempt.insert(), [_ended(each, clock()) for each in leads if each["attempts"]])
    with sql_log.database.write() as connection:
        connection.execute(text("ANALYZE"))
    return sql_log.database


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (relay._CANDIDATES, "lead_account_idx"),
        (relay._OLDEST_DUE, "lead_account_idx"),
        (relay._SENDING, "lead_claim_idx"),
        (relay._EXPIRED, "lead_lease_idx"),
    ],
    ids=["candidates", "oldest_due", "sending", "expired"],
)
def test_relay_finds_its_work_by_index(backlog, key, clock, query, index):
    names = [(key.credential, key.fingerprint)]

    plan = explain(backlog, query, names=names, now=clock(), width=1, **asdict(key.route))

    assert index in plan
    assert "Seq Scan on lead " not in plan
    assert "SCAN lead" not in plan


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (reconcile._TO_READ, "lead_account_idx"),
        (reconcile._CALLED, "attempt_time_idx"),
        (reconcile._ALSO_CALLED, "attempt_time_idx"),
        (reconcile._IN_FLIGHT, "lead_claim_idx"),
    ],
    ids=["to_read", "called", "also_called", "in_flight"],
)
def test_reconciling_finds_its_leads_by_index(backlog, key, clock, query, index):
    plan = explain(
        backlog,
        query,
        names=[(key.credential, key.fingerprint)],
        now=clock(),
        before=clock(),
        due_before=clock(),
        status="unknown",
        since=clock() - timedelta(seconds=5),
        fingerprint=key.fingerprint,
        credential=key.credential,
    )

    assert index in plan
    assert "Seq Scan on lead " not in plan
    assert "SCAN lead" not in plan


@pytest.mark.parametrize(
    ("query", "index"),
    [
        # PostgreSQL 18 may skip through the other index as well: both end with due_at.
        (relay._COUNT_LATE, ["lead_account_idx", "lead_claim_idx"]),
        (relay._LATE_LEADS, ["lead_account_idx", "lead_claim_idx"]),
        (relay._COUNT_LEASED, ["lead_lease_idx"]),
        (relay._UNBOUND, ["lead_unbound_idx"]),
    ],
    ids=["count_late", "late", "leased", "unbound"],
)
def test_tending_finds_what_to_set_right_by_index(backlog, key, clock, query, index):
    with backlog.write() as connection:
        connection.execute(update(lead).values(account="another"))
        connection.execute(text("ANALYZE"))

    values = {"accounts": ["", "another"], "latest": clock() + timedelta(hours=8), "names": [key.credential]}
    plan = explain(backlog, query, **values)

    assert any(each in plan for each in index)
    assert "Seq Scan on lead " not in plan
    assert "SCAN lead" not in plan


@pytest.mark.parametrize("is_analyzed", [True, False], ids=["analyzed", "stale"])
@pytest.mark.parametrize("mine", [BACKLOG, 1])
@pytest.mark.parametrize("query", [relay._CANDIDATES, relay._OLDEST_DUE], ids=["candidates", "oldest_due"])
def test_backlog_of_another_account_is_not_read(backlog, key, clock, query, mine, is_analyzed):
    """Statistics may be of a time when the name had one account only."""
    with backlog.write() as connection:
        theirs = update(lead).values(account="another")
        connection.execute(theirs if mine == 1 else theirs.where(lead.c.due_at < clock() - HALF))
    if is_analyzed:
        with backlog.write() as connection:
            connection.execute(text("ANALYZE"))

    plan = explain(
        backlog,
        query,
        names=[(key.credential, key.fingerprint)],
        now=clock(),
        width=1,
        credential=key.credential,
        account="" if query is relay._CANDIDATES else "another",
    )

    assert "lead_account_idx" in plan
    by_name_only = ["lead_claim_idx on lead  (", "lead_claim_idx (credential=? AND status=? AND due_at"]
    assert query is relay._CANDIDATES or not any(words in plan for words in by_name_only)
    assert "Seq Scan on lead " not in plan
    assert "SCAN lead" not in plan


REJECTED = InboxQuery(statuses=[Status.REJECTED], projects=frozenset({"riverside"}))
REJECTED_PLACES = select(search.places(REJECTED, search.SearchPlan((), ()), after=None, size=50))
MINE = InboxQuery(assignee=uuid4(), statuses=[Status.REJECTED])
MINE_PLACES = select(search.places(MINE, search.SearchPlan((), ()), after=None, size=50))
TURNED = replace(REJECTED, is_oldest_first=True)
TURNED_PLACES = select(
    search.places(TURNED, search.SearchPlan((), ()), after=Cursor(EPOCH, UUID(int=0)), size=1)
)


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        (search._PENDING, {"at_most": 50}, "lead_digest_idx"),
        (REJECTED_PLACES, {}, "lead_open_idx"),
        (TURNED_PLACES, {}, "lead_open_idx"),
        (MINE_PLACES, {}, "lead_assignee_idx"),
    ],
    ids=["undigested", "rejected", "the one before", "mine"],
)
def test_lists_and_digests_find_their_leads_by_index(backlog, query, values, index):
    plan = explain(backlog, query, **values)

    assert index in plan
    assert "Seq Scan on lead " not in plan


@pytest.mark.parametrize(
    "query",
    [transaction._KEY_NAMES, transaction._OLDEST_OF_KEY, transaction._NEWEST_OF_KEY, transaction._IDS_OF_KEY],
)
def test_data_keys_are_found_by_index(backlog, query):
    plan = explain(backlog, query, name="v1.00000000.")

    assert "lead_data_key_idx" in plan
    assert "Seq Scan on lead" not in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def _ended(of, now):
    """Return a call of a lead, made at its due time."""
    return {
        "lead_id": of["id"], "number": 1, "revision": 1, "fingerprint": "another lane's",
        "started_at": of["due_at"], "ended_at": of["due_at"], "outcome": "accepted", "answer": "",
    }  # fmt: skip


def explain(database, query, **values):
    """Return how the engine would run a query."""
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.write() as connection:

        @event.listens_for(connection, "before_cursor_execute", retval=True)
        def _prefix(_connection, _cursor, statement, parameters, _context, _is_many):
            return prefix + statement, parameters

        return "\n".join(str(row[-1]) for row in connection.execute(query, values).cursor.fetchall())
