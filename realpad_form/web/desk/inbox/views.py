"""The inbox: what needs a person first, then every lead, to be searched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

from flask import g, redirect, request
from flask.typing import ResponseReturnValue

from realpad_form.catalog import Good
from realpad_form.domain.delivery import Status, allows
from realpad_form.domain.errors import DataKeyError, Problem
from realpad_form.domain.lead import Answers, Lead, LeadRecord, LeadVersion, NoteKind
from realpad_form.domain.people import LEAD_LIST, AuditAction, Right
from realpad_form.domain.restored import Restored
from realpad_form.domain.search import COUNTED, Cursor, Facet, InboxQuery, LeadCount, LeadPage
from realpad_form.domain.text import line
from realpad_form.forms.messages import _
from realpad_form.services.bulk import EVENTS
from realpad_form.services.masking import mask_answers
from realpad_form.web.context import deps
from realpad_form.web.desk.access import (
    blueprint,
    me,
    needs,
    project_name,
    visible_people,
    visible_projects,
)
from realpad_form.web.desk.contacts import Contact, contacts
from realpad_form.web.desk.errors import UnknownFilterError
from realpad_form.web.desk.i18n import ZONE, gettext, language, number, translations
from realpad_form.web.desk.inbox.connections import LaneView, StrandedView, visible_lanes, visible_stranded
from realpad_form.web.desk.inbox.endpoints import EndpointView, endpoint_name, visible_endpoints
from realpad_form.web.desk.inbox.filters import (
    LABELS,
    NAMES,
    OLDEST,
    SEALED,
    SORTS,
    STATUS_WORDS,
    YES,
    Filters,
)
from realpad_form.web.desk.inbox.queue import LeadQueue
from realpad_form.web.desk.labels import STATUSES, short_reason
from realpad_form.web.desk.pages import flash_message, render

PAGE: Final = 50
BACK: Final = 20
"""As many newer pages are kept in an address; farther back, "newest" has to do."""

TAKEN: Final = frozenset({*NAMES, SEALED, "sort", "after", "back"})
"""What the list's address may hold; of what people type only the names, from addresses without a value."""

FILTER_NAME_CHARS: Final = 60
MOST_SAVED: Final = 12
SUGGESTED_FOR: Final = timedelta(days=90)
MOST_SUGGESTED: Final = 100

MOST_NEW: Final = 99
"""New leads are counted as far as this."""

