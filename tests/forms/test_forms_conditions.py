"""What a condition makes of an answer, in every way that people may write it."""

import json
from pathlib import Path

import pytest

TYPED = json.loads((Path(__file__).parents[1] / "js" / "show_if.json").read_text(encoding="utf-8"))
"""Kind, text, condition, and whether it holds; tests/js/fields.test.mjs asks the same of the browser."""


@pytest.fixture
def shows(make_project, fill):
    def send(kind, text, wanted):
        asked = {"field": kind} if kind == "price_max" else {"attribute": "a", "type": kind, "label": "A"}
        key = asked.get("field", "a")
        b = {"attribute": "b", "type": "string", "label": "B", "show_if": {key: wanted}}
        return "b" not in fill(make_project(asked, b), {key: text}).hidden

    return send


@pytest.mark.parametrize(("kind", "text", "wanted", "is_shown"), TYPED)
def test_condition_compares_what_an_answer_means(shows, kind, text, wanted, is_shown):
    assert shows(kind, text, wanted) is is_shown


@pytest.mark.parametrize("text", ["24.12.2026", "24. 12. 2026"])
def test_condition_knows_a_day_however_it_is_written(shows, text):
    assert shows("date", text, "2026-12-24")


def test_condition_on_an_amount_holds_whatever_the_field_offers(make_project, fill):
    price = {"field": "price_max", "options": [4_000_000, 6_000_000]}
    loan = {"attribute": "b", "type": "string", "label": "B", "show_if": {"price_max": 6_000_000}}

    form = fill(make_project(price, loan), {"price_max": "6000000", "b": "mortgage"})

    assert form.validate()
    assert form.answers["b"] == "mortgage"
