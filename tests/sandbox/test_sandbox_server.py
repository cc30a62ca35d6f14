"""The sandbox on a real socket, under the gateway that it was made for."""

import time

import pytest

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.domain.delivery import Outcome
from realpad_form.domain.errors import CrmError
from realpad_form.ports import Credential

LEAD = {"name": "Žofie", "surname": "Šťastná", "phone": "+420777123456", "preferencerooms": "1+kk|2+kk"}
CREDENTIAL = Credential(name="riverside", login="riverside", password="riverside")


@pytest.fixture
def gateway(server):
    return RealpadGateway(f"{server.url}ws/v10/", 0.5)


def test_lead_arrives_as_it_was_sent(gateway, state, journal):
    answer = gateway.create_lead(CREDENTIAL, LEAD)

    assert answer.outcome is Outcome.ACCEPTED
    assert answer.customer_id == state()["inquiries"][0]["customer_id"]
    assert state()["inquiries"][0]["parameters"] == LEAD
    assert journal()[0]["warnings"] == []


def test_consents_go_through_the_gateway(gateway, state):
    gateway.create_lead(CREDENTIAL, {**LEAD, "email": "zofie@example.com", "updateconsents": "1"})

    types = gateway.list_consent_types(CREDENTIAL)
    gateway.revoke_consent(CREDENTIAL, 1, email="zofie@example.com", notes="odhlášena")

    assert types == [(1, "Marketing consent"), (2, "Data processing consent")]
    assert state()["customers"][-1]["consents"][0]["notes"] == "odhlášena"
    with pytest.raises(CrmError, match="400"):
        gateway.revoke_consent(CREDENTIAL, 9, email="zofie@example.com")


@pytest.mark.parametrize(("drop", "stored"), [("before", 0), ("after", 1)])
def test_dropped_connection_leaves_the_lead_unknown(gateway, fault, state, journal, drop, stored):
    fault(drop=drop)

    answer = gateway.create_lead(CREDENTIAL, LEAD)

    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)
    assert len(state()["inquiries"]) == stored
    assert (journal()[0]["status"], journal()[0]["note"]) == (None, f"dropped {drop} storing")


def test_call_that_hangs_arrives_though_nobody_waits_any_more(gateway, fault, state):
    fault(delay_s=0.8)

    answer = gateway.create_lead(CREDENTIAL, LEAD)
    before = len(state()["inquiries"])
    time.sleep(0.6)

    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)
    assert (before, len(state()["inquiries"])) == (0, 1)


def test_call_that_hangs_does_not_hold_up_others(gateway, fault):
    fault(delay_s=2, login="jantar")
    other = Credential(name="jantar", login="jantar", password="jantar")
    gateway.create_lead(other, LEAD)

    assert gateway.create_lead(CREDENTIAL, LEAD).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("terms", "outcome"),
    [
        ({"status": 400, "body": "Parameter missing: surname"}, Outcome.REFUSED),
        ({"status": 401}, Outcome.ACCOUNT_REFUSED),
        ({"status": 429, "retry_after": "30"}, Outcome.UNAVAILABLE),
        ({"status": 503}, Outcome.UNAVAILABLE),
        ({"status": 504}, Outcome.UNKNOWN),
        ({"body": "<html>", "content_type": "text/html"}, Outcome.UNKNOWN),
        ({"body": ""}, Outcome.UNKNOWN),
    ],
)
def test_faults_mean_what_the_gateway_takes_them_for(gateway, fault, terms, outcome):
    fault(**terms)

    assert gateway.create_lead(CREDENTIAL, LEAD).outcome is outcome
