from datetime import UTC, datetime
from uuid import UUID

import pytest

from realpad_form.domain.lead import Consent
from realpad_form.domain.payload import compose
from realpad_form.forms import Posted, ProjectForm, fields

KEY = UUID(int=1)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EMAIL, PHONE = {"field": "email"}, {"field": "phone"}
NEWS = {"id": 39268430, "label": {"cs": "Chci [novinky](https://a.example)", "en": "Send me news"}}
TERMS = {"id": 7, "label": "Souhlasím", "required": True}
UNREACHABLE = ["Enter an email or a phone number so that we can reach you."]


def submit(form):
    assert form.validate(), form.errors_by_field
    return form.submission(key=KEY, address="192.0.2.1", submitted_at=NOW, suspicions=("fast",))


def test_submission_holds_what_was_posted(make_project, fill, tokens):
    capture = {"campaign": "utm_campaign", "note": ["utm_source", "page"]}
    project = make_project(PHONE, capture=capture, consents=[NEWS])
    sent = {
        "phone": "777 123 456", "unit": "A-101", "unit_id": "48504", "campaign": "spring",
        "page": "https://www.riverside.example/a?b=1", "referrer": "https://www.google.com/",
        "utm_source": "fb", "utm_campaign": "autumn", "utm_medium": "cpc", "consent_39268430": "true",
        "token": tokens.mint("riverside"),
    }  # fmt: skip

    submission = submit(fill(project, sent))

    assert submission.answers == {
        "name": "Žofie", "surname": "Šťastná", "email": "zofie@example.com", "phone": "+420777123456",
        "unit": "A-101", "unit_id": "48504", "campaign": "spring",
    }  # fmt: skip
    assert submission.context.page == "https://www.riverside.example/a?b=1"
    assert submission.context.referrer == "https://www.google.com/"
    assert submission.context.parameters == {"utm_source": "fb", "utm_campaign": "autumn"}
    assert submission.context.language == "en"
    assert submission.context.form_version == project.form_version
    assert (submission.project, submission.key, submission.suspicions) == ("riverside", KEY, ("fast",))
    assert submission.context.address == "192.0.2.1"
    assert submission.context.submitted_at == NOW
    assert len(submission.token) == 22


def test_what_nobody_asked_for_goes_nowhere(make_project, fill):
    foreign = ("login", "password", "project", "salesman", "referral", "status", "customer_vip", "id", "tags")

    submission = submit(fill(make_project(), dict.fromkeys(foreign, "999")))

    assert submission.answers.keys() == {"name", "surname", "email"}
    assert submission.context.parameters == {}


def test_payload_composes_from_the_answers(make_project, fill):
    project = make_project(PHONE, {"field": "rooms", "options": ["1+kk", "2+kk"]}, consents=[NEWS])

    submission = submit(
        fill(project, {"phone": "777123456", "rooms": ["2+kk", "1+kk"], "consent_39268430": "on"})
    )
    body = compose(project, submission.answers, consents=submission.consents, context=submission.context)

    assert (body["phone"], body["preferencerooms"], body["updateconsents"]) == (
        "+420777123456",
        "1+kk|2+kk",
        "39268430",
    )


def test_full_name_is_kept_as_two(make_project, fill):
    project = make_project({"field": "full_name"}, without=("name", "surname"))
    form = fill(project, {"full_name": " Nguyễn  Thị Hương "}, person={"email": "a@example.com"})

    answers = submit(form).answers

    assert answers == {"name": "Nguyễn Thị", "surname": "Hương", "email": "a@example.com"}


@pytest.mark.parametrize("language", ["en", "cs", "uk"])
def test_errors_come_in_the_order_shown(make_project, fill, language):
    project = make_project(PHONE, consents=[TERMS])
    form = fill(project, {"phone": "1", "email": "x"}, person={}, language=language)

    assert not form.validate()
    assert list(form.errors_by_field) == ["name", "surname", "email", "phone", "consent_7"]


def test_validating_twice_says_the_same(make_project, fill):
    form = fill(make_project(PHONE), {"email": "x", "phone": "777123456"})

    assert form.validate() is form.validate() is False
    assert len(form.errors_by_field["email"]) == 1


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, {"email": UNREACHABLE, "phone": UNREACHABLE}),
        ({"email": "a@example.com"}, {}),
        ({"phone": "777123456"}, {}),
        ({"email": " ", "phone": ""}, {"email": UNREACHABLE, "phone": UNREACHABLE}),
    ],
)
def test_one_way_to_reach_the_visitor_is_demanded(make_project, fill, sent, errors):
    form = fill(make_project(PHONE), sent, person={"name": "Jan", "surname": "Novák"})
    form.validate()

    assert form.errors_by_field == errors


