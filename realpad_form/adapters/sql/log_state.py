"""The one row that says which log this is, and whether it is a restored copy."""

from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Row, select, update

from realpad_form.adapters.sql.schema import log_state
from realpad_form.adapters.sql.transaction import Transaction

ONE: Final = 1

_GET: Final = select(log_state).where(log_state.c.number == ONE)
_LOCK: Final = _GET.with_for_update()
_SAVE: Final = update(log_state).where(log_state.c.number == ONE)


def find(tx: Transaction) -> Row[Any] | None:
    """Return the row; None if nobody has named this log yet."""
    return tx.row(_GET)


def lock(tx: Transaction) -> Row[Any]:
    """Return the row, naming the log if nobody has; nobody else can change it."""
    tx.add_new(log_state, {"number": ONE, "log_id": uuid4()})
    return tx.connection.execute(_LOCK).one()


def save(tx: Transaction, **values: Any) -> None:
    """Change the row, which this transaction has locked."""
    tx.connection.execute(_SAVE.values(values))
