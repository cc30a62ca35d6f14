"""What machines ask: is it alive, is it ready."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from realpad_form.adapters.sql import is_current
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.web.context import deps

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
    problems = [str(problem) for problem in services.catalog.problems() if not problem.is_warning]
    return jsonify(status="ready", projects=sorted(services.catalog.projects()), problems=problems)
