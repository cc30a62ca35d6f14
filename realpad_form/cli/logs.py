"""How every process of a command writes its log: time, level, logger, words."""

from typing import Any, Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CHATTY: Final = ("urllib3", "granian", "alembic", "flask-limiter")
"""What says more than anybody wants to know."""


def for_workers(level: int) -> dict[str, Any]:
    """Return the set-up of a serving process, as `logging.config` takes it."""
    return {
        "formatters": {"ours": {"format": FORMAT}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "loggers": {name: {"level": "WARNING"} for name in CHATTY},
        "root": {"handlers": ["stderr"], "level": level},
    }
