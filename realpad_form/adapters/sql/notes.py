"""What people write down about leads at the desk, and who looks after which."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import bindparam, update

from realpad_form.adapters.sql import audit, leads
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.schema import lead, lead_note
from realpad_form.adapters.sql.transaction import DataKeyCheck, Transaction
from realpad_form.adapters.vault import Vault
from realpad_form.domain.lead import NoteKind
from realpad_form.domain.people import AuditNote

_ASSIGN: Final = update(lead).where(lead.c.id == bindparam("of_id"))


@dataclass(frozen=True, slots=True)
class SqlLeadNotes:
    """The port LeadNotes, on SQLite or PostgreSQL."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime] | None = None  # instead of the database's, for tests
    _data_keys: DataKeyCheck = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Let no note be sealed with a key that the log does not know."""
        object.__setattr__(self, "_data_keys", DataKeyCheck(self.vault))

    def add(self, lead_id: UUID, *, kind: NoteKind, text: str, note: AuditNote) -> None:
        """Keep a note about a lead."""
        with self._change(lead_id, note) as tx:
            note_id = uuid4()
            row = {"id": note_id, "lead_id": lead_id, "at": tx.now, "by": note.by, "kind": kind}
            tx.add(lead_note, {**row, "text": tx.seal(text, "lead_note", note_id, "text")})

    def assign(self, lead_id: UUID, person_id: UUID | None, *, note: AuditNote) -> None:
        """Let a person look after a lead, or nobody."""
        with self._change(lead_id, note) as tx:
            tx.change(_ASSIGN, {"of_id": lead_id, "assignee": person_id})

    def record(self, lead_id: UUID, *, note: AuditNote) -> None:
        """Write an entry about a lead into the audit log while nobody can claim it: every claim knows it."""
        with self._change(lead_id, note):
            pass

    @contextmanager
    def _change(self, lead_id: UUID, note: AuditNote) -> Iterator[Transaction]:
        """Hold a lead that is not erased, and write down what was done with it."""
        with self.database.write() as connection:
            tx = Transaction(connection, self.database, self.vault, self.clock, self._data_keys)
            project = leads.lock(tx, lead_id).must_be_kept().project
            yield tx
            audit.write(connection, tx.now, [note], project=project)