def test_wrong_contact_is_told_once(make_project, fill):
    form = fill(make_project(PHONE), {"email": "x", "phone": ""})
    form.validate()

    assert list(form.errors_by_field) == ["email"]


def test_only_way_to_reach_the_visitor_is_required(make_project, fill):
    form = fill(make_project(), {"email": ""})
    form.validate()

    assert form.errors_by_field == {"email": ["Enter your email, e.g. name@example.com."]}


def test_malformed_answer_is_an_error(make_project, fill):
    form = fill(make_project(PHONE), malformed=frozenset({"phone", "utm_source", "nonsense"}))
    form.validate()

    assert form.errors_by_field == {"phone": ["We couldn’t read this answer. Please enter it again."]}


@pytest.mark.parametrize(
    ("text", "given"),
    [("true", True), ("on", True), ("1", True), ("yes", False), ("false", False), ("", False)],
)
def test_consent_is_given_by_a_plain_yes_only(make_project, fill, text, given):
    submission = submit(fill(make_project(consents=[NEWS]), {"consent_39268430": text}))

    assert [consent.given for consent in submission.consents] == [given]


def test_consents_are_kept_in_the_words_shown_given_or_not(make_project, fill):
    project = make_project(consents=[NEWS, TERMS], languages=["cs", "en"])

    submission = submit(fill(project, {"consent_7": "true"}, language="cs"))

    assert submission.consents == (
        Consent(id=39268430, given=False, wording="Chci [novinky](https://a.example)", language="cs"),
        Consent(id=7, given=True, wording="Souhlasím", language="cs"),
    )


def test_wording_is_dated_by_the_language_it_is_in(make_project, fill):
    project = make_project(consents=[NEWS, TERMS], languages=["cs", "de"])

    submission = submit(fill(project, {"consent_7": "true"}, language="de"))

    assert [consent.language for consent in submission.consents] == ["cs", "cs"]


def test_required_consent_is_demanded(make_project, fill):
    form = fill(make_project(consents=[TERMS]), {"consent_7": "false"})
    form.validate()

    assert form.errors_by_field == {"consent_7": ["Please tick this box so that we can handle your enquiry."]}


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_token_is_judged_apart_from_the_answers(make_project, fill, token):
    form = fill(make_project(), {"token": token})

    assert form.validate()
    assert not form.token.is_valid


def test_empty_form_is_nobody_s(make_project, tokens):
    form = ProjectForm(make_project(), language="en", tokens=tokens)

    assert form.token.is_missing
    assert form.errors_by_field == {}
    assert form["token"].current_token == ""
    assert form.carried == {}


def test_form_shown_again_carries_what_the_host_page_sent(make_project, fill):
    project = make_project({"field": "unit", "visible": True}, capture={"note": ["utm_source"]})
    sent = {
        "unit": "A-1",
        "unit_id": "5",
        "campaign": "x",
        "page": "https://a.example/",
        "utm_source": "fb",
        "login": "x",
    }

    form = fill(project, sent)

    assert form.carried == {"unit_id": "5", "campaign": "x", "page": "https://a.example/", "utm_source": "fb"}


def test_forms_of_one_project_share_nothing(make_project, fill):
    project = make_project(PHONE)
    wrong, right = fill(project, {"phone": "1"}), fill(project, {"phone": "777123456"})

    assert not wrong.validate()
    assert right.validate()


def test_a_fresh_form_holds_nothing_of_an_earlier_visitor(make_project, fill, tokens):
    project = make_project(PHONE)
    fill(project, {"phone": "1", "name": "Karel"}).validate()

    fresh = ProjectForm(project, language="en", tokens=tokens)

    assert [fresh[key].given for key in project.questions] == [[]] * len(project.questions)
    assert not fresh.errors_by_field


def test_fields_are_kept_for_the_next_visitor_but_not_for_ever(make_project, tokens, monkeypatch):
    monkeypatch.setattr(fields, "MAX_FORMS", 2)
    projects = [make_project(name=f"Riverside {number}") for number in range(5)]

    kept = [fields.fields_of(project, "en") for project in projects]

    assert fields.fields_of(projects[-1], "en") is kept[-1]
    assert fields.fields_of(projects[0], "en") is not kept[0]


def test_changed_project_gets_new_fields(make_project, tokens):
    before, after = (
        make_project(EMAIL, without=("email",)),
        make_project({**EMAIL, "required": True}, PHONE, without=("email",)),
    )
    forms = [ProjectForm(p, language="en", tokens=tokens, posted=Posted({})) for p in (before, after)]

    assert [("phone" in form) for form in forms] == [False, True]
