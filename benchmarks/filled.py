"""Lead logs with many leads in them, made inside the database, since a million appends take too long."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from realpad_form.adapters.sql import Database

PAYLOAD: Final = (
    '{"name": "Zofie", "surname": "Stastna", "email": "zofie@example.com", "phone": "+420777123456",'
    ' "preferencerooms": "1+kk|2+kk", "project": "1", "language": "cs", "updateconsents": "1",'
    ' "note": "Dobry den, mam zajem o prohlidku. utm_source: x"}'
)

CONTEXT: Final = '{"language":"cs","form_version":"1","submitted_at":"2026-01-01T00:00:00+00:00"}'

_SQLITE: Final = {
    "id": "lower(hex(randomblob(16)))",
    "at": "strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', '-' || n || ' seconds')",
    "series": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :leads)"
    " SELECT n FROM c) AS s",
}
_POSTGRESQL: Final = {
    "id": "gen_random_uuid()",
    "at": "now() - n * interval '1 second'",
    "series": "generate_series(1, :leads) AS s(n)",
}
_STEPS: Final = (
    # A temporary table would need a right of its own, and only this knows which leads are new.
    "CREATE TABLE made AS SELECT n, {id} AS id, {at} AS at FROM {series}",
    "INSERT INTO lead (id, project, credential, account, language, status, created_at, due_at, revision,"
    " failures, customer_id, reasons, context, attempts, digested, tallied)"
    " SELECT id, {project}, 'bench' || (n % :lanes), {account}, 'cs', {status}, at, at, 1, 0,"
    " :customer_id, '[]', '{context}', :attempts, 1, 15 FROM made",
    "INSERT INTO revision (lead_id, number, author, created_at, answers, payload)"
    " SELECT id, 1, 'visitor', at, :payload, :payload FROM made",
    "INSERT INTO attempt (lead_id, number, revision, fingerprint, started_at, ended_at, outcome, status,"
    " answer) SELECT id, 1, 1, 'bench', at, at, 'accepted', 201, '\"1\"' FROM made WHERE :attempts = 1",
    "DROP TABLE made",
)


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What each lead is, as SQL about its number `n`; 1 is the newest."""

    project: str = "'bench'"
    account: str = "''"
    status: str = ":status"


def fill(
    database: Database, *, leads: int, is_delivered: bool = False, lanes: int = 1, mix: Mix | None = None
) -> None:
    """Put leads into a log, unsealed: queued, or delivered by a call each; `lanes` share them."""
    mix = mix or Mix()
    words = _SQLITE if database.is_sqlite else _POSTGRESQL
    values = {
        "leads": leads,
        "lanes": lanes,
        "status": "delivered" if is_delivered else "queued",
        "customer_id": 1 if is_delivered else None,
        "attempts": int(is_delivered),
        "payload": PAYLOAD,
    }
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for step in _STEPS:
            query = text(step.format(**words, **vars(mix), context=CONTEXT))
            connection.execute(query, {name: values[name] for name in query._bindparams})
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
