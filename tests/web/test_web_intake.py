"""`POST /in/<source>`: leads of other systems, with their names of fields and a key of their own."""

import json
import threading
from uuid import UUID, uuid4

import pytest

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web import create_app
from realpad_form.web.intake import submission_key

KEY = "k" * 43
SOURCES = """\
sources:
  - name: cf7-main
    fields:
      your-name: full_name
      your-email: email
      your-phone: phone
      layout: rooms
      gdpr: consent_39268430
      remote_ip: ip
      _wpnonce: false
      c-unit: unit
"""
PERSON = {"your-name": "Jan Novák", "your-email": "jan@example.com", "your-phone": "777 123 456"}


def add_sources(folder, slug="riverside", text=SOURCES):
    path = folder / f"projects/{slug}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def add_project(folder, slug, *changes, text=""):
    whole = (folder / "projects/riverside.yaml").read_text(encoding="utf-8")
    for old, new in (("project: riverside", f"project: {slug}"), *changes):
        assert old in whole
        whole = whole.replace(old, new)
    (folder / f"projects/{slug}.yaml").write_text(whole + text, encoding="utf-8")


@pytest.fixture
def services(make_services, folder):
    add_sources(folder)
    return make_services(SOURCE_CF7_MAIN_KEY=KEY, SOURCE_OTHER_KEY="o" * 43)


@pytest.fixture
def client(services):
    return create_app(services).test_client()


@pytest.fixture
def post(client):
    """Post a lead as another system does."""

    def send(fields=PERSON, *, key=None, source="cf7-main", token=KEY, query="", headers=None, **more):
        head = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex, **(headers or {})}
        head = {name: value for name, value in head.items() if value is not None}
        body = {} if "data" in more else {"json": fields}
        return client.post(f"/in/{source}{query}", headers=head, **body, **more)

    return send


@pytest.fixture
def only(stored):
    """Return the one lead that is stored."""

    def read():
        [record] = stored()
        return record

    return read


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


# What has no place


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


# Consents and the visitor


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


# Who may


@pytest.mark.parametrize("token", ["", "k", "k" * 44, "o" * 43, "é", "Bearer"])
def test_a_wrong_key_is_refused_and_told_how_to_send_one(post, stored, token):
    answer = post(token=token)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="realpad-form sources"'
    assert answer.get_json()["status"] == "error"
    assert stored() == []


@pytest.mark.parametrize("header", [None, KEY, f"Basic {KEY}", f"Token {KEY}", "Bearer"])
def test_without_a_bearer_key_nothing_is_taken(post, header):
    assert post(headers={"Authorization": header}).status_code == 401


def test_an_unknown_source_is_answered_like_a_wrong_key(post):
    wrong, unknown = post(token="x" * 43), post(source="nobody", token="x" * 43)

    assert wrong.data == unknown.data
    assert (wrong.status_code, dict(wrong.headers)) == (unknown.status_code, dict(unknown.headers))


def test_wrong_keys_are_limited_and_the_right_one_still_passes(post):
    answers = [post(token="x" * 43, source=f"s{n}").status_code for n in range(12)]

    assert answers == [401] * 10 + [429] * 2
    assert post().status_code == 201


def test_every_key_of_a_rotation_opens(make_services, folder, services):
    client = create_app(make_services(SOURCE_CF7_MAIN_KEY=f"{'n' * 40},{KEY}")).test_client()

    for key in ("n" * 40, KEY):
        head = {"Authorization": f"Bearer {key}", "Idempotency-Key": key}
        assert client.post("/in/cf7-main", json=PERSON, headers=head).status_code == 201


def test_a_source_that_no_file_names_is_told_so_with_its_key_only(post):
    answer = post(source="other", token="o" * 43)

    assert answer.status_code == 404
    assert "no project file names 'other'" in answer.get_json()["error"]


def test_an_origin_and_a_captcha_do_not_matter(post, folder):
    path = folder / "projects/riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("captcha: none", "captcha: altcha"))

    assert post(headers={"Origin": "https://evil.example"}).status_code == 201


# Repeats


