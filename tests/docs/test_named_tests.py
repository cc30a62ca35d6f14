"""Whatever test a page names as a proof is there, in the file that it is said to be in."""

import pytest
from named_tests import ROOT, functions_in, named_tests, proofs

NAMES = ("accessibility.md", "asvs.md", "reliability.md")
PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in NAMES}


@pytest.mark.parametrize(("path", "names"), [proof for page in PAGES.values() for proof in proofs(page)])
def test_every_proof_that_is_named_exists(path, names):
    assert (ROOT / path).is_file()
    assert set(names) <= functions_in(path)


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_is_named_stands_behind_its_file(name):
    page = PAGES[name]

    assert named_tests(page) == {each for _, names in proofs(page) for each in names}
