"""How many of our modules one request goes through: who follows it by eye has to open as many."""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from lead_desk import at, hidden

import realpad_form

PACKAGE = Path(realpad_form.__file__).parent
GOAL = 30
MOST = {"submission": 40, "correction": 54}
"""Where the code stands; lowered as it gets better, down to GOAL."""


@contextmanager
def entered():
    """Yield a set that is filled with the modules in which a function is called meanwhile."""
    modules = set()

    def note(frame, event, _argument):
        if event == "call" and frame.f_code.co_filename.startswith(str(PACKAGE)):
            modules.add(Path(frame.f_code.co_filename).relative_to(PACKAGE).as_posix())

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield modules
    finally:
        sys.setprofile(before)


@pytest.fixture
def check(capsys):
    """Print how many modules something enters, and fail if they are more than agreed."""

    def count(what, modules):
        with capsys.disabled():
            sys.stdout.write(f"\nmodules that a {what} enters: {len(modules)} (goal {GOAL})\n")
        assert len(modules) <= MOST[what], "\n".join(sorted(modules))

    return count


def test_submission_enters_few_modules(visitor, check):
    visitor.send()  # what is made once is made

    with entered() as modules:
        answer = visitor.send(rooms=["1+kk"], consent_39268430=True, language="cs")

    assert answer.status_code == 201
    check("submission", modules)


def test_correction_enters_few_modules(desk, leads, check):
    operator, lead_id = desk("operator"), leads.refused()
    typed = {"phone": "608 123 456"}
    seen = leads.seen(lead_id)
    operator.post(at(lead_id, "correct"), {**seen, **typed})

    with entered() as modules:
        page = operator.post(at(lead_id, "correct"), {**seen, **typed})
        carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}
        answer = operator.post(at(lead_id, "resubmit"), {**carried, **typed})

    assert answer.status_code == 303
    check("correction", modules)
