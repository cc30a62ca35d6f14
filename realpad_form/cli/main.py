"""`realpad-form`, and how every command of it says that something went wrong."""

import logging
import sys
from importlib.metadata import version
from typing import Any

import click

from realpad_form.cli import (
    consents,
    credentials,
    db,
    demo,
    doctor,
    leads,
    operators,
    projects,
    server,
    verify,
)
from realpad_form.domain.errors import RealpadFormError, SettingsError


class CleanGroup(click.Group):
    """Turns the errors of this package into one clean line and an exit status.

    0 done, 1 the answer is bad news, 2 wrong use or settings.
    """

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


for command in (
    demo.demo, server.serve, server.relay, server.sandbox, projects.init, projects.check, projects.schema,
    projects.payload, leads.leads, credentials.credentials, consents.consents, db.db,
    operators.operators, verify.verify, doctor.doctor,
):  # fmt: skip
    main.add_command(command)
