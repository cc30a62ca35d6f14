"""Prints how the code is cut, and fails where that is worse than agreed.

A private function that is named only once besides its definition was most often cut out to make its caller
shorter. `LIMITS` is where the code stands: they are lowered as it gets better, down to `GOALS`.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "realpad_form"
MAX_FUNCTION_LINES = 40
MAX_MODULE_LINES = 500

LIMITS = {"modules": 298, "functions named once, %": 14, "class names": 0, "functions": 0, "long modules": 1}
GOALS = {"modules": 220, "functions named once, %": 8, "class names": 0, "functions": 0, "long modules": 0}
WORDS = {
    "modules": "modules",
    "functions named once, %": "private functions named once besides their definition, in % of all functions",
    "class names": "class names that are used more than once",
    "functions": f"functions over {MAX_FUNCTION_LINES} lines",
    "long modules": f"modules over {MAX_MODULE_LINES} lines",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Print each figure with its goal; exit 1 if one is over its limit."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    is_worse = False
    for name, count, examples in measure(sources):
        lines = [f"{WORDS[name]}: {count} (goal {GOALS[name]}, limit {LIMITS[name]})"]
        sys.stdout.write("\n    ".join([*lines, *(examples if count > GOALS[name] else [])]) + "\n")
        is_worse |= count > LIMITS[name]
    sys.exit(is_worse)


def measure(sources: dict[Path, str]) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the name of each figure, its value, and what makes it up where that helps."""
    trees = {path.relative_to(PACKAGE): ast.parse(text) for path, text in sources.items()}
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    functions = [(path, node) for path, node in nodes if isinstance(node, Function)]
    classes = Counter(node.name for _, node in nodes if isinstance(node, ast.ClassDef))
    words = Counter(re.findall(r"\w+", "\n".join(sources.values())))
    private = [node.name for _, node in functions if re.match("_(?!_)", node.name)]
    once = [name for name in private if words[name] == 2]
    yield "modules", len(sources), []
    yield "functions named once, %", round(100 * len(once) / len(functions)), []
    yield "class names", *_some(f"{name} ({count})" for name, count in classes.items() if count > 1)
    yield (
        "functions",
        *_some(
            f"{path}: {node.name} ({lines})"
            for path, node in functions
            if (lines := _lines(node)) > MAX_FUNCTION_LINES
        ),
    )
    yield (
        "long modules",
        *_some(
            f"{path.relative_to(PACKAGE)} ({lines})"
            for path, text in sources.items()
            if (lines := text.count("\n")) > MAX_MODULE_LINES
        ),
    )


def _lines(node: Function) -> int:
    """Return how many lines a function has below its signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _some(examples: Iterable[str]) -> tuple[int, list[str]]:
    every = sorted(examples)
    return len(every), every


if __name__ == "__main__":
    main()
