from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from time import process_time

import pytest

from realpad_form.forms.messages import AnswerError
from realpad_form.forms.readers import (
    read_amount,
    read_boolean,
    read_consent,
    read_date,
    read_decimal,
    read_email,
    read_full_name,
    read_integer,
    read_name,
    read_phone,
)


@pytest.mark.parametrize(
    "name",
    ["Žofie Šťastná", "Ľubomír Kráľ", "Nguyễn Thị Hương", "O'Connor-Nováková", "O’Brien", "Олена",
     "李小龍", "محمد", "Jean-Luc", "Gal·la", "J. R. R.", "Ing. arch. Jan", "Müller-Lüdenscheidt",
     "ʻIolani", "X"],
)  # fmt: skip
def test_names_of_any_script_stay_as_they_are(name):
    assert read_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"), [("O´Connor", "O'Connor"), ("O`Connor", "O'Connor"), ("Anna‑Marie", "Anna-Marie")]
)
def test_look_alikes_of_apostrophe_and_hyphen_are_put_right(text, name):
    assert read_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["123", "Jan2", "-", "...", "jan@example.com", "<b>Jan</b>", "=1+1", "Jan 🏠", "http://x.cz",
     "www.kup.to", "kupte levne.com", "Nová nabídka na best.shop", "Jan_Novák", "{{7*7}}"],
)  # fmt: skip
def test_what_is_no_name_is_refused(text):
    with pytest.raises(AnswerError):
        read_name(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Jana Nováková", ("Jana", "Nováková")),
        ("Nguyễn Thị Hương", ("Nguyễn Thị", "Hương")),
        ("Ing. Jan Novák", ("Ing. Jan", "Novák")),
    ],
)
def test_full_name_is_split_at_its_last_space(text, names):
    assert read_full_name(text) == names


@pytest.mark.parametrize("text", ["Jan", "Jan -", "- Novák"])
def test_single_word_is_no_full_name(text):
    with pytest.raises(AnswerError, match="Enter both your first and last name"):
        read_full_name(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("jan.novak@example.com", "jan.novak@example.com"),
        ("Jan.Novak@EXAMPLE.COM", "Jan.Novak@example.com"),
        ("jan+byty@example.cz", "jan+byty@example.cz"),
        ("jan@příklad.cz", "jan@příklad.cz"),
        ("jan@xn--pklad-zsa96e.cz", "jan@příklad.cz"),
    ],
)
def test_email_is_put_into_its_usual_form(text, address):
    assert read_email(text) == address


@pytest.mark.parametrize(
    "text",
    ["jan@", "@example.com", "jan@example", "jan@localhost", "jan@example..com", "a@b.cz Bcc:c@d.cz",
     "jan,novak@example.com", "a@b.cz, c@d.cz", "a@b.cz <c@d.cz> e@f.cz", "jan@[127.0.0.1]",
     f"jan@{'a' * 250}.cz", "@" * 1000],
)  # fmt: skip
def test_what_is_no_email_is_refused(text):
    with pytest.raises(AnswerError, match="doesn’t look right"):
        read_email(text)


@pytest.mark.parametrize(
    "text",
    ["anna@seznam,cz", "anna@seznam.cz.", "anna @seznam.cz", "anna@ seznam. cz", "mailto:anna@seznam.cz",
     "MAILTO: anna@seznam.cz?subject=Byt", "Anna Nová <anna@seznam.cz>", "<anna@seznam.cz>;"],
)  # fmt: skip
def test_email_is_repaired_where_it_is_plain_what_is_meant(text):
    assert read_email(text) == "anna@seznam.cz"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("jan", "is missing an @"), ("jan novak@example.com", "space"), ("jan@exa mple.com", "space")],
)
def test_refused_email_says_why(text, reason):
    with pytest.raises(AnswerError, match=reason):
        read_email(text)


def test_accents_before_the_at_sign_are_named():
    with pytest.raises(AnswerError, match="without accents"):
        read_email("žofie@example.com")


@pytest.mark.parametrize(
    ("text", "ticked"), [("true", True), ("on", True), ("1", True), ("yes", True), ("false", None)]
)
def test_boolean_is_read_strictly(text, ticked):
    assert read_boolean(text) is ticked


@pytest.mark.parametrize("text", ["True", "no", "0", "2", "ano"])
def test_unclear_boolean_is_refused(text):
    with pytest.raises(AnswerError):
        read_boolean(text)


