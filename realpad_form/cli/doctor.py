"""The command that looks for what keeps leads from coming in or going out; it never logs in anywhere."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import click
from limits.storage import storage_from_string

from realpad_form.adapters.hosts import Page, fetch, server_time
from realpad_form.adapters.sql import is_current
from realpad_form.cli.open import open_services
from realpad_form.domain.errors import RealpadFormError, StorageUnavailableError
from realpad_form.web.limits import storage_options
from realpad_form.web.origins import is_allowed
from realpad_form.wiring import Services

LEAST_FREE_BYTES: Final = 500_000_000
CLOCKS_APART: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one part; bad news says what to do."""

    part: str
    text: str
    is_bad: bool = False

    def __str__(self) -> str:
        return f"{'✗' if self.is_bad else '✓'} {self.part}: {self.text}"


@click.command()
@click.argument("url", required=False)
def doctor(url: str | None) -> None:
    """Look at settings, database, limits, clock, proxies and credentials; exit 1 at bad news.

    With URL, a page of a project's site, also whether the form can be embedded there.
    """
    services = open_services()
    findings = []
    for check in (_database, _space, _limits, _clock, _proxies, _projects, _waiting):
        findings += list(check(services))
    if url:
        findings += list(_page(services, url))
    for finding in findings:
        click.echo(str(finding))
    if any(finding.is_bad for finding in findings):
        raise click.exceptions.Exit(1)


def _database(services: Services) -> Iterator[Finding]:
    kind = "SQLite" if services.database.is_sqlite else "PostgreSQL"
    try:
        if not is_current(services.database):
            yield Finding("database", f"{kind}, not current: run `realpad-form db upgrade`", is_bad=True)
            return
        services.log.probe()
    except RealpadFormError as error:
        yield Finding("database", f"{kind}: {error}", is_bad=True)
    else:
        yield Finding("database", f"{kind}, current, takes leads")


def _space(services: Services) -> Iterator[Finding]:
    folder = services.settings.data
    if folder.exists():
        free = shutil.disk_usage(folder).free
        yield Finding("disk", f"{free / 1e9:.1f} GB free in {folder}", is_bad=free < LEAST_FREE_BYTES)
    if services.spool is None:
        yield Finding("spool", "off: while the database is away, visitors are asked to try again")
    elif waiting := services.spool.waiting():
        yield Finding("spool", f"{waiting} leads wait; `serve` moves them into the log", is_bad=True)


def _limits(services: Services) -> Iterator[Finding]:
    url = services.settings.limits_url
    if url.startswith("memory:"):
        yield Finding("limits", "counted in memory: one web process only")
        return
    try:
        is_there = storage_from_string(url, **storage_options(url)).check()
    except Exception as error:  # noqa: BLE001 - each store has errors of its own
        yield Finding("limits", f"the store cannot be used: {type(error).__name__}", is_bad=True)
        return
    text = "the store answers" if is_there else "the store does not answer; each process counts for itself"
    yield Finding("limits", text, is_bad=not is_there)


def _clock(services: Services) -> Iterator[Finding]:
    try:
        there = server_time(services.settings.realpad_url)
    except RealpadFormError as error:
        yield Finding("Realpad", str(error), is_bad=True)
        return
    yield Finding("Realpad", "can be reached; no log-in was tried")
    apart = abs(datetime.now(UTC) - there) if there else timedelta()
    text = f"{apart.total_seconds():.0f} s from Realpad's"
    yield Finding("clock", text, is_bad=apart > CLOCKS_APART)


def _proxies(services: Services) -> Iterator[Finding]:
    hops, public = services.settings.trusted_proxy_hops, services.settings.public_url
    if public is None:
        text = "REALPAD_FORM_PUBLIC_URL is not set, so links and snippets lack it"
        yield Finding("address", text, is_bad=True)
    elif public.startswith("https:") and hops == 0:
        text = "no proxy is trusted. If one takes https for us, all visitors share one limit: set"
        yield Finding("proxies", f"{text} REALPAD_FORM_TRUSTED_PROXY_HOPS=1")
    else:
        yield Finding("proxies", f"{hops} trusted")


def _projects(services: Services) -> Iterator[Finding]:
    for problem in services.catalog.problems():
        yield Finding("project file", str(problem), is_bad=not problem.is_warning)
    for slug, project in services.catalog.projects().items():
        name = project.realpad.credentials
        is_set = name in services.settings.credentials
        text = f"credentials {name} are {'set' if is_set else 'not set, so its leads wait'}"
        yield Finding(f"project {slug}", text, is_bad=not is_set)


def _waiting(services: Services) -> Iterator[Finding]:
    try:
        waiting = services.credentials.unconfigured()
    except StorageUnavailableError:
        return  # which is told already
    for name, count in waiting.items():
        text = f"credentials {name} are not set, and {count} wait for them; see `credentials list`"
        yield Finding("leads", text, is_bad=True)


def _page(services: Services, url: str) -> Iterator[Finding]:
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
