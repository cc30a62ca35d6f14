"""A PostgreSQL that stands still: the visitor is thanked before the browser gives up, and truly so."""

from time import monotonic

import pytest
from running import postgresql_server

from realpad_form.ports import LeadFilter

BROWSER_GIVES_UP_AFTER_S = 10


@pytest.fixture
def postgresql():
    with postgresql_server() as server:
        yield server


@pytest.fixture
def services(make_services, postgresql):
    return make_services(DATABASE_URL=postgresql.url)


def test_silent_postgresql_costs_neither_a_lead_nor_the_visitors_patience(visitor, services, postgresql):
    visitor.send()

    with postgresql.silent():
        began = monotonic()
        answer = visitor.send()
        waited_s = monotonic() - began
    taken_in = services.intake.take_in()

    assert answer.status_code == 201
    assert waited_s < BROWSER_GIVES_UP_AFTER_S
    assert taken_in == 1
    assert services.log.count(LeadFilter()) == 2
