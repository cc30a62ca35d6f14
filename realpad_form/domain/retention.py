"""How long leads are kept: a project file says it per status, and nothing is erased without it."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from realpad_form.domain.message import RuleError

_PERIOD: Final = re.compile(r"(\d{1,4}) (day|month)s?")

MOST_MONTHS: Final = 1200


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days or of calendar months."""

    days: int = 0
    months: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the period of a text such as `24 months`, `30 days` or `0 days`. Raises: ValueError."""
        found = _PERIOD.fullmatch(" ".join(text.split()))
        if not found or int(found[1]) > MOST_MONTHS * (30 if found[2] == "day" else 1):
            raise RuleError("write a number of days or months, e.g. 30 days or 24 months")
        number = int(found[1])
        return cls(days=number) if found[2] == "day" else cls(months=number)

    def before(self, now: datetime) -> datetime:
        """Return the time that lies this long before another; on the last day of a shorter month."""
        month = now.year * 12 + now.month - 1 - self.months
        year, month = divmod(month, 12)
        day = min(now.day, calendar.monthrange(max(year, 1), month + 1)[1])
        return now.replace(year=max(year, 1), month=month + 1, day=day) - timedelta(days=self.days)
