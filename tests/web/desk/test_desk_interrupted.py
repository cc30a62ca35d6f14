"""A session that ends while somebody types: what to do next, and what was typed."""

from urllib.parse import quote

import pytest


@pytest.fixture
def correcting(leads, desk):
    """Return somebody at work, the address of a lead's form, and what he typed."""
    lead_id = leads.refused()
    return desk(), f"/inbox/leads/{lead_id}/correct", {"surname": "\nŠťastná <b>", "revision": "1"}


def from_(path):
    return {"headers": {"Referer": f"http://localhost{path}", "Sec-Fetch-Site": "same-origin"}}


def test_who_was_signed_out_gets_a_way_back_and_keeps_what_he_typed(correcting):
    somebody, path, typed = correcting
    somebody.post("/sign-out")

    answer = somebody.post(path, typed, **from_(path))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert f'href="/sign-in?next={quote(path, safe="")}"' in page
    assert "\n\nŠťastná &lt;b&gt;</textarea>" in page


def test_who_signed_in_anew_sends_what_he_typed_again(correcting):
    somebody, path, typed = correcting

    answer = somebody.client.post(path, data={**typed, "csrf_token": "of before"}, **from_(path))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Send what I typed again" in page
    assert "Šťastná" in page
    assert "of before" not in page


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_what_another_site_sent_is_never_offered_to_be_sent_again(correcting, site):
    somebody, path, typed = correcting
    headers = {"Sec-Fetch-Site": site} if site else {}

    page = somebody.client.post(path, data=typed, headers=headers).get_data(as_text=True)

    assert "Send what I typed again" not in page
    assert "Šťastná" not in page


def test_a_password_is_never_given_back(desk):
    somebody = desk()

    answer = somebody.client.post("/account/password", data={"password": "canary"}, **from_("/account"))

    assert answer.status_code in (400, 404, 405)
    assert "canary" not in answer.get_data(as_text=True)


def test_other_pages_point_to_where_one_was(desk):
    somebody = desk("admin")
    somebody.post("/sign-out")

    answer = somebody.post("/people/", {"email": "a@example.com"}, **from_("/people/"))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert 'href="/sign-in?next=%2Fpeople%2F"' in page
    assert "browser&#39;s Back" in page or "browser's Back" in page


@pytest.mark.parametrize("path", ["/inbox/leads/xyz", "/people/nosuch", "/figures/x", "/account/x/y"])
def test_an_address_with_nothing_behind_it_is_the_desks_to_answer(desk, path):
    answer = desk("admin").get(path)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "There is nothing here" in page
    assert 'class="button" href="/inbox/"' in page


def test_strangers_are_not_told_what_there_is(app):
    assert app.test_client().get("/inbox/leads/xyz").status_code == 303


@pytest.mark.parametrize("referrer", ["http://[::1", "//[", "\x7f", "nonsense"])
def test_whose_referrer_is_no_address_is_asked_to_sign_in(desk, referrer):
    somebody = desk()
    somebody.post("/sign-out")

    answer = somebody.post("/account/password", headers={"Referer": referrer})

    assert answer.status_code == 401
    assert 'href="/sign-in' in answer.get_data(as_text=True)
