"""Leads of other systems at the desk: where they came from, and what has to be corrected first."""

import re
from time import monotonic, sleep
from uuid import UUID

import pytest
from lead_desk import at, hidden, says

from realpad_form.ports import LeadFilter
from realpad_form.services.bulk import BulkAction, BulkOrder, SkipReason
from realpad_form.web import create_app

KEY = "k" * 43
SOURCE = "sources: [{name: cf7-main, fields: {your-name: full_name, your-phone: phone}}]\n"
WRONG = {"your-name": "Jana Nováková", "your-phone": "777", "email": "jana@example.com", "rooms": "9+kk"}


@pytest.fixture
def services(make_services, folder):
    with (folder / "projects/riverside.yaml").open("a", encoding="utf-8") as file:
        file.write(SOURCE)
    return make_services(PUBLIC_URL="http://localhost", SOURCE_CF7_MAIN_KEY=KEY)


@pytest.fixture
def send(services):
    """Post a lead as the source does; return its id."""
    client = create_app(services).test_client()

    def post(fields=WRONG, key="1"):
        head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key}
        answer = client.post("/in/cf7-main?lenient=1", json=fields, headers=head)
        services.indexer.run_once()
        return UUID(answer.get_json()["id"])

    return post


@pytest.fixture
def operator(desk):
    return desk("operator")


def correct(person, leads, lead_id, **typed):
    return person.post(at(lead_id, "correct"), {**leads.seen(lead_id), **typed})


def test_the_page_says_where_a_lead_came_from_and_what_is_wrong(operator, send):
    page = says(operator.get(at(send())))

    assert "cf7-main" in page
    assert "the form would not have taken it as it is" in page
    assert "to correct: Phone, Flat size" in page


def test_the_list_names_what_is_to_be_corrected(operator, send):
    send()

    assert "to correct: Phone" in says(operator.get("/inbox/"))


def test_a_czech_operator_reads_it_in_czech(operator, send):
    page = says(operator.get(at(send()), headers={"Accept-Language": "cs"}))

    assert "opravit: Telefon, Dispozice" in page


def test_the_form_shows_what_was_typed_with_the_mistakes_beside(operator, send):
    page = operator.text(at(send(), "correct"))

    assert 'name="phone" value="777"' in page
    assert re.search(r'id="wrong-phone">[^<]*phone number', page)
    assert re.search(r'id="wrong-rooms">[^<]*choose[^<]*\(9\+kk\)', page)


def test_it_cannot_be_sent_uncorrected_or_half_corrected(operator, leads, send):
    lead_id = send()

    untouched = correct(operator, leads, lead_id)
    half = correct(operator, leads, lead_id, phone="777 123 456")

    assert [untouched.status_code, half.status_code] == [422, 422]
    assert 'id="wrong-phone"' in untouched.get_data(as_text=True)
    assert 'id="wrong-phone"' not in half.get_data(as_text=True)
    assert 'id="wrong-rooms"' in half.get_data(as_text=True)
    assert leads.status(lead_id) == "rejected"


def test_corrected_it_is_queued_with_everything_that_was_sent(operator, leads, send):
    lead_id = send({**WRONG, "extra": "balkon"})
    typed = {"phone": "777 123 456", "rooms": ["", "1+kk"]}
    page = correct(operator, leads, lead_id, **typed)
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}

    answer = operator.post(at(lead_id, "resubmit"), {**carried, **typed})

    record = leads.get(lead_id)
    assert (page.status_code, answer.status_code, record.lead.status) == (200, 303, "queued")
    assert record.current.answers == {
        "name": "Jana", "surname": "Nováková", "email": "jana@example.com",
        "phone": "+420777123456", "rooms": ["1+kk"], "note": "extra: balkon",
    }  # fmt: skip
    assert record.current.payload["phone"] == "+420777123456"
    assert record.lead.reasons == ()


def test_a_note_longer_than_visitors_may_write_keeps_nothing_back(operator, leads, send):
    lead_id = send({**WRONG, "extra": "x" * 9000})
    typed = {"phone": "777 123 456", "rooms": ["", "1+kk"]}
    assert "wrong-note" not in operator.text(at(lead_id, "correct"))

    page = correct(operator, leads, lead_id, **typed)
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}
    operator.post(at(lead_id, "resubmit"), {**carried, **typed})

    assert leads.status(lead_id) == "queued"
    assert leads.get(lead_id).current.answers["note"] == "extra: " + "x" * 9000


def test_a_remark_beside_a_corrected_phone_is_added_to_the_note_once(operator, leads, send):
    lead_id = send({**WRONG, "extra": "balkon"})
    typed = {"phone": "777 123 456 volat po 17h", "rooms": ["", "1+kk"]}
    page = correct(operator, leads, lead_id, **typed)
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}

    operator.post(at(lead_id, "resubmit"), {**carried, **typed})

    note = leads.get(lead_id).current.answers["note"]
    assert note == "extra: balkon\n\nphone: 777 123 456 volat po 17h"


def test_an_answer_that_the_form_takes_by_now_is_read_anew(operator, leads, send, folder, services):
    lead_id = send({"your-name": "Jana Nováková", "your-phone": "0650 1234567"})
    path = folder / "projects/riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "phone_regions: [AT]\n", encoding="utf-8")
    until = monotonic() + 20
    while services.catalog.get("riverside").phone_regions != ("AT",):
        assert monotonic() < until
        sleep(0.05)

    page = correct(operator, leads, lead_id)
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}
    answer = operator.post(at(lead_id, "resubmit"), carried)

    assert (page.status_code, answer.status_code) == (200, 303)
    assert leads.get(lead_id).current.answers["phone"] == "+436501234567"


def test_many_at_once_are_not_sent_uncorrected(operator, leads, send, services):
    lead_id = send()
    lead = leads.get(lead_id).lead

    order = BulkOrder(act=BulkAction.RESUBMIT, by=operator.person)
    assert services.bulk.carry_out(order, lead.version) is SkipReason.CORRECTION
    assert leads.status(lead_id) == "rejected"


def test_it_can_be_discarded_and_restored_to_where_it_stood(operator, leads, send):
    lead_id = send()

    operator.post(at(lead_id, "discard"), leads.seen(lead_id))
    assert leads.status(lead_id) == "discarded"
    operator.post(at(lead_id, "restore"), leads.seen(lead_id))

    assert leads.status(lead_id) == "rejected"
    assert leads.get(lead_id).lead.is_to_correct


def test_masked_people_learn_nothing_of_what_was_typed(desk, send):
    page = says(desk("operator", is_masked=True).get(at(send())))

    assert "to correct: Phone" in page
    assert "Nováková" not in page
    assert "jana@example.com" not in page


def test_a_relay_sends_none_of_it(send, services):
    send()
    services.credentials.lanes()

    claim = services.log.claim(list(services.lane_keys.values()), lease_s=60, pace_s=0, width=1)

    assert claim is None
    assert services.log.count(LeadFilter()) == 1
