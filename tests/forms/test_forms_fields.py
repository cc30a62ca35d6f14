"""What the form keeps of an answer to each kind of question, or says is wrong with it."""

from datetime import datetime

import pytest

ROOMS = {"field": "rooms", "options": ["1+kk", "2+kk", {"value": "3+kk", "label": "3+kk and larger"}]}
PRICES = {"field": "price_max", "options": [4_000_000, 6_000_000]}
BOX = {"field": "price_max", "min": 1_000_000, "max": 9_000_000, "step": 500_000}
PURPOSE = {"attribute": "customer_purpose", "type": "single_select", "label": "Purpose", "options": [1, 2]}
LAYOUTS = {
    "attribute": "customer_layouts",
    "type": "multi_select",
    "label": "Layouts",
    "options": ["4", "7", "9"],
}
PETS = {"attribute": "customer_has_pets", "type": "boolean", "label": "I have pets"}
AGE = {"attribute": "customer_age", "type": "integer", "label": "Age", "min": 18, "max": 120}
YIELD = {"attribute": "customer_yield", "type": "decimal", "label": "Yield", "min": 0, "max": 20}
DAY = {"attribute": "customer_day", "type": "date", "label": "Day"}
PET = {"attribute": "customer_pet", "type": "string", "label": "Pet", "max_length": 10}

OFFERED = ["Please choose from the options below."]
ONE_ONLY = ["Please give only one answer."]
NO_PHONE = (
    "This phone number doesn’t look right. "
    "Write it like 601\xa0123\xa0456, with the country code if it’s foreign."
)
UNREADABLE = ["We couldn’t read this answer. Please enter it again."]


@pytest.mark.parametrize(
    ("question", "texts", "kept"),
    [
        ({"field": "name"}, ["  Žofie "], "Žofie"),
        ({"field": "email"}, [" Zofie@EXAMPLE.com "], "Zofie@example.com"),
        ({"field": "phone"}, ["777 123 456"], "+420777123456"),
        (ROOMS, ["3+kk", "1+kk", "3+kk", ""], ["1+kk", "3+kk"]),
        ({**ROOMS, "multiple": False}, ["2+kk"], ["2+kk"]),
        (PRICES, ["6000000"], 6_000_000),
        (BOX, ["5 250 000 Kč"], 5_250_000),
        (BOX, ["do 6,5 mil. Kč"], 6_500_000),
        ({"field": "unit", "visible": True}, ["A-101"], "A-101"),
        ({"field": "note"}, ["Dobrý den,\r\nmám zájem 🏠"], "Dobrý den,\nmám zájem 🏠"),
        (PURPOSE, ["2"], "2"),
        (LAYOUTS, ["9", "4"], ["4", "9"]),
        (PETS, ["on"], True),
        (PETS, ["false"], None),
        (AGE, ["42"], 42),
        (YIELD, ["4,50"], "4.50"),
        (YIELD, ["0.00000001"], "0.00000001"),
        (DAY, ["24. 12. 2026"], "2026-12-24"),
        (PET, [" a\ncat "], "a cat"),
        (PET, ["crocodiles"], "crocodiles"),
        ({"field": "note", "max_length": 5}, ["a\r\nb\r\nc"], "a\nb\nc"),
    ],
)  # fmt: skip
def test_answer_is_kept_as_the_lead_log_wants_it(answer, question, texts, kept):
    assert answer(question, *texts) == kept


@pytest.mark.parametrize(
    "question", [ROOMS, PRICES, BOX, PURPOSE, LAYOUTS, PETS, AGE, YIELD, DAY, PET, {"field": "note"}]
)
@pytest.mark.parametrize("texts", [[], [""], [" \u00a0\u200b"]])
def test_no_answer_is_absent(answer, question, texts):
    assert answer(question, *texts) is None


@pytest.mark.parametrize(
    ("question", "texts", "errors"),
    [
        (ROOMS, ["1+kk", "9+kk"], OFFERED),
        (ROOMS, ["1 kk"], OFFERED),
        ({**ROOMS, "multiple": False}, ["1+kk", "2+kk"], ONE_ONLY),
        (PRICES, ["5000000"], OFFERED),
        (PRICES, ["4000000", "6000000"], ONE_ONLY),
        (BOX, ["six"], ["Enter the amount in digits, e.g. 5,000,000."]),
        (BOX, ["999 999"], ["Enter at least CZK\xa01,000,000."]),
        (BOX, ["9 000 001"], ["Enter no more than CZK\xa09,000,000."]),
        ({"field": "price_max"}, ["0"], ["Enter at least CZK\xa01."]),
        ({"field": "price_max"}, ["1" * 13], ["Enter no more than CZK\xa0999,999,999,999."]),
        (PURPOSE, ["3"], OFFERED),
        (PURPOSE, ["1", "2"], ONE_ONLY),
        (LAYOUTS, ["4,7"], OFFERED),
        (PETS, ["maybe"], UNREADABLE),
        (PETS, ["true", "true"], ONE_ONLY),
        (AGE, ["4.5"], ["Enter a whole number, e.g. 18."]),
        (AGE, ["17"], ["Enter at least 18."]),
        (YIELD, ["20.01"], ["Enter no more than 20."]),
        (YIELD, ["a lot"], ["Enter a number, e.g. 20."]),
        (DAY, ["2026-02-29"], ["Enter a date, e.g. 24.12.2026."]),
        (PET, ["crocodiles!"], ["Please shorten this by 1 character."]),
        (PET, ["🐊🐊🐊🐊🐊🐊"], ["Please shorten this by 2 characters."]),
        ({"field": "name"}, ["a" * 101], ["Please shorten this by 1 character."]),
        ({"field": "email"}, ["a@example.com", "b@example.com"], ONE_ONLY),
        ({"field": "phone"}, ["777"], [NO_PHONE]),
    ],
)  # fmt: skip
def test_wrong_answer_is_refused_in_words(answer, question, texts, errors):
    assert answer(question, *texts) == errors


