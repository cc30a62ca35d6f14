import pytest

from realpad_form.domain.errors import InvalidAnswersError
from realpad_form.forms import revalidate

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
STORED = {
    "name": "Žofie", "surname": "Šťastná", "email": "zofie@example.com", "phone": "+420777123456",
    "rooms": ["1+kk", "3+kk"], "price_max": 6_000_000, "unit": "A-101", "unit_id": "48504",
    "campaign": "spring", "note": "Dobrý den,\nmám zájem.", "customer_has_pets": True,
    "customer_pet": "dog", "customer_age": 42, "customer_yield": "4.50", "customer_day": "2026-12-24",
    "customer_purpose": "2", "customer_layouts": ["4", "7"],
}  # fmt: skip


@pytest.fixture
def correct(make_project):
    """Return a function from changes to the stored answers with them made."""

    def revise(changes, stored=STORED, language="en", project=None):
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
    assert correct({}) == STORED


@pytest.mark.parametrize(("typed", "note"), [({}, STORED["note"]), ({"note": "Volat."}, "Volat.")])
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
        for key, value in STORED.items()
    }

    assert correct(same) == STORED


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
    assert correct({key: text}) == {**STORED, key: kept}


@pytest.mark.parametrize("key", ["email", "note", "rooms", "unit", "unit_id", "customer_age", "customer_pet"])
def test_empty_change_takes_an_answer_away(correct, key):
    assert correct({key: ""}) == {k: v for k, v in STORED.items() if k != key}


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

    assert text.startswith(
        "This project asks for no such answer, only for name, surname, email, phone, rooms"
    )


def test_stored_answers_that_would_not_pass_today_stay(correct):
    stored = {**STORED, "rooms": ["atyp"], "phone": "+420000000000", "customer_gone": "x", "customer_age": 12}

    assert correct({"note": "new"}, stored=stored) == {**stored, "note": "new"}


def test_question_added_since_is_not_demanded(correct, make_project):
    project = make_project({"attribute": "customer_new", "type": "string", "label": "New", "required": True})

    assert correct({"name": "Jana"}, project=project) == {**STORED, "name": "Jana"}


def test_answers_that_a_change_hides_go(correct):
    kept = correct({"customer_has_pets": "false"})

    assert "customer_pet" not in kept
    assert "customer_has_pets" not in kept


def test_change_of_a_hidden_answer_is_refused(refused):
    assert refused({"customer_has_pets": "", "customer_pet": "cat"}) == {
        "customer_pet": ["With the other answers as they are, this is not asked."]
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
