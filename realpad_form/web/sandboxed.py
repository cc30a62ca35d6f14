"""Lets the form's own script read our answers in a sandboxed frame, where its origin is `null`.

WordPress, for one, puts frames of services that it does not know into `sandbox="allow-scripts"`.
"""

from flask import Blueprint, Response, request


def let_null_origin_read(bp: Blueprint) -> None:
    """Let scripts of the origin `null` read the answers of these routes; no other origin, and no cookies.

    Anybody's sandboxed frame has this origin. It gains nothing that a program outside a browser lacks: a
    token, which is given to whoever asks, and the answers to its own posts. Its leads are quarantined.
    """
    bp.after_request(_allow)


def _allow(response: Response) -> Response:
    response.headers.add("Vary", "Origin")
    if request.headers.get("Origin") != "null":
        return response
    response.headers["Access-Control-Allow-Origin"] = "null"
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        methods = sorted(set(response.allow) - {"HEAD", "OPTIONS"})
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
    return response
