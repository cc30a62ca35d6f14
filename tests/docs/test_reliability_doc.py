"""Every fault that docs/reliability.md names is proved by tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
FAULTS = PAGE.partition("## What happens when…")[2].partition("\n## ")[0]
GROUPS = range(1, 12)


def group(number):
    """Return the rows of a group's table."""
    return FAULTS.partition(f"\n### {number}. ")[2].partition("\n### ")[0]


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def proofs():
    """Return the tests that the page names, each with the file it is said to be in."""
    for path, names in re.findall(
        r"`((?:tests|benchmarks)/[\w/]+\.py)`(?:: ((?:`test_\w+`(?:, )?)+))?", PAGE
    ):
        yield path, re.findall(r"test_\w+", names)


@pytest.mark.parametrize("number", GROUPS)
def test_each_group_of_faults_names_its_tests(number):
    rows = [row for row in group(number).splitlines() if row.startswith("| ")][1:]

    assert any("`test_" in row for row in rows)
    assert all("`test_" in row or "`benchmarks/" in row or row.endswith("| the same |") for row in rows), rows


@pytest.mark.parametrize(("path", "names"), list(proofs()))
def test_every_proof_that_is_named_exists(path, names):
    assert (ROOT / path).is_file()
    assert set(names) <= names_in(path)


def test_every_test_that_is_named_stands_behind_its_file():
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert named == {name for _, names in proofs() for name in names}
