"""Taking submissions on every kind of log, with and without a spool."""

import errno
import threading
from dataclasses import replace

import pytest
from fakes import new_lead

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.lead import Consent, hash_of
from realpad_form.ports import LeadFilter
from realpad_form.services import intake as intake_module
from realpad_form.services.intake import Intake

ALL = LeadFilter()


class Flaky:
    """A lead log that takes no leads while it is down."""

    def __init__(self, log):
        self.log, self.is_down = log, True

    def append(self, new):
        if self.is_down:
            raise StorageUnavailableError("the database is busy")
        return self.log.append(new)

    def find_repeat(self, key, **more):
        if self.is_down:
            raise StorageUnavailableError("the database is busy")
        return self.log.find_repeat(key, **more)

    def keep_words(self, words):
        if self.is_down:
            raise StorageUnavailableError("the database is busy")
        self.log.keep_words(words)

    def find_words(self, words_hash):
        if self.is_down:
            raise StorageUnavailableError("the database is busy")
        return self.log.find_words(words_hash)


class BrokenSpool:
    """A spool whose disk cannot be read while it is broken."""

    def __init__(self, spool):
        self.spool, self.is_broken = spool, True

    def waiting(self):
        return self.spool.waiting()

    def taking(self):
        if self.is_broken:
            raise OSError(errno.EIO, "Input/output error")
        return self.spool.taking()


@pytest.fixture
def flaky(log):
    return Flaky(log)


@pytest.fixture
def intake(flaky, tmp_path):
    return Intake(flaky, FileSpool(tmp_path / "spool", Vault()))


def test_a_lead_is_kept_while_the_log_is_down_and_is_the_promised_one_later(
    log, flaky, intake, project, submission
):
    receipt = intake.accept(project, submission())
    flaky.is_down = False

    assert intake.take_in() == 1

    [record] = log.records(ALL)
    assert record.lead.id == receipt.lead_id
    assert record.current.payload["name"] == "Jana"
    assert intake.take_in() == 0


def test_a_repeat_while_the_log_is_down_gets_the_first_receipt(intake, project, submission):
    sent = submission()
    first = intake.accept(project, sent)

    again = intake.accept(project, sent)
    found = intake.find_repeat(sent.key, project=project.slug, token=None)

    assert again.lead_id == found.lead_id == first.lead_id
    assert again.is_repeat


def test_what_the_log_has_already_is_not_taken_twice(log, flaky, intake, project, submission):
    sent = submission(key=None, token=None)
    receipt = intake.accept(project, sent)
    log.append(new_lead(sent, payload={}, lead_id=receipt.lead_id))
    flaky.is_down = False

    intake.take_in()

    assert log.count(ALL) == 1
    assert intake.spool.waiting() == 0


def test_a_log_that_goes_down_again_leaves_the_rest_in_the_spool(intake, project, submission):
    intake.accept(project, submission())

    with pytest.raises(StorageUnavailableError):
        intake.take_in()

    assert intake.spool.waiting() == 1


def test_without_a_spool_nothing_is_promised(flaky, project, submission):
    with pytest.raises(StorageUnavailableError):
        Intake(flaky).accept(project, submission())


def test_a_running_intake_moves_leads_as_soon_as_the_log_is_back(
    log, flaky, intake, project, submission, eventually, monkeypatch
):
    monkeypatch.setattr(intake_module, "POLL_EVERY_S", 0.01)
    intake.accept(project, submission())
    stop = threading.Event()
    thread = threading.Thread(target=intake.run, args=[stop])
    thread.start()
    try:
        flaky.is_down = False
        eventually(lambda: log.count(ALL) == 1)
    finally:
        stop.set()
        thread.join(10)


def test_a_running_intake_outlives_a_spool_that_cannot_be_opened_for_a_while(
    log, flaky, intake, project, submission, eventually, monkeypatch, caplog
):
    monkeypatch.setattr(intake_module, "POLL_EVERY_S", 0.01)
    intake.accept(project, submission())
    broken = BrokenSpool(intake.spool)
    intake = Intake(flaky, broken)
    flaky.is_down = False
    stop = threading.Event()
    thread = threading.Thread(target=intake.run, args=[stop])
    thread.start()
    try:
        eventually(lambda: "could not be taken from the spool" in caplog.text)
        broken.is_broken = False
        eventually(lambda: log.count(ALL) == 1)
    finally:
        stop.set()
        thread.join(10)


