"""Renders the public pages; a fresh form is the same bytes for everyone, so it is kept."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, Self

from flask import Flask, Response, make_response, render_template
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from realpad_form.domain.contrast import faint, ink_on, secondary
from realpad_form.domain.project import DarkPalette, Project, Theme
from realpad_form.domain.text import Text, pick, pieces, with_no_break_spaces
from realpad_form.forms import ProjectForm, translations
from realpad_form.forms.messages import _
from realpad_form.web.assets import Assets, ResponseCache
from realpad_form.web.headers import allow_captcha, allow_script, ancestors, form_targets, protect

_GENERIC: Final = ("serif", "sans-serif", "monospace", "system-ui", "ui-serif", "ui-sans-serif", "ui-rounded")
_DENSITY: Final = {"comfortable": "1", "compact": ".7"}


_OWN_FONT: Final = "project font"

_KNOWS_DARK: Final = "(color: light-dark(#000,#fff)) and (color: oklch(from #000 l c h))"
"""As form.css asks whether a browser knows the dark colours."""

_RINGS_INSIDE: Final = (
    ".framed :is(input,summary,.plain):focus-visible{outline-offset:-2px}"
    ".framed :is(.button,.tick :checked):focus-visible{outline:2px solid var(--on-fill);outline-offset:-4px}"
)
"""Where a form reaches to the edges of its frame, which would cut off a ring around what has the focus."""

PAGE_AGE_S: Final = 60

_INDENTATION: Final = re.compile(r"\n\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Where a page is shown: who may frame it, where it leads, and in which light."""

    frame_ancestors: str
    form_action: str
    session_url: str
    seen_url: str = ""  # '' where nobody is to be counted
    leads_url: str
    theme_mode: str  # auto, light or dark
    has_captcha: bool = True  # if the project names one


def public_place(project: Project) -> PageContext:
    """Return where visitors see a project's form."""
    return PageContext(
        frame_ancestors=ancestors(project),
        form_action=form_targets(project),
        session_url=f"/f/{project.slug}/session",
        seen_url=f"/f/{project.slug}/seen",
        leads_url=f"/f/{project.slug}/leads",
        theme_mode=project.theme.mode,
    )


class Pages:
    """The pages of the public form."""

    def __init__(self, app: Flask, assets: Assets, *, public_url: str | None) -> None:
        app.jinja_env.filters["linked"] = linked
        app.jinja_env.filters["no_break"] = no_break
        app.jinja_env.globals["asset"] = assets.url
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
        self._assets, self._kept, self._public_url = assets, ResponseCache(), public_url
        self._place: PageContext | None = None

    def at(self, place: PageContext) -> Self:
        """Return the very same pages as they are in another place."""
        moved = copy(self)
        moved._kept, moved._place = ResponseCache(), place
        return moved

    def fresh(
        self,
        project: Project,
        language: str,
        make_form: Callable[[], ProjectForm],
        *,
        shown_too: tuple[str, ...] = (),
    ) -> Response:
        """Return the empty form; cacheable, since nothing in it is about the visitor.

        `shown_too` are the versions of other projects' files that it shows something of.
        """
        key = ("form", project.slug, project.form_version, shown_too, language)
        return self._kept.answer(key, lambda: _cacheable(self.form(project, make_form(), status=200)))

    def form(
        self, project: Project, form: ProjectForm, *, status: int, problem: str | None = None
    ) -> Response:
        """Return the form with what was typed and what is wrong with it."""
        page = self._page(
            project, form.language, "form/page.html", form=form, errors=form.errors_by_field, problem=problem
        )
        page.status_code = status
        return page

    def closed(self, project: Project, language: str) -> Response:
        """Return what stands instead of a form that takes no enquiries any more."""
        key = ("closed", project.slug, project.form_version, language)
        # Without what invites to ask.
        name = {"title": pick(project.name, language, project.language), "intro": ""}
        return self._kept.answer(
            key, lambda: _cacheable(self._page(project, language, "form/closed.html", **name))
        )

    def thanks(self, project: Project, language: str) -> Response:
        """Return the thank-you page of a browser without script."""
        key = ("thanks", project.slug, project.form_version, language)
        return self._kept.answer(key, lambda: _cacheable(self._page(project, language, "form/thanks.html")))

    def error(self, project: Project, language: str, *, status: int, problem: str) -> Response:
        """Return a page that says what went wrong, with the project's contact."""
        page = self._page(project, language, "form/error.html", problem=problem)
        page.status_code = status
        return page

    def nowhere(self, language: str) -> Response:
        """Return the page of an address that leads nowhere, whose project nobody knows."""
        texts = translations(language)
        title, style = texts.gettext(_("We can’t find this form.")), self._style()
        values = {"_": texts.gettext, "title": title, "language": language, "style": style}
        page = make_response(render_template("form/nowhere.html", **values), 404)
        page.cache_control.no_store = True
        anybody = self._place.frame_ancestors if self._place else "*"
        return protect(page, frame_ancestors=anybody, style=style)

    def _page(self, project: Project, language: str, template: str, **values: Any) -> Response:
        style, place = self._style(project), self._place or public_place(project)
        texts, script = translations(language), self._assets.text("built/head.js")

        def own(text: Text | None) -> str:
            return pick(text, language, project.language)

        common = {
            "_": texts.gettext,
            "form": None,
            "problem": None,
            "project": project,
            "title": own(project.title or project.name),
            "intro": own(project.intro),
            "submit": own(project.submit) or texts.gettext("Send enquiry"),
            "language": language,
            "notice": own(project.notice),
            "unit_card": getattr(project.questions.get("unit"), "visible", None) == "card",
            "own": own,
            "thanks": thanks_message(project, language),
            "fallback": project.fallback,
            "theme_mode": place.theme_mode,
            "session_url": place.session_url,
            "seen_url": place.seen_url,
            "leads_url": place.leads_url,
            "style": style,
            "head_script": script,
        }
        page = make_response(render_template(template, **{**common, **values}))
        page.cache_control.no_store = True
        captcha = project.captcha if place.has_captcha else "none"
        calls = f"{self._public_url}{place.session_url.removesuffix('session')}" if self._public_url else None
        return protect(
            page,
            frame_ancestors=place.frame_ancestors,
            form_action=place.form_action,
            style=style,
            widen=lambda policy: allow_captcha(allow_script(policy, script), captcha=captcha, calls=calls),
            public_url=self._public_url,
        )

    def _style(self, project: Project | None = None) -> str:
        """Return the one style sheet of a page: in the page, it saves a request."""
        theme = theme_css(project.theme, slug=project.slug) if project else theme_css(Theme())
        return self._assets.text("built/form.css") + theme


