"""Commands on the keys that stored data is sealed with."""

import sys
from collections.abc import Iterator

import click

from realpad_form.cli.open import open_ready
from realpad_form.cli.output import count, progress, tell
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.people import AuditAction
from realpad_form.wiring import Services


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
    if before.stale and not before.own and not yes:
        _confirm_new(services.data_key_ids[0])
    _write_down(services, f"begun, {count(before.stale, 'text')}")
    texts = sum(1 for _ in progress(resealing.texts(), length=before.stale, label="Sealing"))
    for _ in progress(resealing.terms(), length=resealing.count_findable(), label="Search terms"):
        pass
    files = services.spool.reseal() if services.spool else 0
    tell(f"sealed anew: {count(texts, 'text')}, {count(files, 'file')} of the spool")
    left = [*_left(services)]
    for each in left:
        tell(each)
    if left:
        _write_down(services, f"{count(texts, 'text')}, not all")
        ctx.exit(1)
    _write_down(services, count(texts, "text"), key_id=services.data_key_ids[0])
    _clear_journal(services)
    tell("no stored text needs an older data key; backups made before do")


def _left(services: Services) -> Iterator[str]:
    """Yield what is not sealed with the first data key, and why."""
    yield from services.resealing.broken.values()
    after = services.resealing.survey()
    if after.lost:
        tell(f"left as they are, under keys that are not set: {count(after.lost, 'text')} of erased leads")
    if after.stale:
        todo = "see that every process has the new one first, and run this again"
        yield f"still under another key: {count(after.stale, 'text')}; {todo}"
    if files := services.spool.count_stale() if services.spool else 0:
        yield f"still under another key: {count(files, 'file')} of the spool that cannot be read"


def _write_down(services: Services, detail: str, *, key_id: str = "") -> None:
    """Keep in the audit log what is sealed anew; with the name of the key once everything is."""
    services.audit.record(AuditAction.RESEALED, by=None, subject=key_id, detail=f"command, {detail}")


def _confirm_new(key_id: str) -> None:
    """Ask a person at a terminal whether a key that nothing is sealed with yet is meant."""
    if sys.stdin.isatty():
        known = f"Nothing is sealed with the first data key, {key_id}, so far"
        click.confirm(f"{known}. Does every process have it first, and is a copy kept?", abort=True, err=True)


def _clear_journal(services: Services) -> None:
    """Let the journal hold nothing that is sealed with an older key, if it is free."""
    try:
        services.database.clear_journal()
    except StorageUnavailableError as error:
        tell(f"what was sealed with older keys may be in the database's journal for a while ({error})")
