"""Consents are revoked in Realpad, and what a lead says about a person is erased."""

from contextlib import closing
from datetime import timedelta

import pytest
from lead_desk import at, hidden, says

from realpad_form.adapters.sql import SqlAuditLog, sqlite
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.sandbox import start
from realpad_form.sandbox.app import create_app as create_sandbox
from realpad_form.sandbox.crm import CrmAccount, CrmPerson, CrmProject, Tenant
from realpad_form.services.signing import digest

CONSENT = 39268430
TENANT = Tenant(
    accounts=(CrmAccount(login="riverside", password="canary-password"),),
    projects=(CrmProject(id=39264441, name="Riverside Residences", currency="CZK"),),
    consent_types={CONSENT: "Nabídky"},
    people=(
        CrmPerson(name="Jana", surname="Nováková", email="twice@example.com"),
        CrmPerson(name="Jan", surname="Novák", email="twice@example.com"),
        CrmPerson(name="Petr", surname="Malý", email="once@example.com"),
    ),
)


@pytest.fixture
def sandbox():
    """Realpad with three customers, two of whom share an e-mail."""
    server = start(create_sandbox(TENANT))
    yield server
    server.shutdown()


@pytest.fixture
def services(make_services, sandbox):
    return make_services(REALPAD_URL=f"{sandbox.url}ws/v10/")


@pytest.fixture
def operator(desk):
    return desk("operator")


@pytest.fixture
def revoke(operator):
    """Send the form that revokes the consent of a lead."""

    def send(lead_id, **fields):
        return operator.post(at(lead_id, "consents", CONSENT, "revoke"), fields)

    return send


def revoked(sandbox):
    """Return what the calls named that Realpad did."""
    journal = sandbox.app.test_client().get("/sandbox/journal").get_json()
    return [call["parameters"] for call in journal if call["status"] == 200]


def numbers(sandbox, email):
    customers = sandbox.app.test_client().get("/sandbox/state").get_json()["customers"]
    return [each["id"] for each in customers if each["email"] == email]


def test_a_consent_is_revoked_by_e_mail_and_the_evidence_stays(operator, revoke, leads, sandbox):
    lead_id = leads.add(email="once@example.com")

    answer = revoke(lead_id, who="email", notes="phoned")

    page = says(operator.get(at(lead_id)))
    assert answer.status_code == 303
    assert [(call["email"], call["notes"]) for call in revoked(sandbox)] == [("once@example.com", "phoned")]
    assert "Realpad has revoked the consent." in page
    assert "given revoked in Realpad" in page
    assert leads.get(lead_id).consents[0].given
    detail = f"{CONSENT}, a customer named by e-mail"
    assert leads.actions(lead_id)[:2] == [("revocation-asked", detail), ("revoked", detail)]


def test_an_e_mail_of_several_customers_asks_for_the_customer(revoke, leads, sandbox):
    lead_id = leads.add(email="twice@example.com")
    second = numbers(sandbox, "twice@example.com")[1]

    asked = revoke(lead_id, who="email")
    none_yet = revoked(sandbox)
    answer = revoke(lead_id, who="customer", customer=str(second))

    assert asked.status_code == 409
    assert "Several customers have this e-mail." in says(asked)
    assert 'value="customer" checked' in asked.get_data(as_text=True)
    assert none_yet == []
    assert answer.status_code == 303
    assert [call["customerid"] for call in revoked(sandbox)] == [str(second)]


def test_what_realpad_says_against_it_is_told_with_a_hint(revoke, leads, sandbox):
    lead_id = leads.add(email="nobody@example.com")

    answer = revoke(lead_id, who="email")

    assert answer.status_code == 502
    assert "Realpad did not revoke it." in says(answer)
    assert "HTTP 400: ID does not refer to a valid object: email" in says(answer)
    assert "Nothing was changed" in says(answer)
    assert [action for action, _ in leads.actions(lead_id)] == ["revocation-asked", "revocation-failed"]


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 504, "body": "gateway"}])
def test_a_revocation_without_an_answer_may_be_done_and_is_told_so(operator, revoke, leads, sandbox, fault):
    lead_id = leads.add(email="once@example.com")
    sandbox.app.test_client().post("/sandbox/faults", json=fault)

    answer = revoke(lead_id, who="email")

    page = says(operator.get(at(lead_id)))
    assert answer.status_code == 502
    assert "It is not known whether Realpad revoked it." in says(answer)
    assert "Look at the consent in Realpad before you try again." in says(answer)
    assert "tried again:" not in says(answer)
    assert {"revoked", "revocation-failed"}.isdisjoint(action for action, _ in leads.actions(lead_id))
    assert "given revocation requested" in page


def test_another_customers_consent_is_revoked_only_on_purpose_and_is_not_the_leads(
    operator, revoke, leads, sandbox
):
    lead_id, other = leads.delivered(), numbers(sandbox, "once@example.com")[0]
    own = leads.get(lead_id).lead.customer_id
    assert own != other

    asked = revoke(lead_id, who="customer", customer=str(other), notes="phoned")
    none_yet = revoked(sandbox)
    revoke(lead_id, who="customer", customer=str(other), other=str(other))

    page = says(operator.get(at(lead_id)))
    assert asked.status_code == 422
    assert f"This lead belongs to customer {own}." in says(asked)
    assert 'value="phoned"' in asked.get_data(as_text=True)
    assert none_yet == []
    assert [call["customerid"] for call in revoked(sandbox)] == [str(other)]
    assert "revoked in Realpad" not in page
    assert ("revoked", f"{CONSENT}, customer {other}") in leads.actions(lead_id)


