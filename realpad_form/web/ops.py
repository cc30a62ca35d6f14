"""What machines ask: is it alive, is it ready, how is it doing."""

import logging
from typing import Any, Final

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from realpad_form.adapters.sql import is_current
from realpad_form.domain.errors import DataKeyError, StorageUnavailableError
from realpad_form.web.context import deps
from realpad_form.web.metrics import registry

log = logging.getLogger(__name__)

WRONG_KEY: Final = (
    "stored leads cannot be opened: set the REALPAD_FORM_DATA_KEY that they were sealed with again"
)

bp = Blueprint("ops", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer that the process is alive."""
    return jsonify(status="alive")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer whether a lead could be stored now; broken project files are told, and stop nobody else."""
    services = deps().services
    if not is_current(services.database):
        raise StorageUnavailableError("the database needs `realpad-form db upgrade`")
    services.log.probe()
    services.log.check_data_keys()
    problems = [str(problem) for problem in services.catalog.problems() if not problem.is_warning]
    stand_ins = services.catalog.stand_ins().items()
    problems += [f"{slug}: until it is mended, {good.describe()}" for slug, good in stand_ins]
    told: dict[str, Any] = {
        "status": "ready",
        "projects": sorted(services.catalog.projects()),
        "problems": problems,
    }
    if restored := services.restores.state():
        told["restored"] = {
            "at": restored.at.isoformat(),
            "in_doubt": restored.in_doubt,
            "why": restored.sign.describe(),
        }
    return jsonify(told)


@bp.errorhandler(DataKeyError)
def _wrong_key(error: DataKeyError) -> ResponseReturnValue:
    """Answer that no lead is taken, since it would be stored under another key than those that wait."""
    log.error("%s", error)
    return jsonify(status="error", error=WRONG_KEY), 503, {"Cache-Control": "no-store"}


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Answer with figures for Prometheus."""
    answer = Response(generate_latest(registry(deps().services)), content_type=CONTENT_TYPE_LATEST)
    answer.cache_control.no_store = True
    return answer
