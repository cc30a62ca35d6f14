"""What a test or the page may ask of the sandbox itself, under /sandbox/."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from realpad_form.sandbox.faults import PRESETS, Fault
from realpad_form.sandbox.guard import Switches
from realpad_form.sandbox.snapshot import snapshot
from realpad_form.sandbox.world import world

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
