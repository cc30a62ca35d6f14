from decimal import Decimal

import pytest

from realpad_form.forms.messages import AnswerError
from realpad_form.forms.numbers import read_amount, read_decimal, read_integer


@pytest.mark.parametrize(
    "text",
    [
        "6000000",
        "6 000 000",
        "6.000.000",
        "6,000,000",
        "6'000'000",
        "6’000’000",
        "6000000 Kč",
        "6 000 000Kč",
        "6 000 000 kc",
        "6 000 000,- Kč",
        "6 000 000,-",
        "6.000.000,– Kč",
        "6 000 000,00 CZK",
        "CZK 6,000,000.00",
        "6 000 000 Kč.",
        "٦٠٠٠٠٠٠",
    ],
)
def test_amount_is_read_as_people_write_it(text):
    assert read_amount(text, currency="CZK", example=1) == 6_000_000


@pytest.mark.parametrize(
    ("text", "currency"),
    [("200 000 €", "EUR"), ("€200,000", "EUR"), ("200 000 zł", "PLN"), ("200000 zl", "PLN")],
)
def test_amount_may_carry_the_currency_of_the_project(text, currency):
    assert read_amount(text, currency=currency, example=1) == 200_000


@pytest.mark.parametrize(
    "text",
    [
        "6 mil.",
        "6,5",
        "6.5 mil",
        "6M",
        "6e6",
        "-5",
        "6 000 00",
        "1.000,000",
        "Kč",
        "6-8000000",
        "200 000 €",
        "9" * 41,
    ],
)
def test_unclear_amount_is_refused_with_an_example(text):
    with pytest.raises(AnswerError) as refused:
        read_amount(text, currency="CZK", example=5_000_000)

    assert refused.value.values == {"example": 5_000_000}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("+5", 5),
        ("1 234", 1234),
        ("1.234", 1234),
        ("1,234", 1234),
        ("007", 7),
    ],
)
def test_integer_is_read(text, number):
    assert read_integer(text, example=1) == number


@pytest.mark.parametrize(
    "text", ["1,5", "1.50", "1e3", "0x1F", "five", "-5", "−5", "-0", "1" * 16, "1" * 5000, "-"]
)
def test_what_is_no_integer_is_refused(text):
    with pytest.raises(AnswerError):
        read_integer(text, example=1)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("52,5", "52.5"),
        ("52.5", "52.5"),
        ("1 234,50", "1234.50"),
        ("1'000.5", "1000.5"),
        (".5", "0.5"),
        ("-0,5", "-0.5"),
        ("-0", "0"),
        ("007", "7"),
        ("1" * 15, "1" * 15),
    ],
)
def test_decimal_is_read(text, number):
    assert str(read_decimal(text, example=Decimal(1))) == number


@pytest.mark.parametrize(
    "text", ["1,234.5", "5.", "1e5", "NaN", "Infinity", "-", ".", "1" * 16, "0," + "1" * 15]
)
def test_what_is_no_decimal_is_refused(text):
    with pytest.raises(AnswerError):
        read_decimal(text, example=Decimal(1))
