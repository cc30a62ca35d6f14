"""Requests of people about their data: what is left to people, and what cannot be done just now."""

import time
from dataclasses import replace
from threading import Thread
from types import SimpleNamespace
from uuid import uuid4

import pytest
from fakes import ACCEPTED, BROKEN, LOST, new_lead
from opened import make_sql_log

from realpad_form.adapters.sidecar_files import TombstoneFile
from realpad_form.adapters.sql import SqlAuditLog, SqlLeadNotes, SqlPrivacyLog, SqlWebhookLog, relay
from realpad_form.domain.delivery import Answer, Event, Outcome
from realpad_form.domain.errors import CrmError, PrivacyRequestNotFoundError, StorageUnavailableError
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Consent, Route
from realpad_form.domain.people import Actor
from realpad_form.domain.project import Webhook
from realpad_form.domain.webhook import WebhookReply
from realpad_form.services.lead_actions import Customer, LeadActions, LeadProjects
from realpad_form.services.privacy import PrivacyRequests, requests_in
from realpad_form.services.privacy_places import OtherPlaces, digest_of

BY = Actor(uuid4())
JANA = "jana@example.com"
AGREED = (Consent(id=5, given=True, wording="Ano", language="cs"),)


class Registry:
    """Realpad's consents: remembers what it was asked, and answers as it is told."""

    def __init__(self):
        self.asked, self.problem, self.fails = [], None, set()

    def revoke_consent(self, credential, consent_id, *, email, customer_id, notes):
        self.asked.append((consent_id, email or customer_id))
        if self.problem or customer_id in self.fails:
            raise self.problem or CrmError(503, "away")


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def sql_log(database, clock, webhooks):
    return make_sql_log(database, clock, webhooks=lambda: webhooks)


@pytest.fixture
def file(tmp_path):
    return TombstoneFile(tmp_path / "privacy-requests.jsonl")


@pytest.fixture
def same():
    """Leads with the same e-mail or phone, by lead."""
    return {}


@pytest.fixture
def requests(sql_log, project, registry, file, webhooks, same, key):
    audit, known = SqlAuditLog(sql_log.database), {"riverside": project}
    actions = LeadActions(
        notes=SqlLeadNotes(sql_log.database, sql_log.vault, sql_log.clock),
        log=sql_log,
        audit=audit,
        projects=LeadProjects(lambda: known, SimpleNamespace(latest=lambda _: []), lambda _: None),
        accounts={"riverside": key.account},
        crm=registry,
        credential=lambda _: "pair",
        empty_journal=sql_log.database.clear_journal,
    )
    log = SqlPrivacyLog(sql_log.database)
    places = OtherPlaces(
        webhooks=SqlWebhookLog(sql_log.database, clock=sql_log.clock),
        audit=audit,
        requests=log,
        projects=lambda: {
            slug: each.model_copy(update={"webhooks": webhooks.get(slug, ())}) for slug, each in known.items()
        },
        others=lambda record: same.get(record.lead.id, ()),
        lanes=sql_log.lanes,
        accounts=actions.accounts,
        secrets=["s" * 32],
    )
    return PrivacyRequests(
        requests=log, file=file, actions=actions, places=places, audit=audit, spool=None, secrets=["s" * 32]
    )


@pytest.fixture
def keep(sql_log, submission, key):
    """Store a lead, let its calls end as told, and return its id."""

    def append(*answers, **changes):
        made = submission(consents=AGREED, **changes)
        receipt = sql_log.append(new_lead(made, payload={"project": "1", "updateconsents": "5"}))
        for answer in answers:
            sql_log.open_lanes([key])
            assert sql_log.close(sql_log.claim([key], lease_s=45, pace_s=0, width=1), answer)
            sql_log.resume(key)
        return receipt.lead_id

    return append


def found(request, place):
    return [(str(each.state), each.detail) for each in request.receipts if each.place == place]


