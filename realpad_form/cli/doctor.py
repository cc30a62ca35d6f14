"""The command that looks for what keeps leads from coming in or going out; it never logs in anywhere."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import click
from limits.storage import storage_from_string

from realpad_form.adapters.http_client import server_time
from realpad_form.adapters.sql import is_current, is_new
from realpad_form.cli.console import CheckResult, count, show
from realpad_form.cli.db import describe_restored
from realpad_form.cli.doctor_page import page
from realpad_form.cli.open import open_services
from realpad_form.config import Settings
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import DataKeyError, RealpadFormError
from realpad_form.domain.lane import LaneState
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.people import AuditAction
from realpad_form.ports import LeadFilter
from realpad_form.services.credentials import LaneReport
from realpad_form.services.preview import local_origins
from realpad_form.services.sources import source_reports
from realpad_form.web.limits import storage_options
from realpad_form.wiring import Services

LEAST_FREE_BYTES: Final = 500_000_000
CLOCKS_APART: Final = timedelta(minutes=1)
SOON: Final = timedelta(minutes=1)
"""A lead dated later than this was stored while the clock was ahead."""

DAMAGED: Final = "stored leads cannot be read; run `realpad-form db check`"

OTHERS: Final = 0o007
"""The bits of a file's mode that are for everybody on the machine."""

Check = Callable[[Services], Iterator[CheckResult]]


