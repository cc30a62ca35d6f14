"""The command that looks for what keeps leads from coming in or going out; it never logs in anywhere."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import click
from limits.storage import storage_from_string

from realpad_form.adapters.http_client import server_time
from realpad_form.adapters.sql import is_current
from realpad_form.cli.doctor_log import of_log
from realpad_form.cli.doctor_page import page
from realpad_form.cli.exposure import exposed
from realpad_form.cli.findings import CheckResult, show
from realpad_form.cli.open import open_services
from realpad_form.domain.errors import RealpadFormError
from realpad_form.domain.loopback import is_loopback
from realpad_form.services.preview import local_origins
from realpad_form.web.limits import storage_options
from realpad_form.wiring import Services

LEAST_FREE_BYTES: Final = 500_000_000
CLOCKS_APART: Final = timedelta(minutes=1)


Check = Callable[[Services], Iterator[CheckResult]]


@click.command()
@click.argument("url", required=False)
def doctor(url: str | None) -> None:
    """Check settings, database, clock, proxies and credentials.

    Exits with 1 at bad news. With URL, a page of a project's site, also checks whether the form can be
    embedded there.
    """
    services = open_services()
    checks: list[tuple[str, Check]] = [
        ("database", of_log), ("disk", _space), ("limits", _limits), ("Realpad", _clock),
        ("proxies", _proxies), ("metrics", _metrics), ("protection", exposed), ("people", _people),
        ("project files", _projects),
        *([("page", partial(page, url=url))] if url else []),
    ]  # fmt: skip
    findings = [finding for part, check in checks for finding in _found(services, part, check)]
    show(findings)
    if any(finding.is_bad for finding in findings):
        raise click.exceptions.Exit(1)


def _found(services: Services, part: str, check: Check) -> Iterator[CheckResult]:
    """Yield what a check finds; one that cannot be made is bad news and keeps none of the others back."""
    try:
        yield from check(services)
    except (RealpadFormError, OSError) as error:
        yield CheckResult(part, str(error), is_bad=True)


def _space(services: Services) -> Iterator[CheckResult]:
    folder = services.settings.data
    if folder.exists():
        free = shutil.disk_usage(folder).free
        yield CheckResult("disk", f"{free / 1e9:.1f} GB free in {folder}", is_bad=free < LEAST_FREE_BYTES)
    if services.spool is None:
        yield CheckResult("spool", "off: while the database is away, visitors are asked to try again")
        return
    if waiting := services.spool.waiting():
        yield CheckResult("spool", f"{waiting} leads wait; `serve` moves them into the log", is_bad=True)
    services.spool.probe()


def _limits(services: Services) -> Iterator[CheckResult]:
    url = services.settings.limits_url
    if url.startswith("memory:"):
        yield CheckResult("limits", "counted in memory: one web process only")
        return
    try:
        is_there = storage_from_string(url, **storage_options(url)).check()
    except Exception as error:  # noqa: BLE001 - each store has errors of its own
        yield CheckResult("limits", f"the store cannot be used: {type(error).__name__}", is_bad=True)
        return
    text = "the store answers" if is_there else "the store does not answer; each process counts for itself"
    yield CheckResult("limits", text, is_bad=not is_there)


def _clock(services: Services) -> Iterator[CheckResult]:
    try:
        there = server_time(services.settings.realpad_url)
    except RealpadFormError as error:
        yield CheckResult("Realpad", str(error), is_bad=True)
        return
    yield CheckResult("Realpad", "can be reached; no log-in was tried")
    apart = abs(datetime.now(UTC) - there) if there else timedelta()
    text = f"{apart.total_seconds():.0f} s from Realpad's"
    yield CheckResult("clock", text, is_bad=apart > CLOCKS_APART)


def _proxies(services: Services) -> Iterator[CheckResult]:
    hops, public = services.settings.trusted_proxy_hops, services.settings.public_url
    if public is None:
        text = "REALPAD_FORM_PUBLIC_URL is not set, so links and snippets lack it"
        yield CheckResult("address", text, is_bad=True)
    elif is_loopback(urlsplit(public).hostname):
        yield CheckResult("address", f"{public} opens on this machine only; visitors need a public one")
    elif public.startswith("https:") and hops == 0:
        text = "no proxy is trusted. If one takes https for us, all visitors share one limit: set"
        yield CheckResult("proxies", f"{text} REALPAD_FORM_TRUSTED_PROXY_HOPS=1")
    else:
        yield CheckResult("proxies", f"{hops} trusted")


def _metrics(services: Services) -> Iterator[CheckResult]:
    if services.settings.metrics_token is None:
        text = "REALPAD_FORM_METRICS_TOKEN is not set, so /metrics and the details of /readyz are shut"
        yield CheckResult("metrics", text)
    else:
        yield CheckResult("metrics", "open to who sends REALPAD_FORM_METRICS_TOKEN as a bearer token")


def _people(services: Services) -> Iterator[CheckResult]:
    """Yield who may see leads and proves one factor only; nothing before there is a database of today's."""
    if not is_current(services.database):
        return
    lacking = ", ".join(person.email for person in services.people.without_passkey())
    if not lacking:
        return
    if services.settings.require_passkey:
        text = f"no passkey yet, so that only the own account opens: {lacking}"
    else:
        text = (
            f"no passkey, though they may see leads: {lacking}. REALPAD_FORM_REQUIRE_PASSKEY=yes demands one"
        )
    yield CheckResult("people", text)


def _projects(services: Services) -> Iterator[CheckResult]:
    for problem in services.catalog.problems():
        yield CheckResult("project file", str(problem), is_bad=not problem.is_warning)
    for slug, good in services.catalog.stand_ins().items():
        yield CheckResult("project file", f"{slug}: until it is mended, {good.describe()}")
    projects = services.catalog.projects()
    if not projects:
        yield CheckResult(
            "project files", f"{services.settings.projects} has none, so no form is served", is_bad=True
        )
    for slug, project in projects.items():
        name = project.realpad.credentials
        is_set = name in services.settings.credentials
        if what := local_origins(project, public_url=services.settings.public_url):
            yield CheckResult(f"project {slug}", f"warning: {what}")
        text = f"credentials {name} are {'set' if is_set else 'not set, so its leads wait'}"
        yield CheckResult(f"project {slug}", text, is_bad=not is_set)
