"""Commands on the database itself."""

from pathlib import Path

import click

from realpad_form.adapters import sql
from realpad_form.cli.open import open_services
from realpad_form.cli.output import progress, tell
from realpad_form.domain.people import AuditAction


@click.group()
def db() -> None:
    """Upgrade, check, copy or restore the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the current schema."""
    database = open_services().database
    sql.upgrade(database, walk=lambda steps: progress(steps, length=len(steps), label="Migrating"))
    tell("the database is current")


@db.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Check the database's integrity and schema."""
    database = open_services().database
    problems = list(database.check())
    if not sql.is_current(database):
        problems.append("the schema is not current; run `realpad-form db upgrade`")
    for problem in problems:
        click.echo(problem)
    if problems:
        ctx.exit(1)
    tell("the database is sound and current")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE while it is in use."""
    if file.exists():
        raise click.UsageError(f"{file} exists; name a new file")
    open_services().database.backup(file)
    tell(f"copied to {file}")


@db.command()
@click.option(
    "--again", is_flag=True, help="Run even if this was done and there is no sign of another restore."
)
@click.option("--dismiss", is_flag=True, help="Stop reporting that this database was restored.")
def restored(again: bool, dismiss: bool) -> None:
    """Check a restored database with Realpad before it sends.

    Realpad's list decides about what is queued or unknown in it: it cannot know what was sent after the
    backup was made. `serve` and `relay` do this by themselves where they notice it.
    """
    services = open_services()
    services.database.must_be_there()
    services.prepare()
    if dismiss:
        services.restores.dismiss()
        services.audit.record(AuditAction.RESTORE_DISMISSED, by=None, detail="command")
        tell("dismissed; leads in doubt stay so until Realpad's list or a person decides")
        return
    done = services.restores.by_hand(again=again)
    services.after_restore.run_once()
    tell(f"leads that Realpad's list has to decide about: {done.in_doubt}")
