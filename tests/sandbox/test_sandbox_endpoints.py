"""What the calls make of customers, inquiries and consents."""

import json

import pytest

DAY_S = 86_400


def consents(state):
    return {c["id"]: c["is_valid"] for c in state()["customers"][-1]["consents"]}


@pytest.mark.parametrize("status", [200, 201])
def test_answer_is_the_customers_id(lead, switch, state, status):
    switch(success_status=status)

    response = lead()

    assert (response.status_code, response.mimetype) == (status, "text/plain")
    assert int(response.text) == state()["customers"][-1]["id"]


@pytest.mark.parametrize(
    "again",
    [
        {"email": "JAN@example.com", "phone": None},
        {"email": "jan@example.com", "phone": "+420777999999"},
        {"email": "other@example.com", "phone": "+420777123456"},
    ],
)
def test_known_person_keeps_the_id(lead, again):
    first = lead(phone="+420777123456").text

    assert lead(name="Honza", **again).text == first


def test_unknown_person_gets_another_id(lead):
    assert lead(email="a@example.com").text != lead(email="b@example.com").text


def test_each_call_makes_an_inquiry_and_an_event(lead, state):
    for note in ("first", "second"):
        lead(note=note, tags="web, vip", project="39264441", internalid="A-101")

    customer = state()["customers"][-1]
    assert [event["note"] for event in customer["events"]] == ["first", "second"]
    assert (customer["tags"], customer["favourites"]) == (["web", "vip"], ["A-101"])
    assert len({inquiry["id"] for inquiry in state()["inquiries"]}) == 2
    assert state()["inquiries"][0]["parameters"]["note"] == "first"


def test_refused_lead_leaves_nothing(lead, state):
    before = state()["customers"]

    lead(surname="")

    assert (state()["customers"], state()["inquiries"]) == (before, [])


def test_consents_replace_everything(lead, state):
    lead(updateconsents="1")
    lead(consents="2")

    assert consents(state) == {2: True}


def test_empty_consents_erase_everything(lead, state):
    lead(updateconsents="1,2")
    lead(consents="")

    assert consents(state) == {}


def test_updateconsents_add_and_an_empty_one_does_nothing(lead, state):
    lead(updateconsents="1", consentsource="203.0.113.9")
    lead(updateconsents="2")
    lead(updateconsents="")

    assert consents(state) == {1: True, 2: True}
    assert state()["customers"][-1]["consents"][0]["source"] == "203.0.113.9"


def test_own_leads_are_listed_newest_first(lead, call):
    lead(project="39264441", campaign="spring", preferencerooms="2+kk", email="a@example.com")
    lead(name="Žofie", email="b@example.com")
    lead(login="jantar", password="jantar", email="c@example.com")

    response = call("list-leads")
    listed = json.loads(response.text)

    assert response.mimetype == "application/json"
    assert [entry["customer_name"] for entry in listed] == ["Žofie Novák", "Jan Novák"]
    assert set(listed[1]) == {
        "inquiry_id", "customer_id", "customer_name", "timestamp", "projects", "campaign", "product_interest"
    }  # fmt: skip
    assert (listed[1]["projects"], listed[1]["campaign"]) == (["Riverside Residences"], "spring")
    assert (listed[0]["projects"], listed[0]["campaign"]) == ([], None)
    assert listed[1]["timestamp"].endswith("+01:00")


def test_leads_are_listed_for_seven_days(client, lead, call):
    lead()

    client.post("/sandbox/clock", json={"advance_s": 7 * DAY_S - 60})
    assert len(json.loads(call("list-leads").text)) == 1
    client.post("/sandbox/clock", json={"advance_s": 120})
    assert call("list-leads").text == "[]"


@pytest.mark.parametrize("endpoint", ["list-leads", "list-consent-types"])
def test_lists_take_no_parameters(call, endpoint):
    assert call(endpoint, since="2026").status_code == 400


def test_consent_types_are_listed(call):
    response = call("list-consent-types")

    assert json.loads(response.text)[0] == {"id": 1, "name": "Marketing consent"}


@pytest.mark.parametrize("named_by", ["email", "customerid"])
def test_revoked_consent_is_invalid_and_stays_on_record(lead, call, state, named_by):
    customer_id = lead(updateconsents="1,2").text
    customer = {"email": "Jan@Example.com", "customerid": customer_id}[named_by]

    response = call("revoke-customer-consent", **{named_by: customer}, consentid="1", notes="by phone")

    assert (response.status_code, response.text) == (200, "")
    assert consents(state) == {1: False, 2: True}
    assert state()["customers"][-1]["consents"][0]["notes"] == "by phone"


def test_revoking_twice_changes_nothing(lead, call, state):
    lead(updateconsents="1")
    for notes in ("first", "second"):
        response = call("revoke-customer-consent", email="jan@example.com", consentid="1", notes=notes)

    assert response.status_code == 200
    assert state()["customers"][-1]["consents"][0]["notes"] == "first"


def test_revoked_consent_can_be_given_again(lead, call, state):
    lead(updateconsents="1")
    call("revoke-customer-consent", email="jan@example.com", consentid="1")
    lead(updateconsents="1")

    assert consents(state) == {1: True}


@pytest.mark.parametrize(
    ("form", "status", "text"),
    [
        ({"consentid": "1"}, 400, "Parameter missing: email or customerid"),
        ({"email": "a@b.cz", "customerid": "1", "consentid": "1"}, 400, "Unexpected parameters found"),
        ({"email": "jan@example.com"}, 400, "Parameter missing: consentid"),
        ({"email": "jan@example.com", "consentid": "x"}, 400, "Incorrect parameter format: consentid"),
        ({"email": "jan@example.com", "consentid": "9"}, 400, "ID does not refer to a valid object"),
        ({"customerid": "x", "consentid": "1"}, 400, "Incorrect parameter format: customerid"),
        ({"customerid": "1", "consentid": "1"}, 400, "ID does not refer to a valid object"),
        ({"email": "nobody@example.com", "consentid": "1"}, 400, "ID does not refer to a valid object"),
        ({"email": "double@example.com", "consentid": "1"}, 409, "Several customers"),
        (
            {"email": "jan@example.com", "consentid": "1", "note": "x"},
            400,
            "Unexpected parameters found: note",
        ),
        ({"email": ["a@b.cz", "c@d.cz"], "consentid": "1"}, 400, "Incorrect parameter format: email is rep"),
        (
            {"email": "jan@example.com", "customerid": "", "consentid": "1"},
            400,
            "Unexpected parameters found",
        ),
        (
            {"email": "jan@example.com", "consentid": "1", "notes": "x" * 5001},
            400,
            "Parameter too long: notes",
        ),
    ],
)
def test_revocation_that_does_not_fit_is_refused(lead, call, form, status, text):
    lead()

    response = call("revoke-customer-consent", **form)

    assert response.status_code == status
    assert response.text.startswith(text)
