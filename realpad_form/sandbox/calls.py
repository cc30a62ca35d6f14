"""One call as it came in, what is answered, and what is kept of it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

MASK = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxReply:
    """What is answered."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """The call is not served; the reply says why."""

    def __init__(self, status: int, body: str, **headers: str) -> None:
        super().__init__(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = SandboxReply(status=status, body=body, headers=named)


class DroppedError(Exception):
    """The connection breaks instead of an answer."""


@dataclass(kw_only=True)
class RecordedCall:
    """One call, and, once it is over, what became of it."""

    number: int
    at: datetime  # aware, UTC
    method: str
    version: str
    endpoint: str
    address: str
    content_type: str
    raw: bytes = field(repr=False)
    reply: SandboxReply | None = None  # None while it runs, and if the connection was dropped
    note: str = ""  # a fault that hit it
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in the order sent, empty ones included."""
        text = self.raw.decode("latin-1")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace")

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters besides login and password; the first one of those repeated."""
        return {name: value for name, value in self._first.items() if name not in ("login", "password")}

    @cached_property
    def _first(self) -> dict[str, str]:
        first: dict[str, str] = {}
        for name, value in self.pairs:
            first.setdefault(name, value)
        return first

    @property
    def repeated(self) -> list[str]:
        """The names that stand more than once."""
        return [name for name, times in Counter(name for name, _ in self.pairs).items() if times > 1]

    @property
    def login(self) -> str:
        """The login named, or nothing."""
        return self._first.get("login", "")

    @property
    def password(self) -> str:
        """The password named, or nothing."""
        return self._first.get("password", "")

    @property
    def is_form(self) -> bool:
        """Whether the body is said to be a URL-encoded form."""
        return self.content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"

    @property
    def status(self) -> str:
        """The status in words, for the page."""
        if self.reply is None:
            return self.note or "running"
        known = {status.value: status.phrase for status in HTTPStatus}
        return f"{self.reply.status} {known.get(self.reply.status, '')}".strip()

    def masked(self) -> str:
        """Return the body with every password masked; one that is no form is not shown."""
        if not self.is_form:
            return f"({len(self.raw)} bytes of {self.content_type or 'no content type'})" if self.raw else ""
        return "&".join(_masked(self.raw.decode("ascii", "backslashreplace").split("&")))

    def to_json(self) -> dict[str, Any]:
        """Return what the journal shows."""
        parameters: dict[str, list[str]] = {}
        for name, value in self.pairs if self.is_form else []:
            parameters.setdefault(name, []).append(MASK if name == "password" else value)
        return {
            "number": self.number,
            "time": self.at.isoformat(),
            "method": self.method,
            "endpoint": self.endpoint,
            "version": self.version,
            "content_type": self.content_type,
            "login": self.login if self.is_form else "",
            "raw": self.masked(),
            "parameters": {n: v[0] if len(v) == 1 else v for n, v in parameters.items()},
            "status": self.reply.status if self.reply else None,
            "answer": self.reply.body if self.reply else None,
            "note": self.note,
            "warnings": self.warnings,
        }


def _masked(parts: list[str]) -> Iterator[str]:
    """Yield the parts of a form, however the word `password` is encoded."""
    for part in parts:
        name, equals, _ = part.partition("=")
        yield f"{name}{equals}{MASK}" if re.fullmatch("password", unquote_plus(name), re.I) else part