def test_a_repeated_key_gets_the_first_answer_whatever_it_says(post, stored):
    first = post(PERSON, key="lead 7")
    again = post({**PERSON, "your-phone": "777 123 457"}, key="lead 7")
    wrong = post({"your-name": "x"}, key="lead 7")

    assert [first.status_code, again.status_code, wrong.status_code] == [201, 200, 200]
    assert first.get_json() == again.get_json() == wrong.get_json()
    assert len(stored()) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb", "a\x7fb"])
def test_without_a_key_that_tells_leads_apart_nothing_is_taken(post, stored, key):
    answer = post(headers={"Idempotency-Key": key})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.get_json()["error"]
    assert stored() == []


def test_no_key_at_all_is_told_the_same(post):
    assert post(headers={"Idempotency-Key": None}).status_code == 400


def test_a_key_of_200_characters_is_taken(post):
    assert post(key="x" * 200).status_code == 201


@pytest.mark.parametrize("key", ["žluťoučký kůň 7", "ž" * 200, "\xc5", "12/34:56 {a}"])
def test_a_key_may_have_letters_of_any_script(post, key):
    header = key.encode().decode("latin-1")

    answers = [post(key=header).status_code for _ in range(2)]

    assert answers == [201, 200]


def test_sources_and_projects_have_keys_of_their_own(post, stored, folder):
    add_project(folder, "jantar")
    add_sources(folder, "jantar", "  - {name: other, fields: {your-name: name, your-phone: phone}}\n")

    first = post({**PERSON, "project": "riverside"}, key="1")
    second = post({**PERSON, "project": "jantar"}, key="1")
    third = post(PERSON, key="1", source="other", token="o" * 43)

    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 201]
    assert sorted(record.lead.project for record in stored()) == ["jantar", "jantar", "riverside"]


def test_every_machine_knows_a_lead_by_the_same_id(post, make_services, only):
    post(key="42")

    assert only().lead.id == UUID("5b254cf1-04a4-5334-a3d8-242bbe67bb25")
    assert submission_key("cf7-main", " 42 ") == submission_key("cf7-main", "42")
    assert submission_key("cf7-main", "42") != submission_key("cf7", "-main42")
    assert submission_key("cf7-main", "42").version == 8


def test_a_stranger_who_knows_the_next_key_cannot_take_its_place(visitor, post, stored):
    key = submission_key("cf7-main", "43")

    assert visitor.send(submission=str(key)).status_code == 201
    assert visitor.send(submission=str(key)).status_code == 200
    assert post(key="43").status_code == 201
    assert len(stored()) == 2


# Which project


@pytest.fixture
def two(folder, services):
    add_project(folder, "jantar")


def test_of_several_projects_one_has_to_be_named(post, stored, two):
    for named in ({}, {"project": "nowhere"}, {"project": ["riverside", "jantar"]}, {"project": {"a": "b"}}):
        answer = post({**PERSON, **named}, query="?lenient=1")
        assert answer.status_code == 422
        assert answer.get_json()["errors"] == {"project": ["write one of jantar, riverside"]}
    assert stored() == []

    assert post({**PERSON, "project": "jantar"}).status_code == 201
    assert stored()[0].lead.project == "jantar"


def test_a_lead_that_names_another_project_is_never_given_to_the_only_one(post, stored):
    assert post({**PERSON, "project": "jantar"}).status_code == 422
    assert stored() == []


def test_a_field_can_be_mapped_to_the_project_and_project_to_something_else(post, stored, folder, two):
    for slug in ("riverside", "jantar"):
        text = "  - {name: other, fields: {your-name: name, site: project, project: note}}\n"
        add_sources(folder, slug, text)

    sent = {"your-name": "Jan Novák", "phone": "777123456", "site": "jantar", "project": "villa"}
    assert post(sent, source="other", token="o" * 43).status_code == 201
    assert (stored()[0].lead.project, stored()[0].current.answers["note"]) == ("jantar", "villa")


# Wrong answers


