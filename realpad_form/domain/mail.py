"""A mail to people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Plain text to some addresses."""

    subject: str
    text: str
    to: tuple[str, ...]
    reply_to: str | None = None  # instead of the sender
    id: str | None = None  # the same for every try, so that mail servers know a repeat
