"""Leads as the commands show them. Source: CONTRACT, "Commands"."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from realpad_form.domain.lead import Lead, LeadRecord


def row(lead: Lead) -> dict[str, Any]:
    """Return a lead as `leads list --json` shows it."""
    return {
        "id": str(lead.id),
        "project": lead.project,
        "status": str(lead.status),
        "created_at": lead.created_at,
        "due_at": lead.due_at,
        "customer_id": lead.customer_id,
        "attempts": lead.attempts,
        "reasons": list(map(str, lead.reasons)),
    }


def cells(row: Mapping[str, Any]) -> list[Any]:
    """Return a row as the table shows it."""
    return [
        row[key] for key in ("id", "project", "status", "created_at", "customer_id", "attempts", "reasons")
    ]


def whole(record: LeadRecord) -> dict[str, Any]:
    """Return a lead as `leads show --json` shows it."""
    return {
        **row(record.lead),
        "fields": dict(record.current.answers),
        "payload": dict(record.current.payload),
        "consents": [asdict(consent) for consent in record.consents],
        "context": asdict(record.context),
        "revisions": [
            {
                "number": revision.number,
                "author": str(revision.author),
                "created_at": revision.created_at,
                "fields": dict(revision.answers),
                "payload": dict(revision.payload),
            }
            for revision in record.revisions
        ],
        "attempts": [asdict(attempt) for attempt in record.attempts],
    }


def page(record: LeadRecord) -> str:
    """Return a lead for a person at a terminal."""
    return "\n".join(_lines(record))


def _lines(record: LeadRecord) -> Iterator[str]:
    shown = whole(record)
    for key in ("id", "project", "status", "created_at", "due_at", "customer_id"):
        yield f"{key:<12}{'' if shown[key] is None else shown[key]}"
    yield from (f"{'reason':<12}{reason}" for reason in record.lead.reasons)
    for title in ("fields", "payload", "context"):
        yield f"\n{title}"
        yield from (f"  {name:<24}{value}" for name, value in shown[title].items())
    yield "\nconsents"
    yield from (f"  {'given' if c.given else 'not given':<11}{c.id}  {c.wording}" for c in record.consents)
    yield "\nattempts"
    for attempt in record.attempts:
        how = f"{attempt.outcome or 'open'}  {attempt.status or '-'}  {attempt.answer}"
        yield f"  {attempt.started_at:%Y-%m-%d %H:%M:%S}  {how}"
