"""Every file that a document names by its path is there."""

import re

import pytest
from named_tests import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = [ROOT, ROOT / "realpad_form"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_document_names_exists(page):
    named = set(
        re.findall(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|mjs|js|toml|txt|in))`", page.read_text(encoding="utf-8"))
    )

    assert {path for path in named if not any((folder / path).exists() for folder in FOLDERS)} == set()
