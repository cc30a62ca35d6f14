"""The leads of a filtered list as a file."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Final

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from realpad_form.adapters.export import FORMATS, pieces
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.people import Deed, Right
from realpad_form.ports.inbox import InboxQuery
from realpad_form.services.matches import matches
from realpad_form.web.context import deps
from realpad_form.web.desk.again import ask_again, is_fresh
from realpad_form.web.desk.frame import blueprint, gettext, me, needs, render
from realpad_form.web.desk.inbox_filter import LABELS, STATUS_WORDS, Filters
from realpad_form.web.desk.inbox_rows import project_name
from realpad_form.web.desk.times import ZONE

TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

bp = blueprint("export", "/inbox/export")


@bp.get("")
@needs(Right.EXPORT)
def choose() -> ResponseReturnValue:
    """Ask for which file."""
    filters = Filters.read(request.args)
    _check(filters)
    if not is_fresh():
        return ask_again(onward_to=filters.address("/inbox/export"))
    return render(
        "desk/inbox/export.html", filters=filters, back=filters.address("/inbox/"), chosen=_chosen(filters)
    )


@bp.post("")
@needs(Right.EXPORT)
def download() -> ResponseReturnValue:
    """Send the file, lead by lead, and write down whose leads it holds."""
    filters, format_ = Filters.read(request.form), request.form.get("format", "")
    query = _check(filters)
    if format_ not in FORMATS:
        abort(400)
    if not is_fresh():
        return ask_again(onward_to=filters.address("/inbox/export"))
    note = partial(deps().services.audit.record, Deed.EXPORTED, by=me().id, detail=format_)
    records = _written_down(matches(deps().services.index, query), note)
    answer = Response(pieces(records, format_=format_), content_type=TYPES[format_])
    answer.headers["Content-Disposition"] = f'attachment; filename="{_name(filters)}.{format_}"'
    return answer


def _check(filters: Filters) -> InboxQuery:
    """Return what to export; whoever sees leads masked gets no file of them."""
    if me().is_masked:
        abort(403)
    return filters.permitted_query(me())


def _written_down(records: Iterator[LeadRecord], note: Callable[..., None]) -> Iterator[LeadRecord]:
    """Yield leads, each after the audit log has it."""
    for record in records:
        note(subject=str(record.lead.id), project=record.lead.project)
        yield record


def _name(filters: Filters) -> str:
    """Return a file's name without anybody's."""
    today = datetime.now(ZONE).date().isoformat()
    return "-".join(filter(None, ("leads", filters.project, filters.status, today)))


def _chosen(filters: Filters) -> list[tuple[str, str]]:
    """Return the filters in words."""
    words = {
        "status": gettext(STATUS_WORDS.get(filters.status, "")),
        "project": project_name(filters.project),
    }
    return [(gettext(LABELS[name]), words.get(name, text)) for name, text in filters.chosen.items()]
