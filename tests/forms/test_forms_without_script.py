"""A page without script shows every question, so what is typed where it does not apply is noted."""

import pytest

PETS = {"attribute": "customer_has_pets", "type": "boolean", "label": "We have a pet"}
PET = {
    "show_if": {"customer_has_pets": True},
    "attribute": "customer_pet",
    "type": "string",
    "label": "Which one?",
}
NOTE = {"field": "note"}


@pytest.fixture
def note(make_project, fill):
    def read(*questions, **sent):
        form = fill(make_project(*questions), sent)
        assert form.validate(), form.errors_by_field
        assert form.answers.get("note") == sent.get("note")
        return form.answers_without_script.get("note")

    return read


def test_an_answer_to_a_hidden_question_is_kept_in_the_note_by_its_label(note):
    assert note(PETS, PET, NOTE, customer_pet="pes", note="Dobrý den") == "Dobrý den\n\nWhich one: pes"
    assert note(PETS, PET, customer_pet="pes") == "Which one: pes"


def test_choices_are_kept_as_the_page_calls_them_and_ticks_as_ticks(note):
    options = [{"value": "1", "label": "day"}, {"value": "2", "label": "night"}, "3"]
    hidden = {"show_if": {"customer_has_pets": True}}
    walks = {
        **hidden,
        "attribute": "customer_w",
        "type": "multi_select",
        "label": "Walks",
        "options": options,
    }
    when = {**hidden, "attribute": "customer_d", "type": "date", "label": "When"}
    big = {**hidden, "attribute": "customer_big", "type": "boolean", "label": "A big one"}

    kept = note(PETS, walks, when, big, customer_w=["1", "3"], customer_d="soon", customer_big="true")

    assert kept == "Walks: day, 3\nWhen: soon\nA big one: ✓"


def test_a_hidden_note_is_kept_and_its_attribute_is_not(make_project, fill):
    form = fill(
        make_project(PETS, PET, {**NOTE, "show_if": PET["show_if"]}), {"note": "a\nb", "customer_pet": "pes"}
    )

    assert form.validate()
    assert form.answers_without_script["note"] == "Which one: pes\nMessage: a\nb"
    assert "customer_pet" not in form.answers_without_script


def test_questions_that_apply_or_are_empty_add_nothing(note):
    assert note(PETS, PET, NOTE, customer_has_pets="true", customer_pet="pes", note="Hi") == "Hi"
    assert note(PETS, PET, customer_pet=" ", customer_has_pets="false") is None
