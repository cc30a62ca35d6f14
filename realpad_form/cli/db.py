"""Commands on the database, on the keys that what is stored is sealed with, and on the evidence in it."""

import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from realpad_form.adapters import sql
from realpad_form.cli.console import count, echo, print_json, progress
from realpad_form.cli.open import open_ready, open_services
from realpad_form.domain.errors import SettingsError, StorageUnavailableError
from realpad_form.domain.evidence import EvidenceReport, RecordedRestore
from realpad_form.domain.people import AuditAction
from realpad_form.domain.restored import Restored
from realpad_form.wiring import Services

COPY: Final = re.compile(r"leads-\d{8}T\d{6}\.\d{6}Z\.db")
"""What `backup --keep` calls its copies; it removes nothing else."""


@click.group()
def db() -> None:
    """Upgrade, check, copy or restore the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the current schema."""
    database = open_services().database
    sql.upgrade(database, progress_of=lambda steps: progress(steps, length=len(steps), label="Migrating"))
    echo("the database is current")


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
    echo("the database is sound and current")


@db.command()
@click.argument("target", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="Copy into the folder DIR under today's date and time, and remove the oldest copies but this many.",
)
def backup(target: Path, keep: int | None) -> None:
    """Copy the database while it is in use: to FILE, or into DIR with --keep."""
    if keep is None:
        if target.is_dir():
            raise click.UsageError(f"{target} is a folder; say with --keep how many copies shall stay in it")
        if target.exists():
            raise click.UsageError(f"{target} exists; name a new file")
        open_services().database.backup(target)
        echo(f"copied to {target}")
        return
    if target.exists() and not target.is_dir():
        raise click.UsageError(f"{target} is no folder")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = target / f"leads-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    open_services().database.backup(file)
    echo(f"copied to {file}")
    # By name, which is by time; other files in the folder are none of ours.
    copies = sorted(path for path in target.iterdir() if COPY.fullmatch(path.name))
    for old in copies[:-keep]:
        old.unlink()
        echo(f"removed {old}")


@db.command()
@click.argument("url", metavar="URL")
def copy(url: str) -> None:
    """Copy everything into another, empty database, and close this one to changes.

    From SQLite to PostgreSQL, or between any two. Stop the service first. URL is written as in
    REALPAD_FORM_DATABASE_URL, which has to be set to it afterwards; leave the password to libpq (PGPASSFILE).
    Each row is compared. If anything goes wrong, the copy is undone, and this database stays in use.
    """
    done = open_services().copy_database(
        url, progress_of=lambda steps: progress(steps, length=len(steps), label="Copying")
    )
    echo(f"copied {count(done.rows, 'row')} of {count(done.tables, 'table')}, each compared")
    echo("the old database accepts no more changes: set REALPAD_FORM_DATABASE_URL to the new one, then start")


@db.command()
@click.option(
    "--again", is_flag=True, help="Run even if this was done and there is no sign of another restore."
)
@click.option("--dismiss", is_flag=True, help="Stop reporting that this database was restored.")
@click.option("--reopen", is_flag=True, help="Go back to this database after `db copy` has moved it.")
def restored(again: bool, dismiss: bool, reopen: bool) -> None:
    """Check a restored database with Realpad before it sends.

    Realpad's list decides about what is queued or unknown in it: it cannot know what was sent after the
    backup was made. `serve` and `relay` do this by themselves where they notice it.
    """
    services = open_services()
    services.database.must_be_there()
    if reopen:
        services.reopen_database()
    services.prepare()
    if dismiss:
        services.restores.dismiss()
        services.audit.record(AuditAction.RESTORE_DISMISSED, by=None, detail="command")
        echo("dismissed; leads in doubt stay so until Realpad's list or a person decides")
        return
    done = services.restores.by_hand(again=again)
    services.after_restore.run_once()
    echo(f"leads that Realpad's list has to decide about: {done.in_doubt}")


@click.group()
def keys() -> None:
    """Seal what is stored with another key."""


