"""One submission taken by two machines, of which neither knows of the other: one lead, under one id."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from fakes import new_lead

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import DataKeyError, StorageUnavailableError
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


IDENTITIES = pytest.mark.parametrize(
    "identity", [{"token": None}, {"key": None}, {}], ids=["key", "token", "both"]
)


@IDENTITIES
def test_a_submission_spooled_on_two_machines_is_one_lead_under_the_promised_id(
    log, spools, spooled, project, identity
):
    first, second = spooled(**identity)
    assert first.lead_id == second.lead_id

    taken = [Intake(log, spool).take_in() for spool in reversed(spools)]

    assert taken == [1, 1]
    assert [lead.id for lead in log.leads(LeadFilter())] == [first.lead_id]
    assert [spool.waiting() for spool in spools] == [0, 0]
    assert [Intake(log, spool).take_in() for spool in spools] == [0, 0]


@IDENTITIES
def test_a_submission_that_one_machine_stored_is_promised_its_id_by_one_that_spools(
    log, spools, submission, project, identity
):
    sent = submission(**identity)
    stored = Intake(log, spools[0]).accept(project, sent)

    spooled = Intake(Away(), spools[1]).accept(project, sent)
    Intake(log, spools[1]).take_in()

    assert spooled.lead_id == stored.lead_id
    assert [lead.id for lead in log.leads(LeadFilter())] == [stored.lead_id]


def test_the_same_form_sent_with_a_fresh_token_is_the_same_lead(log, spools, submission, project):
    """As the page does after a 409, here on another machine."""
    key = uuid4()
    receipts = [Intake(Away(), spool).accept(project, submission(key=key)) for spool in spools]
    receipts.append(Intake(log).accept(project, submission(key=key)))
    for spool in spools:
        Intake(log, spool).take_in()

    assert len({receipt.lead_id for receipt in receipts}) == 1
    assert log.count(LeadFilter()) == 1


def test_a_repeat_after_that_gets_the_lead_that_is_there(log, spools, submission, project):
    sent = submission()
    first = Intake(Away(), spools[0]).accept(project, sent)
    Intake(Away(), spools[1]).accept(project, sent)
    for spool in spools:
        Intake(log, spool).take_in()

    again = Intake(log, spools[1]).accept(project, sent)

    assert (again.lead_id, again.is_repeat) == (first.lead_id, True)


def test_a_lead_that_an_older_version_gave_a_random_id_keeps_it(log, spools, submission, project):
    sent, before = submission(), uuid4()
    log.append(new_lead(sent, payload={}, lead_id=before))

    with_spool = Intake(log, spools[0]).accept(project, sent)
    without = Intake(log).accept(project, sent)

    assert with_spool.lead_id == without.lead_id == before != sent.lead_id()
    assert log.count(LeadFilter()) == 1


def test_a_repeat_of_an_erased_lead_makes_no_new_one(log, spools, submission, project):
    sent = submission()
    first = Intake(log).accept(project, sent)
    log.erase(first.lead_id)
    Intake(Away(), spools[0]).accept(project, sent)

    assert Intake(log).accept(project, sent).lead_id == first.lead_id
    Intake(log, spools[0]).take_in()

    assert [lead.status for lead in log.leads(LeadFilter())] == ["erased"]


def test_a_token_used_with_two_keys_on_two_machines_is_one_lead_all_the_same(
    log, spools, submission, project
):
    """Each machine promises the id of its own key; which is first cannot be known while both spool."""
    token = uuid4().hex
    receipts = [Intake(Away(), spool).accept(project, submission(token=token)) for spool in spools]

    for spool in spools:
        Intake(log, spool).take_in()

    assert [lead.id for lead in log.leads(LeadFilter())] == [receipts[0].lead_id]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"key": UUID(int=1), "token": "t"}, {"key": UUID(int=1), "token": "u"}, True),
        ({"key": UUID(int=1), "token": None}, {"key": UUID(int=1), "token": "u"}, True),
        ({"key": None, "token": "t"}, {"key": None, "token": "t"}, True),
        ({"key": UUID(int=1)}, {"key": UUID(int=2)}, False),
        ({"key": None, "token": "t"}, {"key": None, "token": "u"}, False),
        ({"key": UUID(int=1)}, {"key": None, "token": str(UUID(int=1))}, False),
        ({"key": UUID(int=1), "project": "riverside"}, {"key": UUID(int=1), "project": "jantar"}, False),
        ({"key": None, "token": None}, {"key": None, "token": None}, False),
    ],
)
def test_an_id_follows_from_project_and_key_or_else_token(submission, one, other, is_same):
    assert (submission(**one).lead_id() == submission(**other).lead_id()) is is_same


def test_the_id_of_a_submission_stays_what_it_is_in_every_version(submission):
    """Or machines of different versions, and a spool from before an upgrade, would promise other ids."""
    assert str(submission(key=UUID(int=7)).lead_id()) == "2172f5ba-6ba2-575a-8ff7-2fbcc956dc64"
    assert str(submission(key=None, token="abc").lead_id()) == "0a1172f2-7650-52d2-a27c-c9a9ea85b719"


def test_nothing_is_spooled_while_the_data_key_is_wrong(spools, submission, project):
    def refuse():
        raise DataKeyError("leads were sealed with another data key")

    with pytest.raises(DataKeyError):
        Intake(Away(), spools[0], refuse).accept(project, submission())

    assert spools[0].waiting() == 0


def test_nothing_is_spooled_before_the_data_key_could_be_looked_at(spools, submission, project):
    def is_away():
        raise StorageUnavailableError("the database is away")

    with pytest.raises(StorageUnavailableError):
        Intake(Away(), spools[0], is_away).accept(project, submission())

    assert spools[0].waiting() == 0


def test_what_was_spooled_stays_while_the_data_key_is_wrong_and_is_taken_when_it_is_right(
    sql_log, spools, submission, project
):
    Intake(sql_log).accept(project, submission())
    promised = Intake(Away(), spools[0]).accept(project, submission())
    wrong = replace(sql_log, vault=Vault(["w" * 32]))

    with pytest.raises(DataKeyError):
        Intake(wrong, spools[0]).take_in()

    assert spools[0].waiting() == 1
    assert Intake(sql_log, spools[0]).take_in() == 1
    assert sql_log.get(promised.lead_id)
