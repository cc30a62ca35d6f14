"""What `doctor` finds out about a page of a project's site."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from realpad_form.adapters.hosts import Page, fetch
from realpad_form.cli.findings import Finding
from realpad_form.domain.errors import RealpadFormError
from realpad_form.web.origins import is_allowed
from realpad_form.wiring import Services


def page(services: Services, *, url: str) -> Iterator[Finding]:
    """Yield whether a form can stand on a page: its origin, its policy, its tag."""
    try:
        page = fetch(url)
    except RealpadFormError as error:
        yield Finding("page", str(error), is_bad=True)
        return
    parts = urlsplit(page.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    projects = services.catalog.projects()
    allowed = [slug for slug, project in projects.items() if is_allowed(origin, project.origins)]
    named = re.findall(r"""data-(?:project|realpad-form)=["']?([a-z0-9-]+)""", page.text)
    yield from _origin(origin, allowed, named or list(projects))
    yield Finding("tag", ", ".join(dict.fromkeys(named)) or "none in the page as sent; a script may add it")
    yield from _policy(page, services.settings.public_url)


def _origin(origin: str, allowed: list[str], wanted: list[str]) -> Iterator[Finding]:
    for slug in dict.fromkeys(wanted):
        if slug in allowed:
            yield Finding("origin", f"{origin} may show the form of {slug}")
        else:
            yield Finding("origin", f"add {origin} to `origins` of {slug}", is_bad=True)


def _policy(page: Page, public_url: str | None) -> Iterator[Finding]:
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
        yield Finding(
            "policy", f"the page's Content-Security-Policy needs {public_url} in {name}", is_bad=True
        )
    if policy and not forbidden:
        yield Finding("policy", "the page's Content-Security-Policy allows loader and frame")


def _permits(sources: list[str] | None, address: str | None) -> bool:
    """Tell whether sources allow an address; nonces and hashes may allow the loader's tag by themselves."""
    if sources is None or address is None:
        return True
    parts = urlsplit(address)
    wanted = {"*", f"{parts.scheme}:", parts.netloc, f"{parts.scheme}://{parts.netloc}"}
    wanted |= {f"*.{parts.netloc.partition('.')[2]}", f"{parts.scheme}://*.{parts.netloc.partition('.')[2]}"}
    named = {source.rstrip("/") for source in sources}
    return bool(wanted & named) or any(s.startswith(("'nonce-", "'strict-dynamic'")) for s in sources)
