"""A project file that is as short as it may be, and what is found wrong once a test adds to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from realpad_form.catalog import read_project

MINIMAL = """\
version: 1
project: riverside
name: Riverside
languages: [cs]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 39264441}
fields:
  - field: full_name
  - field: email
"""


@pytest.fixture
def minimal() -> str:
    """Return the text of a file without problems; it has nine lines and ends within `fields`."""
    return MINIMAL


@pytest.fixture
def check(tmp_path: Path) -> Callable[[str], list[str]]:
    """Return a function from the text of riverside.yaml to its problems, each `line: what`."""

    def problems(text: str) -> list[str]:
        path = tmp_path / "riverside.yaml"
        path.write_text(text, encoding="utf-8")
        return [str(problem).removeprefix(f"{path}:") for problem in read_project(path)[1]]

    return problems
