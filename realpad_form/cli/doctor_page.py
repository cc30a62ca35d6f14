"""What `doctor` finds out about a page of a project's site."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from realpad_form.adapters.http_client import FetchedPage, fetch
from realpad_form.cli.console import CheckResult
from realpad_form.domain.errors import RealpadFormError
from realpad_form.web.embed import wordpress_provider
from realpad_form.web.request import is_allowed
from realpad_form.wiring import Services

_FRAME = re.compile(r"""<iframe\b(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)

_OURS = frozenset({"allow-scripts", "allow-same-origin"})
"""What a sandbox has to allow for a form to work in it as anywhere else."""


def page(services: Services, *, url: str) -> Iterator[CheckResult]:
    """Yield whether a form can stand on a page: its origin, its policy, its tag or frame."""
    try:
        page = fetch(url)
    except RealpadFormError as error:
        yield CheckResult("page", str(error), is_bad=True)
        return
    parts = urlsplit(page.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    projects = services.catalog.projects()
    allowed = [slug for slug, project in projects.items() if is_allowed(origin, project.origins)]
    named = re.findall(r"""data-(?:project|realpad-form)=["']?([a-z0-9-]+)""", page.text)
    public_url = services.settings.public_url
    parser = _FrameParser(public_url or "")
    for tag in _FRAME.findall(page.text) if public_url else ():
        parser.feed(tag)  # tag by tag, as it gives up on some pages that browsers show
    frames = parser.frames
    yield from _origin(origin, allowed, [*named, *(frame.slug for frame in frames)] or list(projects))
    yield CheckResult(
        "tag", ", ".join(dict.fromkeys(named)) or "none in the page as sent; a script may add it"
    )
    for frame in frames:
        yield _frame(frame, public_url or "")
    yield from _policy(page, public_url)


def _origin(origin: str, allowed: list[str], wanted: list[str]) -> Iterator[CheckResult]:
    for slug in dict.fromkeys(wanted):
        if slug in allowed:
            yield CheckResult("origin", f"{origin} may show the form of {slug}")
        else:
            yield CheckResult("origin", f"add {origin} to `origins` of {slug}", is_bad=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame with a form of ours; `sandbox` is what its sandbox allows, None without one."""

    slug: str
    sandbox: str | None


class _FrameParser(HTMLParser):
    """Collects the frames of a page that show forms of the service at an address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._form = re.compile(re.escape(address) + r"/f/([a-z0-9-]+)(?:[/?#]|$)")
        self.frames: list[_Frame] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a frame of ours; what delays images and frames has its address in an attribute of its own."""
        found = dict(attrs)
        addresses = [found.get(name) or "" for name in ("src", "data-src", "data-lazy-src")]
        shown = next(filter(None, map(self._form.match, addresses)), None)
        if tag == "iframe" and shown:
            sandbox = (found["sandbox"] or "") if "sandbox" in found else None
            self.frames.append(_Frame(shown[1], sandbox))


def _frame(frame: _Frame, address: str) -> CheckResult:
    """Return whether a frame lets its form work, and what to do if not."""
    if frame.sandbox is None or set(frame.sandbox.split()) >= _OURS:
        return CheckResult("frame", f"the form of {frame.slug}")
    can_send = {"allow-scripts", "allow-forms"} & set(frame.sandbox.split())
    effect = "its leads wait in quarantine" if can_send else "it can send nothing"
    advice = (
        f"In WordPress, add this line to functions.php: {wordpress_provider(address)} Then change the address"
        " in the page a little, e.g. add its language, as WordPress keeps what it made of the old one."
        " Elsewhere, take the attribute `sandbox` away."
    )
    sandbox = f'the form of {frame.slug} is in a sandbox ("{frame.sandbox}"), so {effect}. '
    return CheckResult("frame", sandbox + advice, is_bad=True)


def _policy(page: FetchedPage, public_url: str | None) -> Iterator[CheckResult]:
    """Yield which directives of a page's policy forbid the loader or the frame."""
    policy = page.headers.get("Content-Security-Policy", "")
    directives = {part.split()[0].lower(): part.split()[1:] for part in policy.split(";") if part.split()}
    forbidden = [
        name
        for name, fallbacks in (
            ("script-src", ("script-src-elem", "script-src", "default-src")),
            ("frame-src", ("frame-src", "child-src", "default-src")),
        )
        if not _permits(next((directives[f] for f in fallbacks if f in directives), None), public_url)
    ]
    for name in forbidden:
        yield CheckResult(
            "policy", f"the page's Content-Security-Policy needs {public_url} in {name}", is_bad=True
        )
    if policy and not forbidden:
        yield CheckResult("policy", "the page's Content-Security-Policy allows loader and frame")


def _permits(sources: list[str] | None, address: str | None) -> bool:
    """Tell whether sources allow an address; nonces and hashes may allow the loader's tag by themselves."""
    if sources is None or address is None:
        return True
    parts = urlsplit(address)
    wanted = {"*", f"{parts.scheme}:", parts.netloc, f"{parts.scheme}://{parts.netloc}"}
    wanted |= {f"*.{parts.netloc.partition('.')[2]}", f"{parts.scheme}://*.{parts.netloc.partition('.')[2]}"}
    named = {source.rstrip("/") for source in sources}
    return bool(wanted & named) or any(s.startswith(("'nonce-", "'strict-dynamic'")) for s in sources)
