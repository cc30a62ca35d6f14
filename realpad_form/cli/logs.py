"""How every process of a command writes its log: time, process, level, logger, words."""

import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

FORMAT: Final = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
CHATTY: Final = ("urllib3", "granian", "alembic", "flask-limiter")
"""What says more than anybody wants to know."""

AUDIT: Final = "realpad_form.audit"
"""The logger that gets each entry of the audit log."""

_UNSEEN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What terminals and programs may take for a new line, a command, or another direction of writing."""

_INDENT: Final = "\n    "


class LineFormatter(logging.Formatter):
    """Writes entries so that only a real one begins in the first column; times are in UTC.

    Control characters are shown as escapes, further lines are indented: nobody whose words are logged can
    write an entry. Of an unexpected error the kinds and places are kept; its words, which may quote what
    somebody typed, only if `with_words`.
    """

    def __init__(self, *, with_words: bool = False) -> None:
        super().__init__(FORMAT)
        self._with_words = with_words

    def format(self, record: logging.LogRecord) -> str:
        """Return an entry."""
        return _UNSEEN.sub(_escape, super().format(record)).replace("\n", _INDENT)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return when it was."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        """Return where an error came from."""
        return super().formatException(ei) if self._with_words else "\n".join(_places(ei[1]))


def for_workers(level: int) -> dict[str, Any]:
    """Return the set-up of a serving process, as `logging.config` takes it."""
    ours = {"()": LineFormatter, "with_words": level <= logging.DEBUG}
    return {
        "formatters": {"ours": ours},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "loggers": {name: {"level": "WARNING"} for name in CHATTY},
        "root": {"handlers": ["stderr"], "level": level},
    }


def _places(error: BaseException | None) -> Iterator[str]:
    """Yield the lines of a traceback without the words of its errors, the innermost error first."""
    if error is None:
        return
    yield from _places(error.__cause__ or (None if error.__suppress_context__ else error.__context__))
    yield from "".join(traceback.format_tb(error.__traceback__)).splitlines()
    yield type(error).__qualname__


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
