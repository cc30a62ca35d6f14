"""Whether what is stored can be read with the data keys of today."""

from typing import Final

from sqlalchemy import select

from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import lead
from realpad_form.adapters.vault import Vault

_NEWEST: Final = (
    select(lead.c.id, lead.c.context).order_by(lead.c.created_at.desc(), lead.c.id.desc()).limit(1)
)


def try_keys(database: Database, vault: Vault) -> None:
    """Open the newest lead, if there is one. Raises: SealBrokenError, StorageUnavailableError."""
    with database.read() as connection:
        row = connection.execute(_NEWEST).first()
    if row:
        vault.open(row.context, "lead", row.id, "context")
