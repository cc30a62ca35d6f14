"""Addresses below the desk that hold nothing: said on a page of the desk, not on the visitors'."""

from typing import Final

from flask import abort
from flask.typing import ResponseReturnValue

from realpad_form.web.desk.frame import blueprint, signed_in

bp = blueprint("nowhere")

PARTS: Final = ("inbox", "people", "figures", "preview", "account")


@signed_in
def say_so(rest: str) -> ResponseReturnValue:
    """Say that nothing is here."""
    abort(404)


for part in PARTS:
    bp.add_url_rule(f"/{part}/<path:rest>", view_func=say_so)
