"""Everything on one machine, with no account anywhere."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import click

from realpad_form.cli.console import echo
from realpad_form.cli.http import free_address, once_open, url_of
from realpad_form.cli.projects import copy_samples
from realpad_form.config import Settings
from realpad_form.domain.people import Particulars, Role
from realpad_form.sandbox import start
from realpad_form.sandbox.app import sample_projects, sandbox_app
from realpad_form.wiring import Services

HOST = "127.0.0.1"
ADMIN = "admin@demo.example"

ADDRESSES = """
realpad-form demo

  Open this first      {crm}/site/riverside

  A dark host page     {crm}/site/jantar
  A plain host page    {crm}/site/sadova
  The form alone       {web}/f/riverside
  Inbox                {web}/inbox
  Preview              {web}/preview
  Sign in there with   {email}  {password}
  Sandbox CRM          {crm}/
  Metrics              {web}/metrics  with `Authorization: Bearer {token}`
  Project files        {folder}/projects  (edit them, reload the page)

Ctrl+C ends it; everything in {folder} is removed then.
"""


@click.command()
@click.option("--port", type=click.IntRange(1, 65_000), default=8000, show_default=True)
def demo(port: int) -> None:
    """Try it: sandbox CRM, server, relay and two sample sites."""
    free_address(HOST, port)
    web = url_of(HOST, port)
    app = sandbox_app(web)
    try:
        crm = start(app, port + 1)
    except OSError:
        crm = start(app)  # on any free port, as that one is taken
    try:
        with tempfile.TemporaryDirectory(prefix="realpad-form-demo-") as folder:
            crm_url = url_of(HOST, crm.port)
            copy_samples(Path(folder) / "projects")
            settings = _settings(web, crm_url, folder=folder)
            password = _add_admin(settings, Path(folder))
            addresses = {"crm": crm_url, "web": web, "folder": folder}
            token = settings["REALPAD_FORM_METRICS_TOKEN"]
            where = ADDRESSES.format(**addresses, email=ADMIN, password=password, token=token)
            sys.exit(_serve(port, Path(folder), settings, greeting=where))
    finally:
        crm.shutdown()


def _serve(port: int, folder: Path, settings: dict[str, str], *, greeting: str) -> int:
    """Run `serve` until a signal says to stop; say something once it listens, and return its exit status."""
    others = {key: value for key, value in os.environ.items() if not key.startswith("REALPAD_FORM_")}
    command = [sys.executable, "-m", "realpad_form", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=folder, env={**others, **settings})  # noqa: S603 - our own command
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=once_open(HOST, port, lambda: echo(greeting)), args=[stop], daemon=True).start()
    while server.poll() is None and not stop.wait(0.2):
        pass
    if server.poll() is None:
        server.terminate()
    status = server.wait()
    return 0 if stop.is_set() else status


def _add_admin(settings: dict[str, str], folder: Path) -> str:
    """Make somebody who may sign in to a database that lives as long as the demo; return the password."""
    services, password = Services(Settings.load(settings, folder=folder)), secrets.token_urlsafe(16)
    try:
        services.prepare()
        particulars = Particulars(name="Demo", role=Role.ADMIN)
        _person, link = services.people.add(ADMIN, particulars)
        services.accounts.set_password(link, password)
    finally:
        services.close()
    return password


def _settings(web: str, crm: str, *, folder: str) -> dict[str, str]:
    """Return the settings of a demo; every secret is fresh."""
    settings = {
        "SECRET_KEY": secrets.token_urlsafe(32),
        "DATA_KEY": secrets.token_urlsafe(32),
        "METRICS_TOKEN": secrets.token_urlsafe(32),
        "DATA": f"{folder}/data",
        "PROJECTS": f"{folder}/projects",
        "PUBLIC_URL": web,
        "REALPAD_URL": f"{crm}/ws/v10/",
        "RELAY_RATE": "unlimited",
    }
    # In the sandbox, login and password of each sample's credentials are their name.
    for name in {project.realpad.credentials for project in sample_projects()}:
        for part in ("LOGIN", "PASSWORD"):
            settings[f"CREDENTIALS_{name.upper().replace('-', '_')}_{part}"] = name
    return {f"REALPAD_FORM_{name}": value for name, value in settings.items()}
