"""The filters of the inbox, as they stand in an address: what was typed is sealed, since it may be personal.

Addresses are kept in histories, in logs of proxies and in the cookie that remembers where to go on.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import ProjectNotFoundError, SealBrokenError
from realpad_form.domain.people import Person
from realpad_form.domain.project_rules import is_slug
from realpad_form.domain.search import FACET_CHARS, Facet, FacetMatches, InboxQuery, fold, whole_name
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import me
from realpad_form.web.desk.errors import UnknownFilterError
from realpad_form.web.desk.i18n import gettext, midnight, read_day
from realpad_form.web.desk.labels import STATUSES

NAMES: Final = ("q", "status", "project", "campaign", "unit", "since", "until", "mine")
TYPED: Final = ("q", "campaign", "unit")
"""Filters that people type; the others are chosen from what there is."""

YES: Final = "1"
OLDEST: Final = "oldest"
"""The order that is not the usual one."""

SORTS: Final = {"": _("newest first"), OLDEST: _("oldest first")}
"""In which order a list may be, untranslated."""

SEALED: Final = "search"
"""Holds what was typed, in an address or a form that leads to one."""

LONGEST: Final = 200
LONGEST_NAME: Final = FACET_CHARS + 2
"""Of a campaign or unit, in the quotes that mean a whole name."""

FOR_A_PERSON: Final = "person"
"""Stands for the statuses in which nothing happens until a person decides."""

DECIDED_BY_PEOPLE: Final = (Status.REJECTED, Status.UNKNOWN, Status.QUARANTINED)

ON_TOP: Final = ("rejected", "unknown", "quarantined", "queued")
"""The statuses with a link of their own above the list."""

STATUS_WORDS: Final = {
    FOR_A_PERSON: _("Needs a person"),
    **{str(key): text for key, text in STATUSES.items()},
}
"""What may be chosen as a status, untranslated."""

LABELS: Final = {
    "q": _("Search"),
    "status": _("Status"),
    "project": _("Project"),
    "campaign": _("Campaign"),
    "unit": _("Unit"),
    "since": _("From"),
    "until": _("To"),
    "mine": _("Assigned to me"),
}
"""What the filters are called, untranslated."""

FOUND: Final = {
    Facet.CAMPAIGN: _("Campaigns with “%(asked)s” in their name: %(names)s"),
    Facet.UNIT: _("Units with “%(asked)s” in their name: %(names)s"),
}
NONE_FOUND: Final = {
    Facet.CAMPAIGN: _("No campaign has “%(asked)s” in its name."),
    Facet.UNIT: _("No unit has “%(asked)s” in its name."),
}
TOO_MANY: Final = {
    Facet.CAMPAIGN: _(
        "More than %(most)s campaigns have “%(asked)s” in their name. These are the leads of "
        "%(most)s of them only; write more of the name to find the others."
    ),
    Facet.UNIT: _(
        "More than %(most)s units have “%(asked)s” in their name. These are the leads of "
        "%(most)s of them only; write more of the name to find the others."
    ),
}
"""What is said of a campaign or unit that was asked for, untranslated."""

NAMED: Final = 5
"""So many names are listed; more of them are counted."""

NAME_SHOWN_CHARS: Final = 60


class FacetNote(NamedTuple):
    """What is said of a campaign or unit that was asked for, translated."""

    text: str
    is_known: bool  # some are known that it may mean
    only: str  # the one with this very name, if others are shown as well; else ''
    only_address: str
    is_cut: bool  # leads of more of them match than are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a person has chosen; '' where nothing."""

    q: str = ""
    status: str = ""
    project: str = ""
    campaign: str = ""
    unit: str = ""
    since: str = ""
    until: str = ""
    mine: str = ""
    sort: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Filters":
        """Return the filters that an address of ours holds. Raises: UnknownFilterError.

        A text that is not sealed is not taken: it would stand in the address of everything that follows.
        """
        if any(values.get(name) for name in TYPED):
            raise UnknownFilterError
        sealed, vault = values.get(SEALED, ""), deps().services.search_vault
        if sealed and not vault.is_sealed(sealed):
            raise UnknownFilterError
        try:
            typed: dict[str, str] = json.loads(vault.open(sealed or "{}", *_about()))
        except SealBrokenError:  # not sealed for this person
            raise UnknownFilterError from None
        return cls.typed({**values, **typed})

    @classmethod
    def typed(cls, values: Mapping[str, str]) -> "Filters":
        """Return the filters as they were filled in. Raises: UnknownFilterError."""
        longest = {"campaign": LONGEST_NAME, "unit": LONGEST_NAME}
        texts = {
            name: values.get(name, "").replace("\0", "").strip()[: longest.get(name, LONGEST)]
            for name in NAMES
        }
        days = [texts[name] for name in ("since", "until") if texts[name]]
        if (
            texts["mine"] not in ("", YES)
            or texts["status"] not in ("", *STATUS_WORDS)
            or not all(map(read_day, days))
        ):
            raise UnknownFilterError
        sort = values.get("sort", "")
        if (texts["project"] and not is_slug(texts["project"])) or sort not in SORTS:
            raise UnknownFilterError
        return cls(**texts, sort=sort)

    @classmethod
    def is_saved_as(cls, query: str, filters: "Filters") -> bool:
        """Tell whether a saved query stands for these filters; not if its key is gone."""
        try:
            return cls.read(dict(parse_qsl(query))) == filters
        except UnknownFilterError:
            return False

    @property
    def chosen(self) -> dict[str, str]:
        """What is chosen, by name; the order chooses nothing."""
        return {name: getattr(self, name) for name in NAMES if getattr(self, name)}

    @property
    def is_narrow(self) -> bool:
        """Whether something is chosen that only the form with all filters shows."""
        is_on_top = self.status in ON_TOP
        return bool(self.chosen.keys() - {"q", "mine", *(["status"] if is_on_top else [])})

    @property
    def fields(self) -> dict[str, str]:
        """What stands for these filters in an address, or in a form that leads to one.

        What was typed is sealed: only the person who is signed in can use it, and nobody can read it.
        """
        typed = {name: text for name, text in self.chosen.items() if name in TYPED}
        rest = {name: text for name, text in self.chosen.items() if name not in TYPED}
        if self.sort:
            rest["sort"] = self.sort
        if not typed:
            return rest
        return {**rest, SEALED: deps().services.search_vault.seal(json.dumps(typed), *_about())}

    def address(self, page: str, **more: str) -> str:
        """Return the address of a page of the inbox with these filters."""
        query = urlencode({**self.fields, **more})
        return f"{page}?{query}" if query else page

    def with_(self, **changes: str) -> "Filters":
        """Return these filters with some changed."""
        return replace(self, **changes)

    def notes(self, query: InboxQuery) -> Iterator[FacetNote]:
        """Yield what to say of the campaigns and units that were meant; nothing where it is plain."""
        for matches in filter(None, (query.campaigns, query.units)):
            is_asked = [fold(each) == fold(matches.asked) for each in matches.names]
            if whole_name(matches.asked) is None and is_asked != [True]:
                only = matches.asked if any(is_asked) else ""
                yield FacetNote(
                    text=_note(matches),
                    is_known=bool(matches.names),
                    only=only,
                    only_address=self.with_(**{matches.facet: exactly(only)}).address("/inbox/"),
                    is_cut=matches.is_cut,
                )

    def permitted_query(self, person: Person) -> InboxQuery:
        """Return what to look for, among a person's projects only.

        If the person sees leads masked and searches for something, it is counted and written down.

        Raises: ProjectNotFoundError, for a project that the person may not see; PartialSearchError,
            SearchLimitError.
        """
        if self.project and not person.sees(self.project):
            raise ProjectNotFoundError(self.project)
        statuses: tuple[Status, ...] = (Status(self.status),) if self.status in STATUSES else ()
        if self.status == FOR_A_PERSON:
            statuses = DECIDED_BY_PEOPLE
        query = InboxQuery(
            text=self.q,
            statuses=statuses,
            projects=frozenset({self.project}) if self.project else person.projects,
            assignee=person.id if self.mine else None,
            since=midnight(self.since, days=0),
            until=midnight(self.until, days=1),
            is_oldest_first=self.sort == OLDEST,
        )
        permitted = deps().services.masked_search.permit(query, by=person)
        return replace(
            permitted,
            campaigns=_find_names(Facet.CAMPAIGN, self.campaign, query.projects),
            units=_find_names(Facet.UNIT, self.unit, query.projects),
        )


def exactly(name: str) -> str:
    """Return what to fill in for the leads of one campaign or unit, and of none that holds its name."""
    return f'"{name}"'


def _find_names(facet: Facet, asked: str, projects: frozenset[str] | None) -> FacetMatches | None:
    return deps().services.index.find_names(facet, asked, projects=projects) if asked else None


def _note(matches: FacetMatches) -> str:
    texts = TOO_MANY if matches.is_cut else FOUND if matches.names else NONE_FOUND
    names = [name[:NAME_SHOWN_CHARS] for name in matches.names[:NAMED]]
    if len(matches.names) > NAMED:
        names.append(gettext("and %(n)s more") % {"n": len(matches.names) - NAMED})
    told = {"asked": matches.asked, "names": ", ".join(names), "most": len(matches.names)}
    return gettext(texts[matches.facet]) % told


def _about() -> tuple[object, ...]:
    return ("inbox", SEALED, me().id)
