"""What every endpoint has in common: envelope, log-in, bans, limits, faults."""

import json

import pytest

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_post_is_allowed(client, method):
    response = client.open("/ws/v10/create-lead", method=method)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_only_a_url_encoded_form_is_read(client, content_type):
    response = client.post("/ws/v10/create-lead", data=b"{}", content_type=content_type)

    assert response.status_code == 415


def test_charset_may_be_named(client):
    body = b"login=riverside&password=riverside&name=J&surname=N&phone=%2B420777123456"

    response = client.post("/ws/v10/create-lead", data=body, content_type=f"{FORM}; charset=UTF-8")

    assert response.status_code == 200


def test_old_version_is_deprecated(client):
    assert client.post("/ws/v9/create-lead", data={"login": "x"}).status_code == 418


def test_unknown_endpoint_is_not_found(call):
    assert call("create-deal").status_code == 404


@pytest.mark.parametrize(
    "credentials",
    [
        {"password": "wrong"},
        {"login": "nobody"},
        {"login": None},
        {"password": None},
        {"login": "invited", "password": "invited"},
        {"login": "riverside-pricelist", "password": "riverside-pricelist"},
    ],
)
def test_reasons_for_not_being_authorized_look_alike(lead, state, credentials):
    response = lead(**credentials)

    assert (response.status_code, response.text) == (401, "Not authorized.")
    assert "Retry-After" not in response.headers
    assert state()["inquiries"] == []


def test_account_may_have_to_accept_a_consent_first(lead):
    assert lead(login="unconsented", password="unconsented").status_code == 403


@pytest.mark.parametrize(
    ("login", "endpoint", "status"),
    [
        ("leads-only", "list-leads", 200),
        ("leads-only", "list-consent-types", 401),
        ("leads-only", "revoke-customer-consent", 401),
        ("reader", "list-consent-types", 200),
        ("reader", "revoke-customer-consent", 401),
    ],
)
def test_some_endpoints_need_a_permission(call, login, endpoint, status):
    assert call(endpoint, login=login, password=login).status_code == status


def test_failed_log_ins_ban_the_right_password_too(lead):
    for _ in range(5):
        lead(password="wrong")

    assert lead().status_code == 401


def test_ban_holds_for_every_login_behind_the_address(lead):
    for _ in range(5):
        lead(password="wrong")

    assert lead(login="jantar", password="jantar").status_code == 401


def test_fewer_failures_do_not_ban(lead):
    for _ in range(4):
        lead(password="wrong")

    assert lead().status_code == 200


def test_log_in_that_works_forgets_the_failures(lead):
    for password in ("wrong", "wrong", "wrong", "wrong", "riverside", "wrong"):
        lead(password=password)

    assert lead().status_code == 200


def test_ban_ends_and_the_next_one_is_twice_as_long(client, lead):
    for minutes in (15, 30):
        for _ in range(5):
            lead(password="wrong")
        client.post("/sandbox/clock", json={"advance_s": minutes * 60 - 5})
        assert lead().status_code == 401
        client.post("/sandbox/clock", json={"advance_s": 6})
        assert lead().status_code == 200


def test_ban_may_answer_429_with_its_end(lead, switch):
    switch(ban_mode=429, ban_after=1)
    lead(password="wrong")

    response = lead()

    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert "900 seconds" in response.text


def test_calls_are_counted_per_endpoint_and_login(client, call, lead, switch):
    switch(rate_calls=1, rate_per_s=30)
    lead()

    response = lead()

    assert (response.status_code, response.headers["Retry-After"]) == (429, "30")
    assert call("list-leads").status_code == 200
    assert lead(login="jantar", password="jantar").status_code == 200
    client.post("/sandbox/clock", json={"advance_s": 30})
    assert lead().status_code == 200


def test_there_is_no_limit_unless_switched_on(lead):
    assert {lead().status_code for _ in range(50)} == {200}


def test_fault_answers_instead_of_serving(fault, lead, state):
    fault(status=429, body="Later.", retry_after="Wed, 21 Oct 2026 07:28:00 GMT")

    response = lead()

    assert (response.status_code, response.text) == (429, "Later.")
    assert response.headers["Retry-After"] == "Wed, 21 Oct 2026 07:28:00 GMT"
    assert state()["inquiries"] == []


def test_fault_hits_as_many_calls_as_told(fault, lead):
    fault(status=500, times=2)

    assert [lead().status_code for _ in range(3)] == [500, 500, 200]


def test_faults_come_in_the_order_given(fault, lead):
    fault(status=500)
    fault(body="<p>Sign in", content_type="text/html")

    answers = [lead(), lead(), lead()]

    assert [answer.status_code for answer in answers] == [500, 200, 200]
    assert (answers[1].text, answers[1].mimetype) == ("<p>Sign in", "text/html")


@pytest.mark.parametrize("aim", [{"endpoint": "list-leads"}, {"login": "jantar"}])
def test_fault_spares_other_calls(fault, lead, aim):
    fault(status=500, **aim)

    assert lead().status_code == 200


def test_slow_call_is_served_after_all(fault, lead):
    fault(delay_s=0.01)

    assert lead().status_code == 200


def test_faults_can_be_looked_at_and_cleared(client, fault, lead):
    fault(status=500, times=9)

    shown = client.get("/sandbox/faults").get_json()
    client.delete("/sandbox/faults")

    assert (shown[0]["status"], shown[0]["times"]) == (500, 9)
    assert lead().status_code == 200


@pytest.mark.parametrize(
    "terms", [{}, {"status": 99}, {"drop": "sometimes"}, {"staus": 500}, {"delay_s": -1}]
)
def test_senseless_fault_is_refused(fault, terms):
    response = fault(**terms)

    assert response.status_code == 400
    assert response.get_json()["problems"]


def test_fault_hits_before_the_log_in_is_checked(fault, lead):
    fault(status=503)

    assert lead(password="wrong").status_code == 503


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
