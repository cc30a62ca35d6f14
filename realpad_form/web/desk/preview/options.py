"""How a form is looked at: language, light, width and state; and the page that shows it so."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, TypeVar

from flask import Response

from realpad_form.domain.project import Project
from realpad_form.forms import ProjectForm, sample_answers, translations, wrong_answers
from realpad_form.web.context import deps, open_form, spoken
from realpad_form.web.pages import PageContext, Pages

OFFLINE: Final = (
    "You are offline. Keep this page open, and we will send your enquiry as soon as you are online again."
    " You can still change it."
)
"""The msgid of the form's own notice."""


Member = TypeVar("Member", bound=StrEnum)


class State(StrEnum):
    """What a visitor has met."""

    EMPTY = "empty"
    ERRORS = "errors"
    OPEN = "open"  # answered, so that conditional questions show
    THANKS = "thanks"
    OFFLINE = "offline"
    CLOSED = "closed"  # the project is gone


class ColorScheme(StrEnum):
    """In which light to show a form."""

    PROJECT = "project"  # as its file says
    AUTO = "auto"  # as the device says
    LIGHT = "light"
    DARK = "dark"


class Width(StrEnum):
    """How wide a screen is, in pixels."""

    PHONE = "360"
    TABLET = "768"
    DESKTOP = "1280"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """One way to look at a form."""

    language: str
    light: ColorScheme = ColorScheme.PROJECT
    width: Width = Width.PHONE
    state: State = State.EMPTY

    @classmethod
    def of(cls, project: Project, chosen: Mapping[str, str]) -> Self:
        """Return what was chosen; anything unknown counts as not chosen."""
        return cls(
            language=spoken(project, chosen.get("language")),
            light=_member(ColorScheme, chosen.get("light"), ColorScheme.PROJECT),
            width=_member(Width, chosen.get("width"), Width.PHONE),
            state=_member(State, chosen.get("state"), State.EMPTY),
        )


def show(project: Project, options: PreviewOptions) -> Response:
    """Return the very page that visitors get in that state; it sends nothing and is not counted."""
    page = _page(deps().pages.at(_place(project, options)), project, options)
    page.headers["Cache-Control"] = "no-store"
    page.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    page.headers["X-Robots-Tag"] = "noindex"
    page.status_code = 200
    return page


def _place(project: Project, options: PreviewOptions) -> PageContext:
    """Return a place within the desk, where a form leads nowhere."""
    return PageContext(
        frame_ancestors="'self'",
        form_action="'self'",
        session_url="/preview/_unsent/session",
        leads_url=f"/preview/_unsent/{options.language}/leads",
        theme_mode=project.theme.mode if options.light is ColorScheme.PROJECT else options.light.value,
        has_captcha=False,
    )


def _page(pages: Pages, project: Project, options: PreviewOptions) -> Response:
    match options.state:
        case State.THANKS:
            return pages.thanks(project, options.language)
        case State.CLOSED:
            return (
                pages.closed(project, options.language) if project.closed else pages.nowhere(options.language)
            )
        case State.OFFLINE:
            notice = translations(options.language).gettext(OFFLINE)
            return pages.form(project, _filled_in(project, options), status=200, problem=notice)
        case _:
            return pages.form(project, _filled_in(project, options), status=200)


def _filled_in(project: Project, options: PreviewOptions) -> ProjectForm:
    """Return the form as it is in a state, judged where it was sent."""
    if options.state is State.ERRORS:
        form = open_form(project, options.language, wrong_answers(project))
        form.validate()
        return form
    posted = None if options.state is State.EMPTY else sample_answers(project)
    return open_form(project, options.language, posted)


def _member(kind: type[Member], text: str | None, usual: Member) -> Member:
    """Return the member that a text names, else the usual one."""
    return kind(text) if text in list(kind) else usual
