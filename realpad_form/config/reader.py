"""Reads single settings and collects every problem, so that all are reported at once."""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from realpad_form.domain import crash
from realpad_form.domain.loopback import is_loopback

PREFIX: Final = "REALPAD_FORM_"

_LABEL: Final = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"

T = TypeVar("T")


class Reader:
    """Looks settings up by name, each also as `NAME_FILE`, and remembers what was asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        self.asked: set[str] = set()

    def text(self, name: str, default: str = "") -> str:
        """Return a setting, from `NAME` or the file that `NAME_FILE` names; blank counts as not set."""
        key = PREFIX + name
        self.asked |= {key, f"{key}_FILE"}
        path = self.environ.get(f"{key}_FILE", "").strip()
        if not path:
            return self.environ.get(key, "").strip() or default
        if self.environ.get(key, "").strip():
            self.problems.append(f"{key} and {key}_FILE are both set; keep one")
        return self._file(key, path) or default

    def parsed(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return a setting as `parse` reads it; what it says in a ValueError becomes a problem."""
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{PREFIX}{name}: {error}")
            return default

    def secrets(self, name: str, *, is_required: bool) -> tuple[str, ...]:
        """Return a comma list of secrets of at least 32 bytes each, the first one in use."""
        keys = tuple(key.strip() for key in self.text(name).split(",") if key.strip())
        if is_required and not keys:
            self.problems.append(f"{PREFIX}{name} is not set; `realpad-form init` writes a fresh one")
        if any(len(key.encode()) < 32 for key in keys):
            self.problems.append(f"{PREFIX}{name} is too short; use at least 32 random bytes")
        return keys

    def names(self, pattern: str) -> list[re.Match[str]]:
        """Return the matches of `pattern` among the settings' names without prefix, sorted."""
        names = sorted(key.removeprefix(PREFIX) for key in self.environ if key.startswith(PREFIX))
        return [match for name in names if (match := re.fullmatch(pattern, name))]

    def report_unknown(self) -> None:
        """Add a problem for each setting that nobody asked for."""
        for key in sorted(self.environ):
            if key.startswith(PREFIX) and key not in self.asked | {crash.SETTING}:
                near = difflib.get_close_matches(key, self.asked, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.problems.append(f"{key} is not a setting{hint}")

    def report_crash_point(self) -> None:
        """Add a problem if a process is to die at a point that is none: a test of it would prove nothing."""
        name = self.environ.get(crash.SETTING, "")
        if name.strip() and name not in tuple(crash.CrashPoint):
            known = ", ".join(crash.CrashPoint)
            self.problems.append(f"{crash.SETTING}: {name!r} is no crash point; those are {known}")

    def _file(self, key: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a text file"
            self.problems.append(f"{key}_FILE: cannot read {path}: {reason}")
            return ""


def number(*, least: float, most: float) -> Callable[[str], float]:
    """Return a parser of numbers within bounds."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return parse


def whole(*, least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return parse


def web_address(text: str) -> str:
    """Return an https address, or an http one on this machine, as given."""
    url = urlsplit(text)  # drops tabs and line ends without a word
    if re.search(r"\s", text) or not _can_be_called(url):
        raise ValueError(f"{text!r} has a host or port that cannot be")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname)):
        raise ValueError(f"{text!r} must be an https:// address; http:// only on this machine")
    if url.query or url.fragment or "@" in url.netloc:
        raise ValueError(f"{text!r} must be a plain address, e.g. https://forms.example.com/")
    return text


def _can_be_called(url: SplitResult) -> bool:
    """Tell whether an address has a host and, if any, a port that can be."""
    host = url.hostname or ""
    try:
        if url.port == 0:  # a port that is no number is a ValueError
            return False
        if ":" in host:
            return ipaddress.ip_address(host).version == 6
        return bool(re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*\.?", host.encode("idna").decode()))
    except ValueError:
        return False


def api_address(text: str) -> str:
    """Return a web address that ends in a slash."""
    return web_address(text).rstrip("/") + "/"


def public_address(text: str) -> str:
    """Return a web address without a slash at its end."""
    return web_address(text).rstrip("/")


def pace_s(text: str) -> float:
    """Return the seconds between two calls from `2/second`, `60/minute` or `unlimited`."""
    if text == "unlimited":
        return 0.0
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)/(second|minute|hour)", text)
    if not match or not float(match[1]):
        raise ValueError(f"{text!r} is not a rate; write e.g. 2/second, 30/minute or unlimited")
    return {"second": 1, "minute": 60, "hour": 3600}[match[2]] / float(match[1])


def mail_server(text: str) -> str:
    """Return the address of a mail server."""
    url = urlsplit(text)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError("a mail server is written smtp://user:password@host:587 or smtps://…:465")
    return text


def database_url(text: str) -> str:
    """Return the address of a database we know how to use."""
    if not re.match(r"sqlite:///.|postgresql\+psycopg://.", text):
        raise ValueError("write sqlite:///path/leads.db or postgresql+psycopg://user:password@host/name")
    return text


def limits_url(text: str) -> str:
    """Return the address of a store of rate limits."""
    if not re.match(r"memory://$|(?:rediss?|valkeys?|redis\+unix|valkey\+unix)://.", text):
        raise ValueError(
            f"{text.split('://')[0]!r} is no store of limits; write memory:// or redis://host:6379/0"
        )
    return text
