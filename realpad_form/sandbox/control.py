"""The page that shows what arrived, and the calls under /sandbox/ that the page and tests may make."""

from datetime import datetime, timedelta
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from realpad_form.sandbox.behaviour import PRESETS, Fault, Switches
from realpad_form.sandbox.calls import RecordedCall
from realpad_form.sandbox.crm import Inquiry
from realpad_form.sandbox.world import World, customer_json, snapshot, world

OTHER_SITES: Final = ("cross-site", "same-site")

control = Blueprint("control", __name__, url_prefix="/sandbox")


class ClockAdvance(BaseModel):
    """How far to turn the sandbox's clock."""

    model_config = ConfigDict(extra="forbid")

    advance_s: float = Field(ge=0, le=366 * 86_400)


@control.before_request
def refuse_other_sites() -> None:
    """Let no page of another site press our buttons."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") in OTHER_SITES:
        abort(403)


@control.errorhandler(ValidationError)
def explain(error: ValidationError) -> tuple[Response, int]:
    """Say what is wrong with a fault, a switch or a step."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return jsonify(problems=problems), 400


@control.get("/state")
def state() -> Response:
    """Show customers, inquiries, faults and switches."""
    return jsonify(snapshot(world()))


@control.get("/journal")
def journal() -> Response:
    """Show every call, oldest first."""
    with world().lock:
        return jsonify([call.to_json() for call in world().journal])


@control.get("/faults")
def faults() -> Response:
    """Show the faults that wait for a call."""
    return jsonify([fault.model_dump() for fault in world().faults.waiting])


@control.post("/faults")
def add_fault() -> tuple[Response, int]:
    """Let something go wrong with the next calls."""
    fault = Fault.model_validate(request.get_json())
    with world().change():
        world().faults.waiting.append(fault)
    return jsonify(fault.model_dump()), 201


@control.delete("/faults")
def clear_faults() -> tuple[str, int]:
    """Let nothing go wrong any more."""
    with world().change():
        world().faults.waiting.clear()
    return "", 204


@control.post("/preset")
def press() -> AnyResponse:
    """Take one of the page's buttons: a fault by its name, or no name for an end to all faults."""
    name = request.form.get("fault", "")
    if name and name not in PRESETS:
        abort(400)
    with world().change():
        waiting = world().faults.waiting
        waiting[:] = [*waiting, PRESETS[name]] if name else []
    return redirect(url_for("page.index"), 303)


@control.post("/switches")
def switch() -> Response:
    """Change how the sandbox behaves; what is not named stays."""
    named = Switches.model_validate(request.get_json()).model_dump(exclude_unset=True)
    with world().change():
        world().switches = world().switches.model_copy(update=named)
    return jsonify(world().switches.model_dump())


@control.post("/clock")
def advance() -> Response:
    """Turn the clock forward, e.g. past the end of a ban."""
    step = ClockAdvance.model_validate(request.get_json())
    with world().change():
        world().ahead += timedelta(seconds=step.advance_s)
    return jsonify(now=world().now().isoformat())


@control.post("/reset")
def reset() -> tuple[str, int]:
    """Forget everything but what support has set up."""
    world().reset()
    return "", 204


SHOWN: Final = 50
"""As many customers, inquiries of each, and calls, newest first."""

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

page = Blueprint("page", __name__)


@page.get("/")
def index() -> Response:
    """Show the page, or say that nothing has changed."""
    with world().lock:
        revision = str(world().revision)
        if request.if_none_match.contains(revision):
            response = Response(status=304)
        else:
            response = make_response(render_template("page.html", presets=PRESETS, **view(world())))
    response.set_etag(revision)
    response.cache_control.no_cache = True
    response.headers["Content-Security-Policy"] = POLICY
    return response


def view(world: World) -> dict[str, Any]:
    """Return what the page shows: the customers with the latest inquiries first."""
    groups: dict[int, list[Inquiry]] = {}
    for inquiry in reversed(world.crm.inquiries):
        groups.setdefault(inquiry.customer.id, []).append(inquiry)
    calls = {call.number: call for call in world.journal}
    return {
        "cards": [_card(group, calls, world) for group in list(groups.values())[:SHOWN]],
        "calls": list(world.journal)[: -SHOWN - 1 : -1],
        "faults": world.faults.waiting,
        "counts": {"customers": len(groups), "inquiries": len(world.crm.inquiries), "calls": world.calls},
    }


@page.app_template_filter()
def clock(at: datetime) -> str:
    """Return the time of day where the sandbox runs."""
    return at.astimezone().strftime("%H:%M:%S")


def _card(inquiries: list[Inquiry], calls: dict[int, RecordedCall], world: World) -> dict[str, Any]:
    """Return a customer with the newest inquiries and the calls that made them."""
    return {
        "customer": customer_json(inquiries[0].customer, world.tenant),
        "inquiries": [(inquiry, calls.get(inquiry.call)) for inquiry in inquiries[:SHOWN]],
    }
