"""A relay that dies between claim and close, on a real file, by a real `kill -9`."""

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import new_lead
from opened import closing_database, make_sql_log

TESTS = Path(__file__).parents[1]
DYING = """
import os, sys
sys.path.insert(0, {tests!r})
sys.path.insert(0, {tests!r} + "/services")
from conftest import CREDENTIAL, KEY
from fakes import FakeClock
from opened import closing_database, make_sql_log
from realpad_form.services.relay import Relay, RelayPolicy

class DyingCrm:
    def create_lead(self, credential, payload):
        print("sent", flush=True)
        os.kill(os.getpid(), 9)

with closing_database({url!r}) as database:
    policy = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)
    Relay(make_sql_log(database, FakeClock()), DyingCrm(), {{KEY: CREDENTIAL}}, policy).run_once()
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_lead_of_a_killed_relay_becomes_unknown_and_is_not_sent_again(
    engine, request, clock, submission, make_relay, crm
):
    url = request.getfixturevalue(f"{engine}_url")
    with closing_database(url) as database:
        log = make_sql_log(database, clock)
        lead_id = log.append(new_lead(submission(), payload={})).lead_id

        killed = subprocess.run(
            [sys.executable, "-c", DYING.format(tests=str(TESTS), url=url)],
            capture_output=True, cwd=TESTS.parent, check=False,
        )  # fmt: skip

        assert (killed.returncode, killed.stdout) == (-9, b"sent\n")
        assert log.get(lead_id).lead.status == "sending"
        make_relay(log).drain()
        assert log.get(lead_id).lead.status == "sending"
        clock.advance(seconds=46)
        make_relay(log).drain()
        clock.advance(days=1)
        make_relay(log).drain()
        assert log.get(lead_id).lead.status == "unknown"
    assert crm.sent == []
