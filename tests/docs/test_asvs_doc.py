"""docs/asvs.md has every requirement of OWASP ASVS 5.0 up to level 2: none is open, each has its proof."""

import re
from collections import Counter

import pytest
from named_tests import ROOT

PAGE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE.splitlines()
    if re.match(r"\| \d", line)
]
REQUIREMENTS = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13,
    16: 16, 17: 7,
}  # fmt: skip
"""How many of each chapter are of levels 1 and 2. Source: OWASP ASVS 5.0.0."""


def slug(heading):
    """Return the anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_requirement_of_the_two_levels_has_one_row():
    numbers = [row[0] for row in ROWS]

    assert Counter(int(number.split(".")[0]) for number in numbers) == REQUIREMENTS
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_none_is_open_and_each_says_what_shows_it(row):
    _, _, stands, shown = row

    assert stands.startswith(("met:", "met, ", "not applicable:"))
    assert shown


@pytest.mark.parametrize(
    ("page", "anchor"), sorted(set(re.findall(r"\]\(([\w/.-]*\.md)(?:#([\w-]+))?\)", PAGE)))
)
def test_every_section_that_is_linked_is_there(page, anchor):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    anchors = {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)}

    assert not anchor or anchor in anchors


def test_nothing_is_put_off():
    assert "](#" not in PAGE
    assert not re.search(r"\bGaps?\b|see below|still missing|is missing yet", PAGE)