@pytest.mark.parametrize(
    ("text", "given"),
    [("true", True), ("on", True), ("1", True), ("yes", None), ("false", None), ("x", None)],
)
def test_only_a_plain_yes_is_a_consent(text, given):
    assert read_consent(text) is given


@pytest.mark.parametrize("text", ["2026-12-04", "4.12.2026", "04.12.2026", "4. 12. 2026"])
def test_date_is_read(text):
    assert read_date(text) == date(2026, 12, 4)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "31.4.2026", "2026-1-5", "4.12.26", "12/4/2026", "0000-01-01", "soon"]
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(AnswerError):
        read_date(text)


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
        "6,5",
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


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("9 mil", 9_000_000), ("9,5 mil. Kč", 9_500_000), ("do 9 milionů", 9_000_000), ("9m", 9_000_000),
        ("0,5 mil", 500_000), ("900 tis.", 900_000), ("до 3 млн", 3_000_000), ("5 mln", 5_000_000),
        ("5 Mio.", 5_000_000), ("2 milióny", 2_000_000), ("up to 3 million", 3_000_000), ("9", 9),
    ],
)  # fmt: skip
def test_an_amount_may_be_written_in_millions(text, amount):
    assert read_amount(text, currency="CZK", example=1) == amount


@pytest.mark.parametrize("text", ["9,5", "mil", "2 mio €", "9 mili", "1,2345 mil", "1 000 000 mil"])
def test_an_amount_that_is_none_is_refused(text):
    with pytest.raises(AnswerError):
        read_amount(text, currency="CZK", example=1)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ing. Jana Nováková, Ph.D.", ("Ing. Jana", "Nováková, Ph.D.")),
        ("Jan Novák, CSc. , MBA", ("Jan", "Novák, CSc., MBA")),
        ("Jana Nováková,DiS.", ("Jana", "Nováková, DiS.")),
        ("Jan Novák, PhD", ("Jan", "Novák, PhD")),
        ("Jana Nováková Ph.D.", ("Jana", "Nováková Ph.D.")),
        ("Jan Novák ml., MBA", ("Jan", "Novák ml., MBA")),
        ("Jan B.", ("Jan", "B.")),
    ],
)
def test_titles_behind_a_comma_belong_to_the_name(text, names):
    assert read_full_name(text) == names


@pytest.mark.parametrize("text", ["Novák, Jan", "Jan Novák, buy now", "Jan Novák, www.x.cz", "Jan Novák,"])
def test_other_words_behind_a_comma_are_no_titles(text):
    with pytest.raises(AnswerError):
        read_full_name(text)


def test_a_name_written_last_name_first_is_told_how_to_be_written():
    with pytest.raises(AnswerError, match="Write your first name first, without a comma"):
        read_full_name("Nováková, Jana")
    with pytest.raises(AnswerError, match="leave out the comma"):
        read_name("Nováková, Jana")


@pytest.mark.parametrize("text", ["Jan & Jana", "Jan&Jana Novákovi", "Jan + Jana", "Jan/Jana Novákovi"])
def test_two_names_joined_by_a_sign_are_told_to_be_joined_by_a_word(text):
    for read in (read_name, read_full_name):
        with pytest.raises(AnswerError, match="write “and” between two names"):
            read(text)


def test_a_couple_joined_by_a_word_is_a_name():
    assert read_full_name("Jan a Jana Novákovi") == ("Jan a Jana", "Novákovi")


HOSTILE = [
    "Jana, " + "AAAAAA " * 9000 + "1", "Jana, " + "Ab " * 20_000, "a" * 60_000, "A." * 30_000, ", " * 30_000,
    "a@" * 30_000, "<" * 60_000, "mailto:" * 8_000, "9 " * 30_000, "(" * 60_000, "9,9 mil " * 7_000,
    " " * 60_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "read",
    [
        read_name,
        read_full_name,
        read_email,
        partial(read_phone, regions=["CZ", "SK"]),
        partial(read_amount, currency="CZK", example=1),
        partial(read_integer, example=1),
        partial(read_decimal, example=Decimal(1)),
        read_date,
    ],
    ids=["name", "full_name", "email", "phone", "amount", "integer", "decimal", "date"],
)
@pytest.mark.parametrize("length", [60, 199, 60_000])
def test_no_text_takes_long_to_be_read(read, text, length):
    began = process_time()
    with suppress(AnswerError):
        read(text[:length])

    assert process_time() - began < 0.5
