import pytest

from realpad_form.domain.errors import InvalidAnswersError
from realpad_form.forms import Correction, in_words

QUESTIONS = (
    {"field": "phone"},
    {"field": "rooms", "options": ["1+kk", {"value": "2+kk", "label": {"en": "two rooms"}}]},
    {"field": "price_max"},
    {"field": "unit"},
    {"field": "note"},
    {"attribute": "customer_has_pets", "type": "boolean", "label": "[Pets](https://x.example)?"},
)
STORED = {
    "name": "Žofie", "surname": "Šťastná", "email": "z@example.com", "rooms": ["2+kk"],
    "price_max": 6_000_000, "note": "Dobrý den,\nmám zájem.", "customer_has_pets": True,
    "customer_gone": "x",
}  # fmt: skip


@pytest.fixture
def project(make_project):
    return make_project(*QUESTIONS)


@pytest.fixture
def correction(project):
    """Return what comes of an operator's POST."""
    return lambda posted: Correction(project, STORED, "en", posted)


def test_what_was_sent_back_as_it_was_is_no_change(correction):
    posted = {
        "name": [" Žofie  "], "rooms": ["", "2+kk"], "price_max": ["6000000"],
        "note": ["Dobrý den,\r\nmám zájem. "], "customer_has_pets": ["", "true"], "unit": [""],
    }  # fmt: skip

    assert correction(posted).changes == {}


def test_what_was_not_sent_stays(correction):
    assert correction({"surname": ["Malá"]}).revised() == {**STORED, "surname": "Malá"}


def test_ticks_taken_away_are_answers_taken_away(correction):
    revised = correction({"rooms": [""], "customer_has_pets": [""]}).revised()

    assert "rooms" not in revised
    assert "customer_has_pets" not in revised


def test_options_with_a_comma_are_told_apart(make_project):
    options = ["1,5", "2"]
    project = make_project({"field": "rooms", "options": options})
    posted = {"rooms": ["", *options]}

    assert Correction(project, STORED, "en", posted).revised()["rooms"] == options


def test_keys_that_nobody_asks_are_not_touched(correction):
    typed = correction({"customer_gone": ["y"], "password": ["p"], "csrf_token": ["t"]})

    assert typed.changes == {}


def test_mistakes_are_those_of_the_form(correction):
    with pytest.raises(InvalidAnswersError) as refusal:
        correction({"phone": ["12"], "name": [""]}).revised()

    assert refusal.value.errors.keys() == {"phone", "name"}


def test_questions_hold_what_was_typed_or_else_stored(correction):
    questions = {q.key: q for q in correction({"phone": ["12"]}).questions}

    assert (questions["phone"].value, questions["surname"].value) == ("12", "Šťastná")
    assert (questions["unit"].control, questions["customer_has_pets"].label) == ("input", "Pets")
    assert [c.value for c in questions["rooms"].choices if c.is_chosen] == ["2+kk"]
    assert correction({}).unasked == {"unit_id": "", "campaign": ""}


def test_answers_are_read_in_the_words_and_order_of_the_project(project):
    said = [(each.label, list(each.texts)) for each in in_words(project, STORED, language="en")]

    assert said == [
        ("First name", ["Žofie"]),
        ("Last name", ["Šťastná"]),
        ("E-mail", ["z@example.com"]),
        ("Layout", ["two rooms"]),
        ("Budget", ["up to CZK\u00a06,000,000"]),
        ("Message", ["Dobrý den,\nmám zájem."]),
        ("Pets", []),
        ("", ["x"]),
    ]


def test_answers_of_a_project_that_is_gone_are_read_by_their_keys():
    said = {each.key: list(each.texts) for each in in_words(None, STORED, language="en")}

    assert said["rooms"] == ["2+kk"]
    assert not any(each.is_asked for each in in_words(None, {"name": "J"}, language="en"))
