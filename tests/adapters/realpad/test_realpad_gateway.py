import logging
from urllib.parse import quote, quote_plus

import pytest

from realpad_form.adapters.realpad import RealpadGateway, gateway
from realpad_form.domain.delivery import Outcome
from realpad_form.domain.errors import CrmError

LEAD = {
    "name": "Žofie",
    "surname": "Šťastná",
    "phone": "+420777123456",
    "preferencerooms": "1+kk|2+kk",
    "note": "Dobrý den,\r\nmám zájem & dotaz = 1",
}


def test_lead_arrives_as_the_documented_form(crm, credential):
    server = crm(lambda line: line.read().answer(200, b"67890"))

    RealpadGateway(server.url, 5).create_lead(credential, LEAD)

    head, _, body = server.received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /ws/v10/create-lead HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\n" in head + b"\r\n"
    assert b"\r\nConnection: close\r\n" in head + b"\r\n"
    assert body == (
        b"name=%C5%BDofie&surname=%C5%A0%C5%A5astn%C3%A1&phone=%2B420777123456"
        b"&preferencerooms=1%2Bkk%7C2%2Bkk"
        b"&note=Dobr%C3%BD+den%2C%0D%0Am%C3%A1m+z%C3%A1jem+%26+dotaz+%3D+1"
        b"&login=canary-login&password=canary+%26+%22pass%22%2Bword"
    )


def test_nothing_in_a_lead_overrides_the_credentials(crm, credential):
    server = crm(lambda line: line.read().answer(200, b"1"))

    RealpadGateway(server.url, 5).create_lead(credential, {"login": "mallory", "password": "x"})

    assert server.received[0].count(b"login=") == 1
    assert b"mallory" not in server.received[0]


