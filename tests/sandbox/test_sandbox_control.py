"""What a test may ask of the sandbox itself."""

import re

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


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def test_empty_page_says_what_to_do(client):
    assert "Nobody yet" in client.get("/").text


def test_page_shows_everything_about_a_lead(client, lead):
    lead(
        note="Mám zájem", project="39264441", internalid="A-101", tags="web", updateconsents="1",
        consentsource="203.0.113.9", preferencerooms="1 kk", phone="+420777123456",
    )  # fmt: skip

    page = client.get("/").text

    for text in (
        "Jan Novák", "jan@example.com", "Riverside Residences", "Mám zájem", "★ A-101", "Marketing consent",
        "given · 203.0.113.9", "looks like a lost plus", "preferencerooms", "password=***",
    ):  # fmt: skip
        assert text in page


@pytest.mark.parametrize("name", ["name", "note", "customer_google_campaign_id", "consentsource", "tags"])
def test_hostile_text_is_only_text(client, lead, name):
    lead(**{name: HOSTILE, "updateconsents": "1"})

    page = client.get("/").text

    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script>|<img", page)


def test_hostile_refused_call_is_only_text(client, lead):
    lead(**{"gdpr<script>": HOSTILE})

    assert "<script>" not in client.get("/").text


def test_page_allows_nothing_but_its_own_files(client):
    policy = client.get("/").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy


def test_unchanged_page_is_not_sent_again(client, lead):
    lead()
    etag = client.get("/").headers["ETag"]

    unchanged = client.get("/", headers={"If-None-Match": etag})
    lead()
    changed = client.get("/", headers={"If-None-Match": etag})

    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("name", "status"), [("500", 500), ("401", 401), ("429 for 30 s", 429), ("HTML with 200", 200)]
)
def test_button_makes_the_next_call_fail(client, lead, state, name, status):
    response = client.post("/sandbox/preset", data={"fault": name})

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert "Next call" in client.get("/").text
    assert lead().status_code == status
    assert (state()["inquiries"], state()["faults"]) == ([], [])


def test_button_clears_the_faults(client, state):
    client.post("/sandbox/preset", data={"fault": "500"})

    client.post("/sandbox/preset", data={"fault": ""})

    assert state()["faults"] == []


def test_unknown_button_is_refused(client):
    assert client.post("/sandbox/preset", data={"fault": "999"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "page.css",
        "page.js",
        "icon.svg",
        "site.css",
        "riverside.css",
        "jantar.css",
        "sadova.css",
        "sadova.svg",
    ],
)
def test_files_are_served(client, path):
    with client.get(f"/static/{path}") as response:
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("slug", "language", "ask"), [("riverside", "cs", "Mám zájem"), ("jantar", "sk", "Mám záujem")]
)
def test_host_page_embeds_the_form(client, slug, language, ask):
    page = client.get(f"/site/{slug}").text

    assert f'<html lang="{language}">' in page
    assert f'<script async src="http://127.0.0.1:8000/embed.js" data-project="{slug}"></script>' in page
    assert page.count(f'data-realpad-form="{slug}" data-unit="') == page.count(f">{ask}</button>") == 3


def test_host_page_tells_the_form_what_it_says_of_a_unit(client):
    page = client.get("/site/riverside").text

    assert 'data-unit="A-101" data-unit-label="1+kk · 38\u00a0m²" data-unit-price="4890000"' in page
    assert "4\u00a0890\u00a0000&nbsp;Kč" in page


def test_plain_host_page_has_one_form_in_its_text_and_one_in_a_dialog(client):
    page = client.get("/site/sadova").text

    assert page.count('data-project="sadova"') == page.count('data-realpad-form="sadova"') == 1
    assert '<meta name="color-scheme" content="light">' in page


def test_host_page_lets_only_the_form_in(client):
    policy = client.get("/site/riverside").headers["Content-Security-Policy"]

    assert "script-src http://127.0.0.1:8000; frame-src http://127.0.0.1:8000" in policy
    assert "unsafe" not in policy


def test_there_are_no_other_host_pages(client):
    assert client.get("/site/../page").status_code == 404
    assert client.get("/site/nowhere").status_code == 404


@pytest.mark.browser
def test_page_renews_itself_and_keeps_what_is_open(server, lead, chromium):
    lead(note=HOSTILE)
    lead(email="other@example.com")
    with chromium.new_page() as page:
        alarms = []
        page.on("dialog", lambda dialog: alarms.append(dialog.message))
        page.on("console", lambda message: alarms.append(message.text))
        page.goto(server.url)
        page.locator("#call-1 > summary").click()
        page.locator("#inquiry-12346 > summary").click()

        lead(name="Žofie", email="zofie@example.com")

        page.get_by_role("heading", name="Žofie Novák").wait_for()
        assert page.locator("#call-1").get_attribute("open") is not None
        assert page.locator("#inquiry-12346").get_attribute("open") is None
        assert page.locator(".is-new h3").all_inner_texts() == ["Žofie Novák"]
        assert alarms == []
