"""Erasing from a terminal what was kept for as long as project files say."""

import click

from realpad_form.cli.console import count, echo, progress
from realpad_form.cli.open import open_ready


@click.group()
def retention() -> None:
    """Erase leads that were kept for as long as their project file says."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Say what would be erased, and erase nothing.")
def run(dry_run: bool) -> None:
    """Erase what is due now; services do so every day.

    Leads that nobody has settled are kept, and told.
    """
    services = open_ready()
    run = services.retention
    found = list(run.due())
    erased = 0
    for due in found:
        what = f"{due.project}: {len(due.leads)} of {due.of} {due.status} leads"
        if dry_run:
            click.echo(f"{what} would be erased")
            continue
        done = sum(progress(run.erase(due), length=len(due.leads), label=f"{due.project}, {due.status}"))
        erased += done
        left = len(due.leads) - done
        kept = f", but {left} that changed meanwhile or cannot be read" if left else ""
        click.echo(f"{what} were erased{kept}")
    if erased:
        run.clear_journal()
    if not found:
        echo("nothing is due")
    for each in run.overdue():
        echo(
            f"warning: {each.project}: {count(each.count, 'lead')} {each.status}, the oldest of"
            f" {each.oldest_at:%Y-%m-%d}, older than anything of it is kept; settle them in the inbox"
        )
