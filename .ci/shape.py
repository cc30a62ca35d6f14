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

LIMITS = {
    # Many came with webhooks, intake, notices, publishing, builder, retention, notes, summaries, facets,
    # copies of databases, what people ask for about their data, and the chain of evidence.
    "modules": 286,
    "functions named once, %": 9,
    "class names": 0,
    "words": 0,
    "functions": 0,
    "long modules": 0,
}
GOALS = {**dict.fromkeys(LIMITS, 0), "modules": 220, "functions named once, %": 8}
WORDS = {
    "modules": "modules",
    "functions named once, %": "private functions named once besides their definition, in % of all functions",
    "class names": "class names that are used more than once",
    "words": "names with a word of our own where the field has a term",
    "functions": f"functions over {MAX_FUNCTION_LINES} lines",
    "long modules": f"modules over {MAX_MODULE_LINES} lines",
}

STANDARD_TERMS = {
    "broom": "storage, expiry",
    "deed": "action",
    "doors": "permissions",
    "elsewhere": "oidc, or which account",
    "equip": "init_app",
    "fate": "outcome",
    "knock": "probe",
    "look": "check, find, poll",
    "mend": "fix",
    "digests": "index entries",
    "undigested": "pending",
    "onward": "next_url",
    "owed": "pending",
    "patiently": "retry",
    "say": "flash, print, report",
    "see": "get_visible, touch",
    "sheet": "form",
    "signs": "signals",
    "silence": "timeout, no reply",
    "tell": "send, report, print",
    "telling": "notification",
    "together": "group commit",
    "trail": "breadcrumbs, cursor",
    "veil": "masking",
    "walk": "progress",
}
"""Words that once stood in names, and what the field says instead; see also docs/glossary.md."""

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
    yield "words", *_some(_with_own_words(trees))
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


def _with_own_words(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Yield modules, classes, functions, parameters and fields named with a word of STANDARD_TERMS."""
    for path, tree in trees.items():
        if "migrations" in path.parts:  # they name what was then
            continue
        for name in {*path.with_suffix("").parts, *_names(tree)}:
            for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name):
                if term := STANDARD_TERMS.get(word.lower()):
                    yield f"{path}: {name} ({word.lower()}: rather {term})"


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | Function):
            yield node.name
        if isinstance(node, ast.arg):
            yield node.arg
        if isinstance(node, ast.ClassDef | ast.Module):
            for each in node.body:
                targets = [each.target] if isinstance(each, ast.AnnAssign) else getattr(each, "targets", [])
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _lines(node: Function) -> int:
    """Return how many lines a function has below its signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _some(examples: Iterable[str]) -> tuple[int, list[str]]:
    every = sorted(examples)
    return len(every), every


if __name__ == "__main__":
    main()
