"""Reads the environment and `.env`: single settings, with every problem, so that all are reported at once."""

import difflib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from dotenv.parser import Binding, parse_stream

from realpad_form.domain import crash
from realpad_form.domain.errors import SettingsError

PREFIX: Final = "REALPAD_FORM_"

ALIKE: Final = 0.75
"""How close a name must be to be guessed at, from 0 to 1; the prefix, which all share, does not count."""

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
        given, path = self._value(key), self._value(f"{key}_FILE")
        if given and path:
            self.problems.append(f"{key} and {key}_FILE are both set; keep one")
        return (self._file(key, path) if path else given) or default

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
        text = self.text(name)
        keys = tuple(key.strip() for key in text.split(",") if key.strip())
        if text and not keys:
            self.problems.append(f"{PREFIX}{name} is only commas; write at least 32 random bytes")
        elif is_required and not keys:
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
                names = [name.removeprefix(PREFIX) for name in self.asked]
                near = difflib.get_close_matches(key.removeprefix(PREFIX), names, n=1, cutoff=ALIKE)
                hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
                self.problems.append(f"{key} is not a setting{hint}")

    def report_crash_point(self) -> None:
        """Add a problem if a process is to die at a point that is none: a test of it would prove nothing."""
        name = self.environ.get(crash.SETTING, "")
        if name.strip() and name not in tuple(crash.CrashPoint):
            known = ", ".join(crash.CrashPoint)
            self.problems.append(f"{crash.SETTING}: {name!r} is no crash point; those are {known}")

    def _value(self, key: str) -> str:
        """Return what the environment says, without the blanks around it."""
        value = self.environ.get(key, "").strip()
        try:
            value.encode()
        except UnicodeEncodeError:  # bytes that are no text come as lone surrogates
            self.problems.append(f"{key} is not text in UTF-8")
            return ""
        return value

    def _file(self, key: str, path: str) -> str:
        """Return what a file holds; no problem quotes its path, which may be a secret by mistake."""
        try:
            text = Path(path).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a text file"
            self.problems.append(f"{key}_FILE: cannot read the file it names: {reason}")
            return ""
        if not text:
            self.problems.append(f"{key}_FILE: the file it names is empty")
        return text


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


def yes_or_no(text: str) -> bool:
    """Return whether a text says yes. Raises: ValueError, if it says neither."""
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


def pace_s(text: str) -> float:
    """Return the seconds between two calls from `2/second`, `60/minute` or `unlimited`."""
    if text == "unlimited":
        return 0.0
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)/(second|minute|hour)", text)
    if not match or not float(match[1]):
        raise ValueError(f"{text!r} is not a rate; write e.g. 2/second, 30/minute or unlimited")
    return {"second": 1, "minute": 60, "hour": 3600}[match[2]] / float(match[1])


def bearer_token(text: str) -> str:
    """Return a token that a bearer header can carry. Source: RFC 6750, section 2.1, `b64token`."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", text):
        raise ValueError("it may hold ASCII letters, digits and - . _ ~ + / only, and = at its end")
    return text


def read_env_file(path: Path) -> dict[str, str]:
    """Return the settings of a `.env`, none if there is no file.

    A line that is no `NAME=value`, or that names a setting and gives it none, may be a key that is not used.

    Raises: SettingsError, if the file or a line of it cannot be read; no line is quoted.
    """
    if not path.exists() or path.is_dir():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file in UTF-8"
        raise SettingsError([f"{path} cannot be read: {reason}"]) from error
    settings, problems = dict[str, str](), list[str]()
    for binding in parse_stream(io.StringIO(text)):
        is_ours = (binding.key or "").startswith(PREFIX)
        if binding.error or (is_ours and binding.value is None):
            problems.append(f"{path}:{_line(binding)}: write NAME=value, or # before what is no setting")
        elif binding.key and binding.value is not None:
            settings[binding.key] = binding.value
    if problems:
        raise SettingsError(problems)
    return settings


def _line(binding: Binding) -> int:
    """Return the line on which a binding's text begins; blank lines before it are part of it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.count("\n")
