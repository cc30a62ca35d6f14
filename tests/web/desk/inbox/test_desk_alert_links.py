"""The links of alerts open the very thing, also for who has to sign in first."""

import re

import pytest

from realpad_form.domain.alert import Alert, Kind
from realpad_form.forms import AlertWriter

WORDS = AlertWriter("http://localhost")


@pytest.fixture
def place(services, leads):
    """Return where the link of an alert leads, on this site."""
    subjects = {
        Kind.MISSING: str(leads.delivered()),
        Kind.PROJECT: "projects/riverside.yaml",
        Kind.CONFLICT: "riverside, web-1",
        Kind.WEBHOOK: "riverside/crm-sync",
    }

    def of(kind):
        return WORDS.link(Alert(kind=kind, subject=subjects.get(kind, "riverside"), text="")).removeprefix(
            "http://localhost"
        )

    return of


@pytest.mark.parametrize("kind", Kind)
def test_every_link_of_an_alert_opens_a_page(desk, place, kind):
    assert desk("admin").get(place(kind), follow_redirects=True).status_code == 200


@pytest.mark.parametrize("kind", Kind)
def test_who_is_signed_out_is_led_there_after_the_sign_in(app, place, kind):
    answer = app.test_client().get(place(kind))

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=%2F")


@pytest.mark.parametrize(
    ("kind", "address"),
    [(Kind.LANE, "/inbox/lanes#lane-riverside"), (Kind.WEBHOOK, "/inbox/#webhook-riverside/crm-sync")],
)
def test_a_connection_and_a_webhook_are_shown_in_their_place(desk, place, kind, address):
    assert desk("operator").get(place(kind)).headers["Location"] == address


def test_a_connection_can_be_pointed_at(desk, leads):
    assert '<article id="lane-riverside"' in desk("operator").text("/inbox/lanes")


def test_leads_that_an_alert_counts_are_listed(desk, leads, place):
    rejected = leads.refused()
    leads.delivered()

    shown = desk("operator").text(place(Kind.REJECTED))

    assert re.findall(r'href="/inbox/leads/([0-9a-f-]+)', shown)[0] == str(rejected)
    assert len(set(re.findall(r'href="/inbox/leads/([0-9a-f-]{36})', shown))) == 1
