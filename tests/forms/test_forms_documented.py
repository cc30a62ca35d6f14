"""The table "What is taken as an answer" of docs/project-file.md: each row at its edges, and beyond them."""

import re
from pathlib import Path

import pytest

from realpad_form.forms.posted import CAMPAIGN_CHARS, CAPTURED_CHARS
from realpad_form.forms.readers import MAX_UNIT_CHARS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "project-file.md").read_text(encoding="utf-8")
SECTION = DOCUMENT.partition("## What is taken as an answer")[2].partition("\n## ")[0]
ROWS = [row for row in re.findall(r"^\| (.+?) \| .+ \|$", SECTION, re.MULTILINE) if row != "answer"]


def own(kind, **more):
    return {"attribute": "customer_x", "type": kind, "label": "X", **more}


LONG_EMAIL = f"zofie@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 57}.example"
NAMES = ["Žofie-Anna", "O'Neil", "J. R.", "Núria Gal·la", "Юлія", "à" * 100]
NO_NAMES = ["-", "Jana 2", "www.example.com", "jana.example.com/x", "à" * 101]

EXAMPLES = [
    ("`name`, `surname`", {"field": "name"}, NAMES, NO_NAMES),
    (
        "`full_name`",
        {"field": "full_name"},
        [f"{'a' * 99} {'b' * 100}"],
        ["Jana", "Jana -", f"{'a' * 100} {'b' * 100}"],
    ),
    (
        "`email`",
        {"field": "email"},
        [LONG_EMAIL, "zofie@háčky.example"],
        ["žofie@example.com", "a@b", f"a{LONG_EMAIL}"],
    ),
    (
        "`phone`",
        {"field": "phone"},
        ["777 123 456", "+44 20 7946 0958", "00421 905 123 456"],
        ["123", "7" * 61],
    ),
    (
        "`price_max` as a box",
        {"field": "price_max"},
        ["1", "999 999 999 999", "1.000 Kč"],
        ["0", "1000000000000", "1,5", "100 EUR"],
    ),
    (
        "`price_max` as a box",
        {"field": "price_max", "min": 2, "max": 9, "step": 5},
        ["2", "3", "9"],
        ["1", "10"],
    ),
    ("`note`, `string`", {"field": "note", "max_length": 5}, ["a\n\n🏠"], ["123456"]),
    ("`note`, `string`", own("string", max_length=5), ["<b> ?", "🏠🏠a"], ["🏠🏠ab"]),
    ("`boolean`", own("boolean"), ["on", "true"], ["perhaps"]),
    (
        "`integer`",
        own("integer", max=10**15 - 1),
        ["0", "1.000", "1 000", "1,000", "9" * 15],
        ["-1", "1" * 16, "1.5"],
    ),
    ("`decimal`", own("decimal"), ["-1,5", "1.5", "9" * 15], ["1" * 16, "1e5"]),
    ("`date`", own("date"), ["2026-12-24", "24.12.2026", "24. 12. 2026"], ["2026-02-30", "12/24/2026"]),
    ("with `options`", own("single_select", options=["1", "2"]), ["2"], ["3"]),
    ("with `options`", own("multi_select", options=["1", "2"]), ["2"], ["3"]),
]

ELSEWHERE = {
    "a consent": "tests/forms/test_forms_form.py",
    "`unit`, `unit_id`": MAX_UNIT_CHARS,
    "campaign": CAMPAIGN_CHARS,
    "captured parameters, `page`, `referrer`": CAPTURED_CHARS,
}
"""What is never refused, with the length it is cut at as the table names it."""


def test_every_row_is_tried():
    assert {row for row, *_ in EXAMPLES} | ELSEWHERE.keys() == set(ROWS)


@pytest.mark.parametrize(
    ("question", "text"), [(question, text) for _, question, taken, _ in EXAMPLES for text in taken]
)
def test_what_the_table_says_is_taken_is_taken(make_project, fill, question, text):
    form = asked(make_project, fill, question, text)

    assert form.validate(), form.errors_by_field


@pytest.mark.parametrize(
    ("question", "text"), [(question, text) for _, question, _, refused in EXAMPLES for text in refused]
)
def test_what_the_table_does_not_say_is_refused(make_project, fill, question, text):
    assert not asked(make_project, fill, question, text).validate()


def asked(make_project, fill, question, text):
    """Return the form of somebody who answers one question so."""
    key = question.get("field") or question["attribute"]
    without = ("name", "surname") if key == "full_name" else (key,)
    return fill(make_project(question, without=without), {key: text})


@pytest.mark.parametrize("row", [row for row in ELSEWHERE if row != "a consent"])
def test_what_is_cut_is_cut_where_the_table_says(row):
    [words] = re.findall(rf"^\| {re.escape(row)} \| (.+) \|$", SECTION, re.MULTILINE)

    assert f"cut at {ELSEWHERE[row]:,} characters" in words


@pytest.mark.parametrize("key", ["unit", "campaign", "page"])
def test_what_is_too_long_to_be_kept_refuses_nothing(make_project, fill, key):
    assert fill(make_project(), {key: "https://www.example.com/" + "a" * 5_000}).validate()
