"""What proves that a lead can be stored: the data key of each lead by index, and a row written as a trial."""

import sqlalchemy as sa
from alembic import op

from realpad_form.adapters.sql.column_types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index and the table; an older version's leads are in the index, too."""
    not_erased = sa.text("status <> 'erased'")
    op.create_index(
        "lead_data_key_idx",
        "lead",
        [sa.text("substr(context, 1, 12)"), "created_at", "id"],
        sqlite_where=not_erased,
        postgresql_where=not_erased,
    )
    op.create_table(
        "probe",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("filler", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("probe_pk")),
    )