def test_a_revocation_is_known_however_often_the_lead_was_looked_at_since(revoke, leads, services):
    lead_id = leads.delivered(email="once@example.com")
    revoke(lead_id, who="email")
    viewed = AuditNote(action=AuditAction.VIEWED, by=None, subject=str(lead_id))

    services.audit.record_all([viewed] * 600)

    record = leads.get(lead_id)
    assert services.lead_actions.revoked(record) == {CONSENT}
    assert services.lead_actions.revoked_of_many()(record) == {CONSENT}
    assert services.lead_actions.revoked_of_many()(leads.get(leads.delivered())) == set()


def test_a_revoked_consent_is_not_given_anew_by_sending_the_lead_again(operator, revoke, leads, sandbox):
    lead_id = leads.delivered(email="once@example.com")
    assert leads.get(lead_id).current.payload["updateconsents"] == str(CONSENT)
    revoke(lead_id, who="email")

    compared = operator.post(at(lead_id, "correct"), leads.seen(lead_id))
    operator.post(
        at(lead_id, "resubmit"), {**leads.seen(lead_id), "call": hidden(compared, "call"), "again": "1"}
    )

    payload = leads.get(lead_id).current.payload
    assert "Not given again, since it is revoked in Realpad or may be: consent 39268430" in says(compared)
    assert leads.get(lead_id).lead.revision == 2
    assert {"consents", "updateconsents", "consentsource"}.isdisjoint(payload)


def test_a_revocation_whose_outcome_could_not_be_written_down_says_so(
    operator, revoke, leads, sandbox, monkeypatch
):
    """Realpad has done it, so nobody may read that nothing was changed."""
    lead_id = leads.add(email="once@example.com")
    record_all = SqlAuditLog.record_all

    def only_what_is_asked(audit, notes):
        if notes[0].action is not AuditAction.REVOCATION_ASKED:
            raise StorageUnavailableError("the database is away")
        record_all(audit, notes)

    monkeypatch.setattr(SqlAuditLog, "record_all", only_what_is_asked)

    answer = revoke(lead_id, who="email")

    monkeypatch.undo()
    page = says(operator.get(at(lead_id)))
    assert (answer.status_code, len(revoked(sandbox))) == (303, 1)
    assert "Realpad has revoked the consent. The audit log could not record this" in page
    assert "given revocation requested" in page
    assert "the outcome was not recorded. Check it in Realpad." in page


def test_a_consent_needs_somebody_whose_it_is(revoke, leads, sandbox):
    lead_id = leads.add(email=None)

    answers = [revoke(lead_id), revoke(lead_id, who="email"), revoke(lead_id, who="customer", customer=" ")]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert revoked(sandbox) == []


def test_only_a_consent_that_was_given_can_be_revoked(operator, leads):
    lead_id = leads.add()

    assert operator.get(at(lead_id, "consents", CONSENT, "revoke")).status_code == 200
    assert operator.get(at(lead_id, "consents", 1, "revoke")).status_code == 404


def test_an_admin_erases_by_typing_the_word(desk, leads):
    admin, lead_id = desk("admin"), leads.refused()
    asked = admin.text(at(lead_id, "erase"))

    wrong = admin.post(at(lead_id, "erase"), {"word": "ok"})
    status = leads.status(lead_id)
    done = admin.post(at(lead_id, "erase"), {"word": " ERASE "})

    page = says(admin.get(at(lead_id)))
    assert "Realpad’s copy, exported files and backups" in asked
    assert (wrong.status_code, status) == (422, "rejected")
    assert done.status_code == 303
    assert leads.status(lead_id) == "erased"
    assert "Nováková" not in page
    assert "Souhlasím s nabídkami" in page
    assert leads.actions(lead_id)[0] == ("erased", "")


def test_a_copy_that_the_journal_may_still_hold_is_said_after_erasing(desk, leads, services, folder):
    admin, lead_id = desk("admin"), leads.refused()
    with closing(sqlite.driver().connect(folder / "data" / "leads.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM lead").fetchone()

        done = admin.post(at(lead_id, "erase"), {"word": "erase"})

    assert done.status_code == 303
    assert leads.status(lead_id) == "erased"
    assert "journal was in use and may still hold a copy" in says(admin.get(at(lead_id)))


def test_the_word_is_of_the_language_one_reads(desk, leads):
    admin, lead_id = desk("admin"), leads.refused()

    answer = admin.post(at(lead_id, "erase"), {"word": "vymazat"}, headers={"Accept-Language": "cs"})

    assert (answer.status_code, leads.status(lead_id)) == (303, "erased")


def test_who_signed_in_long_ago_proves_first_who_it_is(desk, leads, services):
    admin, lead_id = desk("admin"), leads.refused()
    [session] = services.sessions.of(admin.person.id)
    long_ago = session.reauthenticated_at - timedelta(minutes=11)
    with admin.client.session_transaction("/inbox/") as cookie:
        services.sessions.renew(session, hashed=digest(cookie["token"]), at=long_ago)

    asked = admin.get(at(lead_id, "erase"))
    refused = admin.post(at(lead_id, "erase"), {"word": "erase"})

    assert asked.status_code == refused.status_code == 303
    assert asked.location.startswith("/sign-in/again?next=")
    assert leads.status(lead_id) == "rejected"


def test_a_lead_on_its_way_is_not_erased(desk, leads):
    admin, lead_id = desk("admin"), leads.add()
    leads.log.claim([leads.key], lease_s=60, pace_s=0, width=1)

    answers = [admin.get(at(lead_id, "erase")), admin.post(at(lead_id, "erase"), {"word": "erase"})]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert leads.status(lead_id) == "sending"
