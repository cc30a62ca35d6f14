"""Leads are bound to the account they were accepted for, on every kind of log."""

from dataclasses import replace

import pytest
from fakes import new_lead

from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Route
from realpad_form.ports import Credential, LeadFilter
from realpad_form.services.credentials import Credentials, Mismatch
from realpad_form.services.intake import Intake
from realpad_form.services.relay import lane_key

URL = "https://crm.example/ws/v10/"


def pair(login="canary-login", *, password=None, name="riverside", url=URL):
    return lane_key(Credential(name=name, login=login, password=password or "canary-password"), url)


OLD = pair()
TODAY = pair("another-login")
SANDBOX = pair(url="https://sandbox.example/ws/v10/")
SAME_ELSEWHERE = pair(name="jantar")
CHANGED = pair(password="changed")
JANTAR = pair("jantar-login", name="jantar")


@pytest.fixture
def accept(log, project, submission):
    """Accept a lead while credentials are configured as they are; return its id."""

    def take(*keys, of=project, **changes):
        accounts = {key.credential: key.account for key in keys}
        return Intake(log, accounts=accounts).accept(of, submission(**changes)).lead_id

    return take


@pytest.fixture
def claim(log):
    """Claim a lead with these credentials, as their relay would; return its id."""

    def take(*keys):
        log.open_lanes(keys)
        claimed = log.claim(keys, lease_s=45, pace_s=0, width=1)
        return claimed and claimed.lead_id

    return take


@pytest.fixture
def credentials(log, project):
    """The credentials that are configured today, and the project files."""

    def configure(*keys, projects=(project,)):
        by_name = {key.credential: key for key in keys}
        return Credentials(log, by_name, lambda: {each.slug: each for each in projects})

    return configure


def routed(project, /, **changes):
    """Return a project whose file sends its leads elsewhere."""
    return project.model_copy(update={"realpad": project.realpad.model_copy(update=changes)})


@pytest.mark.parametrize("now", [TODAY, SANDBOX], ids=["another login", "another address"])
def test_lead_is_never_claimed_for_another_account(accept, claim, log, now):
    lead_id = accept(OLD)

    assert claim(now) is None
    assert log.get(lead_id).lead.route == OLD.route
    assert claim(OLD) == lead_id


def test_new_password_alone_changes_nothing(accept, claim):
    lead_id = accept(OLD)

    assert claim(CHANGED) == lead_id


def test_lead_accepted_without_credentials_takes_the_first_login_they_get(accept, claim, log):
    lead_id = accept()
    log.open_lanes([OLD])
    assert log.get(lead_id).lead.account == OLD.account

    assert claim(TODAY) is None
    assert claim(OLD) == lead_id


def test_quarantined_lead_is_bound_before_it_is_released(accept, log):
    lead_id = accept(suspicions=("honeypot",))
    log.open_lanes([OLD])

    assert log.get(lead_id).lead.account == OLD.account


def test_claim_alone_binds_a_lead_without_account(accept, log):
    log.open_lanes([OLD])
    lead_id = accept()

    assert log.claim([OLD], lease_s=45, pace_s=0, width=1).lead_id == lead_id
    assert log.get(lead_id).lead.account == OLD.account


def test_two_logins_of_one_name_are_counted_apart(accept, log):
    for keys in ([OLD], [OLD], [TODAY], []):
        accept(*keys)

    assert log.waiting() == {OLD.route: 2, TODAY.route: 1, Route(credential="riverside"): 1}
    assert [(each.project, each.count) for each in log.waiting_for(OLD.route)] == [("riverside", 2)]


def test_list_is_asked_for_only_about_leads_of_its_account(accept, claim, log):
    accept(OLD)
    claimed = claim(OLD)
    log.open_lanes([TODAY])
    read = {"every_s": 600, "status": log.get(claimed).lead.status}

    assert log.to_read([TODAY], **read) == []
    assert log.to_read([OLD], **read) == [OLD]


def test_leads_of_another_login_are_told_with_who_could_send_them(accept, credentials, claim, clock):
    accept(OLD)
    claim(TODAY)
    clock.advance(hours=1)
    accept(TODAY)
    log_knows = credentials(OLD)
    log_knows.lanes()

    [stranded] = credentials(TODAY).stranded()

    assert (stranded.route, stranded.host) == (OLD.route, "https://crm.example")
    assert (stranded.adopter, stranded.count, stranded.projects) == (TODAY, 1, ["riverside"])
    assert credentials(TODAY).waiting() == {"riverside": 1}


def test_nothing_is_stranded_while_its_login_is_configured(accept, credentials):
    accept(OLD)
    accept()

    assert credentials(CHANGED).stranded() == []


