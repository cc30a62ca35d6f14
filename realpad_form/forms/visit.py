"""What a page sends along unasked: never wrong, only cleaned and cut."""

from typing import Final
from urllib.parse import urlsplit

from realpad_form.domain.project import Project
from realpad_form.domain.text import line
from realpad_form.forms.posted import Posted
from realpad_form.forms.readers import KEPT_UNIT_CHARS

CAMPAIGN_CHARS: Final = 500
CAPTURED_CHARS: Final = 2000

UNASKED: Final = {"unit": KEPT_UNIT_CHARS, "unit_id": KEPT_UNIT_CHARS, "campaign": CAMPAIGN_CHARS}
"""What goes among the answers though the form need not ask for it, and its longest."""


def unasked_answers(posted: Posted) -> dict[str, str]:
    """Return the unit and campaign that the host page named."""
    texts = {key: _first(posted, key, limit) for key, limit in UNASKED.items()}
    return {key: text for key, text in texts.items() if text}


def addresses(posted: Posted) -> dict[str, str]:
    """Return `page` and `referrer`, or '' for what is no web address."""
    texts = {key: _first(posted, key, CAPTURED_CHARS) for key in ("page", "referrer")}
    return {key: text if _is_web(text) else "" for key, text in texts.items()}


def parameters(posted: Posted, project: Project) -> dict[str, str]:
    """Return the parameters of the page's address that the project captures."""
    texts = {name: _first(posted, name, CAPTURED_CHARS) for name in sorted(project.capture.parameters)}
    return {name: text for name, text in texts.items() if text}


def _first(posted: Posted, key: str, limit: int) -> str:
    """Return the first text of a key, clean and no longer than `limit` characters, or ''."""
    return next((line(text)[:limit].rstrip() for text in posted.getlist(key)), "")


def _is_web(address: str) -> bool:
    """Tell whether a text is an http or https address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