def test_a_lead_that_is_being_sent_is_erased_by_the_next_try(requests, sql_log, keep, key):
    lead_id = keep()
    sql_log.open_lanes([key])
    claim = sql_log.claim([key], lease_s=45, pace_s=0, width=1)

    failed = requests.erase(JANA, [lead_id], by=BY)
    sql_log.close(claim, ACCEPTED)
    done = requests.erase(JANA, [lead_id], by=BY)

    assert failed.state == "failed"
    assert "is being sent, or has just changed" in found(failed, "log")[1][1]
    assert (done.id, done.state, found(done, "log")) == (failed.id, "open", [("done", "leads erased: 1")])
    assert sql_log.lead(lead_id).status == "erased"


def test_customers_are_named_before_they_are_forgotten(requests, keep):
    request = requests.erase(JANA, [keep(ACCEPTED)], by=BY)

    [(state, detail)] = found(request, "realpad")
    assert state == "open"
    assert "erase customer 4711" in detail


def test_a_lead_that_may_have_arrived_is_to_be_looked_for(requests, sql_log, keep):
    lead_id = keep(LOST)
    at = sql_log.lead(lead_id).created_at

    [(state, detail)] = found(requests.erase(JANA, [lead_id], by=BY), "realpad")

    assert state == "open"
    assert f"at about {at:%Y-%m-%d %H:%M} UTC" in detail


def test_other_systems_that_have_the_answers_are_named(requests, sql_log, keep, webhooks, submission):
    hooks = [
        Webhook(name=name, url="https://crm.example.com/x", payload=payload)
        for name, payload in (("full", "full"), ("ids", "ids"))
    ]
    webhooks["riverside"] = tuple(hooks)
    lead_id = keep()
    log = requests.places.webhooks
    endpoints = {each.endpoint: each.url for each in log.of_lead(lead_id)}
    for claim in log.claim(endpoints, lease_s=45, width=4, limit=9):
        log.close(claim, WebhookReply(status=204))

    request = requests.erase(JANA, [lead_id], by=BY)

    assert [detail.partition(" ")[0] for _, detail in found(request, "webhooks")] == [
        "riverside/full",
        "riverside/ids",
    ]
    assert (
        found(request, "webhooks")[1][1]
        == "riverside/ids is told ids only today: see to it if it was told more before"
    )


def test_sources_are_named(requests, sql_log, keep, submission):
    made = submission(consents=AGREED)
    made = replace(made, context=replace(made.context, source="portal"))
    lead_id = sql_log.append(new_lead(made, payload={})).lead_id

    request = requests.erase(JANA, [lead_id], by=BY)

    assert found(request, "sources") == [
        ("open", "portal has answers of 1 of the leads: have them erased there")
    ]


# Withdrawing


def test_a_lead_that_is_being_sent_is_not_called_withdrawn(requests, sql_log, keep, key, registry):
    lead_id = keep()
    sql_log.open_lanes([key])
    claim = sql_log.claim([key], lease_s=45, pace_s=0, width=1)

    failed = requests.withdraw(JANA, [lead_id], by=BY)
    assert sql_log.close(claim, ACCEPTED)
    done = requests.withdraw(JANA, [lead_id], by=BY)

    assert (failed.state, done.state, done.id) == ("failed", "done", failed.id)
    assert "may still arrive in Realpad with consent 5" in found(failed, "realpad")[0][1]
    assert registry.asked == [(5, 4711)]


def test_a_lead_that_may_still_arrive_is_revoked_once_that_is_decided(requests, sql_log, keep, registry):
    lead_id = keep(LOST, answers={"name": "Jana", "email": JANA})

    failed = requests.withdraw(JANA, [lead_id], by=BY)
    sql_log.move(lead_id, Event.SETTLED, customer_id=4711)
    done = requests.withdraw(JANA, [lead_id], by=BY)

    assert (failed.state, done.state) == ("failed", "done")
    assert registry.asked == [(5, 4711)]


def test_a_lead_that_was_settled_without_a_number_is_revoked_by_its_e_mail(requests, sql_log, keep, registry):
    lead_id = keep(LOST, answers={"name": "Jana", "email": JANA})
    sql_log.move(lead_id, Event.SETTLED)

    requests.withdraw(JANA, [lead_id], by=BY)

    assert registry.asked == [(5, JANA)]


