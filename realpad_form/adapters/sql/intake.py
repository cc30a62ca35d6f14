"""Intake: storing submissions as leads, each exactly once; those that come at once share a commit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, union_all

from realpad_form.adapters.sql import leads, outbox
from realpad_form.adapters.sql.schema import consent, lead, revision, spent, wording
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.lead import Author, Receipt, Revision, Submission, hash_of
from realpad_form.domain.spam import CAPTCHA_REUSED
from realpad_form.ports import NewLead

_FOUND: Final = select(lead.c.id, lead.c.project, lead.c.language)
_SPENDER: Final = select(spent.c.lead_id).where(spent.c.key == bindparam("token")).scalar_subquery()
_REPEATED: Final = union_all(
    _FOUND.where(lead.c.project == bindparam("project"), lead.c.submission_key == bindparam("key")),
    _FOUND.where(lead.c.id == _SPENDER),
    _FOUND.where(lead.c.id == bindparam("lead_id")),
).limit(1)
_SPENT_BEFORE: Final = select(spent.c.key).where(
    spent.c.key.in_(bindparam("keys", expanding=True)),
    spent.c.lead_id.not_in(bindparam("leads", expanding=True)),
)


class RepeatError(Exception):
    """Something was accepted before; the transaction must not be committed."""


def append(tx: Transaction, leads: Sequence[NewLead]) -> list[Receipt]:
    """Store submissions as leads, all of them. Raises: RepeatError."""
    spent_before = _spend(tx, leads)
    if any(f"token:{each.submission.token}" in spent_before for each in leads):
        raise RepeatError
    rows = [_lead_row(tx, each, spent_before) for each in leads]
    if not tx.add_new(lead, *rows):
        raise RepeatError
    tx.add(revision, *(_first_revision(tx, each) for each in leads))
    # The evidence of what the visitors were asked and decided.
    keep_words(tx, (asked.wording for each in leads for asked in each.submission.consents))
    tx.add(consent, *(row for each in leads for row in _evidence(tx, each)))
    outbox.add_accepted(tx, rows, [each.submission for each in leads])
    return [
        Receipt(
            lead_id=each.lead_id,
            project=each.submission.project,
            language=each.submission.context.language,
            is_repeat=False,
        )
        for each in leads
    ]


def find_first(tx: Transaction, new: NewLead) -> Receipt | None:
    """Return the receipt of the lead that a submission made before."""
    sent = new.submission
    return find_repeat(tx, sent.key, project=sent.project, token=sent.token, lead_id=new.lead_id)


def find_repeat(
    tx: Transaction, key: UUID | None, *, project: str | None, token: str | None, lead_id: UUID | None = None
) -> Receipt | None:
    """Return the receipt of the lead that a key in its project, or a token in any, made, in one look-up."""
    # What was not sent is NULL, which equals nothing; any value in its place could be somebody's.
    spent_as = f"token:{token}" if token else None
    row = tx.row(_REPEATED, key=key, project=project, token=spent_as, lead_id=lead_id)
    return row and Receipt(lead_id=row.id, project=row.project, language=row.language, is_repeat=True)


def keep_words(tx: Transaction, words: Iterable[str]) -> None:
    """Keep the words of consents, those that are not kept already."""
    by_hash = {hash_of(each): each for each in words}
    # In order, so that two transactions with the same new wordings cannot wait for each other.
    tx.add_new(wording, *({"hash": key, "words": by_hash[key]} for key in sorted(by_hash)))


def _spend(tx: Transaction, leads: Sequence[NewLead]) -> set[str]:
    """Use up tokens and captchas; return those that were used up before. Raises: RepeatError."""
    spenders = {key: each.lead_id for each in leads for key in _spent_keys(each.submission)}
    if len(spenders) < sum(len(_spent_keys(each.submission)) for each in leads):
        raise RepeatError  # two of these submissions are the same
    new_rows = ({"key": key, "lead_id": lead_id, "spent_at": tx.now} for key, lead_id in spenders.items())
    if tx.add_new(spent, *new_rows):
        return set()
    spent_before = tx.rows(_SPENT_BEFORE, keys=list(spenders), leads=list(spenders.values()))
    return {row.key for row in spent_before}


def _spent_keys(submission: Submission) -> list[str]:
    ids = {"token": submission.token, "captcha": submission.captcha}
    return [f"{kind}:{value}" for kind, value in ids.items() if value is not None]


def _lead_row(tx: Transaction, new: NewLead, spent_before: set[str]) -> dict[str, object]:
    """Return the row of a new lead, due at once."""
    submission, lead_id = new.submission, new.lead_id
    if spent_before.intersection(_spent_keys(submission)):
        submission = replace(submission, suspicions=(*submission.suspicions, CAPTCHA_REUSED))
    return {
        "id": lead_id,
        "project": submission.project,
        "credential": new.credential,
        "account": new.account,
        "submission_key": submission.key,
        "language": submission.context.language,
        "status": submission.status,
        "created_at": tx.now,
        "due_at": tx.now,
        "revision": 1,
        "failures": 0,
        "reasons": tx.seal([each.stored() for each in submission.reasons], "lead", lead_id, "reasons"),
        "context": leads.from_context(tx, submission.context, lead_id),
        "attempts": 0,
    }


def _first_revision(tx: Transaction, new: NewLead) -> dict[str, object]:
    first = Revision(
        number=1, author=Author.VISITOR, created_at=tx.now,
        answers=new.submission.answers, payload=new.payload,
    )  # fmt: skip
    return leads.from_revision(tx, first, new.lead_id)


def _evidence(tx: Transaction, new: NewLead) -> Iterator[dict[str, object]]:
    """Yield the rows of one submission's consents."""
    lead_id, context = new.lead_id, new.submission.context
    place = {"address": context.address, "page": context.page}
    if context.source:
        place["source"] = context.source
    for position, asked in enumerate(new.submission.consents):
        yield {
            "lead_id": lead_id,
            "position": position,
            "consent_id": asked.id,
            "given": asked.given,
            "language": asked.language,
            "wording_hash": hash_of(asked.wording),
            "form_version": context.form_version,
            "decided_at": context.submitted_at,
            "context": tx.seal(place, "consent", lead_id, position, "context"),
        }