bp = blueprint("inbox", "/inbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One lead in the list."""

    id: UUID
    seen: LeadVersion  # what a decision about it is made on
    at: datetime
    is_recent: bool  # within a day
    status: Status
    status_words: str
    name: str
    contacts: list[Contact]
    project: str
    context: tuple[str, ...]  # unit, and the campaign that Realpad gets
    reason: str
    work: str  # who looks after it, and whether they called


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A project file with mistakes."""

    file: str
    mistakes: list[Problem]
    good: Good | None  # the last good version, which visitors get meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What is wrong now, as far as who is signed in may see it."""

    lanes: list[LaneView]
    stranded: list[StrandedView]
    broken: list[Broken]
    endpoints: list[EndpointView]
    counts: Mapping[Status, int]
    restored: Restored | None = None  # for those who may see all projects
    has_wrong_key: bool = False  # stored leads cannot be opened, and new ones are refused

    @property
    def stopped(self) -> list[LaneView]:
        """The lanes that stand still until a person resumes them."""
        return [lane for lane in self.lanes if lane.is_stopped]

    @property
    def headlines(self) -> list[str]:
        """What is wrong, one line each, translated: the worst first."""
        told = [gettext(_("stored leads cannot be opened"))] if self.has_wrong_key else []
        told += [gettext(_("the database was restored from a backup"))] if self.restored else []
        told += [f"{each.name}: {gettext(each.words.what)}" for each in self.stopped if each.words]
        stranded = _("leads wait for another login")
        told += [f"{each.name}: {gettext(stranded)}" for each in self.stranded]
        silent = _("%(name)s is not told about leads")
        told += [gettext(silent) % {"name": endpoint_name(each.key.name)} for each in self.endpoints]
        broken = _("%(file)s is broken")
        told += [gettext(broken) % {"file": each.file} for each in self.broken]
        return told + [f"{each.name}: {gettext(each.words.what)}" for each in self.held if each.words]

    @property
    def needs_person(self) -> bool:
        """Whether something goes on only when a person has done something."""
        return len(self.headlines) > len(self.held)

    @property
    def held(self) -> list[LaneView]:
        """The lanes that wait by themselves and have leads waiting."""
        return [lane for lane in self.lanes if lane.state == "paused" and lane.waiting]


@bp.get("/")
@needs(Right.LEADS)
def show() -> ResponseReturnValue:
    """Show what needs a person, and a page of leads."""
    if request.args.keys() - TAKEN:
        raise UnknownFilterError
    filters, after = Filters.read(request.args), Cursor.read(request.args.get("after", ""))
    query = filters.permitted_query(me())
    page = deps().services.index.page(query, after=after, limit=PAGE)
    only = next(iter(query.projects)) if query.projects and len(query.projects) == 1 else None
    seen = str(len(page.records))
    deps().services.audit.record(AuditAction.VIEWED, by=me().id, subject=LEAD_LIST, detail=seen, project=only)
    return render(
        "desk/inbox/list.html",
        filters=filters,
        rows=[row(record) for record in page.records],
        attention=None if after else find_attention(),
        newest=_newest(query, page),
        links=_links(filters, page),
        total=_total(query, page, after=after),
        queue=LeadQueue(filters=filters, after=str(after or "")).suffix,
        sort_address=filters.with_(sort="" if filters.sort else OLDEST).address("/inbox/"),
        sorts=SORTS,
        saved=[
            (each, f"/inbox/?{each.query}", Filters.is_saved_as(each.query, filters))
            for each in deps().services.saved_filters.of(me().id)
        ],
        mine_address=filters.with_(mine="" if filters.mine else YES).address("/inbox/"),
        acts=[
            act
            for act, event in EVENTS.items()
            if any(allows(each, event) for each in query.statuses or Status)
        ],
        ranges=list(_ranges(filters)),
        notes=list(filters.notes(query)),
        projects=visible_projects(),
        statuses=STATUS_WORDS,
        labels=LABELS,
    )


@bp.post("/")
@needs(Right.LEADS)
def search() -> ResponseReturnValue:
    """Lead to the list that was asked for: a post, so that no address ever holds what was typed."""
    return redirect(Filters.typed(request.form).address("/inbox/"), 303)


@bp.post("/filters")
@needs(Right.LEADS)
def save_filter() -> ResponseReturnValue:
    """Keep the filters of a list under a name, for who is signed in alone."""
    filters, name = Filters.read(request.form), line(request.form.get("name", ""))
    saved = deps().services.saved_filters.of(me().id)
    if not name or not filters.chosen or len(name) > FILTER_NAME_CHARS:
        flash_message(gettext("Choose a filter and give it a short name."), is_bad=True)
    elif len(saved) >= MOST_SAVED and name not in [each.name for each in saved]:
        flash_message(
            gettext("You have saved as many filters as there can be. Remove one first."), is_bad=True
        )
    else:
        query = filters.address("").removeprefix("?")
        deps().services.saved_filters.save(me().id, name=name, query=query)
        flash_message(gettext("Saved: it stands above the list from now on."))
    return redirect(filters.address("/inbox/"), 303)


@bp.post("/filters/<uuid:filter_id>/remove")
@needs(Right.LEADS)
def remove_filter(filter_id: UUID) -> ResponseReturnValue:
    """Remove a filter that was saved."""
    deps().services.saved_filters.remove(me().id, filter_id)
    flash_message(gettext("The saved filter is removed."))
    return redirect("/inbox/", 303)


@bp.get("/suggestions")
@needs(Right.LEADS)
def suggest() -> ResponseReturnValue:
    """Answer the campaigns and units of the last months, the most frequent first, in visible projects."""
    index, since = deps().services.index, datetime.now(ZONE).date() - SUGGESTED_FOR
    return {
        facet: index.suggest_names(facet, projects=me().projects, since=since, limit=MOST_SUGGESTED)
        for facet in Facet
    }


@bp.get("/counts")
@needs(Right.LEADS)
def counts() -> ResponseReturnValue:
    """Answer how many leads wait for whom, and how many are newer than the list a script has."""
    found = find_attention()
    filters, newest = Filters.read(request.args), Cursor.read(request.args.get("newest", ""))
    # A page asks for this by itself; it would be a search of masked leads each time, and count for one.
    is_search, new = bool(filters.q) and me().is_masked, 0
    if newest and not is_search:
        query = filters.permitted_query(me())
        since = max(filter(None, (query.since, newest.created_at)))
        page = deps().services.index.page(replace(query, since=since), limit=MOST_NEW + 1)
        leads = (record.lead for record in page.records)
        new = min(MOST_NEW, sum(Cursor(lead.created_at, lead.id) > newest for lead in leads))
    words = translations(language()).ngettext("%(n)s new lead: show it", "%(n)s new leads: show them", new)
    return {
        "statuses": {status: found.counts.get(status, 0) for status in COUNTED},
        "waiting": {lane.name: lane.waiting for lane in found.lanes},
        "states": [
            *((lane.name, lane.state) for lane in found.lanes),
            *((each.name, "stranded") for each in found.stranded),
            len(found.broken),
        ],
        "changed": gettext("Something has changed: show it"),
        "new": new,
        "words": words % {"n": new},
    }


@bp.post("/restored/dismiss")
@needs(Right.WORK)
def dismiss_restore() -> ResponseReturnValue:
    """Say no more that the database was restored from a backup; leads in doubt stay so."""
    services = deps().services
    if me().projects is None and services.restores.state():
        services.restores.dismiss()
        services.audit.record(AuditAction.RESTORE_DISMISSED, by=me().id)
        flash_message(gettext("Hidden. Leads in doubt stay under “To decide”."))
    return redirect("/inbox/", 303)


def _newest(query: InboxQuery, page: LeadPage) -> Cursor:
    """Return the place of the newest lead of a list; of one that begins with the oldest, or is empty, now."""
    if not page.records or query.is_oldest_first:
        return Cursor(deps().services.log.now(), UUID(int=0))
    lead = page.records[0].lead
    return Cursor(lead.created_at, lead.id)


def _total(query: InboxQuery, page: LeadPage, *, after: Cursor | None) -> str:
    """Return in words how many leads match; '' where that is not known, or would be a search of its own."""
    if page.further is None and after is None:
        found = LeadCount(number=len(page.records), is_exact=True)
    elif query.whole:
        return ""
    else:
        found = deps().services.index.count(query)
    if not found.number:
        return ""
    words = translations(language()).ngettext("%(n)s lead", "%(n)s leads", found.number)
    words = words if found.is_exact else gettext("more than %(n)s leads")
    return words % {"n": number(found.number - (not found.is_exact), language())}


def _links(filters: Filters, page: LeadPage) -> dict[str, str]:
    """Return the addresses of the pages around this one, those that there are."""
    here, links = request.args.get("after", ""), {}
    newer = [place for place in request.args.get("back", "").split(".") if Cursor.read(place)]
    if here:
        links["newest"] = filters.address("/inbox/")
        links["newer"] = links["newest"]
    if newer:
        links["newer"] = filters.address("/inbox/", after=newer[-1], **_back_parameter(newer[:-1]))
    if page.further:
        place = str(page.further)
        links["older"] = filters.address("/inbox/", after=place, **_back_parameter([*newer, here]))
    return links


def _back_parameter(places: list[str]) -> dict[str, str]:
    """Return how an address keeps the way that a person has come."""
    kept = ".".join(filter(None, places[-BACK:]))
    return {"back": kept} if kept else {}


def _ranges(filters: Filters) -> Iterator[tuple[str, str, bool]]:
    """Yield the quick choices of time: words, address, and whether it is the one chosen."""
    today = datetime.now(ZONE).date()
    days = {gettext("Today"): 0, gettext("7 days"): 6, gettext("30 days"): 29}
    for words, back in days.items():
        since = (today - timedelta(days=back)).isoformat()
        is_chosen = (filters.since, filters.until) == (since, "")
        yield words, filters.with_(since=since, until="").address("/inbox/"), is_chosen


def row(record: LeadRecord) -> Row:
    """Return a lead as who is signed in may see it in a list."""
    lead, person = record.lead, me()
    is_called = not person.is_masked and any(each.kind is NoteKind.CALLED for each in record.notes)
    called = gettext(_("called")) if is_called else ""
    answers = mask_answers(record.current.answers) if person.is_masked else record.current.answers
    return Row(
        id=lead.id,
        seen=lead.version,
        at=lead.created_at,
        is_recent=timedelta(0) <= deps().services.log.now() - lead.created_at < timedelta(days=1),
        status=lead.status,
        status_words=gettext(STATUSES[lead.status]),
        name=" ".join(_texts(answers, "name", "surname")),
        contacts=list(contacts(answers).values()),
        project=project_name(lead.project),
        context=_texts(answers, "unit") + _texts(record.current.payload, "campaign"),
        reason=short_reason(lead, is_masked=person.is_masked),
        work=", ".join(filter(None, (assignee_name(lead), called))),
    )


def assignee_name(lead: Lead) -> str:
    """Return who looks after a lead; '' for nobody, or somebody whom who is signed in does not know."""
    if lead.assignee is None:
        return ""
    if "names_of_people" not in g:
        g.names_of_people = {each.id: each.name or each.email for each in visible_people()}
    return str(g.names_of_people.get(lead.assignee, ""))


def _texts(answers: Answers, *names: str) -> tuple[str, ...]:
    return tuple(str(answers[name]) for name in names if answers.get(name))


def find_attention() -> Attention:
    """Return what is wrong now."""
    counts = deps().services.index.counts(me().projects)
    restored = deps().services.restores.state() if me().projects is None else None
    has_wrong_key = False
    try:
        deps().services.log.check_data_keys()
    except DataKeyError:
        has_wrong_key = True
    return Attention(
        lanes=visible_lanes(),
        stranded=list(visible_stranded()),
        broken=list(_broken()),
        endpoints=list(visible_endpoints()),
        counts=counts,
        restored=restored,
        has_wrong_key=has_wrong_key,
    )


def _broken() -> Iterator[Broken]:
    """Yield the broken files of projects that who is signed in may see."""
    catalog = deps().services.catalog
    mistakes = [problem for problem in catalog.problems() if not problem.is_warning]
    for path, those in groupby(mistakes, key=lambda mistake: Path(mistake.path)):
        if me().sees(path.stem):
            yield Broken(file=path.name, mistakes=list(those), good=catalog.stand_in(path))
