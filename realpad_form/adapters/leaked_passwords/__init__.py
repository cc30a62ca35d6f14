"""Passwords that are known from leaks; ORIGIN.md beside this file says where the list comes from."""

from importlib.resources import files


def leaked_passwords() -> frozenset[str]:
    """Return all of them, case-folded: whoever guesses tries each in every case, too."""
    text = (files(__name__) / "passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.casefold().splitlines())
