"""Accounts that every sandbox may have: by their names, and those that something keeps from working."""

from typing import Any, Final

from realpad_form.sandbox.tenant import CrmAccount, Permission


def account(login: str, **terms: Any) -> CrmAccount:
    """Return an account whose password is its login."""
    return CrmAccount(login=login, password=login, **terms)


LIMITED: Final = (
    account("riverside-pricelist", is_for_pricelists=True),
    account("invited", is_invitation_open=True),
    account("unconsented", needs_consent=True),
    account("leads-only", permissions=frozenset()),
    account("reader", permissions=frozenset({Permission.READ_CUSTOMER_DATA})),
)
"""One of every kind that may not do everything. Source: Realpad docs, "Authentication and error handling"."""
