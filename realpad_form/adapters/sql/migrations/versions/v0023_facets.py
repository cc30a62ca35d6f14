"""The campaigns and units that leads came with, to be found by parts of their names."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from realpad_form.domain.search import FACET_CHARS, fold
from realpad_form.domain.statistics import NAME_CHARS, OTHER

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KINDS = ("campaign", "unit")


def upgrade() -> None:
    """Add the table, with what the statistics know; of longer names they have the beginning only."""
    facet = op.create_table(
        "facet",
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("written", sa.String(500), nullable=False),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.Column("seen_on", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("project", "kind", "name", name=op.f("facet_pk")),
        sqlite_with_rowid=False,
    )
    for kind in _KINDS:
        known = op.get_bind().execute(
            sa.text(
                f"SELECT project, {kind} AS written, max(day) AS seen_on, sum(number) AS leads FROM tally"  # noqa: S608
                f" WHERE step = 'accepted' AND {kind} NOT IN ('', :other) GROUP BY project, {kind}"
            ),
            {"other": OTHER},
        )
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for row in known:
            name = fold(row.written)
            if len(row.written) < NAME_CHARS and 0 < len(name) <= FACET_CHARS:
                fresh = {"project": row.project, "kind": kind, "name": name, "written": row.written}
                found = rows.setdefault((row.project, name), {**fresh, "leads": 0, "seen_on": ""})
                found["leads"] += int(row.leads)
                found["seen_on"] = max(found["seen_on"], row.seen_on)
        if rows:
            op.bulk_insert(facet, list(rows.values()))
