"""A consent that was revoked in Realpad is given by no later call, whoever or whatever lets it be made."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from fakes import ACCEPTED, BROKEN, LOST

from realpad_form.adapters.sql import SqlAuditLog, SqlLeadNotes
from realpad_form.domain.people import Actor
from realpad_form.domain.reconcile import ListMatch, Presence
from realpad_form.services.credentials import Credentials
from realpad_form.services.intake import Intake
from realpad_form.services.lead_actions import Customer, LeadActions, LeadProjects

BY = Actor(uuid4())
CONSENT = 39268430


@pytest.fixture
def lead_id(sql_log, project, submission, key):
    return Intake(sql_log, accounts={"riverside": key.account}).accept(project, submission()).lead_id


@pytest.fixture
def actions(sql_log, project, key, clock):
    return LeadActions(
        notes=SqlLeadNotes(sql_log.database, sql_log.vault, clock),
        log=sql_log,
        audit=SqlAuditLog(sql_log.database, clock),
        projects=LeadProjects(
            lambda: {"riverside": project}, SimpleNamespace(latest=lambda _: []), lambda _: None
        ),
        accounts={"riverside": key.account},
        crm=SimpleNamespace(revoke_consent=lambda *_, **__: None),
        credential=lambda _: "pair",
        empty_journal=sql_log.database.clear_journal,
    )


@pytest.fixture
def revoke(sql_log, actions, lead_id):
    def revoke(customer):
        assert actions.revoke(sql_log.get(lead_id), CONSENT, customer=customer, by=BY).problem is None

    return revoke


@pytest.fixture
def claim(sql_log, key):
    def claim():
        sql_log.open_lanes([key])
        sql_log.resume(key)
        return sql_log.claim([key], lease_s=45, pace_s=0, width=1)

    return claim


def given(claim):
    return [claim.payload.get(name) for name in ("consents", "updateconsents") if name in claim.payload]


def test_without_a_revocation_it_is_given(claim, lead_id):
    assert given(claim()) == [str(CONSENT)]


def test_a_queued_lead_does_not_give_it(claim, revoke):
    revoke(Customer(email="jana@example.com"))

    assert given(claim()) == []


def test_a_lead_that_is_composed_anew_by_resuming_does_not_give_it(
    sql_log, actions, claim, revoke, project, key, lead_id
):
    sql_log.close(claim(), ACCEPTED)
    record = sql_log.get(lead_id)
    revoke(Customer(number=record.lead.customer_id))
    record = sql_log.get(lead_id)
    actions.resubmit(actions.prepare(record), seen=record.lead.version, by=BY, may_repeat=True)

    Credentials(sql_log, {"riverside": key}, lambda: {"riverside": project}).resume("riverside")

    assert given(claim()) == []


def test_a_lead_that_is_sent_again_by_itself_does_not_give_it(sql_log, claim, revoke, lead_id, clock):
    sql_log.close(claim(), LOST)
    revoke(Customer(number=4711))
    absent = ListMatch(presence=Presence.ABSENT)
    sql_log.reconcile(sql_log.lead(lead_id), absent, asked_at=clock(), apart_s=600)
    clock.advance(seconds=601)
    sql_log.reconcile(sql_log.lead(lead_id), absent, asked_at=clock(), apart_s=600)

    assert given(claim()) == []


# What people are shown of the call


def shown(actions, sql_log, lead_id):
    body = actions.body_of(sql_log.get(lead_id))
    return [body[name] for name in ("consents", "updateconsents") if name in body]


def test_the_call_that_will_be_made_is_shown_without_it(actions, sql_log, lead_id, revoke):
    assert shown(actions, sql_log, lead_id) == [str(CONSENT)]

    revoke(Customer(number=4711))

    assert shown(actions, sql_log, lead_id) == []


def test_the_call_that_was_made_before_is_shown_with_it(actions, sql_log, lead_id, revoke, claim, clock):
    assert sql_log.close(claim(), ACCEPTED)
    clock.advance(seconds=1)

    revoke(Customer(number=4711))

    assert shown(actions, sql_log, lead_id) == [str(CONSENT)]


def test_the_call_that_was_made_after_is_shown_without_it(actions, sql_log, lead_id, revoke, claim, clock):
    revoke(Customer(number=4711))
    clock.advance(seconds=1)
    assert sql_log.close(claim(), ACCEPTED)

    assert shown(actions, sql_log, lead_id) == []


def test_a_try_after_it_is_shown_without_it(actions, sql_log, lead_id, revoke, claim, clock):
    assert sql_log.close(claim(), BROKEN)
    clock.advance(seconds=1)

    revoke(Customer(number=4711))

    assert sql_log.lead(lead_id).status == "queued"
    assert shown(actions, sql_log, lead_id) == []
