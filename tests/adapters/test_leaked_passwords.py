"""The list of leaked passwords is the one that its note describes, and none on it is taken."""

from hashlib import sha256
from pathlib import Path

import pytest
from people_world import make_person

from realpad_form import adapters
from realpad_form.adapters.passwords import leaked_passwords
from realpad_form.domain.errors import PasswordRefusedError
from realpad_form.domain.password import LEAST_CHARS, PasswordRules

FOLDER = Path(adapters.__file__).parent / "leaked_passwords"


@pytest.fixture(scope="module")
def lines():
    return (FOLDER / "passwords.txt").read_text(encoding="utf-8").splitlines()


def test_list_is_the_one_that_the_note_describes(lines):
    note = (FOLDER / "ORIGIN.md").read_text(encoding="utf-8")

    assert sha256((FOLDER / "passwords.txt").read_bytes()).hexdigest() in note
    assert f"{len(lines):,} passwords" in note
    assert min(map(len, lines)) == LEAST_CHARS


def test_no_leaked_password_is_taken(lines):
    rules = PasswordRules(leaked_passwords())

    assert {_judge(rules, line) for line in lines} == {"leaked"}


def test_case_makes_no_leaked_password_a_new_one(lines):
    rules = PasswordRules(leaked_passwords())

    with pytest.raises(PasswordRefusedError, match="leaked"):
        rules.check(lines[0].swapcase(), person=make_person())


def _judge(rules, password):
    """Return why a password is refused, or None."""
    try:
        rules.check(password, person=make_person())
    except PasswordRefusedError as error:
        return error.reason
    return None
