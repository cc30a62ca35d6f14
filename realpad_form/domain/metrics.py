"""What is counted for whoever watches the service: metrics, their labels, the buckets of durations."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Metric(StrEnum):
    """What is counted; the value names it in the database, and on the page of metrics."""

    ACCEPTED = "leads_accepted"
    QUARANTINED = "leads_quarantined"
    SOURCED = "source_leads_accepted"
    REFUSED = "submissions_refused"
    CALLS = "realpad_calls"
    WEBHOOKS = "webhook_calls"
    ALERTS = "alerts_told"
    SUBMISSION_S = "submission_duration_seconds"
    CALL_S = "realpad_call_duration_seconds"


class Refusal(StrEnum):
    """Why a submission was not taken."""

    MALFORMED = "malformed"  # not a submission at all
    ORIGIN = "origin"
    TOKEN = "token"  # noqa: S105 - a token or captcha that is missing, wrong or too old
    VALIDATION = "validation"
    LIMIT = "limit"
    STORAGE = "storage"


BOUNDS_S: Final[Mapping[Metric, tuple[float, ...]]] = {
    Metric.SUBMISSION_S: (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    Metric.CALL_S: (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0),
}
"""The upper bounds of the buckets of each histogram, in seconds; there is one more for what took longer."""

LONGER: Final = "+Inf"
SUM: Final = "sum"


class Series(NamedTuple):
    """One number that only goes up: of a metric, for one value of each of its labels."""

    metric: Metric
    labels: tuple[str, ...] = ()
    part: str = ""  # of a histogram: the upper bound of a bucket, or the sum of all


Totals = Mapping[Series, float]


def observed(metric: Metric, seconds: float) -> Iterator[tuple[Series, float]]:
    """Yield what one duration adds to a histogram: one to its bucket, and itself to the sum."""
    bounds = BOUNDS_S[metric]
    place = bisect_left(bounds, seconds)
    part = f"{bounds[place]:g}" if place < len(bounds) else LONGER
    yield Series(metric, part=part), 1.0
    yield Series(metric, part=SUM), seconds


def buckets(metric: Metric, totals: Totals) -> list[tuple[str, float]]:
    """Return the buckets of a histogram, each with what took that long at most."""
    found, count = [], 0.0
    for part in (*(f"{bound:g}" for bound in BOUNDS_S[metric]), LONGER):
        count += totals.get(Series(metric, part=part), 0.0)
        found.append((part, count))
    return found