def test_wrong_answers_are_told_as_the_form_tells_them(post, visitor, stored):
    told = post({**PERSON, "your-phone": "12", "layout": "9+kk", "language": "en"})
    form = visitor.send(phone="12", rooms="9+kk", language="en")

    assert told.status_code == 422
    assert told.get_json() == form.get_json()
    assert stored() == []


def test_a_lenient_lead_waits_for_an_operator_with_what_was_typed(post, only):
    answer = post(
        {**PERSON, "your-phone": "12", "layout": ["9+kk", "1+kk"], "extra": "x"}, query="?lenient=1"
    )

    record = only()
    assert (answer.status_code, answer.get_json()["id"]) == (201, str(record.lead.id))
    assert record.lead.status is Status.REJECTED
    assert {reason.params["field"] for reason in record.lead.reasons} == {"phone", "rooms"}
    assert record.current.answers == {
        "name": "Jan", "surname": "Novák", "email": "jan@example.com", "phone": "12",
        "rooms": ["9+kk", "1+kk"], "note": "extra: x",
    }  # fmt: skip


def test_a_lenient_lead_that_is_right_is_sent_like_any_other(post, only):
    assert post(query="?lenient=1").status_code == 201
    assert only().lead.status is Status.QUEUED


def test_a_lenient_lead_is_repeated_like_any_other(post, stored):
    first = post({"x": "y"}, key="1", query="?lenient=1")
    again = post({"x": "y"}, key="1", query="?lenient=1")

    assert [first.status_code, again.status_code] == [201, 200]
    assert first.get_json() == again.get_json()
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"a": None},
        {"a": " ", "b": []},
        {"project": "riverside"},
        {"_wpnonce": "x"},
        {"language": "cs", "your-name": " "},
    ],
)
def test_nothing_at_all_is_no_lead(post, stored, body):
    assert post(body, query="?lenient=1").status_code == 422
    assert stored() == []


def test_something_of_which_nothing_is_known_is_kept_all_the_same(post, only):
    assert post({"zpráva": "zavolejte 777 123 456"}, query="?lenient=1").status_code == 201
    assert only().current.answers == {"note": "zpráva: zavolejte 777 123 456"}
    assert {reason.params["field"] for reason in only().lead.reasons} == {
        "name", "surname", "email", "phone"
    }  # fmt: skip