def test_environment_decides_nothing(crm, credential, monkeypatch):
    server = crm(lambda line: line.read().answer(200, b"1"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    answer = RealpadGateway(server.url, 5).create_lead(credential, LEAD)

    assert answer.outcome is Outcome.ACCEPTED


def test_each_call_has_a_connection_of_its_own(crm, credential):
    server = crm(lambda line: (line.read().answer(200, b"1"), line.hang()))
    gateway = RealpadGateway(server.url, 5)

    gateway.create_lead(credential, LEAD)
    gateway.create_lead(credential, LEAD)

    assert server.connections == 2


def test_password_is_in_no_answer_and_no_log(send, credential, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")  # which every command quietens
    secret = credential.password
    echo = f"{credential.login} {secret} {quote(secret)} {quote_plus(secret)}".encode()

    answers = [
        send(lambda line: line.read().answer(400, echo)),
        send(lambda line: (line.read(), line.sock.sendall(echo + b"\r\n\r\n"))),
        send(lambda line: line.read().reset()),
    ]

    told = repr(answers) + repr([(record.msg, record.args) for record in caplog.records])
    assert caplog.records
    assert "canary" not in told


def test_consent_types_are_listed(crm, credential):
    body = '[{"id": 1, "name": "Marketing"}, {"id": 2, "name": "Údaje", "new": 1}]'.encode()
    server = crm(lambda line: line.read().answer(200, body))

    types = RealpadGateway(server.url, 5).list_consent_types(credential)

    assert types == [(1, "Marketing"), (2, "Údaje")]
    assert server.received[0].startswith(b"POST /ws/v10/list-consent-types ")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": 1}', b'[{"id": "x", "name": ""}]', b'[{"id"'])
def test_other_answers_are_no_list_of_consent_types(crm, credential, body):
    server = crm(lambda line: line.read().answer(200, body))

    with pytest.raises(CrmError, match="no list") as caught:
        RealpadGateway(server.url, 5).list_consent_types(credential)

    assert caught.value.status == 200


@pytest.mark.parametrize(
    ("customer", "body"),
    [
        ({"email": "jan+1@example.com"}, b"email=jan%2B1%40example.com&consentid=7&notes=by+phone"),
        ({"customer_id": 67890}, b"customerid=67890&consentid=7&notes=by+phone"),
    ],
)
def test_consent_is_revoked_for_one_customer(crm, credential, customer, body):
    server = crm(lambda line: line.read().answer(200))

    RealpadGateway(server.url, 5).revoke_consent(credential, 7, notes="by phone", **customer)

    assert server.received[0].startswith(b"POST /ws/v10/revoke-customer-consent ")
    assert body in server.received[0]


@pytest.mark.parametrize("customer", [{}, {"email": "jan@example.com", "customer_id": 1}])
def test_customer_is_named_in_exactly_one_way(crm, credential, customer):
    server = crm(lambda line: line.read().answer(200))

    with pytest.raises(ValueError, match="not both"):
        RealpadGateway(server.url, 5).revoke_consent(credential, 7, **customer)

    assert server.connections == 0


def test_refused_revocation_says_why(crm, credential):
    server = crm(lambda line: line.read().answer(409, b"several customers; you are canary-login"))

    with pytest.raises(CrmError) as caught:
        RealpadGateway(server.url, 5).revoke_consent(credential, 7, email="jan@example.com")

    assert (caught.value.status, caught.value.answer) == (409, "several customers; you are […]")


def test_revocation_without_an_answer_is_an_error(credential):
    with pytest.raises(CrmError) as caught:
        RealpadGateway("http://127.0.0.1:1/", 5).revoke_consent(credential, 7, customer_id=1)

    assert caught.value.status is None


ENTRY = b"""{"inquiry_id": 12345, "customer_id": 67890, "customer_name": "Jane Smith",
 "timestamp": "2026-03-01T14:30:00+01:00", "projects": ["Riverside Residences"],
 "campaign": "spring-2026", "product_interest": "2-bedroom apartment"}"""


def test_the_documented_list_of_leads_is_understood(crm, credential):
    server = crm(lambda line: line.read().answer(200, b"[" + ENTRY + b"]"))

    [entry] = RealpadGateway(server.url, 5).list_leads(credential).entries

    assert (entry.inquiry_id, entry.customer_id, entry.customer_name) == (12345, 67890, "Jane Smith")
    assert entry.at.isoformat() == "2026-03-01T14:30:00+01:00"
    assert (entry.projects, entry.campaign) == (("Riverside Residences",), "spring-2026")
    assert server.received[0].startswith(b"POST /ws/v10/list-leads ")


def test_a_list_longer_than_an_answer_is_read_whole(crm, credential):
    server = crm(lambda line: line.read().answer(200, b"[" + b",".join([ENTRY] * 1000) + b"]"))

    assert len(RealpadGateway(server.url, 5).list_leads(credential).entries) == 1000


def test_entries_without_project_and_campaign_are_understood(crm, credential):
    bare = b'[{"inquiry_id": 1, "customer_id": 2, "customer_name": null, "projects": null, '
    bare += b'"campaign": null, "timestamp": "2026-03-01T14:30:00Z"}]'
    server = crm(lambda line: line.read().answer(200, bare))

    [entry] = RealpadGateway(server.url, 5).list_leads(credential).entries

    assert (entry.customer_name, entry.projects, entry.campaign) == ("", (), "")


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'[{"id": 1}]', b"[" + ENTRY])
def test_what_is_no_list_is_never_taken_for_an_empty_one(crm, credential, body):
    server = crm(lambda line: line.read().answer(200, body))

    assert RealpadGateway(server.url, 5).list_leads(credential).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(401, Outcome.ACCOUNT_REFUSED), (429, Outcome.UNAVAILABLE), (500, Outcome.UNAVAILABLE)],
)
def test_a_refused_list_says_why(crm, credential, status, outcome):
    server = crm(lambda line: line.read().answer(status, b"no canary-login"))

    answer = RealpadGateway(server.url, 5).list_leads(credential)

    assert (answer.outcome, answer.status) == (outcome, status)
    assert "canary" not in answer.text


def test_a_list_without_answer_is_not_empty(credential):
    answer = RealpadGateway("http://127.0.0.1:9", 1).list_leads(credential)

    assert answer.outcome is Outcome.UNAVAILABLE


def test_a_list_that_was_cut_off_keeps_no_word_of_it(crm, credential):
    begun = b'[{"inquiry_id": 1, "customer_name": "Jana Nov\xc3\xa1kov\xc3\xa1"'

    def cut_off(line):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.read().sock.sendall(head + b"%x\r\n%b\r\n" % (len(begun), begun))
        line.hang()

    answer = RealpadGateway(crm(cut_off).url, 0.5).list_leads(credential)

    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, 200)
    assert answer.text == "the list was cut off"


def test_a_list_that_is_too_long_keeps_no_word_of_it(crm, credential, monkeypatch):
    monkeypatch.setattr(gateway, "LIST_BYTES", 64)
    server = crm(lambda line: line.read().answer(200, b"[" + ENTRY + b"]"))

    answer = RealpadGateway(server.url, 5).list_leads(credential)

    assert (answer.outcome, answer.text) == (Outcome.UNKNOWN, "the list was cut off")
