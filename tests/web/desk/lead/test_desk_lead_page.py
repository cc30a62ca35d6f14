"""What the page of a lead shows, to whom, and how much of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fakes import BANNED, LOST, UNREACHABLE
from lead_desk import at, says

from realpad_form.domain.people import Actor, AuditAction, Right, Role

HOSTILE = {
    "name": "<script>alert(1)</script>",
    "surname": "\u202ekcatta\u202c {{ 7*7 }} ${7*7}",
    "note": "😀" * 5000,
}


@pytest.fixture
def operator(desk):
    return desk("operator")


def test_page_shows_what_was_typed_sent_answered_and_consented(operator, leads):
    lead_id = leads.refused()

    page = says(operator.get(at(lead_id)))

    assert "First name Jana" in page
    assert "phone = +420777123456" in page
    assert "login = •••••••• password = ••••••••" in page
    assert "HTTP 400" in page
    assert "Incorrect parameter format: phone" in page
    assert "Realpad does not take the phone number." in page
    assert "given Souhlasím s nabídkami" in page
    assert "Number in Realpad 39268430" in page
    assert "utm_source novinky" in page


def test_labels_are_those_of_the_project_in_the_language_of_who_looks(operator, leads):
    lead_id = leads.add()

    page = says(operator.get(at(lead_id), headers={"Accept-Language": "cs"}))

    assert "Dispozice 2+kk" in page
    assert "Co teď" in page


def test_an_answer_that_is_asked_no_longer_is_still_shown(operator, leads):
    lead_id = leads.add(customer_has_pets=True)

    page = says(operator.get(at(lead_id)))

    assert "customer_has_pets (no longer asked) yes" in page


def test_why_a_lead_is_quarantined_is_told_in_plain_words(operator, leads):
    lead_id = leads.add(suspicions=("honeypot", "no_script"))

    page = says(operator.get(at(lead_id)))

    assert "a field was filled in that people do not see" in page
    assert "honeypot" not in page


def test_a_queued_lead_behind_a_stopped_lane_says_so(operator, leads, services):
    lead_id = leads.add()
    lane = leads.key
    services.log.end_listing(lane, pace_s=0, instead=LOST)
    paused = says(operator.get(at(lead_id)))
    services.log.resume(lane)

    page = says(operator.get(at(lead_id)))

    assert "until Realpad can be tried again" in paused
    assert "within seconds" in page


@pytest.mark.parametrize(("answer", "why"), [(UNREACHABLE, "until Realpad can"), (BANNED, "is stopped")])
def test_what_is_told_of_a_queued_lead_is_true_while_nothing_is_sent(operator, leads, services, answer, why):
    lead_id, waiting = leads.add(suspicions=("honeypot",)), leads.add()
    leads.send(waiting, answer)

    operator.post(at(lead_id, "release"), leads.seen(lead_id))

    assert f"It is released. It waits {'with' if answer is UNREACHABLE else 'because'}" in says(
        operator.get(at(lead_id))
    )
    assert why in says(operator.get(at(lead_id)))


def test_a_consent_that_is_revoked_is_not_offered_to_be_revoked_again(operator, leads, services):
    lead_id = leads.delivered()
    offered = operator.text(at(lead_id))

    note = Actor(operator.person.id).note(AuditAction.REVOKED, str(lead_id), "39268430", "customer 4711")
    services.audit.record_all([note])

    assert "Revoke in Realpad…" in offered
    assert "Revoke in Realpad…" not in operator.text(at(lead_id))


def test_leads_of_other_projects_are_not_there(desk, leads):
    lead_id = leads.add()
    stranger = desk("operator", projects=["jantar"])
    ours = [at(lead_id), at(lead_id, "correct"), at(lead_id, "consents/39268430/revoke")]
    acts = ["reveal", "correct", "resubmit", "release", "discard", "look", "settle"]

    seen = [stranger.get(path).status_code for path in ours]
    done = [stranger.post(at(lead_id, act), leads.seen(lead_id)).status_code for act in acts]

    assert seen == [404] * len(ours)
    assert done == [404] * len(acts)
    assert leads.actions(lead_id) == []


def test_a_lead_that_does_not_exist_is_not_there(operator):
    assert operator.get(at(uuid4())).status_code == 404
    assert operator.get("/inbox/leads/1").status_code == 404


def routes(app):
    """Yield method and address of every route of a lead, and whom it lets in."""
    rules = {"lead_id": str(uuid4()), "consent_id": "1"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("lead."):
            address = rule.rule.replace("<uuid:lead_id>", rules["lead_id"])
            address = address.replace("<int:consent_id>", rules["consent_id"])
            address = address.replace("<uuid:message_id>", rules["lead_id"])
            access = app.view_functions[rule.endpoint].desk_access
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, address, Right(access)


@pytest.mark.parametrize("role", list(Role))
def test_every_route_lets_in_only_who_has_its_right(app, desk, role):
    person = desk(role)

    for method, address, right in routes(app):
        answer = person.get(address) if method == "GET" else person.post(address)
        is_let_in = answer.status_code != 403
        assert is_let_in == person.person.may(right), (method, address)


def test_nobody_gets_anywhere_without_signing_in_or_a_token_of_ours(app, desk, leads):
    lead_id, stranger = leads.refused(), app.test_client()
    operator = desk("operator")

    for method, address, _ in routes(app):
        answer = stranger.open(address, method=method)
        assert answer.status_code in (303, 400, 401), (method, address)
    forged = [
        operator.client.post(at(lead_id, act), data=leads.seen(lead_id)).status_code
        for act in ("discard", "reveal", "correct", "resubmit")
    ]
    assert forged == [400] * 4
    assert leads.status(lead_id) == "rejected"


def test_every_view_is_written_down(operator, leads):
    lead_id = leads.add()

    operator.get(at(lead_id))
    operator.get(at(lead_id))

    assert leads.actions(lead_id) == [("viewed", ""), ("viewed", "")]


def test_only_admins_see_who_did_what(desk, leads):
    lead_id = leads.add()

    operators, admins = (says(desk(role).get(at(lead_id))) for role in ("operator", "admin"))

    assert "Who did what" not in operators
    assert "Operator · viewed a lead" in admins


def test_personal_data_is_hidden_until_it_is_revealed_and_that_is_written_down(desk, leads):
    masked = desk("operator", is_masked=True)
    lead_id, other = leads.refused(), leads.refused(surname="Dvořáková")

    before = masked.text(at(lead_id))
    answer = masked.post(at(lead_id, "reveal"))
    after = masked.text(at(lead_id))

    for secret in ("Nováková", "777123456", "jana@", "odpoledne", "192.0.2.7", "parameter format"):
        assert secret not in before, secret
    assert "2+kk" in before
    assert "Realpad does not take the phone number" in before
    assert answer.status_code == 303
    assert "Nováková" in after
    assert "+420777123456" in after
    assert "Dvořáková" not in masked.text(at(other))
    assert ("revealed", "") in leads.actions(lead_id)


@pytest.mark.parametrize("act", ["reveal", "correct"])
def test_no_lead_is_revealed_once_as_many_were_as_may_be_in_an_hour(desk, leads, services, act):
    masked, lead_id = desk("operator", is_masked=True), leads.refused()
    for _ in range(60):
        services.audit.record(AuditAction.REVEALED, by=masked.person.id, subject="another lead")

    answer = masked.post(at(lead_id, act), {**leads.seen(lead_id), "reveal": "1"})

    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert "You can reveal the next one in 60 min." in says(answer)
    assert "Nováková" not in masked.text(at(lead_id))
    assert ("revealed", "") not in leads.actions(lead_id)


def test_a_reveal_holds_for_ten_minutes_in_one_browser(desk, leads):
    masked, lead_id = desk("operator", is_masked=True), leads.add()
    masked.post(at(lead_id, "reveal"))

    with masked.client.session_transaction("/inbox/") as cookie:
        revealed_at = cookie["revealed"][lead_id.hex]
        cookie["revealed"] = {lead_id.hex: revealed_at - timedelta(minutes=10).total_seconds()}

    assert "Nováková" not in masked.text(at(lead_id))


def test_hostile_content_is_shown_and_does_nothing(operator, leads):
    lead_id = leads.add(**HOSTILE)

    body = operator.text(at(lead_id))
    form = operator.text(at(lead_id, "correct"))

    assert "<script>alert" not in body + form
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "{{ 7*7 }} ${7*7}" in body
    assert "😀" * 5000 in body
    assert "😀" * 5000 in form
    assert "<bdi>" in body
    assert "Nováková" not in body
