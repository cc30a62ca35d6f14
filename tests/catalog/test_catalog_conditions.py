import time
from itertools import combinations

import pytest

from realpad_form.catalog.conditions import check_conditions
from realpad_form.catalog.violations import AskedField

QUESTIONS = """\
  - {attribute: customer_pets, type: boolean, label: Pets}
  - {field: rooms, options: [1, {value: 2+kk}]}
  - {field: price_max, min: 1000}
  - {attribute: customer_day, type: date, label: Day}
  - {attribute: customer_age, type: integer, label: Age, min: 18, max: 120}
  - {attribute: customer_yield, type: decimal, label: Yield, min: 0.5}
"""


def test_condition_may_name_any_answer_of_any_other_question(check, minimal):
    last = "  - {field: note, show_if: {customer_pets: false, rooms: [1, 2+kk], price_max: 5000, email: x}}\n"

    assert check(minimal + last + QUESTIONS) == []


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("customer_pet: true", "customer_pet: the form has no such question; did you mean `customer_pets`?"),
        ("note: x", "note: a question cannot wait for itself; name another one"),
        ("customer_pets: yes", 'customer_pets: "yes" is no answer to customer_pets; write true or false'),
        ("rooms: [1, 3]", 'rooms: 3 is no answer to rooms; write 1 or "2+kk"'),
        ("rooms: true", 'rooms: true is no answer to rooms; write 1 or "2+kk"'),
        ("price_max: cheap", 'price_max: "cheap" is no answer to price_max; write a whole number'),
        ("customer_age: -5", "customer_age: -5 is no answer to customer_age; write a whole number"),
        ("customer_day: 31. 12.", 'customer_day: "31. 12." is no answer to customer_day; '
         "write a day, e.g. 2026-12-31"),
        ('customer_day: "2026-99-99"',
         'customer_day: "2026-99-99" is no answer to customer_day; write a day, e.g. 2026-12-31'),
        ("customer_day: 2026-W01-1",
         'customer_day: "2026-W01-1" is no answer to customer_day; write a day, e.g. 2026-12-31'),
        ("customer_age: 121",
         "customer_age: 121 is no answer to customer_age; write a number from 18 to 120"),
        ("customer_age: 17",
         "customer_age: 17 is no answer to customer_age; write a number from 18 to 120"),
        ("price_max: 999", "price_max: 999 is no answer to price_max; "
         "write a number from 1000 to 999999999999"),
        ("customer_yield: '1e3'", 'customer_yield: "1e3" is no answer to customer_yield; write a number'),
        ("customer_yield: '0.4'", 'customer_yield: "0.4" is no answer to customer_yield; '
         "write a number from 0.5 to 999999999999999"),
        ("email: 'x  y'", 'email: "x  y" is no answer to email; write "x y"'),
        ('email: "\\u200b"', 'email: "\u200b" is no answer to email; write a text or a number'),
        ("email: true", "email: true is no answer to email; write a text or a number"),
    ],
)  # fmt: skip
def test_condition_that_can_never_hold_is_a_problem(check, minimal, condition, problem):
    last = f"  - field: note\n    show_if:\n      {condition}\n"

    assert check(minimal + QUESTIONS + last) == [f"18: fields[8].show_if.{problem}"]


def test_questions_cannot_wait_for_each_other(check, minimal):
    circle = """\
  - {field: note, show_if: {customer_a: true}}
  - {attribute: customer_a, type: boolean, label: A, show_if: {customer_b: true}}
  - {attribute: customer_b, type: boolean, label: B, show_if: {note: x}}
"""

    problems = check(minimal + circle)

    assert [problem.split(":")[0] for problem in problems] == ["10", "11", "12"]
    assert "note and customer_a wait for each other" in problems[0]


def test_long_chain_of_questions_is_checked(check, minimal):
    chain = [
        f"  - {{attribute: a{n}, type: boolean, label: A, show_if: {{a{n + 1}: true}}}}\n"
        for n in range(1100)
    ]

    assert check(f"{minimal}{''.join(chain)}  - {{attribute: a1100, type: boolean, label: A}}\n") == []


def test_question_that_waits_for_a_circle_is_not_a_part_of_it(check, minimal):
    text = """\
  - {attribute: customer_a, type: boolean, label: A, show_if: {customer_b: true}}
  - {attribute: customer_b, type: boolean, label: B, show_if: {customer_a: true}}
  - {field: note, show_if: {customer_a: true}}
"""

    assert [problem.split(":")[0] for problem in check(minimal + text)] == ["10", "11"]


def test_name_is_never_hidden(check, minimal):
    problems = check(minimal.replace("full_name", "full_name\n    show_if: {email: x}"))

    assert problems == ["9: fields[0].show_if: Realpad demands it of every lead; leave show_if out here"]


def test_one_way_to_answer_is_never_hidden(check, minimal):
    pets = "  - {attribute: customer_pets, type: boolean, label: Pets}\n"
    hidden = "  - {field: phone, show_if: {customer_pets: true}}\n"

    assert check(minimal + pets + hidden) == []
    problems = check(
        minimal.replace("field: email", "field: email\n    show_if: {customer_pets: true}") + pets + hidden
    )

    assert problems == [
        "12: fields[3].show_if: Realpad demands an e-mail address or a phone number of every lead; "
        "leave show_if out here"
    ]


EDGES = [(one, other) for one in "abc" for other in "abc" if one != other]


def leads(edges, one, other):
    """Tell whether one question waits for another, directly or not."""
    found, ahead = set(), [one]
    while ahead:
        key = ahead.pop()
        new = {end for start, end in edges if start == key} - found
        found |= new
        ahead += new
    return other in found


@pytest.mark.parametrize("edges", [e for n in range(7) for e in combinations(EDGES, n)])
def test_exactly_those_conditions_are_refused_that_lie_on_a_circle(edges):
    asked = {
        key: AskedField(("fields", n), key, {"type": "boolean", "attribute": key,
                   "show_if": {end: True for start, end in edges if start == key}})
        for n, key in enumerate("abc")
    }  # fmt: skip

    found = {(finding.place[1], finding.place[-1]) for finding in check_conditions(asked)}

    assert found == {("abc".index(one), other) for one, other in edges if leads(edges, other, one)}


def test_checking_conditions_takes_time_in_proportion_to_their_number():
    chain = {
        f"a{n}": AskedField(("fields", n), f"a{n}", {"type": "boolean", "attribute": f"a{n}",
                       "show_if": {f"a{n - 1}": True} if n else {}})
        for n in range(4_000)
    }  # fmt: skip

    began_s = time.process_time()
    assert list(check_conditions(chain)) == []

    assert time.process_time() - began_s < 0.5
