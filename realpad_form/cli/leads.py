"""The lead log from a terminal."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click

from realpad_form.cli.console import FieldValue, count, echo, print_json, print_table, progress
from realpad_form.cli.open import open_ready
from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import (
    AmbiguousContactError,
    ProjectNotFoundError,
    RealpadFormError,
    RepeatNotConfirmedError,
    RerouteNotConfirmedError,
    StorageUnavailableError,
)
from realpad_form.domain.lead import Lead, LeadRecord
from realpad_form.domain.people import COMMAND, AuditAction
from realpad_form.forms import beside_questions, revalidate
from realpad_form.forms.messages import AnswerError
from realpad_form.ports import LeadFilter
from realpad_form.services.export import FORMATS, export_leads, summary_of, whole_lead
from realpad_form.services.lead_actions import FoundPerson, person_of
from realpad_form.wiring import Services


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601; UTC where it has no offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, aware, UTC."""
        try:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time; write e.g. 2026-11-23 or 2026-11-23T14:30+01:00", param, ctx)


STATUSES = [status.value for status in Status]
HINTS: Final[Mapping[type[RealpadFormError], str]] = {
    RerouteNotConfirmedError: "; --reroute sends it there",
    RepeatNotConfirmedError: "; --yes sends it all the same",
}
"""What to add to an error whose lead the command would act on if it was told to."""


