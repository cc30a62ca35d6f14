"""All that can happen to leads, in any order: none is lost, called twice without a reason or past a stop."""

import pytest
from delivery_machine import Deliveries
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from memory_log import MemoryLeadLog
from opened import closing_database, make_sql_log

from realpad_form.adapters.sql.schema import metadata


@pytest.fixture
def make_empty_log(request):
    """Return a way to open an empty lead log, again and again."""
    if request.param == "memory":
        yield MemoryLeadLog
        return
    with closing_database(request.getfixturevalue(f"{request.param}_url")) as database:

        def make(clock):
            with database.write() as connection:
                for table in reversed(metadata.sorted_tables):
                    connection.execute(table.delete())
            return make_sql_log(database, clock)

        yield make


def run(make_log, submission, *, examples, steps):
    often = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: Deliveries(make_log, submission), settings=often)


@pytest.mark.parametrize(
    ("make_empty_log", "examples"), [("memory", 200), ("sqlite", 20)], indirect=["make_empty_log"]
)
def test_no_lead_is_lost_or_called_twice_in_any_story(make_empty_log, submission, examples):
    run(make_empty_log, submission, examples=examples, steps=30)


@pytest.mark.long
@pytest.mark.parametrize(
    ("make_empty_log", "examples"),
    [("memory", 2_000), ("sqlite", 200), ("postgresql", 200)],
    indirect=["make_empty_log"],
)
def test_no_lead_is_lost_or_called_twice_in_many_long_stories(make_empty_log, submission, examples):
    run(make_empty_log, submission, examples=examples, steps=50)