@keys.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def rotate(ctx: click.Context, yes: bool) -> None:
    """Seal everything anew with the first data key.

    That is what is stored under the other keys of REALPAD_FORM_DATA_KEY, or plain from before there was one,
    and the files in this machine's spool. Run it once every process has the new key first; they go on
    meanwhile. It may be ended at any time and run again.
    """
    services = open_ready()
    resealing = services.resealing
    before = resealing.require_keys()
    if before.stale and not before.own and not yes and sys.stdin.isatty():
        known = f"Nothing is sealed with the first data key, {services.data_key_ids[0]}, so far"
        click.confirm(f"{known}. Does every process have it first, and is a copy kept?", abort=True, err=True)
    _write_down(services, f"begun, {count(before.stale, 'text')}")
    texts = sum(1 for _ in progress(resealing.texts(), length=before.stale, label="Sealing"))
    for _ in progress(resealing.terms(), length=resealing.count_findable(), label="Search terms"):
        pass
    files = services.spool.reseal() if services.spool else 0
    echo(f"sealed anew: {count(texts, 'text')}, {count(files, 'file')} of the spool")
    left = [*_left(services)]
    for each in left:
        echo(each)
    if left:
        _write_down(services, f"{count(texts, 'text')}, not all")
        ctx.exit(1)
    _write_down(services, count(texts, "text"), key_id=services.data_key_ids[0])
    _clear_journal(services)
    echo("no stored text needs an older data key; backups made before do")


def _left(services: Services) -> Iterator[str]:
    """Yield what is not sealed with the first data key, and why."""
    yield from services.resealing.broken.values()
    after = services.resealing.survey()
    if after.lost:
        echo(f"left as they are, under keys that are not set: {count(after.lost, 'text')} of erased leads")
    if after.stale:
        todo = "see that every process has the new one first, and run this again"
        yield f"still under another key: {count(after.stale, 'text')}; {todo}"
    if files := services.spool.count_stale() if services.spool else 0:
        yield f"still under another key: {count(files, 'file')} of the spool that cannot be read"


def _write_down(services: Services, detail: str, *, key_id: str = "") -> None:
    """Keep in the audit log what is sealed anew; with the name of the key once everything is."""
    services.audit.record(AuditAction.RESEALED, by=None, subject=key_id, detail=f"command, {detail}")


def _clear_journal(services: Services) -> None:
    """Let the journal hold nothing that is sealed with an older key, if it is free."""
    try:
        services.database.clear_journal()
    except StorageUnavailableError as error:
        echo(f"what was sealed with older keys may be in the database's journal for a while ({error})")


def describe_restored(restored: Restored) -> str:
    """Return that this is a restored copy, and what becomes of its leads."""
    return (
        f"noticed at {restored.at:%Y-%m-%d %H:%M} UTC that this database is a restored copy"
        f" ({restored.sign.describe()}); leads in doubt until Realpad's list or a person decides:"
        f" {restored.in_doubt}; see `leads list --status unknown`"
    )


@click.command("verify-evidence")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify_evidence(ctx: click.Context, as_json: bool) -> None:
    """Check that no consent and no entry of the audit log was changed.

    Compares them with their chain, and the chain with this machine's evidence.jsonl; services go on
    meanwhile. Exits with 1 if something was changed, with 2 if the database cannot be used.
    """
    services = open_services()
    services.database.must_be_there()
    try:
        services.prepare()
        report = services.evidence.verify()
    except StorageUnavailableError as error:
        raise SettingsError([str(error)]) from error
    if as_json:
        print_json({"is_sound": not report.problems, **asdict(report)})
    else:
        for problem in report.problems:
            click.echo(problem.text)
        for each in report.restores:
            echo(_describe_continued(each))
        echo(_describe_evidence(report))
    if report.problems:
        ctx.exit(1)


def _describe_continued(restore: RecordedRestore) -> str:
    """Return from which link on the chain of a restored copy was continued."""
    replaced = f"; {count(restore.replaced, 'head')} recorded before went with the database it replaced"
    return (
        f"restored on {restore.at[:16].replace('T', ' ')} UTC: the chain goes on after link {restore.link}"
        f"{replaced if restore.replaced else ''}"
    )


def _describe_evidence(report: EvidenceReport) -> str:
    """Return on one line what was checked."""
    found = len(report.problems) + report.more_problems
    entries = "1 audit entry" if report.entries == 1 else f"{report.entries} audit entries"
    head = f"head {report.head.number} {report.head.digest}" if report.head else "no head yet"
    return (
        f"{count(report.consents, 'consent')} and {entries} in {count(report.links, 'link')}:"
        f" {count(found, 'problem') if found else 'all as written'}; {head};"
        f" recorded heads that agree: {report.recorded}; not chained yet: {report.unchained}"
    )
