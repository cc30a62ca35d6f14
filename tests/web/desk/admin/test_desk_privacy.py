"""What people ask for about their data, at the desk."""

import json
import re

import pytest

from realpad_form.domain.people import COMMAND, AuditAction
from realpad_form.web.desk.admin import privacy

JANA = {"name": "Jana", "surname": "Nováková", "email": "jana@example.com", "phone": "+420777123456"}


@pytest.fixture
def admin(desk):
    return desk("admin")


@pytest.fixture
def ask(admin):
    """Go through the pages as a person does."""

    def send(kind, subject="jana@example.com"):
        found = admin.post("/people/requests/find", {"kind": kind, "subject": subject})
        assert found.status_code == 200, found.text
        fields = dict(re.findall(r'name="(kind|subject)" value="([^"]*)"', found.text))
        return admin.post("/people/requests", fields)

    return send


def test_a_person_is_erased_and_realpad_is_left_to_do(admin, ask, leads, services):
    mine, other = leads.delivered(**JANA), leads.delivered(name="Petr", email="petr@example.com", phone=None)

    done = ask("erase", "Jana@Example.com")
    page = admin.text(done.location)

    assert (services.log.lead(mine).status, services.log.lead(other).status) == ("erased", "delivered")
    assert "leads erased: 1" in page
    assert "ask its support to erase customer" in page
    assert "jana" not in page.casefold()

    admin.post(f"{done.location}/close")
    assert "All that is left is done" not in admin.text(done.location)
    assert '<span class="tag good">done</span>' in admin.text("/people/requests")


def test_finding_a_person_changes_nothing_and_names_their_leads(admin, leads, services):
    lead_id = leads.add(**JANA)

    page = admin.post("/people/requests/find", {"kind": "erase", "subject": "777 123 456"}).text

    [address] = re.findall(r'href="(/inbox/leads/[^"]+)"', page)
    assert admin.get(address).status_code == 200
    assert str(lead_id) in address
    assert "Leads of +420777123456: 1" in page
    assert services.log.lead(lead_id).status == "queued"
    assert services.privacy_log.all() == []


def test_a_copy_is_a_file_with_everything(ask, leads, services):
    lead_id = leads.delivered(**JANA)

    answer = ask("export")

    [request] = services.privacy_log.all()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="copy-{request.id}.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    copy = json.loads(answer.text)
    assert [each["id"] for each in copy["leads"]] == [str(lead_id)]
    assert copy["leads"][0]["fields"]["surname"] == "Nováková"
    assert {each["place"] for each in copy["receipts"]} >= {"log", "realpad"}
    assert services.audit.entries(actions=[AuditAction.EXPORTED])


def test_consents_are_withdrawn_before_a_lead_is_sent(admin, ask, leads, services):
    lead_id = leads.add(**JANA)

    done = ask("withdraw")

    assert "leads without consent 39268430 now: 1" in admin.text(done.location)
    assert services.lead_actions.revoked(services.log.get(lead_id)) == {39268430}


def test_who_asks_for_nothing_that_can_be_read_is_told(admin, leads):
    answer = admin.post("/people/requests/find", {"kind": "erase", "subject": "Jana Nováková"})

    assert answer.status_code == 422
    assert "Write an e-mail or a phone number." in answer.text
    assert 'value="Jana Nováková"' in answer.text


def test_nobody_else_s_leads_are_found(admin, leads):
    leads.add(**JANA)

    page = admin.post("/people/requests/find", {"kind": "erase", "subject": "na@example.com"}).text

    assert "No lead is of na@example.com." in page


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/people/requests/find", {"kind": "sell", "subject": "jana@example.com"}),
        ("/people/requests", {"subject": "jana@example.com"}),
    ],
)
def test_what_no_page_sends_is_refused(admin, path, data):
    assert admin.post(path, data).status_code == 400


def test_more_leads_than_a_page_may_open_are_for_a_command(admin, leads, monkeypatch):
    leads.add(**JANA)
    monkeypatch.setattr(privacy, "MOST_LEADS", 0)

    for path in ("/people/requests/find", "/people/requests"):
        answer = admin.post(path, {"kind": "erase", "subject": "jana@example.com"})
        assert answer.status_code == 422
        assert "Run realpad-form privacy on the server." in answer.text


def test_two_at_once_do_not_both_open_all_leads(admin, leads, services):
    leads.add(**JANA)
    with services.privacy_slots.take():
        answer = admin.post("/people/requests/find", {"kind": "erase", "subject": "jana@example.com"})

    assert answer.status_code == 422
    assert "Somebody else is looking for a person just now." in answer.text


@pytest.mark.parametrize("limits", [{"projects": ["riverside"]}, {"is_masked": True}])
def test_limited_and_masked_admins_see_nothing_of_it(desk, limits):
    somebody = desk("admin", **limits)

    assert somebody.get("/people/requests").status_code == 404
    assert somebody.post("/people/requests", {"kind": "erase", "subject": "a@b.cz"}).status_code == 404
    assert "/people/requests" not in somebody.text("/people/")


def test_requests_of_a_command_are_listed_too(admin, services):
    services.privacy.erase("jana@example.com", [], by=COMMAND)

    page = admin.text("/people/requests")

    assert "a command" in page
    assert "Erasure" in page


@pytest.mark.parametrize(
    ("language", "words"), [("cs", "vymazané poptávky: 1"), ("sk", "vymazané dopyty: 1")]
)
def test_receipts_are_told_in_the_language_of_the_reader(admin, ask, leads, language, words):
    leads.add(**JANA)

    done = ask("erase")

    assert words in admin.text(done.location, headers={"Accept-Language": language})


def test_a_request_that_is_not_there_is_a_404(admin):
    missing = "/people/requests/7f6b5f0e-5d0c-4d3f-8f49-1a6f3a3a9a3e"

    assert admin.get(missing).status_code == 404
    assert admin.post(f"{missing}/close").status_code == 404
