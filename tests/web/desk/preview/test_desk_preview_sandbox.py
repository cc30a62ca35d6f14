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


@pytest.fixture
def draft(folder):
    """A draft with another name, another question and another destination in Realpad."""
    text = (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")
    text = text.replace("Riverside Residences", "Riverside Gardens").replace("39264441", "7")
    return text.replace("  - field: phone", "  - field: phone\n  - field: price_max")


def send_test(person, draft):
    return person.post("/preview/riverside/test", {"draft-text": draft, "confirmed": "true"})


def test_test_lead_of_a_draft_is_a_lead_of_another_version(desk, services, draft):
    live = services.catalog.get("riverside")

    answer = send_test(desk("admin"), draft)

    [record] = services.log.records(LeadFilter())
    sent, context = record.current.payload, record.context
    assert answer.status_code == 200
    assert "on its way to the sandbox" in answer.get_data(as_text=True)
    assert (sent["preferencepricemax"], sent["project"], sent["tags"]) == ("5000000", "7", "test")
    assert context.form_version not in ("", live.form_version)
    assert services.catalog.get("riverside") == live


def test_test_lead_of_a_draft_goes_where_its_writer_may_publish_to(marketer, services, draft):
    send_test(marketer, draft)

    [record] = services.log.records(LeadFilter())
    sent = record.current.payload
    assert (sent["preferencepricemax"], sent["project"]) == ("5000000", "39264441")


def test_showing_a_draft_sends_no_test_lead_and_asks_realpad_nothing(marketer, services, draft, sandbox):
    for tab in ("test", "check"):
        marketer.post(f"/preview/riverside/{tab}", {"draft-text": draft, "draft-only": "yes"})

    assert list(services.log.records(LeadFilter())) == []
    assert calls(sandbox) == 0


def test_test_lead_of_a_draft_needs_a_confirmation(marketer, services, draft):
    answer = marketer.post("/preview/riverside/test", {"draft-text": draft})

    assert "Nothing was sent" in answer.get_data(as_text=True)
    assert list(services.log.records(LeadFilter())) == []


def test_consents_of_a_draft_are_compared_with_realpad(marketer, sandbox, draft):
    pressed = marketer.post("/preview/riverside/check", {"draft-text": draft})

    assert "cannot list Realpad" in pressed.get_data(as_text=True)
    assert calls(sandbox) == 1
