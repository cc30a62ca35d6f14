"""What becomes of the fields that another system sends."""

import pytest
from posting import PERSON, add_sources

from realpad_form.domain.delivery import Status


def test_a_lead_is_stored_before_the_answer(post, only):
    answer = post(PERSON, key="42")

    body, record = answer.get_json(), only()
    assert (answer.status_code, body["status"], body["id"]) == (201, "accepted", str(record.lead.id))
    assert answer.headers["Cache-Control"] == "no-store"
    assert record.lead.status is Status.QUEUED
    assert record.context.source == "cf7-main"
    assert record.current.answers == {
        "name": "Jan", "surname": "Novák", "email": "jan@example.com", "phone": "+420777123456"
    }  # fmt: skip
    assert record.current.payload["surname"] == "Novák"


def test_url_encoded_fields_are_read_like_json(post, only):
    data = {**PERSON, "layout[]": ["1+kk", "2+kk"], "gdpr[]": "Souhlasím", "co vás zajímá": "přízemí"}

    answer = post(data=data)

    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    assert only().current.answers["rooms"] == ["1+kk", "2+kk"]
    assert only().consents[0].given
    assert "co vás zajímá: přízemí" in only().current.answers["note"]


def test_our_own_names_are_understood_without_a_map(post, only):
    sent = {"name": "Jan", "surname": "Novák", "phone": "777123456", "rooms": "1+kk", "unit": "A-101"}
    visit = {"campaign": "spring", "page": "https://www.riverside.example/a", "utm_source": "google"}

    assert post({**sent, **visit, "language": "en-GB"}).status_code == 201

    record = only()
    assert record.current.answers["unit"] == "A-101"
    assert record.current.answers["campaign"] == "spring"
    assert record.context.page == "https://www.riverside.example/a"
    assert record.context.parameters == {"utm_source": "google"}
    assert record.context.language == "en"
    assert "note" not in record.current.answers
    assert "utm_source: google" in record.current.payload["note"]


@pytest.mark.parametrize("name", ["name", "full_name", "your-name"])
def test_one_box_for_both_names_is_split_at_its_last_space(post, only, name):
    post({**PERSON, "your-name": None, name: "Jana Marie Nováková"})

    assert only().current.answers["name"] == "Jana Marie"
    assert only().current.answers["surname"] == "Nováková"


def test_two_names_are_joined_where_the_form_has_one_box(post, only, folder):
    path = folder / "projects/riverside.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  - field: name\n  - field: surname\n", "  - field: full_name\n"))

    assert post({"name": "Jan", "surname": "Novák", "phone": "777123456"}).status_code == 201
    assert (only().current.answers["name"], only().current.answers["surname"]) == ("Jan", "Novák")


@pytest.mark.parametrize(
    ("sent", "kept", "note"),
    [
        ({"full_name": "Jan Novák", "surname": "Novák"}, ("Jan", "Novák"), None),
        ({"full_name": "Jan Novák", "name": "Honza"}, ("Jan", "Novák"), "name: Honza"),
        (
            {"full_name": "p. Novák", "name": "Jan", "surname": "Novák"},
            ("Jan", "Novák"),
            "full_name: p. Novák",
        ),
        ({"name": "Jan Karel", "surname": "Novák"}, ("Jan Karel", "Novák"), None),
    ],
    ids=repr,
)
def test_names_that_are_sent_in_several_ways_are_kept_each_once(post, only, sent, kept, note):
    assert post({"phone": "777123456", **sent}).status_code == 201

    answers = only().current.answers
    assert (answers["name"], answers["surname"], answers.get("note")) == (*kept, note)


def test_a_single_name_is_told_as_the_form_tells_it(post, stored):
    answer = post({**PERSON, "your-name": "Jan"})

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["surname"])
    assert stored() == []


def test_what_is_not_mapped_goes_to_the_note_readably(post, only):
    post(
        {
            **PERSON,
            "note": "Prosím zavolejte.\nDěkuji",
            "Jak jste se o nás dozvěděli": ["billboard", "přátelé"],
            "budova": {"patro": 3, "výtah": True, "prázdné": None},
            "osoby": [{"věk": 7}, {"věk": 9.50}],
            "empty": " ",
            "_wpnonce": "abc",
            "token": "xyz",
        }
    )

    assert only().current.answers["note"] == (
        "Prosím zavolejte.\nDěkuji\n\n"
        "Jak jste se o nás dozvěděli: billboard, přátelé\n"
        "budova.patro: 3\nbudova.výtah: true\nosoby.0.věk: 7\nosoby.1.věk: 9.5\ntoken: xyz"
    )


def test_fields_that_are_sent_as_a_list_of_names_and_values_have_these_names(post, only, folder):
    text = "  - {name: other, fields: {user_column_data.FULL_NAME: name, user_column_data.EMAIL: email}}\n"
    add_sources(folder, text=text)
    columns = [
        {"column_id": "FULL_NAME", "column_name": "Full Name", "string_value": "Jan Novák"},
        {"column_id": "EMAIL", "string_value": "jan@example.com"},
        {"column_id": "SIZE", "string_value": "50 m²"},
        {"name": "when", "values": ["soon", "later"]},
        {"name": "kept whole", "value": 1, "more": 2},
    ]

    assert post({"user_column_data": columns}, source="other", token="o" * 43).status_code == 201
    assert only().current.answers["email"] == "jan@example.com"
    assert only().current.answers["note"] == (
        "user_column_data.SIZE: 50 m²\nuser_column_data.when: soon, later\n"
        "user_column_data.4.name: kept whole\nuser_column_data.4.value: 1\nuser_column_data.4.more: 2"
    )


