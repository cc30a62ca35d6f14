import pytest

from realpad_form.domain.errors import InvalidAnswersError
from realpad_form.forms import Correction, in_words, revalidate

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
        ("Email", ["z@example.com"]),
        ("Flat size", ["two rooms"]),
        ("Budget", ["up to CZK\u00a06,000,000"]),
        ("Message", ["Dobrý den,\nmám zájem."]),
        ("Pets", []),
        ("", ["x"]),
    ]


def test_answers_of_a_project_that_is_gone_are_read_by_their_keys():
    said = {each.key: list(each.texts) for each in in_words(None, STORED, language="en")}

    assert said["rooms"] == ["2+kk"]
    assert not any(each.is_asked for each in in_words(None, {"name": "J"}, language="en"))


FULL = (
    {"field": "phone"},
    {"field": "rooms", "options": ["1+kk", "2+kk", "3+kk"]},
    {"field": "price_max"},
    {"field": "unit"},
    {"field": "note"},
    {"attribute": "customer_has_pets", "type": "boolean", "label": "Pets"},
    {"attribute": "customer_pet", "type": "string", "label": "Pet", "show_if": {"customer_has_pets": True}},
    {"attribute": "customer_age", "type": "integer", "label": "Age", "min": 18},
    {"attribute": "customer_yield", "type": "decimal", "label": "Yield"},
    {"attribute": "customer_day", "type": "date", "label": "Day"},
    {"attribute": "customer_purpose", "type": "single_select", "label": "Purpose", "options": ["1", "2"]},
    {"attribute": "customer_layouts", "type": "multi_select", "label": "Layouts", "options": ["4", "7"]},
)
KEPT = {
    "name": "Žofie", "surname": "Šťastná", "email": "zofie@example.com", "phone": "+420777123456",
    "rooms": ["1+kk", "3+kk"], "price_max": 6_000_000, "unit": "A-101", "unit_id": "48504",
    "campaign": "spring", "note": "Dobrý den,\nmám zájem.", "customer_has_pets": True,
    "customer_pet": "dog", "customer_age": 42, "customer_yield": "4.50", "customer_day": "2026-12-24",
    "customer_purpose": "2", "customer_layouts": ["4", "7"],
}  # fmt: skip


@pytest.fixture
def correct(make_project):
    """Return a function from changes to the stored answers with them made."""

    def revise(changes, stored=KEPT, language="en", project=None):
        return revalidate(project or make_project(*FULL), stored, changes, language=language)

    return revise


@pytest.fixture
def refused(correct):
    def errors(changes, **options):
        with pytest.raises(InvalidAnswersError) as error:
            correct(changes, **options)
        return error.value.errors

    return errors


def test_no_change_changes_nothing(correct):
    assert correct({}) == KEPT


@pytest.mark.parametrize(("typed", "note"), [({}, KEPT["note"]), ({"note": "Volat."}, "Volat.")])
def test_what_stands_beside_a_new_number_is_kept_in_the_note_once(correct, typed, note):
    revised = correct({"phone": "777 123 457 klapka 12", **typed})

    assert revised["phone"] == "+420777123457"
    assert revised["note"] == f"{note}\n\nphone: 777 123 457 klapka 12"


def test_every_answer_may_be_given_again_as_it_is_kept(correct):
    same = {
        key: ",".join(value)
        if isinstance(value, list)
        else str(value).lower()
        if value is True
        else str(value)
        for key, value in KEPT.items()
    }

    assert correct(same) == KEPT


@pytest.mark.parametrize(
    ("key", "text", "kept"),
    [
        ("phone", "0905 123 456", "+421905123456"),
        ("email", "Nova@EXAMPLE.com", "Nova@example.com"),
        ("rooms", "3+kk|2+kk", ["2+kk", "3+kk"]),
        ("rooms", "2+kk", ["2+kk"]),
        ("price_max", "5 000 000 Kč", 5_000_000),
        ("customer_day", "1. 2. 2027", "2027-02-01"),
        ("customer_layouts", "7", ["7"]),
        ("unit", "B-2", "B-2"),
        ("unit_id", "7", "7"),
        ("campaign", "autumn", "autumn"),
    ],
)
def test_change_is_made(correct, key, text, kept):
    assert correct({key: text}) == {**KEPT, key: kept}


