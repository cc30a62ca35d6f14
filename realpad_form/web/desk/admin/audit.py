"""The page of the audit log: what was done, newest first, and as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import abort, request
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import LEAD_LIST, AuditAction, AuditEntry, AuditFilter, Person, Right
from realpad_form.forms.messages import _
from realpad_form.services.export import Cell
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs, project_name
from realpad_form.web.desk.auth.session import requires_recent_login
from realpad_form.web.desk.i18n import ZONE, gettext, midnight, read_day
from realpad_form.web.desk.labels import AUDIT_GROUPS, AUDIT_LABELS, VIEWED_LIST
from realpad_form.web.desk.pages import SPREADSHEETS, render, spreadsheet

ENTRIES: Final = 50
FILE_ENTRIES: Final = 20_000
"""As many fit into a file, the newest ones; it is made in memory."""

HEADS: Final = (
    _("When"),
    _("Who"),
    _("What"),
    _("About"),
    _("Details"),
    _("Project"),
    _("Id of who"),
    _("Id of what"),
)

bp = blueprint("audit", "/people/audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """What the page is asked for, as it was typed or chosen; '' where nothing."""

    by: str
    what: str
    about: str
    since: str
    until: str
    lists: str

    @classmethod
    def read(cls) -> "AuditQuestion":
        """Return what the address holds, without what cannot be meant."""
        texts = {name: request.values.get(name, "").strip() for name in cls.__slots__}
        texts["about"] = "".join(filter(str.isprintable, texts["about"] or request.values.get("subject", "")))
        for name in ("since", "until"):
            texts[name] = texts[name] if read_day(texts[name]) else ""
        return cls(**texts)

    def filter(self, people: list[Person]) -> AuditFilter:
        """Return which entries are meant; people may be named by their e-mail or name."""
        names = {text.casefold(): each.id for each in people for text in (each.name, each.email)}
        subject = str(names.get(self.about.casefold(), self.about)) or None
        actions = AUDIT_GROUPS[self.what][1] if self.what in AUDIT_GROUPS else None
        if self.what in list(AuditAction):
            actions = (AuditAction(self.what),)
        return AuditFilter(
            author=request.values.get("by", type=UUID),
            subject=subject,
            actions=None if actions is None else frozenset(actions),
            since=midnight(self.since, days=0),
            until=midnight(self.until, days=1),
            has_lists=bool(self.lists) or subject == LEAD_LIST,
        )

    @property
    def fields(self) -> dict[str, str]:
        """What stands for this question in an address or a form."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """An entry as people read it."""

    entry: AuditEntry
    who: str
    what: str
    about: str  # in words, else as it is kept
    about_address: str  # of the entries about the same; '' for none
    lead_address: str  # '' unless it is about a lead that may be looked at


@bp.get("")
@needs(Right.PEOPLE)
def show() -> ResponseReturnValue:
    """Show what was done, newest first; looks at lists of leads only if asked for."""
    question, before = AuditQuestion.read(), request.args.get("before", type=_number)
    people = deps().services.people.everybody(by=me())
    found = deps().services.people.entries(question.filter(people), by=me(), before=before, limit=ENTRIES + 1)
    more = found[ENTRIES - 1].number if len(found) > ENTRIES else None
    return render(
        "desk/admin/audit.html",
        question=question,
        rows=list(_rows(found[:ENTRIES], people)),
        older=f"/people/audit?{urlencode({**question.fields, 'before': more})}" if more else None,
        people=people,
        groups=AUDIT_GROUPS,
        words=AUDIT_LABELS,
        most=FILE_ENTRIES,
    )


@bp.post("/export")
@needs(Right.PEOPLE)
@requires_recent_login
def export() -> ResponseReturnValue:
    """Send what was done as a file, and write down that somebody took it."""
    format_ = request.form.get("format", "")
    if format_ not in SPREADSHEETS:
        abort(400)
    question, people = AuditQuestion.read(), deps().services.people.everybody(by=me())
    found = deps().services.people.entries(question.filter(people), by=me(), limit=FILE_ENTRIES)
    detail = f"{format_}, {len(found)}"
    deps().services.audit.record(AuditAction.AUDIT_EXPORTED, by=me().id, detail=detail)
    lines = (_cells(row) for row in _rows(found, people))
    name = "-".join(filter(None, ("audit-log", question.since, question.until)))
    return spreadsheet([gettext(words) for words in HEADS], lines, name=name, format_=format_)


def _rows(entries: list[AuditEntry], people: list[Person]) -> Iterator[AuditRow]:
    names = {str(each.id): each.name for each in people}
    may_see_leads = me().may(Right.LEADS)
    for entry in entries:
        about, is_lead = _about(entry, names)
        yield AuditRow(
            entry=entry,
            who=_who(entry, names),
            what=gettext(VIEWED_LIST if _is_list(entry) else AUDIT_LABELS[entry.action]),
            about=about,
            about_address=f"/people/audit?{urlencode({'about': entry.subject})}" if entry.subject else "",
            lead_address=f"/inbox/leads/{entry.subject}" if is_lead and may_see_leads else "",
        )


def _who(entry: AuditEntry, names: Mapping[str, str]) -> str:
    if entry.by is not None:
        if name := names.get(str(entry.by)):
            return name
        return gettext(_("somebody outside your projects")) if me().projects is not None else str(entry.by)
    if entry.action in (AuditAction.SIGN_IN_FAILED, AuditAction.LINK_ASKED):
        return gettext(_("nobody signed in"))
    return gettext(_("a command"))


def _about(entry: AuditEntry, names: Mapping[str, str]) -> tuple[str, bool]:
    """Return what an entry is about, in words where there are some, and whether that is a lead."""
    if _is_list(entry):
        return "", False
    if entry.subject in names:
        return names[entry.subject], False
    if entry.subject in deps().services.catalog.projects():
        return project_name(entry.subject), False
    try:
        lead_id = UUID(entry.subject)
    except ValueError:
        return entry.subject, False
    if entry.action not in AUDIT_GROUPS["leads"][1]:
        return entry.subject, False
    return gettext(_("lead %(id)s")) % {"id": lead_id.hex[:8]}, True


def _is_list(entry: AuditEntry) -> bool:
    return entry.action is AuditAction.VIEWED and entry.subject == LEAD_LIST


def _cells(row: AuditRow) -> list[Cell]:
    entry = row.entry
    return [
        entry.at.astimezone(ZONE).replace(tzinfo=None, microsecond=0),
        row.who,
        row.what,
        row.about,
        entry.detail,
        project_name(entry.project) if entry.project else None,
        str(entry.by) if entry.by else None,
        entry.subject,
    ]


def _number(text: str) -> int:
    """Return the number of an entry. Raises: ValueError, for one that no database can have."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError
    return number
