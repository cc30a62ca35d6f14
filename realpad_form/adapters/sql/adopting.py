"""Which account queued leads are sent to: the first one their credentials get, or one a person decides on."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, update

from realpad_form.adapters.sql import leads
from realpad_form.adapters.sql.schema import lane, lead
from realpad_form.adapters.sql.transaction import Transaction
from realpad_form.domain.errors import LeadNotFoundError
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Lead, Route

# Literally as in the index of leads without an account, so that it is used.
_IS_UNBOUND: Final = and_(
    lead.c.account == literal_column("''"),
    or_(
        lead.c.status == literal_column("'queued'"),
        lead.c.status == literal_column("'quarantined'"),
        lead.c.status == literal_column("'unknown'"),
    ),
)
_UNBOUND: Final = (
    select(lead.c.credential)
    .where(_IS_UNBOUND, lead.c.credential.in_(bindparam("names", expanding=True)))
    .distinct()
)
_BIND: Final = update(lead).where(_IS_UNBOUND, lead.c.credential == bindparam("of_credential"))
# Of a lane, and due to be sent.
OLDEST_UNBOUND: Final = select(func.min(lead.c.due_at)).where(
    _IS_UNBOUND,
    lead.c.status == literal_column("'queued'"),
    lead.c.credential == lane.c.credential,
)


def unbound(tx: Transaction, keys: Iterable[LaneKey]) -> list[LaneKey]:
    """Return the lanes whose credentials have leads without an account; takes no lock."""
    known = {key.credential: key for key in keys if key.account}
    return [known[row.credential] for row in tx.rows(_UNBOUND, names=sorted(known))]


def bind(tx: Transaction, keys: Iterable[LaneKey]) -> None:
    """Give leads without an account the one that their credentials have now."""
    for key in keys:
        if key.account:
            tx.change(_BIND, {"of_credential": key.credential, "account": key.account})


def adopt(tx: Transaction, queued: Sequence[Lead], route: Route) -> int:
    """Let queued leads be sent elsewhere, those that are as they were seen; return how many were."""
    adopted = 0
    for seen in sorted(queued, key=lambda each: each.id.hex):  # one order, so that nobody deadlocks
        try:
            current = leads.lock(tx, seen.id)
        except LeadNotFoundError:
            continue
        if current.version == seen.version and current.route == seen.route:
            leads.save_lead(tx, current.adopted(route, now=tx.now))
            adopted += 1
    return adopted
