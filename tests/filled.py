"""A row for every table of the schema, made from its columns, so that a new table is never forgotten."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Boolean, Double, Integer, LargeBinary, Uuid, insert

from realpad_form.adapters.sql.column_types import Micros, UtcDateTime
from realpad_form.adapters.sql.schema import metadata

TIME = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)


def fill(database, rows=3):
    """Put rows into every table; the last of them has no value where none is needed."""
    with database.write() as connection:
        for table in metadata.sorted_tables:
            kept = 1 if table.name == "log_state" else rows
            connection.execute(insert(table), [_row(table, place, kept) for place in range(1, kept + 1)])


def _row(table, place, rows):
    row = {}
    for column in table.columns:
        is_optional = column.nullable and not column.primary_key
        row[column.name] = None if is_optional and place == rows else _value(column, place)
    if table.name == "lead":  # as its constraint has it, and nothing is being sent
        row |= {"status": "sending" if row["claim_token"] else "queued", "lease_until": None}
    if table.name == "lane":  # it is read, too
        row["reason"] = row["reason"] and '"why"'
    if table.name == "log_state":
        row |= {"number": 1, "copied_at": None, "restored_at": None}
    return row


def _value(column, place):
    """Return what is hard to keep, of the column's type."""
    if isinstance(column.type, UtcDateTime | Micros):
        return TIME - timedelta(days=place, microseconds=place)
    if isinstance(column.type, Uuid):
        return UUID(int=(2**128 - 1) // place)
    if isinstance(column.type, Boolean):
        return place % 2 == 0
    if isinstance(column.type, LargeBinary):
        return bytes([0, 255, 128, place])
    if isinstance(column.type, Double):
        return place / 3
    if isinstance(column.type, Integer):  # of 64 bits where the column has them
        return place if type(column.type) is Integer or column.name == "number" else 2**62 + place
    # Sorted by language in another order than by bytes; the shortest column is one of currencies.
    return ["Ž", "z\n", "\U0001f3e0"][place % 3][: column.type.length] + str(place)