@pytest.mark.parametrize(
    ("question", "texts", "error"),
    [
        ({"field": "name"}, [" "], "Enter your first name."),
        ({"field": "surname"}, [], "Enter your last name."),
        ({"field": "full_name"}, ["\u200b"], "Enter your first and last name."),
        ({"field": "email"}, [""], "Enter your email, e.g. name@example.com."),
        ({"field": "phone"}, [], "Enter your phone number, e.g. 601\xa0123\xa0456."),
        (ROOMS, [""], "Please choose at least one option."),
        ({**ROOMS, "multiple": False}, [""], "Please choose one of the options."),
        (PRICES, [], "Please choose one of the options."),
        (BOX, [], "Please fill in “Budget”."),
        ({"field": "unit", "visible": True}, [], "Please fill in “Flat”."),
        ({"field": "note"}, [" \n "], "Please fill in “Message”."),
        (PETS, ["false"], "Please tick “I have pets”."),
        (
            {**PETS, "label": "I agree with [this](https://a.example):"},
            [],
            "Please tick “I agree with this”.",
        ),
        (LAYOUTS, [], "Please choose at least one option."),
        (AGE, [], "Please fill in “Age”."),
        (DAY, [], "Please choose a date."),
    ],
)
def test_required_question_demands_an_answer(answer, question, texts, error):
    assert answer({**question, "required": True}, *texts) == [error]


def test_unit_that_nobody_knows_is_kept(answer):
    question = {"field": "unit", "known": ["A-101"], "visible": True}

    assert answer(question, "<script>" + "x" * 200) == "<script>" + "x" * 200
    assert answer(question, "x" * 2000) == "x" * 1000


def test_errors_speak_the_form_s_language(answer):
    assert answer(BOX, "šest", language="cs") == [
        "Zadejte prosím částku číslicemi, třeba 5\u00a0000\u00a0000."
    ]
    assert answer(YIELD, "20,5", language="de") == ["Bitte geben Sie höchstens 20 an."]
    assert answer({**AGE, "required": True}, language="uk") == ["Заповніть, будь ласка, поле «Age»."]


def test_small_limits_are_shown_whole(answer):
    question = {"attribute": "customer_share", "type": "decimal", "label": "Share", "min": "0.00001"}

    assert answer(question, "0", language="cs") == ["Zadejte prosím nejméně 0,00001."]


def test_numbers_without_limits_are_taken(answer):
    question = {"attribute": "customer_floor", "type": "integer", "label": "Floor"}

    assert answer(question, "1000000") == 1_000_000
    assert answer(question, "0") == 0


def test_whole_number_has_no_sign(answer):
    assert answer(AGE, "-5", language="cs") == ["Zadejte prosím celé číslo, třeba 18."]


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("2026-11-28", ["Choose November 29, 2026 or later."]),
        ("2026-11-29", "2026-11-29"),
        ("2026-12-13", "2026-12-13"),
        ("2026-12-14", ["Choose December 13, 2026 or earlier."]),
    ],
)
def test_a_day_is_limited_from_today_on(answer, monkeypatch, text, answered):
    class Today(datetime):
        @classmethod
        def now(cls, zone=None):
            return cls(2026, 11, 29, 0, 30, tzinfo=zone)

    monkeypatch.setattr("realpad_form.forms.fields.datetime", Today)

    assert answer({**DAY, "min": "today", "max": "today+14"}, text) == answered


def test_a_day_may_be_limited_by_days_of_the_calendar(answer):
    assert answer({**DAY, "min": "2026-12-01"}, "2026-11-30") == ["Choose December 1, 2026 or later."]


@pytest.mark.parametrize(
    ("prefix", "text", "read"),
    [
        ("CZ", "777 123 456", "+420777123456"),
        ("CZ", "0905 123 456", "+421905123456"),  # the list was left as it was
        ("SK", "905 123 456", "+421905123456"),
        ("AT", "720 123456", "+43720123456"),  # and not somebody's number in another country
        ("AT", "+420 777 123 456", "+420777123456"),
        ("other", "+44 20 7946 0000", "+442079460000"),
        ("XX", "777 123 456", "+420777123456"),
    ],
)
def test_a_number_is_read_as_the_chosen_country_s(make_project, fill, prefix, text, read):
    project = make_project({"field": "phone"}, phone_regions=["CZ", "SK", "AT"])

    form = fill(project, {"phone": text, "phone_prefix": prefix})

    assert form.validate(), form.errors_by_field
    assert form.answers["phone"] == read


@pytest.mark.parametrize(("prefix", "text"), [("SK", "777 123 456"), ("other", "20 7946 0000")])
def test_a_number_that_the_chosen_country_does_not_have_is_refused(make_project, fill, prefix, text):
    project = make_project({"field": "phone"}, phone_regions=["CZ", "SK", "AT"])

    form = fill(project, {"phone": text, "phone_prefix": prefix})

    assert not form.validate()
    assert list(form.errors_by_field) == ["phone"]
