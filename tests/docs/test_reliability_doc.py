"""Every fault that docs/reliability.md names is proved by tests that are there."""

import pytest
from named_tests import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
FAULTS = PAGE.partition("## What happens when…")[2].partition("\n## ")[0]
GROUPS = range(1, 14)


def group(number):
    """Return the rows of a group's table."""
    return FAULTS.partition(f"\n### {number}. ")[2].partition("\n### ")[0]


@pytest.mark.parametrize("number", GROUPS)
def test_each_group_of_faults_names_its_tests(number):
    rows = [row for row in group(number).splitlines() if row.startswith("| ")][1:]

    assert any("`test_" in row for row in rows)
    assert all("`test_" in row or "`benchmarks/" in row or row.endswith("| the same |") for row in rows), rows
