"""What a marketer pastes where: tags, frames and links of one form."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from markupsafe import Markup, escape

from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import check_origin
from realpad_form.domain.text import pick
from realpad_form.web.embed import (
    HEIGHT_PX,
    frame_parameters,
    origin_as_browsers_write,
    wordpress_provider,
)
from realpad_form.web.request import is_allowed

_SCRIPT: Final = '<script async src="{address}/embed.js"{attributes} data-cfasync="false"></script>'
_ELEMENT: Final = '<div data-realpad-form="{slug}"{attributes} style="min-height: {height}px"></div>'
_BUTTON: Final = '<button type="button" data-realpad-form="{slug}"{attributes}>{words}</button>'
_FRAME: Final = """\
<iframe src="{link}" title="{title}" width="100%" height="{height}"
  style="border: 0" loading="lazy"></iframe>"""
_TAG_MANAGER: Final = """\
<script>
  (function () {{
    var tag = document.createElement("script");
    tag.async = true;
    tag.src = {script};
    document.head.appendChild(tag);
    window.RealpadForm = window.RealpadForm || {{ q: [] }};
    window.RealpadForm.q.push(["mount", "#form", {options}]);
  }})();
</script>"""


class HostPage(NamedTuple):
    """A page that somebody wants the form on."""

    origin: str | None  # as project files list it; None if none could
    is_address: bool  # or else it is no address of a web page
    is_allowed: bool  # whether it may show the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a form is to stand, and what is known there before a visitor types."""

    project: Project
    address: str  # of this service, without a slash at its end
    language: str = ""  # '' for that of the page around
    unit: str = ""
    campaign: str = ""

    def script(self) -> str:
        """Return the tag that puts the form where it stands."""
        return self._fill(_SCRIPT, {"project": self.project.slug, **self._named})

    def button(self, words: str) -> str:
        """Return a button that opens the form in a dialog; the script must be on the page, too."""
        return f"{self._fill(_BUTTON, self._named, words=words)}\n{self._fill(_SCRIPT, {})}"

    def element(self) -> str:
        """Return an element with room for the form, so that nothing on the page jumps, and the script.

        Editors that tidy up leave an element alone.
        """
        return f"{self._fill(_ELEMENT, self._named, height=str(HEIGHT_PX))}\n{self._fill(_SCRIPT, {})}"

    def wordpress_provider(self) -> str:
        """Return the line of PHP with which WordPress embeds forms by their address alone."""
        return wordpress_provider(self.address)

    def frame(self, page: str = "") -> str:
        """Return a frame that needs no script, for a page whose address may be known.

        Its size is in attributes, which hold under any policy of the page.
        """
        language = self.language or self.project.language
        title = pick(self.project.name, language, self.project.language)
        link = _with_query(self.link(), {"page": page, **frame_parameters(self.project)})
        return self._fill(_FRAME, {}, link=link, title=title, height=str(HEIGHT_PX))

    def tag_manager(self) -> str:
        """Return a custom HTML tag that puts the form into the element `#form`."""
        options = {"project": self.project.slug, **self._named}
        return _TAG_MANAGER.format(script=_literal(f"{self.address}/embed.js"), options=_literal(options))

    def link(self) -> str:
        """Return the address of the form alone."""
        path = f"/f/{self.project.slug}/{self.language or self.project.language}"
        return _with_query(f"{self.address}{path}", {"unit": self.unit, "campaign": self.campaign})

    def page_link(self, page: str) -> str:
        """Return the address of a page with the form, the campaign as the project captures it."""
        captured = self.project.capture.campaign
        return _with_query(page, {captured: self.campaign} if captured else {})

    def host_page(self, page: str) -> HostPage:
        """Return what is known of a page by its address; pages of this service may show any form."""
        with suppress(ValueError):
            parts = urlsplit(page)
            if written := origin_as_browsers_write(f"{parts.scheme}://{parts.netloc}"):
                may_show = is_allowed(written, (*self.project.origins, self.address))
                return HostPage(listable_origin(written), is_address=True, is_allowed=may_show)
        return HostPage(None, is_address=False, is_allowed=False)

    @property
    def _named(self) -> dict[str, str]:
        named = {"lang": self.language, "unit": self.unit, "campaign": self.campaign}
        # The contact that the loader shows if no form comes: then the server cannot say it.
        contact = {"phone": self.project.fallback.phone, "email": self.project.fallback.email}
        return {name: text for name, text in {**named, **contact}.items() if text}

    def _fill(self, template: str, attributes: Mapping[str, str], **values: str) -> str:
        written = Markup("").join(Markup(' data-{}="{}"').format(*pair) for pair in attributes.items())
        known = {"address": self.address, "slug": self.project.slug, **values}
        return template.format(attributes=written, **{name: escape(text) for name, text in known.items()})


def listable_origin(text: str) -> str | None:
    """Return an origin as a project file lists it, or None if none may."""
    with suppress(ValueError):
        return check_origin(origin_as_browsers_write(text) or "")
    return None


def _literal(value: object) -> str:
    """Return a value as a script in a page may hold it."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _with_query(address: str, parameters: Mapping[str, str]) -> str:
    """Return an address with more parameters before its hash."""
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query), *((name, text) for name, text in parameters.items() if text)]
    return parts._replace(query=urlencode(query)).geturl()
