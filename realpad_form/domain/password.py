"""Which passwords are good enough. Source: NIST SP 800-63B-4, 3.1.1.2: length and block-list only."""

import re
from collections.abc import Iterable
from typing import Final

from realpad_form.domain.errors import PasswordRefusedError
from realpad_form.domain.people import Person

LEAST_CHARS: Final = 15
"""As is demanded of a password that may be the only factor."""

MOST_BYTES: Final = 1024

COMMON: Final = frozenset(
    {
        "password", "passwort", "heslo", "heslojeveslo", "tajneheslo", "letmein", "welcome", "administrator",
        "admin", "qwertyuiop", "qwertzuiop", "qwertyuiopasdfgh", "qwertzuiopasdfgh", "asdfghjkl",
        "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc4rfv", "correcthorsebatterystaple", "iloveyou", "abcdefghijklmnop",
        "123456789", "1234567890", "987654321", "0987654321",
    }
)  # fmt: skip
"""What guessers try first; also repeated, and with digits or signs around."""

SERVICE: Final = "realpadform"


def check(password: str, *, person: Person) -> None:
    """Let a password pass. Raises: PasswordRefusedError, with `reason` as a word for the page."""
    reason = _problem(password, person)
    if reason:
        raise PasswordRefusedError(reason)


def _problem(password: str, person: Person) -> str | None:
    """Return what is wrong with a password: `short`, `long` or `guessable`."""
    if len(password) < LEAST_CHARS:
        return "short"
    if not is_hashable(password):
        return "long"
    return "guessable" if _is_guessable(password, [*_own_words(person), SERVICE, *COMMON]) else None


def is_hashable(password: str) -> bool:
    """Tell whether a password is not so long that hashing it would be an attack."""
    return len(password.encode(errors="surrogatepass")) <= MOST_BYTES


def _is_guessable(password: str, words: Iterable[str]) -> bool:
    """Tell whether a password is one character or one known word, over and over, with little around it."""
    plain = _plain(password)
    if len(set(password.casefold())) < 4:
        return True
    return any(len(plain.replace(word, "").strip("0123456789")) < 3 for word in words if word in plain)


def _own_words(person: Person) -> list[str]:
    """Return what everybody may know of a person, longest first."""
    local, _at, host = person.email.partition("@")
    words = {_plain(word) for word in (person.email, local, host, person.name, *person.name.split())}
    return sorted((word for word in words if len(word) >= 3), key=len, reverse=True)


def _plain(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]", "", text.casefold())