def test_adoption_shows_both_sides_and_keeps_the_number(accept, credentials, claim, log):
    lead_id = accept(OLD)
    claim(TODAY)
    today = credentials(TODAY)

    adoption = today.adoption("riverside")
    [origin] = adoption.origins

    assert (origin.route, origin.number, origin.host) == (OLD.route, "39264441", None)
    assert [lead.id for lead in origin.leads] == [lead_id]
    assert today.adopt(adoption) == 1
    record = log.get(lead_id)
    assert (record.lead.route, record.lead.revision) == (TODAY.route, 1)
    assert claim(TODAY) == lead_id


@pytest.mark.parametrize(
    ("change", "mismatch"),
    [({"project": 7}, Mismatch.NUMBER), ({"credentials": "jantar"}, Mismatch.CREDENTIALS)],
)
def test_lead_whose_file_says_otherwise_is_named_and_left(
    accept, credentials, claim, project, log, change, mismatch
):
    lead_id = accept(OLD)
    today = credentials(TODAY, projects=[routed(project, **change)])

    adoption = today.adoption("riverside")

    assert adoption.origins == ()
    assert [(lead.id, why) for lead, why in adoption.left] == [(lead_id, mismatch)]
    assert log.get(lead_id).lead.route == OLD.route


def test_lead_whose_file_is_gone_is_named_and_left(accept, credentials):
    lead_id = accept(OLD)

    adoption = credentials(TODAY, projects=[]).adoption("riverside")

    assert [(lead.id, why) for lead, why in adoption.left] == [(lead_id, Mismatch.NO_PROJECT)]


def test_lead_that_was_claimed_meanwhile_is_not_adopted(accept, credentials, claim, log):
    lead_id = accept(OLD)
    today = credentials(TODAY)
    adoption = today.adoption("riverside")
    assert claim(OLD) == lead_id

    assert today.adopt(adoption) == 0
    assert log.get(lead_id).lead.account == OLD.account


def test_lead_adopted_twice_is_sent_once(accept, credentials, claim):
    accept(OLD)
    today = credentials(TODAY)
    adoption = today.adoption("riverside")

    assert [today.adopt(adoption), today.adopt(adoption)] == [1, 0]
    assert claim(TODAY)
    assert claim(TODAY, OLD) is None


def test_only_leads_of_visible_projects_are_adopted(accept, credentials, project, log):
    other = project.model_copy(update={"project": "jantar"})
    hidden, seen = accept(OLD), accept(OLD, of=other, project="jantar")
    today = credentials(TODAY, projects=[project, other])

    assert today.adopt(today.adoption("riverside", sees=lambda slug: slug == "jantar")) == 1

    assert log.get(hidden).lead.route == OLD.route
    assert log.get(seen).lead.route == TODAY.route


def test_flowing_leads_of_another_name_are_not_adopted(accept, credentials, project):
    accept(OLD)
    today = credentials(OLD, JANTAR, projects=[routed(project, credentials="jantar")])

    adoption = today.adoption("jantar")

    assert (adoption.origins, adoption.left) == ((), ())


def test_resume_leaves_leads_of_another_account_as_they_are(accept, credentials, project, log):
    lead_id = accept(OLD)
    before = log.get(lead_id)
    today = credentials(OLD, JANTAR, projects=[routed(project, credentials="jantar", project=7)])

    assert today.resume("riverside").left == {Mismatch.CREDENTIALS: 1}
    assert log.get(lead_id) == before


def test_resume_moves_leads_to_another_name_of_the_same_account(accept, credentials, project, log):
    lead_id = accept(OLD)
    today = credentials(OLD, SAME_ELSEWHERE, projects=[routed(project, credentials="jantar")])

    assert today.resume("riverside").left == {}
    assert log.get(lead_id).lead.route == SAME_ELSEWHERE.route


def test_resume_composes_anew_what_keeps_its_way(accept, credentials, project, log):
    lead_id = accept(OLD)
    today = credentials(OLD, projects=[routed(project, salesman=77)])

    assert today.resume("riverside").left == {}
    assert log.get(lead_id).current.payload["salesman"] == "77"


def test_resubmitted_lead_takes_the_account_of_today(accept, log):
    lead_id = accept(OLD)
    record = log.get(lead_id)

    route = Route(credential="riverside", account=TODAY.account)
    queued = log.resubmit(record.lead.version, answers={}, payload={}, route=route)

    assert queued.route == TODAY.route == log.get(lead_id).lead.route


def test_filter_tells_accounts_apart(accept, log):
    old, _new = accept(OLD), accept(TODAY)

    found = [lead.id for lead in log.leads(LeadFilter(credential="riverside", account=OLD.account))]

    assert found == [old]


def test_lane_of_an_unknown_account_claims_its_own_leads(log, submission):
    unknown = LaneKey(credential="riverside", fingerprint="f", host="https://crm.example")
    log.open_lanes([unknown, OLD])
    lead_id = log.append(new_lead(submission(), payload={})).lead_id

    assert log.claim([replace(unknown)], lease_s=45, pace_s=0, width=1).lead_id == lead_id
