"""The preview of an installation that talks to a sandbox instead of Realpad."""

import pytest

from realpad_form.domain.people import AuditAction
from realpad_form.ports import LeadFilter
from realpad_form.sandbox import start
from realpad_form.sandbox.app import create_app as create_sandbox


@pytest.fixture
def sandbox():
    """Run a CRM that knows neither our login nor our consents."""
    server = start(create_sandbox())
    yield server
    server.shutdown()


@pytest.fixture
def services(make_services, sandbox):
    return make_services(REALPAD_URL=f"{sandbox.url}ws/v10/")


@pytest.fixture
def marketer(desk):
    return desk("marketer")


def calls(sandbox):
    return sandbox.app.test_client().get("/sandbox/state").get_json()["calls"]


def test_realpad_is_asked_for_consents_only_when_told_to(marketer, sandbox):
    looked = marketer.text("/preview/riverside/check")
    asked_before = calls(sandbox)
    pressed = marketer.post("/preview/riverside/check").get_data(as_text=True)

    assert asked_before == 0
    assert "cannot list Realpad" not in looked
    assert "cannot list Realpad" in pressed
    assert calls(sandbox) == 1


def test_answer_of_realpad_stays_english_within_a_czech_sentence(marketer):
    page = marketer.post("/preview/riverside/check", headers={"Accept-Language": "cs"}).get_data(as_text=True)

    assert 'seznam souhlasů v Realpadu se nepodařilo získat: <span lang="en">Realpad answered 401' in page


def test_test_lead_is_marked_and_goes_the_normal_way(marketer, services):
    answer = marketer.post("/preview/riverside/test", {"confirmed": "true"})

    [record] = services.log.records(LeadFilter())
    sent = record.current.payload
    assert answer.status_code == 303
    assert (sent["campaign"], sent["tags"]) == ("test", "test")
    assert sent["note"].startswith("TEST LEAD")
    assert [e.detail for e in services.audit.entries() if e.action is AuditAction.TESTED] == [
        str(record.lead.id)
    ]


def test_test_lead_needs_a_confirmation(marketer, services):
    marketer.post("/preview/riverside/test")

    assert list(services.log.records(LeadFilter())) == []


def test_looking_at_the_test_lead_sends_nothing(marketer, services):
    page = marketer.text("/preview/riverside/test")

    assert "TEST LEAD" in page
    assert list(services.log.records(LeadFilter())) == []
