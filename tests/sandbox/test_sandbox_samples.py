"""The CRM that the command serves, on a real socket: the samples, and accounts that may not do everything."""

import pytest
import requests

from realpad_form.sandbox.app import sandbox_app

LEAD = {"name": "Žofie", "surname": "Šťastná", "email": "zofie@example.com", "project": "39264441"}


@pytest.fixture
def app():
    return sandbox_app()


@pytest.fixture
def ask(server):
    """Calls an endpoint with the login pair of an account."""

    def ask(login, endpoint, **parameters):
        form = {"login": login, "password": login, **parameters}
        return requests.post(f"{server.url}ws/v10/{endpoint}", data=form, timeout=10)

    return ask


@pytest.mark.parametrize("login", ["riverside", "jantar", "leads-only", "reader"])
def test_who_may_send_leads_sees_only_own_ones(ask, login):
    ask("jantar" if login == "riverside" else "riverside", "create-lead", **LEAD)

    answer = ask(login, "create-lead", **LEAD)
    listed = ask(login, "list-leads")

    assert (answer.status_code, listed.status_code) == (200, 200)
    assert [(lead["customer_id"], lead["customer_name"]) for lead in listed.json()] == [
        (int(answer.text), "Žofie Šťastná")
    ]


def test_what_init_writes_can_be_tried_out_here(ask):
    viewing = {"customer_viewing_date": "2026-12-24", "customer_viewing_time": "2"}
    marketing = {"updateconsents": "39268430,39268431"}

    answers = [ask("riverside", "create-lead", **LEAD, **more) for more in (viewing, marketing)]

    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]


@pytest.mark.parametrize("endpoint", ["create-lead", "list-leads"])
@pytest.mark.parametrize(
    ("login", "status"), [("unconsented", 403), ("invited", 401), ("riverside-pricelist", 401)]
)
def test_who_may_not_is_refused_without_a_ban(ask, login, status, endpoint):
    refusals = [ask(login, endpoint) for _ in range(6)]

    assert {refusal.status_code for refusal in refusals} == {status}
    assert ask("riverside", "list-leads").json() == []


@pytest.mark.parametrize(
    ("login", "endpoint", "status"),
    [
        ("leads-only", "list-consent-types", 401),
        ("leads-only", "revoke-customer-consent", 401),
        ("reader", "list-consent-types", 200),
        ("reader", "revoke-customer-consent", 401),
    ],
)
def test_some_endpoints_need_a_permission(ask, login, endpoint, status):
    assert ask(login, endpoint).status_code == status
