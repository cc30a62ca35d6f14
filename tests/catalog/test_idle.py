"""Keys that do nothing where they stand are warnings, which say what to do with them."""

import pytest

SELECT = "attribute: customer_purpose, type: single_select, label: Purpose"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{field: rooms, options: [1+kk, 2+kk], none: Any}", "several options may be chosen"),
        ("{field: price_max, min: 1000000, max: 2000000, none: Any}", "the amount is typed in"),
        (
            "{field: price_max, options: [1000000, 2000000], required: true, none: Any}",
            "an answer is required",
        ),
        (f"{{{SELECT}, options: [a, b], required: true, none: false}}", "an answer is required"),
        (
            f"{{{SELECT}, options: [a, b, c, d, e, f, g, h, i], none: Any}}",
            "more than 8 options are a list, which begins with an empty entry",
        ),
    ],
)
def test_empty_choice_where_there_is_none_is_a_warning(check, minimal, entry, why):
    assert check(f"{minimal}  - {entry}\n") == [
        f"10: warning: fields[2].none: has no effect, since {why}; leave it out"
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "{field: rooms, multiple: false, options: [1+kk, 2+kk], none: Any}",
        "{field: price_max, options: [1000000, 2000000], none: false}",
        f"{{{SELECT}, options: [a, b, c, d, e, f, g, h], none: Any}}",
        "{field: price_max, min: 3000000, max: 20000000, step: 500000, slider: true}",
        "{field: price_max, min: 3000000, max: 20000000, slider: true}",
        "{field: price_max, min: 3000000, max: 20000000, step: 700000}",
    ],
)
def test_what_has_an_effect_is_none(check, minimal, entry):
    assert check(f"{minimal}  - {entry}\n") == []


@pytest.mark.parametrize(
    ("low", "high", "step", "last"),
    [(3_000_000, 20_000_000, 700_000, 19_800_000), (1, 100, 8, 97)],
)
def test_slider_that_does_not_reach_its_end_is_a_warning(check, minimal, low, high, step, last):
    entry = f"{{field: price_max, min: {low}, max: {high}, step: {step}, slider: true}}"

    assert check(f"{minimal}  - {entry}\n") == [
        f"10: warning: fields[2].step: the slider ends at {last}, below max {high}; "
        f"write max: {last}, or a step that divides {high - low}"
    ]


@pytest.mark.parametrize(
    ("theme", "problem"),
    [
        (
            'mode: light, dark: {text: "#ffffff"}',
            "dark: has no effect with mode: light; leave it out, or write mode: auto",
        ),
        (
            'page: "#ffffff"',
            "page: has no effect without background: transparent; leave it out, or write the background",
        ),
    ],
)
def test_colours_that_nothing_has_are_a_warning(check, minimal, theme, problem):
    assert check(f"{minimal}theme: {{{theme}}}\n") == [f"10: warning: theme.{problem}"]


@pytest.mark.parametrize(
    "theme", ['mode: dark, dark: {text: "#ffffff"}', 'background: transparent, page: "#ffffff"']
)
def test_colours_that_something_has_are_none(check, minimal, theme):
    assert check(f"{minimal}theme: {{{theme}}}\n") == []


def test_wrong_values_beside_them_are_told_alone(check, minimal):
    entry = "{field: price_max, min: low, max: [1], step: 0, slider: true}"

    assert not any("warning" in problem for problem in check(f"{minimal}  - {entry}\ntheme: dark\n"))
