"""What machines ask: is it alive, is it ready, and metrics for Prometheus."""

import hmac
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Request, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from werkzeug.exceptions import InternalServerError

from realpad_form.domain.alert import Kind
from realpad_form.domain.delivery import Outcome
from realpad_form.domain.errors import (
    DataKeyError,
    RealpadFormError,
    SealBrokenError,
    StorageUnavailableError,
)
from realpad_form.domain.lane import LaneState
from realpad_form.domain.metrics import SUM, Refusal, Series, buckets
from realpad_form.domain.metrics import Metric as Counted
from realpad_form.services.credentials import LaneReport
from realpad_form.services.metrics import WEBHOOK_OUTCOMES
from realpad_form.services.sign_in import security
from realpad_form.web.context import deps
from realpad_form.web.headers import no_store
from realpad_form.web.request import client_address
from realpad_form.wiring import Services

log = logging.getLogger(__name__)

WRONG_KEY: Final = (
    "stored leads cannot be opened: set the REALPAD_FORM_DATA_KEY that they were sealed with again"
)

bp = Blueprint("ops", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer that the process is alive."""
    return no_store(jsonify(status="alive"))


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer whether a lead could be stored now; what else there is to know is for the metrics token."""
    services = deps().services
    if not services.is_schema_current:
        raise StorageUnavailableError("the database needs `realpad-form db upgrade`")
    services.log.probe()
    services.log.check_data_keys()
    details = _details() if has_metrics_token(request) else {}
    return no_store(jsonify(status="ready", **details))


def _details() -> dict[str, Any]:
    """Return which forms are served, what is wrong with their files, and what holds leads back."""
    services = deps().services
    credentials = services.credentials
    problems = [str(problem) for problem in services.catalog.problems() if not problem.is_warning]
    stand_ins = services.catalog.stand_ins().items()
    problems += [f"{slug}: until it is fixed, {good.describe()}" for slug, good in stand_ins]
    problems += [
        f"credentials {name} are not set, so leads of {', '.join(slugs)} wait"
        for name, slugs in credentials.missing().items()
    ]
    details: dict[str, Any] = {
        "projects": sorted(services.catalog.projects()),
        "problems": problems,
        "credentials": [_credential(report) for report in credentials.reports()],
        "stranded": sum(stranded.count for stranded in credentials.stranded()),
    }
    if restored := services.restores.state():
        details["restored"] = {
            "at": restored.at.isoformat(),
            "in_doubt": restored.in_doubt,
            "why": restored.sign.describe(),
        }
    return details


def _credential(report: LaneReport) -> dict[str, Any]:
    """Return the state of a credential pair; not its reason, which may quote what Realpad said of a lead."""
    due = report.next_call_at
    return {
        "name": report.name,
        "state": report.state,
        "waiting": report.waiting,
        "next_call_at": due and due.isoformat(),
    }


@bp.errorhandler(RealpadFormError)
@bp.errorhandler(InternalServerError)
def _not_ready(error: RealpadFormError | InternalServerError) -> ResponseReturnValue:
    """Answer that no lead could be stored now; why is in the log, and for the metrics token."""
    reason = WRONG_KEY if isinstance(error, DataKeyError) else str(error)
    if isinstance(error, RealpadFormError):  # Flask has logged whatever else broke
        log.error("%s: %s", type(error).__name__, error)
    details = {"error": reason} if has_metrics_token(request) else {}
    return no_store(jsonify(status="not ready", **details)), 503


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Answer with figures for Prometheus to who has the token; to anybody else there is no such page."""
    if not has_metrics_token(request):
        abort(404)
    answer = Response(generate_latest(registry(deps().services)), content_type=CONTENT_TYPE_LATEST)
    answer.cache_control.no_store = True
    return answer


def has_metrics_token(request: Request) -> bool:
    """Tell whether the metrics token was sent; wherever from, since a proxy may stand on this machine."""
    token, sent = deps().services.settings.metrics_token, request.authorization
    if token is None or sent is None or sent.type != "bearer":
        return False
    is_right = hmac.compare_digest((sent.token or "").encode("utf-8", "surrogateescape"), token.encode())
    if not is_right:
        security.warning("metrics token refused, from %s", client_address(request))
    return is_right


COUNTERS: Final[Mapping[Counted, tuple[str, Sequence[str]]]] = {
    Counted.ACCEPTED: ("Leads stored, quarantined ones included", ["project"]),
    Counted.QUARANTINED: ("Leads stored as possible spam", ["project"]),
    Counted.SOURCED: ("Those of them that other systems sent, by source", ["project", "source"]),
    Counted.REFUSED: ("Submissions that were not taken, by the reason", ["project", "reason"]),
    Counted.CALLS: ("create-lead calls to Realpad, by credentials and outcome", ["name", "outcome"]),
    Counted.WEBHOOKS: ("Webhook calls, by endpoint and outcome", ["name", "outcome"]),
    Counted.ALERTS: ("Alerts that people were told", ["kind"]),
}
HISTOGRAMS: Final[Mapping[Counted, str]] = {
    Counted.SUBMISSION_S: "Time from a submission to its answer",
    Counted.CALL_S: "Time that a create-lead call to Realpad took",
}


class LogCollector(Collector):
    """Makes metrics of the database: the same from every process, and without personal data."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; without the database, those that need none."""
        spool, problems = self._services.spool, self._services.catalog.problems()
        yield GaugeMetricFamily(
            "realpad_form_spooled_leads",
            "Leads in this machine's spool",
            value=spool.waiting() if spool else 0,
        )
        yield GaugeMetricFamily(
            "realpad_form_broken_project_files",
            "Project files that `check` refuses",
            value=len({problem.path for problem in problems if not problem.is_warning}),
        )
        try:
            of_log = [
                *self._leads(),
                self._lanes(),
                self._stranded(),
                self._webhooks(),
                *self._counted(),
            ]
        except (StorageUnavailableError, SealBrokenError):
            of_log = []
        yield GaugeMetricFamily(
            "realpad_form_database_up", "1 if the lead log can be read", value=float(bool(of_log))
        )
        yield from of_log

    def _counted(self) -> Iterator[Metric]:
        """Yield what all processes have counted; what is known to be possible and was not seen yet is 0."""
        totals = self._services.metrics.totals()
        catalog = self._services.catalog.projects()
        projects = sorted(catalog)
        # The labels that each counter may have by the settings and project files of today.
        possible: dict[Counted, list[tuple[str, ...]]] = {
            Counted.ACCEPTED: [(slug,) for slug in projects],
            Counted.QUARANTINED: [(slug,) for slug in projects],
            Counted.SOURCED: [(slug, each.name) for slug in projects for each in catalog[slug].sources],
            Counted.REFUSED: [(slug, str(reason)) for slug in projects for reason in Refusal],
            Counted.CALLS: [
                (name, str(outcome)) for name in self._services.settings.credentials for outcome in Outcome
            ],
            Counted.WEBHOOKS: [
                (key.name, outcome)
                for key in self._services.webhook_endpoints.callable()
                for outcome in WEBHOOK_OUTCOMES
            ],
            Counted.ALERTS: [(kind.name.lower(),) for kind in Kind],
        }
        for counter, (text, names) in COUNTERS.items():
            family = CounterMetricFamily(f"realpad_form_{counter}", text, labels=names)
            seen = {series.labels: total for series, total in totals.items() if series.metric is counter}
            for labels, total in sorted({**dict.fromkeys(possible[counter], 0.0), **seen}.items()):
                family.add_metric(labels, total)
            yield family
        for histogram, text in HISTOGRAMS.items():
            name, whole = f"realpad_form_{histogram}", totals.get(Series(histogram, part=SUM), 0.0)
            yield HistogramMetricFamily(name, text, buckets=buckets(histogram, totals), sum_value=whole)

    def _leads(self) -> Iterator[Metric]:
        now = self._services.log.now()
        names = ["project", "status"]
        count = GaugeMetricFamily("realpad_form_leads", "Leads that wait, by status", labels=names)
        age = GaugeMetricFamily(
            "realpad_form_oldest_lead_age_seconds", "Age of the oldest of them", labels=names
        )
        for standing in self._services.log.standing():
            labels = [standing.project, str(standing.status)]
            count.add_metric(labels, standing.count)
            age.add_metric(labels, max(0.0, (now - standing.oldest_at).total_seconds()))
        yield from (count, age)

    def _lanes(self) -> Metric:
        now = self._services.log.now()
        gauge = GaugeMetricFamily(
            "realpad_form_lane", "1 for the state that a credential pair is in", labels=["name", "state"]
        )
        for lane in self._services.credentials.lanes():
            for state in LaneState:
                gauge.add_metric([lane.key.credential, str(state)], float(lane.state(now) is state))
        return gauge

    def _stranded(self) -> Metric:
        gauge = GaugeMetricFamily(
            "realpad_form_stranded_leads",
            "Queued leads that no configured credential pair may send, by the name they were accepted for",
            labels=["name"],
        )
        counts: Counter[str] = Counter()
        for stranded in self._services.credentials.stranded():
            counts[stranded.route.credential] += stranded.count
        for name, count in counts.items():
            gauge.add_metric([name], count)
        return gauge

    def _webhooks(self) -> Metric:
        gauge = GaugeMetricFamily(
            "realpad_form_webhook_messages",
            "Messages for other systems that wait, or that were given up and wait for a person",
            labels=["project", "name", "status"],
        )
        for each in self._services.webhook_log.standing():
            gauge.add_metric([*each.endpoint, str(each.status)], each.count)
        return gauge


def registry(services: Services) -> CollectorRegistry:
    """Return what is scraped; nothing of the process itself."""
    made = CollectorRegistry(auto_describe=False)
    made.register(LogCollector(services))
    return made
