"""The questions of the form page, as HTML."""

import re


def box(page, key):
    return re.search(rf'<(?:input|textarea)[^>]* id="q-{key}"[^>]*>', page)[0]


def test_the_key_that_ends_the_last_box_sends(client, folder):
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text("utf-8").replace("  - {field: note, max_length: 2000}\n", ""), "utf-8")

    page = client.get("/f/riverside").get_data(as_text=True)

    assert 'enterkeyhint="next"' in box(page, "email")
    assert 'enterkeyhint="send"' in box(page, "phone")


def test_no_key_sends_where_a_message_follows(client):
    page = client.get("/f/riverside").get_data(as_text=True)

    assert "send" not in box(page, "phone")
    assert "enterkeyhint" not in box(page, "note")


def test_no_browser_ticks_a_consent_again_or_empties_the_form_on_the_way_back(client):
    page = client.get("/f/riverside").get_data(as_text=True)

    assert 'autocomplete="off"' in box(page, "consent_39268430")
    assert "autocomplete" not in re.search(r'<form [^>]*id="form"[^>]*>', page)[0]


def test_one_thing_to_correct_is_listed_once(visitor):
    page = visitor.post_form({"name": "Jan", "surname": "Novák"}).get_data(as_text=True)

    assert re.findall(r'<li data-about="(\w+)"', page) == ["email"]
    assert page.count('aria-invalid="true"') == 2


def test_a_budget_to_type_in_says_its_currency(client, folder):
    path = folder / "projects" / "riverside.yaml"
    text = path.read_text("utf-8").replace("  - field: phone\n", "  - field: phone\n  - field: price_max\n")
    path.write_text(text, "utf-8")

    page = client.get("/f/riverside").get_data(as_text=True)

    assert '<span class="sign" id="sign-price_max">Kč</span>' in page
    assert 'aria-describedby="sign-price_max error-price_max"' in page