def test_a_lead_without_number_and_e_mail_is_left_to_people(requests, sql_log, keep, registry):
    lead_id = keep(LOST, answers={"name": "Jana", "phone": "+420777123456"})
    sql_log.move(lead_id, Event.SETTLED)

    request = requests.withdraw("+420777123456", [lead_id], by=BY)

    assert registry.asked == []
    assert (
        "open",
        f"revoke consent 5 of customer (e-mail) in Realpad by hand (riverside, lead {lead_id})",
    ) in found(request, "realpad")
    assert requests.actions.revoked(sql_log.get(lead_id)) == {5}


def test_every_customer_that_a_lead_made_is_revoked_and_named(requests, sql_log, keep, key, registry):
    lead_id = keep(ACCEPTED, answers={"name": "Jana", "email": JANA})
    sql_log.resubmit(
        sql_log.lead(lead_id).version, answers={"name": "Jana", "email": "new@example.com"}, payload={}
    )
    sql_log.resume(key)
    other = Answer(outcome=Outcome.ACCEPTED, status=201, text="4712", customer_id=4712)
    assert sql_log.close(sql_log.claim([key], lease_s=45, pace_s=0, width=1), other)

    requests.withdraw(JANA, [lead_id], by=BY)
    erased = requests.erase(JANA, [lead_id], by=BY)

    assert registry.asked == [(5, 4711), (5, 4712)]
    assert "customer 4711, 4712 (riverside)" in found(erased, "realpad")[0][1]


def test_a_customer_of_another_login_is_left_to_people(requests, keep, registry):
    lead_id = keep(ACCEPTED)
    requests.actions.accounts["riverside"] = "another"

    request = requests.withdraw(JANA, [lead_id], by=BY)

    assert (request.state, registry.asked) == ("open", [])


def test_a_withdrawn_consent_stays_so_under_another_customer_number(requests, sql_log, keep, key):
    lead_id = keep(ACCEPTED)
    sql_log.resubmit(sql_log.lead(lead_id).version, answers={"name": "Jana"}, payload={"updateconsents": "5"})
    requests.withdraw(JANA, [lead_id], by=BY)
    sql_log.resume(key)
    other = Answer(outcome=Outcome.ACCEPTED, status=201, text="4712", customer_id=4712)
    assert sql_log.close(sql_log.claim([key], lease_s=45, pace_s=0, width=1), other)

    sql_log.resubmit(sql_log.lead(lead_id).version, answers={"name": "Jana"}, payload={"updateconsents": "5"})
    sql_log.resume(key)

    assert "updateconsents" not in sql_log.claim([key], lease_s=45, pace_s=0, width=1).payload


def test_another_choice_of_consents_ends_nothing_that_failed(requests, keep, registry):
    lead_id = keep(ACCEPTED)
    registry.problem = CrmError(503, "away")
    failed = requests.withdraw(JANA, [lead_id], by=BY)

    other = requests.withdraw(JANA, [lead_id], by=BY, consents=[1])

    assert other.id != failed.id
    assert {str(each.state) for each in requests.requests.all()} == {"failed", "done"}


def test_what_is_erased_here_may_be_known_in_realpad(requests, sql_log, keep):
    lead_id = keep(ACCEPTED)
    sql_log.erase(lead_id)

    withdrawn, erased = requests.withdraw(JANA, [], by=BY), requests.erase(JANA, [], by=BY)

    for request in (withdrawn, erased):
        assert [state for state, _ in found(request, "realpad")] == ["open"]
        assert "look in Realpad" in found(request, "realpad")[0][1]


def test_other_leads_of_the_same_address_are_named(requests, keep, same):
    lead_id, other = keep(), keep()
    same[lead_id] = [other, lead_id]

    request = requests.erase(JANA, [lead_id], by=BY)

    assert found(request, "other-leads")[0][1].endswith(str(other))


def test_a_task_that_was_closed_comes_back_for_a_new_lead(requests, keep, key, sql_log):
    sending = keep()
    sql_log.open_lanes([key])
    claim = sql_log.claim([key], lease_s=45, pace_s=0, width=1)
    failed = requests.erase(JANA, [sending], by=BY)
    requests.close(failed.id, by=BY)
    sql_log.close(claim, ACCEPTED)

    again = requests.erase(JANA, [sending], by=BY)

    assert again.id == failed.id
    assert (
        "open",
        "Realpad’s API cannot erase: ask its support to erase customer 4711 (riverside)",
    ) in found(again, "realpad")