@click.command()
@click.argument("url", required=False)
def doctor(url: str | None) -> None:
    """Check settings, database, clock, proxies and credentials.

    Marks what is well with ✓, what could be better with ! and bad news, at which it exits with 1, with ✗.
    With URL, a page of a project's site, also checks whether the form can be embedded there.
    """
    services = open_services()
    checks: list[tuple[str, Check]] = [
        ("database", _log), ("disk", _space), ("limits", _limits), ("Realpad", _realpad),
        ("proxies", _proxies), ("alerts", _alerts), ("metrics", _metrics), ("protection", exposed),
        ("people", _people), ("project files", _projects), ("webhooks", _webhooks),
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
        text = "off: while the database is away, visitors are asked to try again"
        yield CheckResult("spool", text, is_advice=True)
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


def _realpad(services: Services) -> Iterator[CheckResult]:
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
        yield CheckResult(
            "address", f"{public} opens on this machine only; visitors need a public one", is_advice=True
        )
    elif public.startswith("https:") and hops == 0:
        text = "no proxy is trusted. If one takes https for us, all visitors share one limit: set"
        yield CheckResult("proxies", f"{text} REALPAD_FORM_TRUSTED_PROXY_HOPS=1", is_advice=True)
    else:
        yield CheckResult("proxies", f"{hops} trusted")


def _alerts(services: Services) -> Iterator[CheckResult]:
    """Yield a warning if mails about leads are sent, and alerts to nobody: likely an oversight."""
    settings = services.settings
    if settings.smtp_url and not settings.alert_to and not settings.alert_webhook:
        text = "there is a mail server, and nobody who gets alerts; set REALPAD_FORM_ALERT_TO"
        yield CheckResult("alerts", text, is_advice=True)


def _metrics(services: Services) -> Iterator[CheckResult]:
    if services.settings.metrics_token is None:
        text = "REALPAD_FORM_METRICS_TOKEN is not set, so /metrics and the details of /readyz are shut"
        yield CheckResult("metrics", text, is_advice=True)
    else:
        yield CheckResult("metrics", "open to whoever sends REALPAD_FORM_METRICS_TOKEN as a bearer token")


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
    yield CheckResult("people", text, is_advice=True)


def _projects(services: Services) -> Iterator[CheckResult]:
    for problem in services.catalog.problems():
        yield CheckResult(
            "project file", str(problem), is_bad=not problem.is_warning, is_advice=problem.is_warning
        )
    for slug, good in services.catalog.stand_ins().items():
        yield CheckResult("project file", f"{slug}: until it is fixed, {good.describe()}", is_advice=True)
    projects = services.catalog.projects()
    if not projects:
        yield CheckResult(
            "project files", f"{services.settings.projects} has none, so no form is served", is_bad=True
        )
    for slug, project in projects.items():
        name = project.realpad.credentials
        is_set = name in services.settings.credentials
        if what := local_origins(project, public_url=services.settings.public_url):
            yield CheckResult(f"project {slug}", what, is_advice=True)
        text = f"credentials {name} are {'set' if is_set else 'not set, so its leads wait'}"
        yield CheckResult(f"project {slug}", text, is_bad=not is_set)
    for source in source_reports(projects, keyed=services.settings.source_keys):
        text = source.problem or f"its key is set; it sends leads of {', '.join(source.projects)}"
        yield CheckResult(f"source {source.name}", text, is_bad=bool(source.problem))


def _webhooks(services: Services) -> Iterator[CheckResult]:
    """Yield which endpoints cannot be called, and what was given up; nothing is sent."""
    endpoints = services.webhook_endpoints
    for problem in endpoints.problems():
        yield CheckResult(problem.key.label, problem.text, is_bad=True)
    for key in endpoints.callable():
        can = "has an address that may be called" if key.is_chat else "there is a mail server"
        if not (key.is_chat or key.is_mail):
            can = "has a secret, and an address that may be called"
        yield CheckResult(key.label, can)
    if is_current(services.database):
        for key, details in services.webhooks.troubles():
            text = f"{', '.join(map(str, details))}; see `realpad-form webhooks list`"
            yield CheckResult(key.label, text, is_bad=True)


def _log(services: Services) -> Iterator[CheckResult]:
    """Yield what is found about the lead log. Raises: SettingsError."""
    is_sqlite = services.database.is_sqlite
    kind = "SQLite" if is_sqlite else "PostgreSQL"
    try:
        if is_new(services.database):
            yield CheckResult("database", f"{kind}, nothing in it yet; `serve` makes its tables")
            return
        if not is_current(services.database):
            text = f"{kind}, of an older version: `serve` or `realpad-form db upgrade` brings it up to date"
            yield CheckResult("database", text, is_bad=True)
            return
        services.log.probe()
    except RealpadFormError as error:
        hint = "; if it is damaged, `realpad-form db check` says where" if is_sqlite else ""
        yield CheckResult("database", f"{kind}: {error}{hint}", is_bad=True)
        return
    yield CheckResult("database", f"{kind}, current, can be written")
    for check in (_keys, _restored, _leads, _lanes, _stranded, _database_clock):
        yield from _read(services, check)


def _read(services: Services, check: Callable[[Services], Iterator[CheckResult]]) -> Iterator[CheckResult]:
    """Yield what reading finds; damaged pages show in many ways, each of which is one finding."""
    try:
        yield from check(services)
    except DataKeyError as error:
        text = f"{error}; see REALPAD_FORM_DATA_KEY; until it is right, no lead is taken"
        yield CheckResult("data key", text, is_bad=True)
    except RealpadFormError as error:
        yield CheckResult("database", f"{DAMAGED}: {error}", is_bad=True)
    except Exception as error:  # noqa: BLE001 - a damaged page may give anything
        yield CheckResult("database", f"{DAMAGED}: {type(error).__name__}", is_bad=True)


def _keys(services: Services) -> Iterator[CheckResult]:
    damaged = services.log.check_data_keys()
    for damage in damaged:
        yield CheckResult("data key", damage, is_bad=True)
    if not damaged and services.data_key_ids:
        yield CheckResult("data key", "what was stored last can be opened, and what was stored first")
    if len(services.data_key_ids) < 2:
        return
    stale, first = services.resealing.survey().stale, services.data_key_ids[0]
    files = services.spool.count_stale() if services.spool else 0
    if stale or files:
        needing = f"{count(stale, 'stored text')} and {count(files, 'file')} of the spool are not sealed"
        text = f"{needing} with the first one; `realpad-form keys rotate` seals them anew"
    elif any(entry.action is AuditAction.RESEALED for entry in services.audit.entries(subject=first)):
        text = "no stored text needs one; on this machine the first one is enough"
    else:
        text = "no stored text needs one, but search terms may; `realpad-form keys rotate` makes them anew"
    yield CheckResult("older data keys", text)


def _restored(services: Services) -> Iterator[CheckResult]:
    if sign := services.restores.proof():
        text = f"this database is a restored copy ({sign.describe()}); `serve` and `relay` ask Realpad's list"
        yield CheckResult("restored", f"{text} before they send what is queued in it", is_bad=True)
    if restored := services.restores.state():
        yield CheckResult("restored", describe_restored(restored), is_bad=True)


def _leads(services: Services) -> Iterator[CheckResult]:
    """Yield nothing: it is enough that the leads can be read."""
    services.log.standing()
    yield from ()


def _lanes(services: Services) -> Iterator[CheckResult]:
    for report in services.credentials.reports():
        if report.holds_leads:
            yield CheckResult("lane", _held(report), is_bad=True)
            projects = services.credentials.projects_of(report.name)
            unknown = [
                each
                for each in services.log.standing()
                if each.status is Status.UNKNOWN and each.project in projects
            ]
            if unknown:
                text = f"{count(sum(each.count for each in unknown), 'lead')} without a clear answer"
                todo = "Realpad's list is not asked about them until it goes on"
                yield CheckResult("lane", f"{report.name}: {text}; {todo}", is_bad=True)


def _held(report: LaneReport) -> str:
    """Return what holds a lane's leads, and the command to go on with."""
    if report.state is LaneState.STOPPED:
        todo = f"fix that, then run `realpad-form credentials resume {report.name}`"
    else:
        todo = f"it goes on at {report.paused_until:%Y-%m-%d %H:%M} UTC; see `realpad-form credentials list`"
    return f"{report.name} is {report.state}, {report.waiting} of its leads wait: {report.reason}; {todo}"


def _stranded(services: Services) -> Iterator[CheckResult]:
    for stranded in services.credentials.stranded():
        name, adopter = stranded.route.credential, stranded.adopter
        todo = (
            f"`realpad-form credentials adopt {adopter.credential}`" if adopter else "see `credentials list`"
        )
        if stranded.route.account:
            what = f"{stranded.count} wait for an earlier login or address of credentials {name}"
        else:
            what = f"credentials {name} are not set, and {stranded.count} wait for them"
        yield CheckResult("leads", f"{what}; {todo}", is_bad=True)


def _database_clock(services: Services) -> Iterator[CheckResult]:
    """Yield what a clock has left behind that was ahead and was set back."""
    pace_s = services.settings.relay_pace_s
    if count := services.log.count_misdated(pace_s=pace_s):
        text = (
            f"the database's clock was ahead: {count} lanes and leads wait for a time that no schedule sets"
        )
        todo = "a relay sets that right within seconds, `realpad-form relay --once` at once"
        yield CheckResult("database's clock", f"{text}; {todo}", is_bad=True)
    elif count := services.log.count(LeadFilter(since=services.log.now() + SOON)):
        text = f"was ahead: {count} leads are dated later than now; they are sent all the same"
        yield CheckResult("database's clock", text, is_advice=True)


def exposed(services: Services) -> Iterator[CheckResult]:
    """Yield what others could read or change: in the database, on the way, or in files of secrets.

    `serve` warns of it, too; nothing here keeps it from starting: settings that work go on working.
    """
    settings = services.settings
    if not settings.data_key:
        text = "REALPAD_FORM_DATA_KEY is not set, so what visitors type is stored unencrypted"
        public_url = settings.public_url
        is_public = public_url is not None and not is_loopback(urlsplit(public_url).hostname)
        yield CheckResult("data key", text, is_bad=is_public, is_advice=not is_public)
    ways = {
        "database": services.database.exposure,
        "limits": _exposure_of_limits(settings.limits_url),
        "mail": _exposure_of_mail(settings.smtp_url),
    }
    yield from (CheckResult(part, text, is_advice=True) for part, text in ways.items() if text)
    for path in Settings.secret_files():
        if _is_open(path):
            yield CheckResult(
                path.name, f"{path} can be read by others on this machine: chmod 600", is_bad=True
            )


def exposure_of_address(host: str, public_url: str | None) -> str:
    """Return what to warn of where the forms are served, or ''."""
    if is_loopback(host) or not (public_url or "").startswith("https:"):
        return ""
    return f"{host} takes unencrypted requests; let nobody but the proxy that takes HTTPS reach it"


def _exposure_of_limits(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "valkey", "valkeys") or is_loopback(parts.hostname):
        return ""
    if parts.scheme in ("redis", "valkey"):
        return f"addresses and a password go to another machine unencrypted; write {parts.scheme}s://"
    options = parse_qs(parts.query)
    is_checked = options.get("ssl_cert_reqs", ["required"])[-1].lower() in ("required", "cert_required")
    is_named = options.get("ssl_check_hostname", ["yes"])[-1].lower() not in ("false", "0", "no", "n", "f")
    return (
        ""
        if is_checked and is_named
        else "nobody checks whose server answers; leave out ssl_cert_reqs and such"
    )


def _exposure_of_mail(url: str | None) -> str:
    parts = urlsplit(url or "")
    if parts.scheme != "smtp" or parts.username or is_loopback(parts.hostname):
        return ""
    return "mails are encrypted only if the server offers it; write smtps:// where it can"


def _is_open(path: Path) -> bool:
    """Tell whether everybody on this machine can read a file of ours; what root mounts is root's to guard."""
    try:
        found = path.stat()
    except OSError:
        return False
    is_ours = path.name == ".env" or found.st_uid == os.getuid() != 0
    return is_ours and bool(found.st_mode & OTHERS)
