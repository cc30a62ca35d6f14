"""Commands that run until they are told to stop."""

import signal
import threading
from functools import partial
from types import FrameType

import click
from limits.errors import StorageError
from limits.storage import storage_from_string

from realpad_form.cli import http
from realpad_form.cli.console import count, echo
from realpad_form.cli.doctor import exposed, exposure_of_address
from realpad_form.cli.http import free_address, once_open, url_of
from realpad_form.cli.open import open_ready
from realpad_form.domain.errors import SettingsError
from realpad_form.sandbox import serve as serve_sandbox
from realpad_form.sandbox.app import sandbox_app
from realpad_form.web.limits import storage_options
from realpad_form.wiring import Services

PORT = click.IntRange(0, 65_535)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1, 256), default=16, show_default=True, help="Threads per process."
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--no-relay", is_flag=True, help="Only take leads; `realpad-form relay` sends them.")
def serve(host: str, port: int, threads: int, processes: int, no_relay: bool) -> None:
    """Serve the forms, and relay their leads."""
    services = open_ready()
    if processes > 1 and services.settings.limits_url.startswith("memory:"):
        raise click.UsageError(
            "several processes would each count limits for themselves; "
            "set REALPAD_FORM_LIMITS_URL to redis://…, or use --processes 1"
        )
    _check_limits(services.settings.limits_url)
    address, port = free_address(host, port)
    for problem in services.catalog.problems():
        echo(str(problem))
    for slug, good in services.catalog.stand_ins().items():
        echo(f"warning: {slug}: until its file is fixed, {good.describe()}")
    for finding in exposed(services):
        echo(f"warning: {finding.part}: {finding.text}")
    if exposure := exposure_of_address(address, services.settings.public_url):
        echo(f"warning: {exposure}")
    _warn_of_missing_settings(services)
    where = partial(_report_address, services, url_of(address, port), has_relay=not no_relay)
    beside = [
        once_open(address, port, where),
        services.intake.run,
        services.alerts.run,
        services.weekly_summaries.run,
        services.version_keeper.run,
        services.published_projects.run,
        services.publication_scheduler.run,
        services.metrics.run,
        services.retention.run,
        services.evidence.run,
        *([] if no_relay else [services.relay.run, services.indexer.run, services.webhook_sender.run]),
    ]
    http.run(address, port, threads=threads, processes=processes, beside=beside)


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, then stop.")
def relay(once: bool) -> None:
    """Relay leads to Realpad.

    It sends webhooks, too. Any number of these may run, on any number of machines.
    """
    services = open_ready()
    services.check_data_keys()
    if once:
        echo(f"{count(services.relay.drain(), 'call')} made")
        if services.webhook_endpoints.callable():
            echo(f"{count(services.webhook_sender.drain(), 'webhook call')} made")
        services.metrics.add_up()
        return
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    echo("relaying; Ctrl+C stops after the calls in flight")
    runs = (
        services.alerts.run,
        services.weekly_summaries.run,
        services.indexer.run,
        services.webhook_sender.run,
        services.version_keeper.run,
        services.published_projects.run,
        services.publication_scheduler.run,
        services.metrics.run,
        services.retention.run,
        services.evidence.run,
    )
    beside = [threading.Thread(target=run, args=[stop]) for run in runs]
    for thread in beside:
        thread.start()
    services.relay.run(stop)
    for thread in beside:
        thread.join()


@click.command()
@click.option("--port", type=PORT, default=8001, show_default=True)
def sandbox(port: int) -> None:
    """Run a simulated Realpad CRM.

    The sample projects are set up in it.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # the first is ignored in a script's background otherwise
        signal.signal(number, signal.default_int_handler)
    address, port = free_address("127.0.0.1", port)
    echo(f"sandbox CRM: {url_of(address, port)}/  API: {url_of(address, port)}/ws/v10/")
    serve_sandbox(sandbox_app(), port)


def _warn_of_missing_settings(services: Services) -> None:
    """Say which leads and messages will wait, since project files name what the settings lack."""
    for slug, project in services.catalog.projects().items():
        name = project.realpad.credentials
        if name not in services.settings.credentials:
            echo(f"warning: the leads of {slug} will wait: no credentials {name} are set")
    for endpoint in services.webhook_endpoints.problems():
        echo(f"warning: {endpoint.key.label}: {endpoint.text}")


def _check_limits(url: str) -> None:
    """See whether the store of limits can be used, there or not; its own errors quote the password.

    Raises: SettingsError.
    """
    try:
        storage_from_string(url, **storage_options(url)).get("realpad-form")
    except StorageError:
        return  # away: every process counts for itself until it is back
    except Exception as error:
        what = f"its package is not installed, or its options are wrong: {type(error).__name__}"
        raise SettingsError([f"REALPAD_FORM_LIMITS_URL cannot be used; {what}"]) from error


def _report_address(services: Services, url: str, *, has_relay: bool) -> None:
    """Say on one line what is served where."""
    forms = ", ".join(f"/f/{slug}" for slug in services.catalog.projects())
    relay = "relaying" if has_relay else "not relaying"
    echo(f"serving on {url}, {relay}; forms: {forms or 'none yet'}")