def test_without_the_file_nothing_is_done(requests, keep, sql_log, tmp_path):
    lead_id = keep()
    (tmp_path / "privacy-requests.jsonl").mkdir()

    with pytest.raises(StorageUnavailableError):
        requests.erase(JANA, [lead_id], by=BY)

    assert sql_log.lead(lead_id).status == "queued"
    assert requests.requests.all() == []


def test_earlier_copies_are_named_when_a_person_is_erased(requests, keep):
    lead_id = keep()
    requests.export(JANA, [lead_id], by=BY)

    assert [state for state, _ in found(requests.erase(JANA, [lead_id], by=BY), "exports")] == ["open"]


def test_a_request_under_an_older_secret_key_goes_on(requests, keep, registry):
    lead_id = keep(ACCEPTED)
    registry.problem = CrmError(503, "away")
    failed = requests.withdraw(JANA, [lead_id], by=BY)
    registry.problem = None

    done = replace(requests, secrets=["n" * 32, "s" * 32]).withdraw(JANA, [lead_id], by=BY)

    assert (done.id, done.state) == (failed.id, "done")


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "sell"}, {"requested_at": "2026-11-30T10:00:00"}, {"request": "no id"}, {"leads": None},
        {"receipts": [{"place": "moon"}]}, {"subject": None, "by": 7},
    ],
)  # fmt: skip
def test_lines_of_a_newer_version_keep_nobody_from_the_others(requests, keep, file, line, caplog):
    lead_id = keep()
    good = requests.erase(JANA, [lead_id], by=BY)
    whole = {
        "request": str(uuid4()), "kind": "erase", "subject": "x", "leads": [], "consents": [], "by": None,
        "requested_at": "2026-11-30T10:00:00+00:00", "receipts": [],
    }  # fmt: skip
    file.add(**{**whole, **line})

    assert [request.id for request, _leads, _consents in requests_in(file.lines())][:1] == [good.id]


@pytest.mark.parametrize(
    ("problem", "state", "words"),
    [
        (CrmError(503, "away"), "failed", "could not be revoked just now"),
        (CrmError(None, "no route"), "failed", "could not be revoked just now"),
        (CrmError(None, "lost", is_outcome_unknown=True), "failed", "nobody knows"),
        (CrmError(401, "no right"), "open", "in Realpad by hand"),
        (CrmError(403, "no right"), "open", "in Realpad by hand"),
        (CrmError(400, "what"), "open", "in Realpad by hand"),
        (CrmError(409, "two"), "open", "in Realpad by hand"),
    ],
)
def test_what_realpad_does_not_do_is_tried_again_or_left_to_people(
    requests, keep, registry, sql_log, problem, state, words
):
    lead_id = keep(ACCEPTED)
    registry.problem = problem

    request = requests.withdraw(JANA, [lead_id], by=BY)

    assert request.state == state
    assert words in found(request, "realpad")[0][1]
    assert requests.actions.revoked(sql_log.get(lead_id)) == {5}  # no later call gives it anew


# Written down


def test_each_request_is_an_entry_of_the_audit_log_and_so_is_its_end(requests, keep):
    request = requests.erase(JANA, [keep(ACCEPTED)], by=BY)
    requests.close(request.id, by=BY)

    entries = requests.audit.entries(subject=str(request.id))

    assert [(str(each.action), each.by) for each in entries] == [
        ("privacy-closed", BY.person_id),
        ("privacy-requested", BY.person_id),
    ]


def test_a_request_that_nobody_knows_is_not_closed(requests):
    with pytest.raises(PrivacyRequestNotFoundError):
        requests.close(uuid4(), by=BY)


def test_asking_again_for_something_that_was_done_is_another_request(requests, keep):
    first = requests.erase(JANA, [keep(ACCEPTED)], by=BY)
    second = requests.erase(JANA, [keep(ACCEPTED)], by=BY)

    assert [each.id for each in requests.requests.all()] == [second.id, first.id]


