"""The page that shows what arrived; it is complete without its script, which only renews it."""

from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template, request

from realpad_form.sandbox.calls import RecordedCall
from realpad_form.sandbox.crm import Inquiry
from realpad_form.sandbox.faults import PRESETS
from realpad_form.sandbox.snapshot import customer_json
from realpad_form.sandbox.world import World, world

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
