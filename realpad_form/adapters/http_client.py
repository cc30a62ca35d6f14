"""Calls over HTTP: the name of this program in all of them, and web pages as a browser first sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final

import requests
from urllib3.exceptions import HTTPError

from realpad_form.domain.errors import UnreachableError

USER_AGENT: Final = f"realpad-form/{version('realpad-form')}"
NAMED: Final = {"User-Agent": USER_AGENT}
"""The header that says who calls."""

TIMEOUT_S: Final = 10.0
LIMIT_BYTES: Final = 2 * 1024 * 1024

_FAILURES: Final = (requests.RequestException, HTTPError, OSError, LookupError, ValueError)
"""What may happen instead of an answer; for an address that cannot be, some are ValueErrors."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page, wherever redirects led."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in any case
    text: str


def fetch(url: str) -> FetchedPage:
    """Return a page; nothing is sent along but its address. Raises: UnreachableError."""
    try:
        with requests.get(url, headers=NAMED, timeout=TIMEOUT_S, stream=True) as answer:
            body = answer.raw.read(LIMIT_BYTES, decode_content=True)
            text = body.decode(answer.encoding or "utf-8", errors="replace")
            return FetchedPage(answer.url, answer.status_code, answer.headers, text)
    except _FAILURES as error:
        raise _unreachable(url, error) from error


def server_time(url: str) -> datetime | None:
    """Return what time it is for the server of an address, which gets no log-in; None if it does not tell.

    Raises: UnreachableError.
    """
    try:
        answer = requests.head(url, headers=NAMED, timeout=TIMEOUT_S, allow_redirects=False)
    except _FAILURES as error:
        raise _unreachable(url, error) from error
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None


def _unreachable(url: str, error: Exception) -> UnreachableError:
    return UnreachableError(f"{url} cannot be reached: {type(error).__name__}")