def which_leads(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose leads."""
    for option in (
        click.option("--since", type=Moment(), help="Only leads of this time or later."),
        click.option("--project", help="Only leads of this project."),
        click.option(
            "--status",
            type=click.Choice(STATUSES),
            help="Only leads of this status.",
        ),
    ):
        command = option(command)
    return command


LEAD_ID = click.argument("lead_id", type=click.UUID, metavar="ID")
LEAD_IDS = click.argument("lead_ids", type=click.UUID, metavar="ID...", nargs=-1, required=True)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def leads() -> None:
    """Look at leads, correct them, move them."""


@leads.command("list")
@which_leads
@AS_JSON
def list_(status: str | None, project: str | None, since: datetime | None, as_json: bool) -> None:
    """List leads, oldest first."""
    services = open_ready()
    rows = [summary_of(lead) for lead in services.log.leads(_filter(status, project, since))]
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "project", "status", "created_at", "customer_id", "attempts", "reasons")
        head = ("ID", "PROJECT", "STATUS", "CREATED", "CUSTOMER", "CALLS", "REASONS")
        print_table(head, [[row[key] for key in columns] for row in rows])


@leads.command()
@LEAD_ID
@AS_JSON
def show(lead_id: UUID, as_json: bool) -> None:
    """Show everything about one lead."""
    services = open_ready()
    record = services.log.get(lead_id)
    if as_json:
        print_json(whole_lead(record, body=services.lead_actions.body_of(record)))
    else:
        click.echo("\n".join(_lines(services, record)))


@leads.command()
@LEAD_IDS
@click.option(
    "--set",
    "changes",
    type=FieldValue(),
    multiple=True,
    help="Correct an answer, e.g. --set phone=+420777123456.",
)
@click.option("--yes", is_flag=True, help="Also send leads once more that may be at Realpad already.")
@click.option(
    "--reroute",
    is_flag=True,
    help="Also send leads to another project at Realpad, login or address than they were accepted for.",
)
def resubmit(lead_ids: Sequence[UUID], changes: Sequence[tuple[str, str]], yes: bool, reroute: bool) -> None:
    """Correct leads and queue them again.

    They are composed anew with the project file of today. Where that is gone, its last version that fits the
    lead counts; where none is kept, the contact and the note can be corrected in the stored call.
    """
    services = open_ready()

    def queue(lead_id: UUID) -> None:
        try:
            _resubmit(services, lead_id, dict(changes), may_repeat=yes, may_reroute=reroute)
        except RepeatNotConfirmedError as error:
            if not sys.stdin.isatty() or not click.confirm(f"{error}. Send it again?", err=True):
                raise
            _resubmit(services, lead_id, dict(changes), may_repeat=True, may_reroute=reroute)

    _each(lead_ids, queue, done="queued")


@leads.command()
@LEAD_IDS
def release(lead_ids: Sequence[UUID]) -> None:
    """Queue quarantined leads."""
    services = open_ready()

    def act(lead_id: UUID) -> None:
        _warn_of_doubt(services.lead_actions.release(services.log.lead(lead_id).version, by=COMMAND))

    _each(lead_ids, act, done="released")


@leads.command()
@LEAD_IDS
def discard(lead_ids: Sequence[UUID]) -> None:
    """Take leads out of the way; `restore` brings them back."""
    services = open_ready()
    _each(
        lead_ids,
        lambda lead_id: services.lead_actions.discard(services.log.lead(lead_id).version, by=COMMAND),
        done="discarded",
    )


@leads.command()
@LEAD_IDS
def restore(lead_ids: Sequence[UUID]) -> None:
    """Take discarded leads back to where they stood before.

    What was queued is sent; what Realpad refused, or may have taken, waits for a decision as before.
    """
    services = open_ready()

    def act(lead_id: UUID) -> None:
        restored = services.lead_actions.restore(services.log.lead(lead_id).version, by=COMMAND)
        echo(f"{lead_id}: {restored.status}")

    _each(lead_ids, act, done="restored")


@leads.command()
@which_leads
@click.option("--format", "format_", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def export(output: Path | None, format_: str, force: bool, **chosen: Any) -> None:
    """Export leads with their answers."""
    if output and output.is_file() and not force:
        raise click.UsageError(f"{output} exists; name a new file, or overwrite it with --force")
    services = open_ready()
    which = _filter(**chosen)
    if not output and format_ == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("an xlsx file is not for the screen; name one with --output")
    number = services.log.count(which)
    since = which.since.isoformat() if which.since else None
    named = {"status": which.status, "project": which.project, "since": since}
    detail = [format_, count(number, "lead"), *(f"{name} {value}" for name, value in named.items() if value)]
    services.audit.record(AuditAction.EXPORTED, by=None, detail=", ".join(detail))
    records = progress(services.log.records(which), length=number, label="Exporting")
    only_ours = partial(os.open, mode=0o600)  # a new file is for its owner only
    with open(output, "wb", opener=only_ours) if output else nullcontext(sys.stdout.buffer) as stream:
        export_leads(records, stream, format_=format_, revoked=services.lead_actions.revoked_of_many())


@leads.command()
@click.option("--subject", metavar="EMAIL|PHONE", help="Whose leads to erase.")
@click.option(
    "--lost-key", metavar="ID", help="The data key, as `doctor` names it, that nobody has any more."
)
def erase(subject: str | None, lost_key: str | None) -> None:
    """Erase what the log holds about a person.

    Statuses, times and the evidence of consent stay. Realpad's copy, exported files, backups and other
    machines' spools are yours to erase. With --lost-key instead, erase the leads that nobody can open any
    more, so that new ones are taken again.
    """
    if (subject is None) == (lost_key is None):
        raise click.UsageError("name either --subject or --lost-key")
    services = open_ready()
    if subject is not None:
        chosen = find_person(services, subject).leads
        none = "no lead has this e-mail or phone"
    elif lost_key in services.data_key_ids:
        raise click.UsageError(f"data key {lost_key} is set; its leads can be opened")
    else:
        chosen, none = services.log.sealed_with(str(lost_key)), "no lead was sealed with this data key"
    if not chosen:
        echo(none)
        _clear_journal(services)
        click.get_current_context().exit(1)
    if sys.stdin.isatty():
        click.confirm(f"Erase {len(chosen)} leads for good?", abort=True, err=True)
    try:
        _each(
            chosen,
            lambda lead_id: services.lead_actions.erase(lead_id, by=COMMAND),
            done="erased",
        )
    finally:
        _clear_journal(services)


def _clear_journal(services: Services) -> None:
    """Let the journal hold nothing that is erased. Raises: StorageUnavailableError, saying what to do."""
    if not services.lead_actions.clear_journal():
        raise StorageUnavailableError(
            "what was erased may still be in the database's journal; run this again in a few minutes"
        )


def find_person(services: Services, subject: str) -> FoundPerson:
    """Return an e-mail or phone as leads keep it, and the leads that have it. Raises: UsageError."""
    try:
        contacts = services.read_contact(subject)
    except AnswerError as error:
        raise click.UsageError(f"{subject!r} is neither an e-mail nor a phone. {error.text}") from error
    found = services.erasure.find(*contacts)
    try:
        return person_of(progress(found, length=services.erasure.count(), label="Searching"), contacts)
    except AmbiguousContactError as error:
        raise click.UsageError(str(error)) from error


def _resubmit(services: Services, lead_id: UUID, changes: dict[str, str], **confirmed: bool) -> None:
    """Queue one lead again."""
    record = services.log.get(lead_id)
    of = services.lead_projects.find(record)
    if of is None:
        raise ProjectNotFoundError(record.lead.project)
    before, beside = record.current.answers, beside_questions(of)
    answers = revalidate(
        of.project,
        before,
        changes,
        language="en",  # as commands speak
        beside=beside,
        is_whole=record.lead.is_to_correct,
    )
    prepared = services.lead_actions.prepare(record, answers, of=of)
    seen = record.lead.version
    _warn_of_doubt(services.lead_actions.resubmit(prepared, seen=seen, by=COMMAND, **confirmed))
    if of.is_gone:
        if of.as_of:
            how = f"the call was composed with the file as it was at {of.as_of:%Y-%m-%d %H:%M} UTC"
        else:
            how = (
                "no version of it that fits this lead is kept, "
                "so only contact and note can differ from its call"
            )
        echo(f"{lead_id}: the project file {record.lead.project}.yaml is gone; {how}")


def _warn_of_doubt(lead: Lead) -> None:
    """Say so if a lead that was to be queued is asked about first, or waits for a person."""
    if lead.status is Status.UNKNOWN and lead.reasons:
        echo(f"{lead.id}: {'; '.join(map(str, lead.reasons))}")
    elif lead.status is Status.UNKNOWN:
        echo(
            f"{lead.id}: this database was restored from a backup, and the lead may have been sent since "
            "that backup was made; Realpad's list is checked first, and the lead is sent only if it is not "
            "there"
        )


def _each(lead_ids: Sequence[UUID], act: Callable[[UUID], Any], *, done: str) -> None:
    """Do the same with several leads; one that refuses does not stop the others."""
    failed = 0
    for lead_id in progress(lead_ids, length=len(lead_ids), label="Leads"):
        try:
            act(lead_id)
        except RealpadFormError as error:
            failed += 1
            names_it = str(lead_id) in str(error)
            hint = HINTS.get(type(error), "")
            echo(f"error: {error}{hint}" if names_it else f"error: {lead_id}: {error}")
    echo(f"{len(lead_ids) - failed} {done}, {failed} failed")
    if failed:
        click.get_current_context().exit(1)


def _filter(status: str | None, project: str | None, since: datetime | None) -> LeadFilter:
    return LeadFilter(status=Status(status) if status else None, project=project, since=since)


def _lines(services: Services, record: LeadRecord) -> Iterator[str]:
    """Yield the lines of a lead for a person at a terminal."""
    actions = services.lead_actions
    shown, revocations = whole_lead(record, body=actions.body_of(record)), actions.revocations(record)
    for key in ("id", "project", "status", "created_at", "due_at", "customer_id"):
        yield f"{key:<12}{'' if shown[key] is None else shown[key]}"
    yield from (f"{'reason':<12}{reason}" for reason in record.lead.reasons)
    for title in ("fields", "payload", "context"):
        yield f"\n{title}"
        yield from (f"  {name:<24}{value}" for name, value in shown[title].items())
    yield "\nconsents"
    yield from (f"  {'given' if c.given else 'not given':<11}{c.id}  {c.wording}" for c in record.consents)
    for consent_id, entry in revocations.items():
        what = "revoked" if entry.action is AuditAction.REVOKED else "revocation asked for, outcome not known"
        yield f"  {what}: {consent_id}, {entry.at:%Y-%m-%d %H:%M:%S}"
    if len(record.revisions) > 1:
        yield "\nversions"
        first = record.revisions[0]
        yield f"  1  {first.created_at:%Y-%m-%d %H:%M:%S}  {first.author}"
        for old, new in pairwise(record.revisions):
            before, after = old.answers, new.answers
            changed = [
                f"{name}: {before.get(name, '–')} → {after.get(name, '–')}"
                for name in dict.fromkeys((*before, *after))
                if before.get(name) != after.get(name)
            ]
            yield f"  {new.number}  {new.created_at:%Y-%m-%d %H:%M:%S}  {new.author}  {', '.join(changed)}"
    yield "\nattempts"
    for attempt in record.attempts:
        how = f"{attempt.outcome or 'open'}  {attempt.status or '-'}  {attempt.answer}"
        yield f"  {attempt.started_at:%Y-%m-%d %H:%M:%S}  {how}"
