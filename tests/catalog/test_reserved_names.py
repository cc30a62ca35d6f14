"""Names that a custom attribute or a captured parameter cannot have, as the page's script knows them."""

import re
from pathlib import Path

import pytest

from realpad_form.domain import project_rules as rules

SCRIPT = (Path(__file__).parents[2] / "static" / "form" / "context.js").read_text(encoding="utf-8")


def test_parameters_that_the_page_keeps_to_itself_are_known():
    [about] = re.findall(r"ABOUT_THE_PAGE = /\^\(\?:(.*)\)\$/", SCRIPT)
    [prefill] = re.findall(r'PREFILL = "(.*)"', SCRIPT)

    assert (set(about.split("|")), prefill) == (set(rules.ABOUT_THE_PAGE), rules.PREFILL)


@pytest.mark.parametrize("name", [*rules.ABOUT_THE_PAGE, "prefill-email"])
def test_parameter_that_is_never_sent_is_not_captured(check, minimal, name):
    capture = f"capture:\n  campaign: {name}\n  attributes: {{customer_a: {name}}}\n  note: [{name}]\n"

    problems = check(minimal + capture)

    what = f"'{name}' is for the form's page alone, which sends it nowhere; capture another one"
    assert problems == [
        f"11: capture.campaign: {what}",
        f"12: capture.attributes.customer_a: {what}",
        f"13: capture.note[0]: {what}",
    ]


@pytest.mark.parametrize("name", sorted({*rules.POST, *rules.SCRIPTED, "consent_5", "words_5"} - {"unit"}))
def test_attribute_is_not_called_like_a_part_of_the_form(check, minimal, name):
    question = f"  - {{attribute: {name}, type: string, label: A}}\n"

    problems = check(minimal + question)

    what = f"'{name}' is the form's own parameter; a custom attribute is called e.g. customer_{name}"
    assert f"10: fields[2].attribute: {what}" in problems