def test_words_that_were_shown_are_kept_while_the_file_changes(log, intake, flaky, project, submission):
    flaky.is_down = False
    seen = Consent(id=1, given=True, wording="As it was", language="en")
    intake.show([seen])
    changed = replace(seen, wording="As it is", shown=hash_of("As it was"))

    intake.accept(project, submission(consents=(changed,)))

    assert next(log.records(ALL)).consents[0].wording == "As it was"


def test_words_cannot_be_kept_while_the_log_is_down_and_the_page_is_shown(intake, caplog):
    intake.show([Consent(id=1, given=False, wording="As it is", language="en")])

    assert "with the first lead only" in caplog.text


def test_consent_in_other_words_is_not_given_while_the_log_cannot_tell_them(
    intake, flaky, log, project, submission
):
    consent = Consent(id=1, given=True, wording="As it is", language="en", shown=hash_of("As it was"))

    intake.accept(project, submission(consents=(consent,)))
    flaky.is_down = False
    intake.take_in()

    assert not next(log.records(ALL)).consents[0].given


def test_a_spooled_lead_goes_to_the_account_it_was_accepted_for(log, flaky, tmp_path, project, submission):
    spool = FileSpool(tmp_path / "spool", Vault())
    Intake(flaky, spool, accounts={"riverside": "of then"}).accept(project, submission())
    flaky.is_down = False

    Intake(flaky, spool, accounts={"riverside": "of today"}).take_in()

    [record] = log.records(ALL)
    assert record.lead.account == "of then"


@pytest.mark.parametrize("shared", ["key", "token"])
def test_a_repeat_with_other_answers_is_told_without_their_values(log, project, submission, shared, caplog):
    intake = Intake(log)
    first = submission(answers={"name": "Jana", "phone": "+420777123456", "rooms": ["1+kk", "2+kk"]})
    withdrawn = replace(first.consents[0], given=False)
    other = submission(
        answers={"name": "Jana", "phone": "+420777999888", "note": "Sklep?", "rooms": ["1+kk", "2+kk"]},
        consents=(withdrawn,),
        **{shared: getattr(first, shared)},
    )
    receipt = intake.accept(project, first)

    again = intake.accept(project, other)

    assert (again.lead_id, again.is_repeat, log.count(ALL)) == (receipt.lead_id, True, 1)
    changed = "consent_39268430, note, phone"
    [told] = [each for each in caplog.messages if "sent again" in each]
    assert told == f"lead {receipt.lead_id} was sent again with other answers, which are not kept: {changed}"


def test_a_pure_repeat_is_told_to_nobody(log, project, submission, caplog):
    sent = submission(answers={"name": "Jana", "phone": "+420777123456", "rooms": ["1+kk"], "price_max": 5})
    intake = Intake(log)
    intake.accept(project, sent)

    assert intake.accept(project, sent).is_repeat
    assert caplog.messages == []


def test_a_repeat_of_an_erased_lead_is_told_to_nobody(log, project, submission, caplog):
    sent = submission(suspicions=("no_script",))
    intake = Intake(log)
    log.erase(intake.accept(project, sent).lead_id)

    assert intake.accept(project, sent).is_repeat
    assert caplog.messages == []


def test_what_a_person_has_to_correct_is_rejected_from_the_beginning(log, flaky, project, submission):
    flaky.is_down = False
    mistakes = {"phone": "not a number", "consent_7": "not given"}

    receipt = Intake(flaky).accept(project, submission(mistakes=mistakes))

    lead = log.get(receipt.lead_id).lead
    assert (lead.status, lead.is_to_correct) == ("rejected", True)
    assert [str(reason) for reason in lead.reasons] == [
        "phone has to be corrected: not a number",
        "consent_7 has to be corrected: not given",
    ]


def test_a_consent_alone_that_nobody_else_can_give_keeps_nothing_back(log, flaky, project, submission):
    flaky.is_down = False

    receipt = Intake(flaky).accept(project, submission(mistakes={"consent_7": "not given"}))

    assert not log.get(receipt.lead_id).lead.is_to_correct


def test_source_and_mistakes_pass_through_the_spool(log, flaky, intake, project, submission):
    plain = submission(mistakes={"phone": "not a number"})
    sent = replace(plain, context=replace(plain.context, source="cf7-main"))
    receipt = intake.accept(project, sent)
    flaky.is_down = False

    intake.take_in()

    record = log.get(receipt.lead_id)
    assert (record.context.source, record.lead.status) == ("cf7-main", "rejected")


def test_the_lead_of_a_form_has_no_source(log, flaky, project, submission):
    flaky.is_down = False

    assert log.get(Intake(flaky).accept(project, submission()).lead_id).context.source == ""