def test_other_kinds_and_other_people_have_requests_of_their_own(requests, keep):
    failed = Actor(None)
    one = requests.erase(JANA, [], by=failed)
    two = requests.export(JANA, [], by=failed)
    three = requests.erase("petr@example.com", [], by=failed)

    assert len({one.id, two.id, three.id}) == 3
    assert one.subject == two.subject != three.subject


def test_a_subject_is_the_same_however_it_is_written_and_needs_the_secret():
    assert digest_of(" Jana@Example.com", "a" * 32) == digest_of(JANA, "a" * 32)
    assert digest_of(JANA, "a" * 32) != digest_of(JANA, "b" * 32)


def test_the_file_says_what_the_database_says(requests, keep, file):
    lead_id = keep(ACCEPTED)
    request = requests.erase(JANA, [lead_id], by=BY)
    closed = requests.close(request.id, by=BY)

    [(kept, leads, consents)] = requests_in(file.lines())

    assert kept == closed == requests.requests.all()[0]
    assert (leads, consents) == ([lead_id], [])


def test_lines_of_something_else_and_of_half_a_request_are_passed_over(file):
    file.add(lead="x")
    file.add(request=str(uuid4()), receipts=[])

    assert list(requests_in(file.lines())) == []


# What a lead leaves behind in several accounts, and what others do with it meanwhile


def answered(number):
    return Answer(outcome=Outcome.ACCEPTED, status=201, text=str(number), customer_id=number)


@pytest.fixture
def send(sql_log, key):
    """Correct a lead, and let the call of it end as told."""

    def resubmit(lead_id, answer, *, email="new@example.com", route=None, lane=key):
        answers = {"name": "Jana", "email": email}
        seen = sql_log.lead(lead_id).version
        sql_log.resubmit(seen, answers=answers, payload={"updateconsents": "5"}, route=route)
        sql_log.open_lanes([lane])
        sql_log.resume(lane)
        assert sql_log.close(sql_log.claim([lane], lease_s=45, pace_s=0, width=1), answer)

    return resubmit


OTHER = LaneKey(credential="jantar", fingerprint="f2", host="https://crm.example", account="two")
THERE = Route(credential="jantar", account="two")


def test_a_number_of_one_account_is_never_used_with_another(requests, keep, send, registry):
    requests.actions.accounts["jantar"] = "two"
    lead_id = keep(ACCEPTED, answers={"name": "Jana", "email": JANA})
    send(lead_id, BROKEN, email=JANA, route=THERE, lane=OTHER)

    requests.withdraw(JANA, [lead_id], by=BY)
    erased = requests.erase(JANA, [lead_id], by=BY)

    assert registry.asked == [(5, 4711), (5, JANA)]
    assert [detail for _, detail in found(erased, "realpad") if "4711" in detail and "jantar" in detail] == []


def test_a_first_account_that_may_have_it_is_asked_too(requests, keep, send, registry):
    requests.actions.accounts["jantar"] = "two"
    lead_id = keep(BROKEN, answers={"name": "Jana", "email": JANA})
    send(lead_id, answered(9), email=JANA, route=THERE, lane=OTHER)

    requests.withdraw(JANA, [lead_id], by=BY)
    erased = requests.erase(JANA, [lead_id], by=BY)

    assert registry.asked == [(5, JANA), (5, 9)]
    assert {detail.rpartition("(")[2][:9] for _, detail in found(erased, "realpad")} >= {"riverside"}


def test_an_earlier_number_is_not_that_of_a_later_call(requests, keep, send, registry):
    lead_id = keep(ACCEPTED, answers={"name": "Jana", "email": JANA})
    send(lead_id, BROKEN)

    requests.withdraw(JANA, [lead_id], by=BY)

    assert registry.asked == [(5, 4711), (5, "new@example.com")]


