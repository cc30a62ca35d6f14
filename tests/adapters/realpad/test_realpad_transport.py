"""Every way a call can end, on real sockets."""

import gzip
import tracemalloc
from time import sleep

import pytest

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.adapters.realpad.transport import LIMIT_BYTES
from realpad_form.domain.delivery import Outcome

HTML = b"<html><body>Log in</body></html>"


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("body", [b"67890", b"67890\n", b"  67890\r\n"])
def test_customer_id_means_accepted(send, status, body):
    answer = send(lambda line: line.read().answer(status, body))

    assert (answer.outcome, answer.status, answer.customer_id) == (Outcome.ACCEPTED, status, 67890)


@pytest.mark.parametrize(
    "body",
    [b"", HTML, b"0", b"-1", b"+1", b"1.0", b"1 2", b"9223372036854775808", b"9" * 70_000, "١".encode()],
)
@pytest.mark.parametrize("status", [200, 201])
def test_success_without_a_customer_id_is_unknown(send, status, body):
    answer = send(lambda line: line.read().answer(status, body))

    assert (answer.outcome, answer.status, answer.customer_id) == (Outcome.UNKNOWN, status, None)


@pytest.mark.parametrize("status", [400, 402, 406, 408, 409, 410, 413, 422, 451, 499])
def test_other_4xx_refuses_the_lead(send, status):
    answer = send(lambda line: line.read().answer(status, b"Parameter missing: surname"))

    assert (answer.outcome, answer.status) == (Outcome.REFUSED, status)
    assert answer.text == "Parameter missing: surname"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 401, 403, 404, 405, 415, 418])
def test_these_refuse_the_account(send, status):
    answer = send(lambda line: line.read().answer(status))

    assert (answer.outcome, answer.status) == (Outcome.ACCOUNT_REFUSED, status)


@pytest.mark.parametrize("status", [500, 501, 503, 505, 520, 599])
def test_realpads_own_failure_is_unavailable(send, status):
    answer = send(lambda line: line.read().answer(status, b"12345"))

    assert (answer.outcome, answer.status, answer.customer_id) == (Outcome.UNAVAILABLE, status, None)


@pytest.mark.parametrize("status", [204, 502, 504, 600, 999])
def test_these_leave_the_lead_unknown(send, status):
    answer = send(lambda line: line.read().answer(status))

    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, status)


LOST = {
    # Not at once: it could hit the connect itself, and then nothing would have left.
    "reset before the request": lambda line: (sleep(0.05), line.reset()),
    "reset within the request": lambda line: (line.sock.recv(1), line.reset()),
    "reset after the body": lambda line: line.read().reset(),
    "closed at once": lambda line: line.sock.close(),
    "closed after the body": lambda line: line.read().sock.close(),
    "another protocol": lambda line: line.read().sock.sendall(b"220 smtp.example ESMTP\r\n"),
    "binary": lambda line: line.read().sock.sendall(b"\x16\x03\x01\x00\x00" * 9),
    "half a status": lambda line: line.read().sock.sendall(b"HTTP/1.1 2"),
    "no status": lambda line: line.read().sock.sendall(b"HTTP/1.1 abc\r\n\r\n1"),
    "many headers": lambda line: line.read().sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 999),
    "two lengths": lambda line: line.read().answer(200, b"1", ["Content-Length: 2"]),
}


@pytest.mark.parametrize("behave", LOST.values(), ids=LOST)
def test_lost_or_garbled_answer_is_unknown_without_a_status(send, behave):
    answer = send(behave)

    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)
    assert answer.text


@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        (b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n67890", Outcome.UNKNOWN),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n67890\r\n", Outcome.UNKNOWN),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n67890\r\n", Outcome.UNKNOWN),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n67890", Outcome.UNKNOWN),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nParam", Outcome.REFUSED),
        (b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nNot", Outcome.ACCOUNT_REFUSED),
        (b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Outcome.UNAVAILABLE),
    ],
)
def test_answer_that_is_cut_off_is_classed_by_its_status(send, head, outcome):
    answer = send(lambda line: line.read().sock.sendall(head))

    assert (answer.outcome, answer.status) == (outcome, int(head[9:12]))
    assert answer.customer_id is None


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n67\r\n3\r\n890\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n67890",
        b"HTTP/1.0 200 OK\r\n\r\n67890",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n67890",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"67890", mtime=0),
    ],
)
def test_proper_answer_is_read_in_every_form(send, wire):
    answer = send(lambda line: line.read().sock.sendall(wire))

    assert (answer.outcome, answer.customer_id) == (Outcome.ACCEPTED, 67890)


def test_refusal_before_the_body_was_read_still_counts(send):
    answer = send(lambda line: (line.sock.recv(10), line.answer(429, b"", ["Retry-After: 7"]), line.read()))

    assert (answer.status, answer.retry_after_s) == (429, 7)


@pytest.mark.parametrize("location", ["/login", "http://127.0.0.1:9/", "//[", "javascript:alert(1)"])
def test_redirect_is_not_followed(crm, credential, location):
    server = crm(lambda line: line.read().answer(302, b"1", [f"Location: {location}"]))

    answer = RealpadGateway(server.url, 5).create_lead(credential, {"name": "Jan"})

    assert (answer.outcome, answer.status) == (Outcome.ACCOUNT_REFUSED, 302)
    assert (server.connections, len(server.received)) == (1, 1)


@pytest.mark.parametrize("status", [200, 302, 500])
def test_memory_stays_small_whatever_arrives(send, status):
    bomb = gzip.compress(bytes(50_000_000), 9, mtime=0)
    tracemalloc.start()

    answer = send(lambda line: line.read().answer(status, bomb, ["Content-Encoding: gzip"]))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status == status
    assert peak < 40 * LIMIT_BYTES


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://nonexistent.invalid/", "https://nonexistent.invalid/"]
)
def test_call_that_finds_nobody_never_left(credential, url):
    answer = RealpadGateway(url, 5).create_lead(credential, {"name": "Jan"})

    assert (answer.outcome, answer.status) == (Outcome.UNAVAILABLE, None)
    assert answer.text


def test_form_that_cannot_be_encoded_surfaces(credential):
    with pytest.raises(UnicodeEncodeError):
        RealpadGateway("http://127.0.0.1:1/", 5).create_lead(credential, {"name": "\ud800"})


def test_mistake_of_ours_before_the_connection_surfaces(crm, credential, monkeypatch):
    server = crm(lambda line: line.read().answer(200, b"1"))
    monkeypatch.setattr("realpad_form.adapters.realpad.transport._send", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        RealpadGateway(server.url, 5).create_lead(credential, {"name": "Jan"})

    assert server.connections == 0


def test_any_failure_once_connected_is_unknown(send, monkeypatch):
    monkeypatch.setattr("realpad_form.adapters.realpad.transport._read", lambda *_: 1 / 0)

    answer = send(lambda line: line.read().answer(200, b"1"))

    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)
    assert answer.text.startswith("ZeroDivisionError")