def _cacheable(page: Response) -> Response:
    """Return a page that may be kept; nobody typed anything in it, so that it needs no indentation."""
    page.set_data(_INDENTATION.sub("\n", page.get_data(as_text=True)))
    page.headers["Cache-Control"] = f"public, max-age={PAGE_AGE_S}, stale-while-revalidate=600"
    return page


def thanks_message(project: Project, language: str) -> str:
    """Return what the visitor reads once his lead is on disk."""
    ours = translations(language).gettext("Thank you, we’ll be in touch.")
    return pick(project.thank_you.message, language, project.language) or ours


@pass_context
def no_break(context: Context, text: str, language: str | None = None) -> str:
    """Return a text of a project file with no-break spaces; `language` if it is not the page's."""
    return with_no_break_spaces(text, language or context.get("language", ""))


@pass_context
def linked(context: Context, text: str, language: str | None = None) -> Markup:
    """Return a text of a project file as HTML: links, no-break spaces, everything else escaped."""
    anchor = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>')
    return Markup("").join(
        anchor.format(piece.href, piece.words) if piece.href else escape(piece.words)
        for piece in pieces(no_break(context, text, language))
    )


def theme_css(theme: Theme, *, slug: str = "") -> str:
    """Return the style sheet that sets a theme's variables; its values were checked with the file.

    `slug` is the project's, for the address of its font.
    """
    variables = {
        "accent": theme.accent,
        "on-accent": ink_on(theme.accent),
        "text": theme.text,
        "secondary": secondary(theme),
        "background": theme.paper,
        "border": theme.border,
        "radius": "0px" if theme.radius == "0" else theme.radius,  # without a unit, no sum takes it
        "density": _DENSITY[theme.density],
        **_dark_variables(theme.dark),
    }
    names = [name.strip() for name in (theme.font or "").split(",") if name.strip()]
    quoted = [name if name in _GENERIC else f'"{name}"' for name in names]
    if theme.font_file:
        quoted.insert(0, f'"{_OWN_FONT}"')
    if quoted:
        variables["font"] = ",".join([*quoted, "var(--system)"])  # the form's own ones last
    css = f":root{{{';'.join(f'--{name}:{value}' for name, value in variables.items())}}}"
    if theme.font_file:
        source = f'url("/f/{slug}/files/{theme.font_file}") format("woff2")'
        css += f'@font-face{{font-family:"{_OWN_FONT}";src:{source};font-weight:100 900;font-display:swap}}'
    if theme.background == "transparent":
        # Browsers that know only the light colours keep their own paper: the page behind may be dark.
        css += f"@supports {_KNOWS_DARK}{{.framed:not(.opaque){{--paper:transparent}}}}"
    if theme.padding is not None:
        css += f".framed .page{{padding:{theme.padding}}}"
    if theme.padding == "0":
        css += _RINGS_INSIDE
    return css


def _dark_variables(dark: DarkPalette) -> dict[str, str]:
    """Return the variables of the colours that a theme names for the dark mode; others are derived."""
    named = dark.model_dump(exclude_none=True)
    variables = {f"dark-{key}": colour for key, colour in named.items()}
    if dark.accent:
        variables["dark-on-accent"] = ink_on(dark.accent)
    if dark.text and dark.background:
        variables["dark-secondary"] = faint(dark.text, dark.background)
    return variables
