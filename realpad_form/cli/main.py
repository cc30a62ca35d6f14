"""`realpad-form`, and how every command of it says that something went wrong."""

import logging
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final, cast

import click

from realpad_form.domain.errors import RealpadFormError, SettingsError

MODULES: Final = {
    "demo": "demo",
    "init": "projects",
    "check": "projects",
    "schema": "projects",
    "payload": "projects",
    "serve": "server",
    "relay": "server",
    "sandbox": "server",
    "leads": "leads",
    "credentials": "credentials",
    "verify": "verify",
    "consents": "consents",
    "operators": "operators",
    "db": "db",
    "doctor": "doctor",
}
"""Where each command is, in the order a newcomer meets them."""


class CleanGroup(click.Group):
    """Loads a command when it is wanted, as all take a second; turns our errors into one clean line.

    Exit status: 0 done, 1 the answer is bad news, 2 wrong use or settings.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None if there is none of that name."""
        if cmd_name not in MODULES:
            return None
        module = import_module(f"realpad_form.cli.{MODULES[cmd_name]}")
        return cast(click.Command, getattr(module, cmd_name))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RealpadFormError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"error: {error}", err=True)
            ctx.exit(2 if isinstance(error, SettingsError) else 1)


@click.group(cls=CleanGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("realpad-form"), prog_name="realpad-form")
@click.option("--debug", is_flag=True, help="Show tracebacks and every log line.")
def main(debug: bool) -> None:
    """Take leads from a project's web and hand them to the Realpad CRM."""
    level = logging.DEBUG if debug else logging.INFO
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("urllib3", "granian", "alembic", "flask-limiter"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
