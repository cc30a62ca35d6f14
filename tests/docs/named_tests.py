"""The tests that a page of the documentation names as proofs: are they there?"""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def functions_in(path):
    """Return the names of the functions of a Python file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def proofs(page):
    """Yield each file of tests or benchmarks that a page names, with the tests named behind it."""
    for path, names in re.findall(
        r"`((?:tests|benchmarks)/[\w/]+\.py)`(?:: ((?:`test_\w+`(?:, )?)+))?", page
    ):
        yield path, re.findall(r"test_\w+", names)


def named_tests(page):
    """Return every test that a page names, wherever."""
    return set(re.findall(r"`(test_\w+)`", page))