def test_one_of_two_customers_that_failed_is_tried_again(requests, keep, send, registry):
    lead_id = keep(ACCEPTED, answers={"name": "Jana", "email": JANA})
    send(lead_id, answered(4712))
    registry.fails = {4711}
    failed = requests.withdraw(JANA, [lead_id], by=BY)
    registry.fails = set()

    done = requests.withdraw(JANA, [lead_id], by=BY)

    assert (failed.state, done.state, done.id) == ("failed", "done", failed.id)
    assert registry.asked[2:] == [(5, 4711), (5, 4712)]


def test_a_revocation_for_the_newest_customer_is_not_all(requests, sql_log, keep, send, registry):
    lead_id = keep(ACCEPTED, answers={"name": "Jana", "email": JANA})
    send(lead_id, answered(4712))
    requests.actions.revoke(sql_log.get(lead_id), 5, customer=Customer(number=4712), by=BY)

    requests.withdraw(JANA, [lead_id], by=BY)

    assert (5, 4711) in registry.asked


def test_what_failed_of_a_lead_that_is_erased_since_is_left_to_people(requests, sql_log, keep, registry):
    gone = keep(ACCEPTED)
    registry.fails = {4711}
    waits = keep()
    requests.withdraw(JANA, [gone, waits], by=BY)
    sql_log.erase(gone)

    again = requests.withdraw(JANA, [waits], by=BY)

    words = f"revoke consent 5 of customer 4711 in Realpad by hand (riverside, lead {gone})"
    assert (again.state, found(again, "realpad")) == ("open", [("open", words)])


@pytest.mark.parametrize("status", [400, 503])
def test_a_refusal_at_the_desk_takes_no_withdrawal_back(
    requests, sql_log, keep, key, registry, clock, status
):
    lead_id = keep(BROKEN)
    requests.withdraw(JANA, [lead_id], by=BY)
    registry.problem = CrmError(status, "no")
    requests.actions.revoke(sql_log.get(lead_id), 5, customer=Customer(number=4711), by=BY)
    clock.advance(seconds=3600)
    sql_log.resume(key)

    assert "updateconsents" not in sql_log.claim([key], lease_s=45, pace_s=0, width=1).payload


def test_a_revocation_at_the_desk_before_it_is_none_of_the_lead(requests, sql_log, keep, send, key):
    lead_id = keep(ACCEPTED, answers={"name": "Jana", "email": JANA})
    requests.actions.revoke(sql_log.get(lead_id), 5, customer=Customer(number=4711), by=BY)

    requests.withdraw(JANA, [lead_id], by=BY)
    send(lead_id, answered(4712))
    sql_log.resubmit(sql_log.lead(lead_id).version, answers={"name": "Jana"}, payload={"updateconsents": "5"})
    sql_log.resume(key)

    assert "updateconsents" not in sql_log.claim([key], lease_s=45, pace_s=0, width=1).payload


def test_leads_that_cannot_be_opened_are_told(requests):
    request = requests.erase(JANA, [], by=BY, unopened=2)

    assert found(request, "other-leads")[0][1].startswith(
        "leads that cannot be opened, perhaps of this person: 2"
    )


def test_receipts_that_cannot_be_read_lose_no_request(requests, keep, file):
    lead_id = keep(ACCEPTED)
    request = requests.withdraw(JANA, [lead_id], by=BY)
    file.add(request=str(request.id), receipts=[{"place": "log"}])

    [(kept, leads, consents)] = requests_in(file.lines())

    assert (kept.id, leads, consents) == (request.id, [lead_id], [5])
    assert kept.receipts == request.receipts


def test_a_withdrawal_waits_for_a_claim_that_has_read_what_was_withdrawn(
    requests, sql_log, keep, key, monkeypatch
):
    record, said, threads = sql_log.get(keep()), [], []
    open_attempt = relay._open_attempt

    def open_slowly(*args, **more):
        withhold = requests.actions.withhold
        threads.append(Thread(target=lambda: said.append(withhold(record, 5, by=BY))))
        threads[0].start()
        time.sleep(0.3)
        assert said == []
        open_attempt(*args, **more)

    monkeypatch.setattr(relay, "_open_attempt", open_slowly)
    sql_log.open_lanes([key])
    claim = sql_log.claim([key], lease_s=45, pace_s=0, width=1)
    threads[0].join(20)

    assert (claim.payload["updateconsents"], said) == ("5", [False])
