"""Storing a submission as a lead, exactly once."""

import hashlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, union_all

from realpad_form.adapters.sql import rows
from realpad_form.adapters.sql.schema import consent, lead, revision, spent, wording
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Author, Revision, Submission
from realpad_form.ports import Receipt

CAPTCHA_REUSED: Final = "captcha_reused"
NEVER: Final = UUID(int=0)
"""Stands for a key or token that was not sent; no lead has it."""

_FOUND: Final = select(lead.c.id, lead.c.language)
_SPENDER: Final = select(spent.c.lead_id).where(spent.c.key == bindparam("token")).scalar_subquery()
_REPEATED: Final = union_all(
    _FOUND.where(lead.c.project == bindparam("project"), lead.c.submission_key == bindparam("key")),
    _FOUND.where(lead.c.id == _SPENDER),
).limit(1)
_SPENT_BEFORE: Final = select(spent.c.key).where(
    spent.c.key.in_(bindparam("keys", expanding=True)), spent.c.lead_id != bindparam("lead_id")
)


class RepeatError(Exception):
    """The submission was accepted before; the transaction must not be committed."""


def append(
    tx: Transaction, submission: Submission, *, credential: str, payload: Mapping[str, str]
) -> Receipt:
    """Store a submission as a lead. Raises: RepeatError."""
    lead_id = uuid4()
    spent_before = _spend(tx, submission, lead_id)
    if f"token:{submission.token}" in spent_before:
        raise RepeatError
    suspicions = (*submission.suspicions, CAPTCHA_REUSED) if spent_before else submission.suspicions
    if not tx.add_new(lead, _lead_row(tx, submission, credential, lead_id, suspicions)):
        raise RepeatError
    first = Revision(
        number=1, author=Author.VISITOR, created_at=tx.now, answers=submission.answers, payload=payload
    )
    tx.add(revision, rows.from_revision(tx, first, lead_id))
    _add_consents(tx, submission, lead_id)
    return Receipt(lead_id=lead_id, language=submission.context.language, is_repeat=False)


def find_repeat(tx: Transaction, key: UUID | None, *, project: str, token: str | None) -> Receipt | None:
    """Return the receipt of the lead that a submission key or a form token made, in one look-up."""
    row = tx.row(_REPEATED, key=key or NEVER, project=project, token=f"token:{token or NEVER}")
    return row and Receipt(lead_id=row.id, language=row.language, is_repeat=True)


def _spend(tx: Transaction, submission: Submission, lead_id: UUID) -> set[str]:
    """Use up token and captcha; return those that were used up before."""
    ids = {"token": submission.token, "captcha": submission.captcha}
    keys = [f"{kind}:{value}" for kind, value in ids.items() if value is not None]
    if tx.add_new(spent, *({"key": key, "lead_id": lead_id, "spent_at": tx.now} for key in keys)):
        return set()
    return {row.key for row in tx.rows(_SPENT_BEFORE, keys=keys, lead_id=lead_id)}


def _lead_row(
    tx: Transaction, submission: Submission, credential: str, lead_id: UUID, suspicions: tuple[str, ...]
) -> dict[str, object]:
    """Return the row of a new lead, due at once."""
    return {
        "id": lead_id,
        "project": submission.project,
        "credential": credential,
        "submission_key": submission.key,
        "language": submission.context.language,
        "status": Status.QUARANTINED if suspicions else Status.QUEUED,
        "created_at": tx.now,
        "due_at": tx.now,
        "revision": 1,
        "failures": 0,
        "reasons": tx.seal(suspicions, "lead", lead_id, "reasons"),
        "context": rows.from_context(tx, submission.context, lead_id),
        "attempts": 0,
    }


def _add_consents(tx: Transaction, submission: Submission, lead_id: UUID) -> None:
    """Store the evidence of what the visitor was asked and decided."""
    words = {_hash(each.wording): each.wording for each in submission.consents}
    # In order, so that two transactions with the same new wordings cannot wait for each other.
    tx.add_new(wording, *({"hash": key, "words": words[key]} for key in sorted(words)))
    context = submission.context
    place = {"address": context.address, "page": context.page}
    evidence = [
        {
            "lead_id": lead_id,
            "position": position,
            "consent_id": each.id,
            "given": each.given,
            "language": each.language,
            "wording_hash": _hash(each.wording),
            "form_version": context.form_version,
            "decided_at": context.submitted_at,
            "context": tx.seal(place, "consent", lead_id, position, "context"),
        }
        for position, each in enumerate(submission.consents)
    ]
    tx.add(consent, *evidence)


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
