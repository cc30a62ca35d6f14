"""Forgetting a person, on every kind of log."""

from uuid import uuid4

import pytest
from fakes import new_lead

from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import AmbiguousContactError, IllegalTransitionError
from realpad_form.ports import LeadFilter, NewLead
from realpad_form.services.intake import Intake
from realpad_form.services.lead_actions import Erasure, person_of

JANA = {"name": "Jana", "surname": "Nováková", "phone": "+420777123456", "email": "Jana@Example.com"}


@pytest.fixture
def take(log, submission):
    def append(**changes):
        answers = {**JANA, **changes}
        return log.append(new_lead(submission(answers=answers), payload={"name": answers["name"]})).lead_id

    return append


def found(log, subject):
    return person_of(Erasure(log, Intake(log)).find(subject), [subject]).leads


def test_a_person_is_found_by_either_contact(log, take):
    first = take()
    other = take(phone="+420777000000", email="petr@example.com")

    assert found(log, "jana@example.COM") == [first]
    assert found(log, "+420777000000") == [other]
    assert found(log, "nobody@example.com") == []


def test_a_person_is_found_in_the_spool_too(log, submission, tmp_path):
    spool = FileSpool(tmp_path, Vault())
    spooled = NewLead(
        lead_id=uuid4(), submission=submission(answers=JANA), credential="riverside", payload={}
    )  # fmt: skip
    spool.keep(spooled)

    found = [match[0].id for match in Erasure(log, Intake(log, spool)).find("jana@example.com") if match]

    assert found == [spooled.lead_id]
    assert spool.waiting() == 0


def test_a_person_is_found_by_a_contact_that_was_corrected_since(log, take):
    lead_id = take()
    log.resubmit(log.get(lead_id).lead.version, answers={**JANA, "email": "new@example.com"}, payload={})

    assert found(log, "jana@example.com") == [lead_id]


def test_what_is_erased_tells_nothing_and_is_found_no_more(log, take, relay):
    lead_id = take()
    relay.run_once()

    log.erase(lead_id)

    record = log.get(lead_id)
    assert (record.lead.status, record.lead.customer_id, record.lead.reasons) == ("erased", None, ())
    assert [(r.answers, r.payload) for r in record.revisions] == [({}, {})]
    assert [attempt.answer for attempt in record.attempts] == [""]
    assert (record.context.address, record.context.page) == ("", "")
    assert found(log, "jana@example.com") == []


def test_the_evidence_of_consent_stays(log, take):
    lead_id = take()
    before = log.get(lead_id).consents

    log.erase(lead_id)

    assert before
    assert log.get(lead_id).consents == before


def test_an_erased_lead_is_never_sent(log, take, relay, crm):
    log.erase(take())

    assert not relay.run_once()
    assert crm.sent == []
    assert log.count(LeadFilter()) == 1


def test_a_lead_that_is_being_sent_is_not_erased(log, take, pairs):
    lead_id = take()
    log.open_lanes(pairs)
    assert log.claim(tuple(pairs), lease_s=45, pace_s=0, width=1)

    with pytest.raises(IllegalTransitionError):
        log.erase(lead_id)


def test_a_number_of_people_in_two_countries_is_nobody_s(log, take):
    take(phone="+420222123456", email=None)
    both = ["+420222123456", "+421222123456"]
    erasure = Erasure(log, Intake(log))
    assert person_of(erasure.find(*both), both)[0] == "+420222123456"

    take(phone="+421222123456", email=None)

    with pytest.raises(AmbiguousContactError, match="\\+420222123456 and \\+421222123456"):
        person_of(erasure.find(*both), both)
