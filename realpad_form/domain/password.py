"""Which passwords are good enough. Source: NIST SP 800-63B-4, 3.1.1.2: length and block-list only."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from realpad_form.domain.errors import PasswordRefusedError
from realpad_form.domain.people import Person, Role
from realpad_form.domain.search import fold

LEAST_CHARS: Final = 15
"""As is demanded of a password that may be the only factor."""

MOST_BYTES: Final = 1024

LEAST_OWN_LETTERS: Final = 3
"""How many letters must be left of a password when all known words in it are taken away."""

WORD_CHARS: Final = 3
"""Shorter words are in too many others."""

COMMON: Final = frozenset(
    {
        "password", "passwort", "heslo", "heslojeveslo", "tajneheslo", "letmein", "welcome", "administrator",
        "admin", "qwertyuiop", "qwertzuiop", "qwertyuiopasdfgh", "qwertzuiopasdfgh", "asdfghjkl",
        "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc4rfv", "correcthorsebatterystaple", "iloveyou", "abcdefghijklmnop",
        "123456789", "1234567890", "987654321", "0987654321",
    }
)  # fmt: skip
"""What guessers try first, alone or put together."""

SERVICE: Final = frozenset(
    {
        "realpad", "realpadform", "inbox", "preview", "figures", "lead", "leads", "form", "forms", "formular",
        *Role,
    }
)  # fmt: skip
"""Words of this program."""


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """Judges new passwords: by their length, by those that leaked, and by words that one would guess here.

    `leaked` holds whole passwords, case-folded; `names` returns what the deployment calls itself and its
    projects at this moment.
    """

    leaked: Collection[str] = frozenset()
    names: Callable[[], Iterable[str]] = tuple

    def check(self, password: str, *, person: Person) -> None:
        """Let a password pass. Raises: PasswordRefusedError, with `reason` as a word for the page."""
        reason = self._problem(password, person)
        if reason:
            raise PasswordRefusedError(reason)

    def _problem(self, password: str, person: Person) -> str | None:
        """Return what is wrong with a password: `short`, `long`, `leaked` or `guessable`."""
        if len(password) < LEAST_CHARS:
            return "short"
        if not is_hashable(password):
            return "long"
        if password.casefold() in self.leaked:
            return "leaked"
        own = (person.name, person.email, *person.email.split("@"))
        words = {*COMMON, *SERVICE, *_words(own), *_words(self.names())}
        return "guessable" if _is_guessable(password, words) else None


def is_hashable(password: str) -> bool:
    """Tell whether a password is not so long that hashing it would be an attack."""
    return len(password.encode(errors="surrogatepass")) <= MOST_BYTES


def _is_guessable(password: str, words: Iterable[str]) -> bool:
    """Tell whether a password is a few characters over and over, or known words with little of its own."""
    if len(set(password.casefold())) < 4:
        return True
    plain = _plain(password)
    known = {
        place
        for word in words
        for found in re.finditer(f"(?={re.escape(word)})", plain)  # wherever it begins, over others, too
        for place in range(found.start(), found.start() + len(word))
    }
    own = [letter for place, letter in enumerate(plain) if place not in known and letter.isalpha()]
    return bool(known) and len(own) < LEAST_OWN_LETTERS


def _words(texts: Iterable[str]) -> set[str]:
    """Return each text and each word of it, as far as they are no numbers."""
    words = {_plain(word) for text in texts for word in (text, *re.split(r"[\W_]+", text))}
    return {word for word in words if len(word) >= WORD_CHARS and not word.isdecimal()}


def _plain(text: str) -> str:
    """Return the letters and digits of a text, without accents and case."""
    return re.sub(r"[\W_]", "", fold(text))
