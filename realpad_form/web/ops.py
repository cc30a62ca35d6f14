"""What machines ask: is it alive, is it ready, how is it doing."""

import hmac
import logging
from typing import Any, Final

from flask import Blueprint, Request, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import InternalServerError

from realpad_form.domain.errors import DataKeyError, RealpadFormError, StorageUnavailableError
from realpad_form.services.credentials import LaneReport
from realpad_form.services.security_log import security
from realpad_form.web.address import client_address
from realpad_form.web.context import deps
from realpad_form.web.headers import no_store
from realpad_form.web.metrics import registry

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
    problems += [f"{slug}: until it is mended, {good.describe()}" for slug, good in stand_ins]
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
