"""A CSV of what campaigns cost is read as spreadsheets and advertising systems write it."""

from datetime import date

import pytest

from realpad_form.domain.spend import Spend, SpendFault, read_spend, summed_up

DAY = date(2026, 11, 3)


def rows(text, currency="CZK"):
    return [said for _line, said in read_spend(text, currency=currency).rows]


@pytest.mark.parametrize(
    "text",
    [
        "date,campaign,amount\n2026-11-03,spring,1234.50\n",
        "\ufeffDatum;Kampaň;Částka\r\n3. 11. 2026;spring;1 234,50\r\n",
        "Day\tCost\tCampaign name\tClicks\n3/11/2026\t1,234.50 Kč\tspring\t7\n",
        "DATUM;NÁKLADY;NÁZEV KAMPANĚ;MĚNA\n03.11.2026;1.234,50;spring;czk\n\n;;;\n",
        'date,campaign,amount\n2026-11-03,"spring","1 234,50"\n',
    ],
)
def test_columns_days_and_amounts_are_read_as_people_write_them(text):
    assert rows(text) == [Spend(DAY, "spring", "CZK", 123_450)]


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0", 0),
        ("1234", 123_400),
        ("1,234", 123_400),
        ("1.234.567", 123_456_700),
        ("1234.567", 123_457),
        ("1,234.567", 123_457),
        ("0.125", 12),
        ("0,900", 90),
        (".125", 12),
        ("12,5", 1250),
        ("0,99", 99),
    ],
)
def test_amount_is_understood(amount, cents):
    [said] = rows(f"date;campaign;amount\n2026-11-03;spring;{amount}")

    assert said.cents == cents


@pytest.mark.parametrize(
    ("amount", "currency"), [("5 €", "EUR"), ("5 zł", "PLN"), ("5 EUR", "EUR"), ("5", "CZK")]
)
def test_amount_may_name_its_currency(amount, currency):
    [said] = rows(f"date;campaign;amount\n2026-11-03;spring;{amount}")

    assert said.currency == currency


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("yesterday;spring;5;", SpendFault.DATE),
        ("2026-02-30;spring;5;", SpendFault.DATE),
        ("30. 2. 2026;spring;5;", SpendFault.DATE),
        ("2026-11-03;;5;", SpendFault.CAMPAIGN),
        ("2026-11-03;spring;a lot;", SpendFault.AMOUNT),
        ("2026-11-03;spring;-5;", SpendFault.AMOUNT),
        ("2026-11-03;spring;;", SpendFault.AMOUNT),
        ("2026-11-03;spring;99999999999999;", SpendFault.AMOUNT),
        ("2026-11-03;spring;5;crowns", SpendFault.CURRENCY),
    ],
)
def test_line_that_cannot_be_read_is_told_with_its_number_and_hides_no_other(line, fault):
    file = read_spend(f"date;campaign;amount;currency\n{line}\n2026-11-03;spring;5;\n", currency="CZK")

    assert [(number, why) for number, why, _text in file.faults] == [(2, fault)]
    assert [number for number, _said in file.rows] == [3]


@pytest.mark.parametrize("text", ["", "spring;5", "date;amount\n2026-11-03;5", "\0", "a,b\n" * 3])
def test_file_without_its_columns_says_which(text):
    file = read_spend(text, currency="CZK")

    assert file.rows == ()
    assert "campaign" in file.missing


def test_adverts_of_one_campaign_and_day_are_summed_up():
    said = [
        Spend(DAY, "a", "CZK", 1),
        Spend(DAY, "b", "CZK", 5),
        Spend(DAY, "a", "CZK", 2),
        Spend(DAY, "a", "EUR", 9),
    ]

    assert list(summed_up(said)) == [
        Spend(DAY, "a", "CZK", 3),
        Spend(DAY, "a", "EUR", 9),
        Spend(DAY, "b", "CZK", 5),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(end):
    text = end.join(["date;campaign;amount", "2026-11-03;spring;5", "2026-11-04;autumn;6", ""])

    assert [each.campaign for each in rows(text)] == ["spring", "autumn"]


def test_line_end_within_a_name_hides_no_other_line():
    file = read_spend("date;campaign;amount\n2026-11-03;spr\ring;5\n2026-11-04;autumn;6\n", currency="CZK")

    assert [said.campaign for _line, said in file.rows] == ["autumn"]
    assert [line for line, _fault, _text in file.faults] == [2, 3]
