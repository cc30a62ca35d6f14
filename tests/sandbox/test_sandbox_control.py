"""What a test may ask of the sandbox itself."""

import pytest


def test_journal_keeps_the_raw_call_with_the_password_masked(client, journal):
    body = (
        b"login=riverside&password=canary&passwor%64=canary&name=Jan+N&phone=%2B420&x=%31%2Bkk&tags=a&tags=b"
    )

    client.post("/ws/v10/create-lead", data=body, content_type="application/x-www-form-urlencoded")

    entry = journal()[0]
    assert entry["raw"] == (
        "login=riverside&password=***&passwor%64=***&name=Jan+N&phone=%2B420&x=%31%2Bkk&tags=a&tags=b"
    )
    assert entry["parameters"]["name"] == "Jan N"
    assert entry["parameters"]["x"] == "1+kk"
    assert entry["parameters"]["tags"] == ["a", "b"]
    assert (entry["endpoint"], entry["status"], entry["answer"]) == ("create-lead", 401, "Not authorized.")
    assert "canary" not in str(entry)


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=b"])
def test_body_that_is_no_form_is_not_shown(client, journal, content_type):
    client.post("/ws/v10/create-lead", data=b'{"password": "canary"}', content_type=content_type)

    assert "canary" not in str(journal())
    assert journal()[0]["raw"].startswith("(22 bytes of ")


def test_journal_names_the_fault_that_hit(fault, lead, journal):
    fault(status=503)
    lead()

    assert (journal()[0]["status"], journal()[0]["note"]) == (503, "fault: 503")


def test_reset_forgets_everything(client, lead, fault, switch, state):
    fresh = {**state(), "revision": None}
    lead(consents="1")
    fault(status=500)
    switch(success_status=201)

    client.post("/sandbox/reset")

    assert {**state(), "revision": None} == fresh
    assert client.get("/sandbox/journal").get_json() == []


@pytest.mark.parametrize("values", [{"success_status": 204}, {"sucess_status": 201}, {"ban_after": 0}])
def test_senseless_switch_is_refused(switch, state, values):
    assert switch(**values).status_code == 400
    assert state()["switches"]["success_status"] == 200


def test_switch_that_is_not_named_stays(switch, state):
    switch(success_status=201)
    switch(ban_after=3)

    assert (state()["switches"]["success_status"], state()["switches"]["ban_after"]) == (201, 3)


@pytest.mark.parametrize("path", ["faults", "switches", "clock"])
@pytest.mark.parametrize("body", ["[]", "null", "1", '"x"', "{"])
def test_body_that_is_no_object_is_refused(client, path, body):
    response = client.post(f"/sandbox/{path}", data=body, content_type="application/json")

    assert response.status_code == 400


def test_clock_only_goes_forward(client):
    assert client.post("/sandbox/clock", json={"advance_s": -1}).status_code == 400


@pytest.mark.parametrize("path", ["faults", "switches", "reset", "preset", "clock"])
def test_other_sites_cannot_press_our_buttons(client, path):
    response = client.post(f"/sandbox/{path}", data={}, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