ODD = {
    "not JSON": (b"{", 400),
    "no object": (b"[1]", 400),
    "a text": (b'"a"', 400),
    "NaN": (b'{"a": NaN}', 400),
    "a key twice": (b'{"a": 1, "a": 2}', 400),
    "not UTF-8": (b'{"a": "\xff"}', 400),
    "deep": (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
    "very deep": (b"[" * 30_000, 400),
    "deep lists": (b'{"a":' + b"[" * 40 + b"1" + b"]" * 40 + b"}", 400),
    "a long name": (json.dumps({"x" * 1001: 1}).encode(), 400),
    "many fields under a long name": (json.dumps({"x" * 900: {str(n): n for n in range(900)}}).encode(), 400),
    "huge": (json.dumps({"a": "x" * 70_000}).encode(), 413),
}


@pytest.mark.parametrize(("body", "status"), ODD.values(), ids=ODD)
def test_odd_bodies_are_refused_clearly(post, stored, body, status):
    answer = post(data=body, content_type="application/json", query="?lenient=1")

    assert (answer.status_code, answer.get_json()["status"]) == (status, "error")
    assert stored() == []


@pytest.mark.parametrize(
    "odd",
    [{"a": "\ud800"}, {"\ud800": "a\0b"}, {"a": 10**400}, {"a": 1e308}, {"": "x"}, {" ": {"": "x"}},
     {"your-email": {"a": 1}}, {"layout": [{"a": 1}]}, {"gdpr": {"a": [1]}}, {"note": [["x"]]},
     {"a": "\u202e" * 50 + "x"}, {"remote_ip": ["1.2.3.4", "x"]}, {"page": ["a", "b"]},
     {"language": [True]}, {"unit": [1, 2]}, {"note": ["a", "b"]}, {"your-name": ["Jan", "Novák"]}],
)  # fmt: skip
def test_odd_values_lose_no_lead(post, only, odd):
    answer = post(data=json.dumps({**PERSON, **odd}), content_type="application/json", query="?lenient=1")

    assert answer.status_code == 201, answer.get_json()
    assert only().current.answers["phone"] == "+420777123456"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/xml", ""])
def test_other_kinds_of_body_are_refused(post, kind):
    assert post(data=b"a=b", content_type=kind).status_code == 415


def test_nothing_but_a_post_is_answered(client):
    assert client.get("/in/cf7-main").status_code == 405


# Limits, storage, metrics


def test_a_source_has_a_limit_of_its_own_that_takes_nothing_from_visitors(post, visitor, folder, stored):
    path = folder / "projects/riverside.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("per_project: 8/minute", "per_project: 8/minute, per_source: 3/minute"))

    answers = [post(key=str(n)) for n in range(3)]
    refused, repeated = post(key="4"), post(key="0")

    assert [answer.status_code for answer in answers] == [201] * 3
    assert (refused.status_code, repeated.status_code) == (429, 200)
    assert int(refused.headers["Retry-After"]) >= 1
    assert visitor.send().status_code == 201


def test_metrics_tell_the_source(post, watch):
    post(key="1")
    post(key="1")
    post({"your-name": "x"})

    page = watch("/metrics").get_data(as_text=True)
    assert 'realpad_form_source_leads_accepted_total{project="riverside",source="cf7-main"} 1.0' in page
    assert 'realpad_form_leads_accepted_total{project="riverside"} 1.0' in page
    assert 'reason="validation"} 1.0' in page


def test_logs_hold_nothing_of_the_visitor_and_no_key(post, caplog):
    with caplog.at_level("DEBUG"):
        post({**PERSON, "extra": "secret words"}, key="1")
        post({**PERSON, "your-phone": "12"}, key="1")
        post(token="wrong-key-wrong-key-wrong-key-wrong")

    for text in ("Novák", "jan@example.com", "777", "secret words", KEY, "wrong-key"):
        assert text not in caplog.text


def test_fifty_repeats_at_once_are_one_lead(services, stored, folder):
    app, barrier, answers = create_app(services), threading.Barrier(10), []

    def send():
        client = app.test_client()
        head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "1"}
        barrier.wait()
        for _ in range(5):
            answers.append(client.post("/in/cf7-main", json=PERSON, headers=head))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.get_json()["id"] for answer in answers}) == len(stored()) == 1


@pytest.fixture
def outage(services, monkeypatch):
    """Let the database take nothing."""

    def refuse(*args, **kwargs):
        raise StorageUnavailableError("the disk is full")

    monkeypatch.setattr("realpad_form.adapters.sql.lead_log.SqlLeadLog.append", refuse)
    return monkeypatch


def test_a_lead_waits_in_the_spool_and_its_repeat_has_the_id_it_will_have(post, outage, services, only):
    first, again = post(key="7"), post({"your-name": "x"}, key="7")
    outage.undo()
    after = post(key="7")

    assert [first.status_code, again.status_code, after.status_code] == [201, 200, 200]
    assert services.intake.take_in() == 1
    assert first.get_json() == again.get_json() == after.get_json()
    assert first.get_json()["id"] == str(only().lead.id)
    assert post(key="7").status_code == 200


def test_a_lead_to_correct_waits_in_the_spool_too(post, outage, services, only):
    post({**PERSON, "your-phone": "12"}, query="?lenient=1")
    outage.undo()

    services.intake.take_in()

    assert (only().lead.status, only().context.source) == ("rejected", "cf7-main")


def test_without_a_spool_nothing_is_promised(make_services, folder, services, outage, stored):
    client = create_app(make_services(SOURCE_CF7_MAIN_KEY=KEY, SPOOL="off")).test_client()
    head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "1"}

    answer = client.post("/in/cf7-main", json=PERSON, headers=head)

    assert (answer.status_code, answer.get_json()["status"]) == (503, "error")
    assert answer.headers["Retry-After"] == "5"
    assert stored() == []
