"""Prints how the code is cut, and fails where it is worse than what is agreed.

Goals: at most 220 modules; at most 8 % of all functions private and named only once besides their
definition, which most often means that they were cut out to make their caller shorter; no class name twice; no function over 40
lines; no module over 500. `LIMITS` says how far the code is now: lower them as it gets better.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "realpad_form"

LIMITS = {
    "modules": 350,
    "private functions named once, in %": 26,
    "class names used twice": 20,
    "functions over 40 lines": 20,
    "modules over 500 lines": 5,
}
GOALS = {
    "modules": 220,
    "private functions named once, in %": 8,
    "class names used twice": 0,
    "functions over 40 lines": 0,
    "modules over 500 lines": 0,
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Print each figure with its goal; exit 1 if one is over its limit."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    found = dict(measure(sources))
    is_worse = False
    for name, examples in found.items():
        count, more = examples if isinstance(examples, tuple) else (examples, [])
        print(f"{name}: {count} (goal {GOALS[name]}, limit {LIMITS[name]})")
        for example in more if count > GOALS[name] else []:
            print(f"    {example}")
        is_worse |= count > LIMITS[name]
    sys.exit(is_worse)


def measure(sources: dict[Path, str]) -> Iterator[tuple[str, tuple[int, list[str]]]]:
    """Yield each figure with the worst examples."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    functions = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)
                 if isinstance(node, Function)]  # fmt: skip
    classes = Counter(
        node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    words = Counter(re.findall(r"\w+", "\n".join(sources.values())))
    once = [
        (path, node) for path, node in functions
        if node.name.startswith("_") and not node.name.startswith("__") and words[node.name] == 2
    ]  # fmt: skip
    longest = sorted(((_lines(node), path, node.name) for path, node in functions), reverse=True, key=str)
    yield "modules", (len(sources), [])
    yield "private functions named once, in %", (round(100 * len(once) / len(functions)), [])
    yield "class names used twice", _some(f"{name} ({n})" for name, n in classes.items() if n > 1)
    yield "functions over 40 lines", _some(f"{path.relative_to(PACKAGE)}: {name} ({lines})"
                                           for lines, path, name in longest if lines > 40)  # fmt: skip
    yield "modules over 500 lines", _some(f"{path.relative_to(PACKAGE)} ({text.count(chr(10))})"
                                          for path, text in sources.items() if text.count("\n") > 500)  # fmt: skip


def _lines(node: Function) -> int:
    """Return how many lines a function has below its signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _some(examples: Iterator[str]) -> tuple[int, list[str]]:
    every = sorted(examples)
    return len(every), every[:30]


if __name__ == "__main__":
    main()
