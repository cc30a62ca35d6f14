"""The page of the audit log: what was done, newest first."""

from typing import Any, Final
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import Right
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.labels import AUDIT_LABELS
from realpad_form.web.desk.pages import render

ENTRIES: Final = 50

bp = blueprint("audit", "/people/audit")


@bp.get("")
@needs(Right.PEOPLE)
def show() -> ResponseReturnValue:
    """Show what was done, newest first."""
    author, before = request.args.get("by", type=UUID), request.args.get("before", type=_number)
    subject = "".join(filter(str.isprintable, request.args.get("subject", ""))).strip()
    conditions: dict[str, Any] = {"author": author, "subject": subject or None, "before": before}
    found = deps().services.people.entries(by=me(), **conditions, limit=ENTRIES + 1)
    people = deps().services.people.everybody(by=me())
    return render(
        "desk/admin/audit.html",
        entries=found[:ENTRIES],
        more=found[ENTRIES - 1].number if len(found) > ENTRIES else None,
        people=people,
        words=AUDIT_LABELS,
        names={person.id: person.name for person in people},
        by=author,
        subject=subject,
    )


def _number(text: str) -> int:
    """Return the number of an entry. Raises: ValueError, for one that no database can have."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError
    return number
