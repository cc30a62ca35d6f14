"""The leads of a filtered list as a file.

CSV and JSON lines are sent while the leads are read. A workbook has to be whole before its first byte, so a
thread is held for it: only a few are built at once, and of so many leads at most.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Final

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.errors import CallsBusyError, WorkbookTooLongError
from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.domain.people import Right
from realpad_form.domain.search import InboxQuery
from realpad_form.forms.messages import _
from realpad_form.services.bulk import matches
from realpad_form.services.export import FORMATS, ExportAudit, ReadableFormat, pieces
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs, project_name
from realpad_form.web.desk.auth.session import has_recent_login, redirect_to_login
from realpad_form.web.desk.i18n import ZONE, gettext, language, number
from realpad_form.web.desk.inbox.filters import LABELS, STATUS_WORDS, FacetNote, Filters
from realpad_form.web.desk.labels import ANSWER_NAMES, STATUSES
from realpad_form.web.desk.pages import render
from realpad_form.web.errors import RETRY_AFTER_S

TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

WORKBOOK_LEADS: Final = 20_000
"""As many fit into a workbook; building it takes some seconds, and a proxy waits for a minute."""

TOO_LONG: Final = _(
    "A workbook takes %(most)s leads at most, and these are more. Take CSV, or filter the list."
)
BUSY: Final = _("Others are having workbooks made at this moment. Try again in a few seconds, or take CSV.")

HEADS: Final = {
    **ANSWER_NAMES,
    "id": _("Id of the lead"),
    "project": _("Project"),
    "status": _("Status"),
    "created_at": _("Received"),
    "customer_id": _("Customer number in Realpad"),
    "attempts": _("Attempts"),
    "reasons": _("Why it needs a person"),
    "attributes": _("Other answers"),
    "consents_given": _("Consents given"),
    "language": _("Language"),
    "page": _("Page"),
    "referrer": _("Came from"),
    "parameters": _("Captured parameters"),
    "consents_revoked": _("Consents revoked"),
    "source": _("Source"),
    "notes": _("Notes"),
}
"""What the columns of a table for people are called, untranslated."""

bp = blueprint("export", "/inbox/export")


@bp.get("")
@needs(Right.EXPORT)
def choose() -> ResponseReturnValue:
    """Ask for which file."""
    filters = Filters.read(request.args)
    query = _check(filters)
    if not has_recent_login():
        return redirect_to_login(next_url=filters.address("/inbox/export"))
    return _page(filters, notes=[note for note in filters.notes(query) if note.is_cut])


@bp.post("")
@needs(Right.EXPORT)
def download() -> ResponseReturnValue:
    """Send the file, lead by lead, and write down whose leads it holds.

    Raises: CallsBusyError, WorkbookTooLongError.
    """
    filters, format_ = Filters.read(request.form), request.form.get("format", "")
    query = _check(filters)
    if format_ not in FORMATS:
        abort(400)
    if not has_recent_login():
        return redirect_to_login(next_url=filters.address("/inbox/export"))
    records = matches(deps().services.index, query)
    revoked = deps().services.lead_actions.revoked_of_many()
    words = _words()
    written = ExportAudit(
        audit=deps().services.audit, by=me().id, format_=format_, revoked=revoked, words=words
    )
    if format_ == "xlsx":  # has to be whole before its first byte, and in the audit log
        held: list[Lead] = []
        with deps().services.workbook_slots.take():
            workbook = pieces(_held(records, held), format_="xlsx", revoked=revoked, words=words)
            first = next(workbook)
        written.record(held)
        file: Iterator[bytes] = chain([first], workbook)
    else:
        file = written.pieces(records)
    answer = Response(file, content_type=TYPES[format_])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{_name(filters)}.{format_}")
    return answer


def _words() -> ReadableFormat:
    """Return what the columns and statuses are called in the language of who takes the file."""
    return ReadableFormat(
        heads={name: gettext(words) for name, words in HEADS.items()},
        statuses={str(status): gettext(words) for status, words in STATUSES.items()},
        zone=ZONE,
    )


@bp.errorhandler(WorkbookTooLongError)
def _too_long(_error: WorkbookTooLongError) -> ResponseReturnValue:
    problem = gettext(TOO_LONG) % {"most": number(WORKBOOK_LEADS, language())}
    return _page(Filters.read(request.form), status=422, problem=problem)


@bp.errorhandler(CallsBusyError)
def _busy(_error: CallsBusyError) -> ResponseReturnValue:
    answer = _page(Filters.read(request.form), status=503, problem=gettext(BUSY))
    answer.retry_after = RETRY_AFTER_S
    return answer


def _page(
    filters: Filters, *, status: int = 200, problem: str = "", notes: Sequence[FacetNote] = ()
) -> Response:
    words = {
        "status": gettext(STATUS_WORDS.get(filters.status, "")),
        "project": project_name(filters.project),
        "mine": gettext("yes"),
    }
    return render(
        "desk/inbox/export.html",
        status=status,
        filters=filters,
        back=filters.address("/inbox/"),
        chosen=[(gettext(LABELS[name]), words.get(name, text)) for name, text in filters.chosen.items()],
        problem=problem,
        notes=notes,
    )


def _check(filters: Filters) -> InboxQuery:
    """Return what to export; whoever sees leads masked gets no file of them."""
    if me().is_masked:
        abort(403)
    return filters.permitted_query(me())


def _held(records: Iterable[LeadRecord], held: list[Lead]) -> Iterator[LeadRecord]:
    """Yield leads and remember them. Raises: WorkbookTooLongError."""
    for record in records:
        if len(held) == WORKBOOK_LEADS:
            raise WorkbookTooLongError
        held.append(record.lead)
        yield record


def _name(filters: Filters) -> str:
    """Return a file's name without anybody's."""
    today = datetime.now(ZONE).date().isoformat()
    return "-".join(filter(None, ("leads", filters.project, filters.status, today)))
