"""Realpad's web service under /ws/."""

import socket
from typing import Final

from flask import Blueprint, Response, request

from realpad_form.sandbox.calls import DroppedError, RecordedCall
from realpad_form.sandbox.service import serve
from realpad_form.sandbox.world import world

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

api = Blueprint("api", __name__, url_prefix="/ws")


@api.route("/<version>/<path:endpoint>", methods=METHODS, provide_automatic_options=False)
def call(version: str, endpoint: str) -> Response:
    """Answer one call, or break its connection."""
    try:
        reply = serve(world(), _incoming(version, endpoint))
    except DroppedError:
        return _drop()
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    response.headers.update(reply.headers)
    return response


def _incoming(version: str, endpoint: str) -> RecordedCall:
    """Return the call as it came in."""
    return RecordedCall(
        number=world().next_number(),
        at=world().now(),
        method=request.method,
        version=version,
        endpoint=endpoint,
        address=request.remote_addr or "",
        content_type=request.headers.get("Content-Type", ""),
        raw=request.get_data(),
    )


def _drop() -> Response:
    """Break the connection; what is returned then reaches nobody."""
    line: socket.socket = request.environ["werkzeug.socket"]
    line.shutdown(socket.SHUT_RDWR)
    return Response(status=500)
