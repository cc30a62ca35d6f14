"""`realpad-form`, and how every command of it says that something went wrong."""

import errno
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import IO, Any, Final, cast

import click

from realpad_form.cli.logs import AUDIT, CHATTY, LineFormatter
from realpad_form.domain.errors import RealpadFormError, SettingsError

COMMANDS: Final = {
    "demo": ("demo", "Try it: sandbox CRM, server, relay and two sample sites."),
    "init": ("projects", "Write a starting folder: project files, secrets, data."),
    "check": ("projects", "Check project files; all of them if none is named."),
    "schema": ("projects", "Print the JSON Schema of project files, for editors."),
    "payload": ("projects", "Print the call that answers would make; send nothing."),
    "projects": ("publishing", "Publish projects, and show what was published when and by whom."),
    "serve": ("server", "Serve the forms, and relay their leads."),
    "relay": ("server", "Relay leads to Realpad."),
    "sandbox": ("server", "Run a simulated Realpad CRM."),
    "leads": ("leads", "Look at leads, correct them, move them."),
    "credentials": ("credentials", "Show and resume credential pairs."),
    "webhooks": ("webhooks", "Show what other systems were told of leads, and tell it again."),
    "sources": ("webhooks", "Show the other systems that may post leads."),
    "verify": ("realpad", "Ask Realpad which leads of the last 7 days it has."),
    "consents": ("realpad", "List the tenant's consents, or revoke one of a customer."),
    "operators": ("operators", "Add, list, disable, sign out and reset people who may sign in."),
    "db": ("db", "Upgrade, check, copy or restore the database."),
    "keys": ("db", "Seal what is stored with another key."),
    "privacy": ("privacy", "Do what a person asks for about their data, with a receipt for every place."),
    "retention": ("retention", "Erase leads that were kept for as long as their project file says."),
    "verify-evidence": ("db", "Check that no consent and no entry of the audit log was changed."),
    "doctor": ("doctor", "Check settings, database, clock, proxies and credentials."),
}
"""The module and the first line of help of each command, in the order in which a newcomer meets them."""

SERVICES: Final = frozenset({"serve", "relay"})
"""Those whose log is kept; of all others it is what a person sees in a terminal."""


class WrongUseError(click.ClickException):
    """What click has to say of a wrong use, on one line."""

    exit_code = 2

    def __init__(self, error: click.UsageError) -> None:
        said = " ".join(error.format_message().split()).rstrip(".")
        words = error.ctx.command_path.split()[1:] if error.ctx else []
        super().__init__(f"{said} (see `{' '.join(['realpad-form', *words, '--help'])}`)")

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it as our own errors are printed."""
        click.echo(f"error: {self.message}", file=file, err=True)


class CleanGroup(click.Group):
    """Imports a command's module when it is called, as all take a second; shows every error as one line.

    Exit status: 0 done, 1 the answer is bad news, 2 wrong use or settings.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _help = COMMANDS[cmd_name]
        found = getattr(import_module(f"realpad_form.cli.{module}"), cmd_name.replace("-", "_"))
        return cast(click.Command, found)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_module, about) in COMMANDS.items()])

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the words before the command."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a letter that cannot be shown is no reason to stop
        with _usage_on_one_line():
            for place, word in enumerate(args, 1):
                if any("\udc80" <= letter <= "\udcff" for letter in word):  # a byte that forms would drop
                    encoding = sys.getfilesystemencoding()
                    raise click.UsageError(f"argument {place} has bytes that are no text in {encoding}")
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            with _usage_on_one_line():
                return super().invoke(ctx)
        except (RealpadFormError, OSError) as error:
            is_closed_pipe = isinstance(error, OSError) and error.errno == errno.EPIPE  # click's to handle
            if is_closed_pipe or ctx.params.get("debug"):
                raise
            click.echo(f"error: {_line(error)}", err=True)
            ctx.exit(2 if isinstance(error, SettingsError) else 1)


@contextmanager
def _usage_on_one_line() -> Iterator[None]:
    """Let a usage error be told on one line; a group without a command still shows its help."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise WrongUseError(error) from error


def _line(error: Exception) -> str:
    """Return what to say of an error; the system's own errors begin with the file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__


@click.group(cls=CleanGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("realpad-form"), prog_name="realpad-form")
@click.option("--debug", is_flag=True, help="Show tracebacks and every log line.")
def main(debug: bool) -> None:
    """Take leads from a project's web and hand them to the Realpad CRM."""
    level = logging.DEBUG if debug else logging.INFO
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(with_words=debug))
    if not debug and click.get_current_context().invoked_subcommand not in SERVICES:
        handler.addFilter(lambda record: record.name != AUDIT)  # an export of a thousand leads has as many
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