def test_a_note_that_is_too_long_for_realpad_is_kept_whole_with_the_lead(post, only):
    post({**PERSON, "note": "ž" * 4000, "extra": "x" * 9000})

    note = only().current.answers["note"]
    assert note == f"{'ž' * 4000}\n\nextra: {'x' * 9000}"
    assert len(only().current.payload["note"]) <= 5000
    assert " […]" in only().current.payload["note"]


def test_what_the_form_would_cut_or_drop_is_kept_in_the_note(post, only):
    unit, campaign = "A" * 1500, "c" * 600
    post({**PERSON, "unit": unit, "campaign": campaign, "page": "byty", "language": "fr", "remote_ip": "x"})

    note = only().current.answers["note"]
    for line in (f"unit: {unit}", f"campaign: {campaign}", "page: byty", "language: fr", "remote_ip: x"):
        assert line in note
    assert only().context.page == ""
    assert only().context.language == "cs"


def test_of_two_fields_for_one_of_ours_the_mapped_one_counts_and_the_other_is_noted(post, only):
    post({"email": "other@example.com", **PERSON, "name": "Somebody Else"})

    answers = only().current.answers
    assert answers["email"] == "jan@example.com"
    assert (answers["name"], answers["surname"]) == ("Jan", "Novák")
    assert "email: other@example.com" in answers["note"]
    assert "name: Somebody Else" in answers["note"]


def test_choices_are_understood_by_what_they_are_called(post, only, folder):
    path = folder / "projects/riverside.yaml"
    text = path.read_text(encoding="utf-8")
    options = "[{value: 1+kk, label: {cs: Garsonka, en: Studio}}, 2+kk]"
    path.write_text(text.replace("options: [1+kk, 2+kk]", f"options: {options}"), encoding="utf-8")

    assert post({**PERSON, "layout": "garsonka, 2+KK"}).status_code == 201
    assert only().current.answers["rooms"] == ["1+kk", "2+kk"]


def test_several_choices_of_theirs_may_be_one_text_of_ours(post, only, folder):
    path = folder / "projects/riverside.yaml"
    text = path.read_text(encoding="utf-8")
    more = "  - {attribute: customer_topics, type: string, label: Topics}\nconsents:"
    path.write_text(text.replace("consents:", more), encoding="utf-8")

    assert post({**PERSON, "customer_topics": ["view", "parking"]}).status_code == 201
    assert only().current.answers["customer_topics"] == "view, parking"


def test_answers_to_questions_that_do_not_apply_are_noted(post, only, folder):
    path = folder / "projects/riverside.yaml"
    text = path.read_text(encoding="utf-8")
    more = "  - {attribute: customer_why, type: string, label: Why, show_if: {rooms: 2+kk}}\nconsents:"
    path.write_text(text.replace("consents:", more), encoding="utf-8")

    assert post({**PERSON, "customer_why": "family"}).status_code == 201
    assert "customer_why" not in only().current.answers
    assert only().current.answers["note"] == "Why: family"


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        ("1", True), ("on", True), ("true", True), ("yes", True), (True, True), (1, True), ("Ano", True),
        (["Souhlasím se zasíláním nabídek"], True), (["1"], True), (["Newsletter"], True),
        ("0", False), ("false", False), ("no", False), (False, False), (0, False), ("Ne", False),
        (["Ne"], False), (["Nesouhlasím"], False), (["I do not agree"], False), (["Nie"], False),
        ("perhaps", False), ("Nesouhlasím", False), (["Ich stimme nicht zu"], False),
    ],
    ids=repr,
)  # fmt: skip
def test_a_consent_counts_only_if_it_says_yes(post, only, sent, given):
    assert post({**PERSON, "gdpr": sent}).status_code == 201

    [consent] = only().consents
    assert (consent.id, consent.given) == (39268430, given)
    assert consent.wording.startswith("Souhlasím s [podmínkami]")
    assert ("updateconsents" in only().current.payload) is given


def test_the_words_beside_a_box_of_theirs_are_kept(post, only):
    post({**PERSON, "gdpr": ["Souhlasím s novinkami"]})

    assert "gdpr: Souhlasím s novinkami" in only().current.answers["note"]


def test_a_box_that_was_left_empty_was_asked_and_not_given(post, only):
    post(PERSON)

    assert [consent.given for consent in only().consents] == [False]


def test_a_consent_that_the_source_does_not_ask_for_is_no_evidence(post, only, folder):
    add_sources(folder, text="  - {name: other}\n")

    post({"name": "Jan Novák", "phone": "777123456"}, source="other", token="o" * 43)

    assert only().consents == ()


def test_the_evidence_names_the_source_and_never_its_own_address(post, only):
    post({**PERSON, "gdpr": "1", "page": "https://www.riverside.example/a"})

    assert only().context.address == ""
    assert only().current.payload["consentsource"] == "https://www.riverside.example/a via cf7-main"


def test_the_visitors_address_is_taken_from_where_the_map_says(post, only):
    post({**PERSON, "gdpr": "1", "remote_ip": "203.0.113.9", "ip": "198.51.100.1"})

    assert only().context.address == "203.0.113.9"
    assert only().current.payload["consentsource"] == "203.0.113.9 via cf7-main"
    assert only().current.answers["note"] == "ip: 198.51.100.1"


def test_whoever_vouches_is_not_suspected(post, only):
    post({**PERSON, "note": "[url=http://a.example]x[/url] http://b.example http://c.example", "hp_url": "x"})

    assert only().lead.status is Status.QUEUED
    assert "hp_url: x" in only().current.answers["note"]
