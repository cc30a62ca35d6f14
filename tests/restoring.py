"""A lead log that goes back to an earlier state, on any engine."""

from dataclasses import replace

from sqlalchemy import delete, insert, select

from realpad_form.adapters.sidecar_files import CallFile, TombstoneFile
from realpad_form.adapters.sql import SqlRestores
from realpad_form.adapters.sql.schema import metadata
from realpad_form.adapters.vault import Vault


def dump(database):
    """Return every row, as pg_dump would."""
    with database.read() as connection:
        return {
            table: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def load(database, rows):
    """Put rows in the place of those that are there."""
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
        for table in metadata.sorted_tables:
            if rows[table]:
                connection.execute(insert(table), rows[table])


class Machine:
    """One machine with a folder of its own, beside a database that it may share."""

    def __init__(self, log, folder, keys):
        self.path = folder / "calls.json"
        self.tombstones = TombstoneFile(folder / "tombstones.jsonl")
        self.keys = keys
        self.database = log.database
        self.restores = SqlRestores(
            log.database, Vault(["k" * 32]), CallFile(self.path), keys=lambda: self.keys, clock=log.clock
        )
        self.log = replace(log, restores=self.restores, tombstones=self.tombstones)

    def claim(self):
        """Claim a lead of any lane."""
        return self.log.claim(self.keys, lease_s=45, pace_s=0, width=1)
