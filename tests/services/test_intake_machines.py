"""One submission spooled on two machines, each with an id of its own: the log keeps one lead."""

import pytest

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.ports import LeadFilter
from realpad_form.services.intake import Intake


class Away:
    """A lead log that takes nothing."""

    def append(self, submission, **more):
        raise StorageUnavailableError("the database is away")


@pytest.fixture
def spools(tmp_path):
    return [FileSpool(tmp_path / name, Vault()) for name in ("one", "two")]


@pytest.fixture
def spooled(spools, project, submission):
    """Let both machines take one submission while the database is away; returns its receipts."""

    def take(**changes):
        sent = submission(**changes)
        return [Intake(Away(), spool).accept(project, sent) for spool in spools]

    return take


@pytest.mark.parametrize("identity", [{"token": None}, {"key": None}, {}], ids=["key", "token", "both"])
def test_a_submission_spooled_on_two_machines_is_one_lead_whoever_is_first(
    log, spools, spooled, project, identity
):
    first, second = spooled(**identity)
    assert first.lead_id != second.lead_id

    taken = [Intake(log, spool).take_in() for spool in reversed(spools)]

    assert taken == [1, 1]
    assert [lead.id for lead in log.leads(LeadFilter())] == [second.lead_id]
    assert [spool.waiting() for spool in spools] == [0, 0]
    assert [Intake(log, spool).take_in() for spool in spools] == [0, 0]


def test_a_repeat_after_that_gets_the_lead_that_is_there(log, spools, submission, project):
    sent = submission()
    first = Intake(Away(), spools[0]).accept(project, sent)
    Intake(Away(), spools[1]).accept(project, sent)
    for spool in spools:
        Intake(log, spool).take_in()

    again = Intake(log, spools[1]).accept(project, sent)

    assert (again.lead_id, again.is_repeat) == (first.lead_id, True)