@pytest.mark.parametrize("key", ["email", "note", "rooms", "unit", "unit_id", "customer_age", "customer_pet"])
def test_empty_change_takes_an_answer_away(correct, key):
    assert correct({key: ""}) == {k: v for k, v in KEPT.items() if k != key}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"phone": "123"}, ["phone"]),
        ({"name": ""}, ["name"]),
        ({"rooms": "9+kk"}, ["rooms"]),
        ({"email": "", "phone": ""}, ["email", "phone"]),
        ({"customer_age": "17", "note": "fine"}, ["customer_age"]),
        ({"customer_has_pets": "maybe"}, ["customer_has_pets"]),
    ],
)
def test_change_the_form_would_refuse_is_refused(refused, changes, errors):
    assert list(refused(changes)) == errors


def test_refusal_speaks_the_operator_s_language(refused):
    assert refused({"name": ""}, language="cs") == {"name": ["Zadejte prosím své jméno."]}


@pytest.mark.parametrize("key", ["salesman", "token", "consent_7", "full_name", "login"])
def test_unknown_key_is_refused_with_the_known_ones(refused, key):
    (text,) = refused({key: "x"})[key]

    assert text.startswith("This project doesn’t ask for this, only for name, surname, email, phone, rooms")


def test_stored_answers_that_would_not_pass_today_stay(correct):
    stored = {**KEPT, "rooms": ["atyp"], "phone": "+420000000000", "customer_gone": "x", "customer_age": 12}

    assert correct({"note": "new"}, stored=stored) == {**stored, "note": "new"}


def test_question_added_since_is_not_demanded(correct, make_project):
    project = make_project({"attribute": "customer_new", "type": "string", "label": "New", "required": True})

    assert correct({"name": "Jana"}, project=project) == {**KEPT, "name": "Jana"}


def test_answers_that_a_change_hides_go(correct):
    kept = correct({"customer_has_pets": "false"})

    assert "customer_pet" not in kept
    assert "customer_has_pets" not in kept


def test_change_of_a_hidden_answer_is_refused(refused):
    assert refused({"customer_has_pets": "", "customer_pet": "cat"}) == {
        "customer_pet": ["With the other answers as they are, this question isn’t asked."]
    }


@pytest.fixture
def full_name(make_project):
    return make_project({"field": "full_name"}, without=("name", "surname"))


def test_full_name_is_corrected_as_one_or_as_two(correct, full_name):
    stored = {"name": "Jan", "surname": "van der Berg", "email": "jan@example.com"}

    assert correct({}, stored=stored, project=full_name) == stored
    assert correct({"name": "Piet"}, stored=stored, project=full_name) == {**stored, "name": "Piet"}
    assert correct({"full_name": "Eva Malá"}, stored=stored, project=full_name) == {
        "name": "Eva", "surname": "Malá", "email": "jan@example.com",
    }  # fmt: skip


def test_single_word_is_no_full_name_for_operators_either(refused, full_name):
    assert list(refused({"full_name": "Jan"}, project=full_name)) == ["full_name"]


def test_a_unit_that_is_not_in_the_list_can_be_corrected_and_stays(make_project):
    project = make_project({"field": "unit", "visible": "card", "known": ["A-101"]})
    correction = Correction(project, {**STORED, "unit": "C-9"}, "en", {"unit": ["C-9"], "name": ["Eva"]})

    [unit] = [question for question in correction.questions if question.key == "unit"]

    assert (unit.control, unit.value) == ("input", "C-9")
    assert correction.revised()["unit"] == "C-9"
