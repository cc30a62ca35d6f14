"""docs/accessibility.md has every clause of EN 301 549 for web content, each with a verdict and a reason."""

import re

import pytest
from named_tests import ROOT

PAGE = (ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in PAGE.splitlines()
    if re.match(r"\| \d[\d.]* \|", line)
]
CRITERIA = {
    "1.1": [1], "1.2": [1, 2, 3, 4, 5], "1.3": [1, 2, 3, 4, 5], "1.4": [1, 2, 3, 4, 5, 10, 11, 12, 13],
    "2.1": [1, 2, 4], "2.2": [1, 2], "2.3": [1], "2.4": [1, 2, 3, 4, 5, 6, 7], "2.5": [1, 2, 3, 4],
    "3.1": [1, 2], "3.2": [1, 2, 3, 4], "3.3": [1, 2, 3, 4], "4.1": [1, 2, 3],
}  # fmt: skip
"""The success criteria of levels A and AA by guideline. Source: WCAG 2.1."""
ADDED = ["2.4.11", "2.5.7", "2.5.8", "3.2.6", "3.3.7", "3.3.8"]
"""Those that WCAG 2.2 adds at these levels."""
PICTURES = [
    (path.name, picture)
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for picture in re.findall(r"!\[[^\]]*\]\([^)]*\)|<img [^>]*>", path.read_text(encoding="utf-8"))
]


def test_every_criterion_of_the_two_levels_has_one_row():
    web = [number for number, *_ in ROWS if re.match(r"9\.[1-4]\.", number)]

    assert web == [f"9.{guideline}.{n}" for guideline, numbers in CRITERIA.items() for n in numbers]
    assert [number for number, *_ in ROWS if re.match(r"[234]\.\d", number)] == ADDED


def test_every_other_chapter_that_concerns_software_is_there():
    rest = {number for number, *_ in ROWS} - set(ADDED)

    assert {f"5.{n}" for n in range(1, 10)} | {f"9.6.{n}" for n in range(1, 6)} <= rest
    assert {"10", "11", "12.1.1", "12.1.2", "12.2.2", "12.2.3", "12.2.4", "13"} <= rest


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_clause_has_a_verdict_and_a_reason(row):
    _, about, verdict, reason = row

    assert about
    assert verdict in ("supports", "partially supports", "not applicable")
    assert reason


@pytest.mark.parametrize(("page", "picture"), PICTURES)
def test_every_picture_in_the_documentation_has_a_description(page, picture):
    assert re.match(r"!\[[^\]]{20,}\]|<img [^>]*alt=\"[^\"]{20,}\"", picture)
