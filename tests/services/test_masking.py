"""Masked, two leads can be told apart, and nobody can be rung up."""

import pytest

from realpad_form.services.masking import mask, mask_answers, mask_texts


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Jana Nováková", "J•••• N••••"),
        ("  jana  ", "j••••"),
        ("+420777123456", "+420 ••• ••• 456"),
        ("+420 777 123 456", "+420 ••• ••• 456"),
        ("+49 151 23456789", "+49 ••• ••• 789"),
        ("jana.novakova@example.com", "j••••@e••••"),
        ("@", "••••@••••"),
        ("Mám zájem o byt A-101, volejte večer", "••••"),
        ("\u202eanaJ", "a••••"),
        ("👩‍👩‍👧‍👦", "••••"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_what_is_left_of_a_text(text, masked):
    assert mask(text) == masked


def test_length_of_a_name_is_no_hint():
    assert mask("Jo") == mask("J" + "o" * 500)


def test_what_says_nothing_of_a_person_stays():
    plain = {"rooms": ["2+kk"], "price_max": 8_000_000, "unit": "A-101", "unit_id": 7, "campaign": "jaro"}

    assert mask_answers(plain) == plain


def test_a_projects_own_questions_are_masked_whatever_they_hold():
    answers = {
        "note": "Volejte po páté, prosím, dřív nemohu",
        "customer_employer": "Novák s.r.o.",
        "customer_children": 3,
        "customer_pets": True,
        "customer_hobbies": ["golf", "sailing at sea all day long"],
    }

    assert mask_answers(answers) == {
        "note": "••••",
        "customer_employer": "N•••• s••••",
        "customer_children": "••••",
        "customer_pets": True,
        "customer_hobbies": ["g••••", "••••"],
    }


def test_captured_parameters_are_masked_but_the_campaign():
    assert mask_texts({"campaign": "jaro", "gclid": "abc"}) == {"campaign": "jaro", "gclid": "a••••"}
