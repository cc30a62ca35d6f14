"""What a visitor's page tells of itself: the project file may have changed since it was loaded."""

import re
from typing import Final

from realpad_form.domain.project import ConsentBox
from realpad_form.forms.posted import Posted

VERSION: Final = "form_version"
WORDS: Final = "words_"

_VERSION: Final = re.compile("[0-9a-f]{12}")
_HASH: Final = re.compile("[0-9a-f]{64}")


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
