"""What came in a POST: its texts, what a page sends along unasked, and which form the page showed.

What is sent along is never wrong, only cleaned and cut. A page tells the version of its form, since the
project file may have changed after it was loaded.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from realpad_form.domain.project import ConsentBox, Project
from realpad_form.domain.text import line
from realpad_form.forms.readers import MAX_UNIT_CHARS

CAMPAIGN_CHARS: Final = 500
CAPTURED_CHARS: Final = 2000

UNASKED: Final = {"unit": MAX_UNIT_CHARS, "unit_id": MAX_UNIT_CHARS, "campaign": CAMPAIGN_CHARS}
"""What goes among the answers though the form need not ask for it, and its longest."""

VERSION: Final = "form_version"
WORDS: Final = "words_"

_VERSION: Final = re.compile("[0-9a-f]{12}")
_HASH: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Posted:
    """The texts of a POST by key, as WTForms wants its form data."""

    values: Mapping[str, Sequence[str]]
    malformed: frozenset[str] = frozenset()  # keys whose values no form could send

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def getlist(self, key: str) -> list[str]:
        """Return every text of a key."""
        return list(self.values.get(key, ()))


def unasked_answers(posted: Posted) -> dict[str, str]:
    """Return the unit and campaign that the host page named."""
    texts = {key: _first(posted, key, limit) for key, limit in UNASKED.items()}
    return {key: text for key, text in texts.items() if text}


def addresses(posted: Posted) -> dict[str, str]:
    """Return `page` and `referrer`, or '' for what is no web address."""
    texts = {key: _first(posted, key, CAPTURED_CHARS) for key in ("page", "referrer")}
    return {key: text if is_web_address(text) else "" for key, text in texts.items()}


def parameters(posted: Posted, project: Project) -> dict[str, str]:
    """Return the parameters of the page's address that the project captures."""
    texts = {name: _first(posted, name, CAPTURED_CHARS) for name in sorted(project.capture.parameters)}
    return {name: text for name, text in texts.items() if text}


def _first(posted: Posted, key: str, limit: int) -> str:
    """Return the first text of a key, clean and no longer than `limit` characters, or ''."""
    return next((line(text)[:limit].rstrip() for text in posted.getlist(key)), "")


def is_web_address(address: str) -> bool:
    """Tell whether a text is an http or https address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def words_key(box: ConsentBox) -> str:
    """Return the name under which a page posts the hash of a consent's words."""
    return f"{WORDS}{box.id}"


def shown_version(posted: Posted | None) -> str | None:
    """Return the version of the form that was shown, if the page told."""
    return _told(posted, VERSION, _VERSION)


def shown_words(posted: Posted | None, box: ConsentBox) -> str | None:
    """Return the hash of the words that were shown beside a box, if the page told."""
    return _told(posted, words_key(box), _HASH)


def was_shown(posted: Posted | None, box: ConsentBox) -> bool:
    """Tell whether a box was on the page; yes, if the page tells nothing of itself."""
    return shown_version(posted) is None or shown_words(posted, box) is not None


def _told(posted: Posted | None, key: str, pattern: re.Pattern[str]) -> str | None:
    texts = posted.getlist(key) if posted else []
    return texts[0] if texts and pattern.fullmatch(texts[0]) else None
