"""Takes secrets out of other people's words."""

import re
from collections.abc import Iterable
from functools import cache
from html.entities import html5
from typing import Final

LIMIT_CHARS: Final = 2000
"""As much of an answer is kept."""

MASK: Final = "[…]"


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, in whatever spelling, and without control characters."""
    plain = _plain(text)
    for secret in sorted(filter(None, map(_visible, secrets)), key=len, reverse=True):
        plain = re.sub("".join(map(_spellings, secret)), MASK, plain, flags=re.IGNORECASE)
    return plain.strip()[:LIMIT_CHARS]


def _plain(text: str) -> str:
    """Return what is to be seen of a text, on one line."""
    return "".join(" " if c.isspace() else c for c in _visible(text))


def _visible(text: str) -> str:
    """Return a text without what leaves no trace, neither a mark nor a gap."""
    return "".join(c for c in text if c.isprintable() or c.isspace())


@cache
def _spellings(character: str) -> str:
    r"""Return a pattern of one character as itself, `%2B`, `\u002b`, `&#43;`, `&#x2b;`, `&plus;` or `\+`.

    Escapes may be escaped again, a few times: without a bound, a long run of them would take hours.
    """
    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
    names = [re.escape(name) for name, meant in html5.items() if meant == character]
    forms = [
        "".join(f"%(?:25){{0,4}}{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")),
        "".join(rf"\\{{1,8}}u{unit}" for unit in units),
        rf"&(?:amp;){{0,4}}(?:{'|'.join([f'#0{{0,8}}{code};', f'#x0{{0,8}}{code:x};', *names])})",
        r"\\{0,8}" + (r"[ +]" if character.isspace() else re.escape(character)),
    ]
    return f"(?:{'|'.join(forms)})"
