"""A small CRM for those who bring no project files: two projects and one account of every kind."""

from typing import Final

from realpad_form.sandbox.accounts import LIMITED, account
from realpad_form.sandbox.tenant import CrmAttribute, CrmPerson, CrmProject, Tenant

EXAMPLE: Final = Tenant(
    accounts=(account("riverside"), account("jantar"), *LIMITED),
    projects=(
        CrmProject(
            id=39264441,
            name="Riverside Residences",
            currency="CZK",
            units={"A-101": 3356898, "A-102": 3356899},
        ),
        CrmProject(id=3356887, name="Jantar", currency="EUR"),
    ),
    consent_types={1: "Marketing consent", 2: "Data processing consent"},
    attributes=(
        CrmAttribute(key="customer_has_pets", type="boolean"),
        CrmAttribute(key="customer_google_campaign_id", type="string"),
        CrmAttribute(key="customer_age", type="integer"),
        CrmAttribute(key="customer_share", type="decimal"),
        CrmAttribute(key="customer_voucher_date", type="date"),
        CrmAttribute(key="customer_ab_test_param", type="single_select", options=frozenset({"1", "2"})),
        CrmAttribute(
            key="customer_preferred_dispositions",
            type="multi_select",
            options=frozenset({"4", "7"}),
        ),
    ),
    referrals=frozenset({12}),
    salesmen=frozenset({77}),
    people=(
        CrmPerson(name="Jana", surname="Dvojitá", email="double@example.com", phone="+420777000001"),
        CrmPerson(name="Jan", surname="Dvojitý", email="Double@example.com", phone="+420777000002"),
    ),
)
"""Source of the attributes: Realpad docs, "Sending leads", Custom attributes."""
