"""Webhooks on real sockets: whom they are never sent to, and how every call ends."""

import socket
from time import monotonic

import pytest

from realpad_form.adapters.webhooks import HttpWebhookGateway
from realpad_form.domain.receiver import AllowedHosts

HEADERS = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
SPELLINGS = [
    *("127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "0.0.0.0", "0", "localhost"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1]", "127.0.0.1.", "LOCALHOST", "①②⑦.⓪.⓪.①"),
]  # fmt: skip


@pytest.fixture
def send():
    def send(url, *, allow=(), timeout_s=5.0, ca=None):
        gateway = HttpWebhookGateway(timeout_s, AllowedHosts.parse(allow), ca)
        return gateway.send(url, headers=HEADERS, body=b'{"type":"lead.accepted"}')

    return send


@pytest.fixture
def resolve(monkeypatch):
    """Let a name have these addresses, one list for each look-up; the last one repeats."""

    def resolve(name, *answers):
        real, left = socket.getaddrinfo, list(answers)

        def look_up(host, port, *rest, **options):
            if host != name:
                return real(host, port, *rest, **options)
            addresses = left.pop(0) if len(left) > 1 else left[0]
            kind = socket.SOCK_STREAM
            return [
                (socket.AF_INET6 if ":" in each else socket.AF_INET, kind, 6, "", (each, port))
                for each in addresses
            ]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return resolve


def allowing(receiver):
    return [f"127.0.0.1:{receiver.port}"]


@pytest.mark.parametrize("host", SPELLINGS)
def test_our_own_machine_is_never_connected_to_in_any_spelling(crm, send, authority, host):
    receiver = crm(lambda line: line.read().answer(200), authority.context())

    reply = send(f"https://{host}:{receiver.port}/", ca=authority.path)

    assert reply.status is None
    assert receiver.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "::1", "0.0.0.0"])
def test_name_that_leads_to_our_own_machine_is_never_connected_to(crm, send, resolve, authority, address):
    receiver = crm(lambda line: line.read().answer(200), authority.context())
    resolve("hooks.example", [address])

    assert send(f"https://hooks.example:{receiver.port}/", ca=authority.path).status is None
    assert receiver.connections == 0


def test_name_that_changes_its_address_between_two_look_ups_is_never_connected_to(
    crm, send, resolve, authority
):
    receiver = crm(lambda line: line.read().answer(200), authority.context())
    resolve("hooks.example", ["203.0.113.1"], ["127.0.0.1"])

    for _ in range(3):
        assert send(f"https://hooks.example:{receiver.port}/", timeout_s=0.3).status is None
    assert receiver.connections == 0


def test_of_several_addresses_only_the_public_ones_are_tried(crm, send, resolve, monkeypatch):
    from realpad_form.adapters.realpad import watch

    receiver, tried = crm(lambda line: line.read().answer(200)), []
    resolve("hooks.example", ["127.0.0.1", "10.0.0.1", "8.8.8.8", "fd00::1"])

    def connect(address, **_options):
        tried.append(address[0])
        raise OSError("nobody is there")

    monkeypatch.setattr(watch, "create_connection", connect)

    assert send(f"https://hooks.example:{receiver.port}/").status is None
    assert tried == ["8.8.8.8"]


def test_allowed_host_is_called_with_the_headers_and_the_body(crm, send):
    receiver = crm(lambda line: line.read().answer(204))

    reply = send(f"http://127.0.0.1:{receiver.port}/hook?key=1", allow=allowing(receiver))

    assert reply.status == 204
    (request,) = receiver.received
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b'{"type":"lead.accepted"}'
    assert head.startswith(b"POST /hook?key=1 HTTP/1.1\r\n")
    for line in (b"webhook-id: msg_1", b"Content-Type: application/json", b"User-Agent: realpad-form/"):
        assert line in head


def test_allowed_name_may_have_a_private_address(crm, send, resolve):
    receiver = crm(lambda line: line.read().answer(200))
    resolve("n8n.internal", ["127.0.0.1"])

    assert send(f"http://n8n.internal:{receiver.port}/", allow=["n8n.internal"]).status == 200


def test_receiver_on_another_port_of_an_allowed_host_is_not_called(crm, send):
    receiver = crm(lambda line: line.read().answer(200))

    assert send(f"http://127.0.0.1:{receiver.port}/", allow=["127.0.0.1:1"]).status is None
    assert receiver.connections == 0


def test_redirect_is_not_followed(crm, send):
    inner = crm(lambda line: line.read().answer(200))
    outer = crm(lambda line: line.read().answer(307, b"", [f"Location: {inner.url}"]))

    reply = send(outer.url, allow=[*allowing(outer), *allowing(inner)])

    assert reply.status == 307
    assert not reply.is_taken
    assert inner.connections == 0


def test_proxies_of_the_environment_are_ignored(crm, send, monkeypatch):
    proxy = crm(lambda line: line.read().answer(200))
    receiver = crm(lambda line: line.read().answer(201))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    assert send(receiver.url, allow=allowing(receiver)).status == 201
    assert proxy.connections == 0


def test_logins_of_a_netrc_are_not_sent(crm, send, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login canary password canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    receiver = crm(lambda line: line.read().answer(200))

    send(receiver.url, allow=allowing(receiver))

    assert b"authorization" not in receiver.received[0].lower()


def test_wrong_certificate_gets_nothing(crm, send, authority):
    receiver = crm(lambda line: line.read().answer(200), authority.context(host="127.0.0.9"))

    url = f"https://127.0.0.1:{receiver.port}/"
    assert send(url, allow=allowing(receiver), ca=authority.path).status is None
    assert receiver.received == []


def test_right_certificate_is_taken(crm, send, authority):
    receiver = crm(lambda line: line.read().answer(200), authority.context())

    url = f"https://127.0.0.1:{receiver.port}/"
    assert send(url, allow=allowing(receiver), ca=authority.path).status == 200


SLOW = {
    "silent": lambda line: line.hang(),
    "a byte at a time": lambda line: line.read().drip(b"HTTP/1.1 200 OK\r\n" * 99),
    "silent after the request": lambda line: line.read().hang(),
}


@pytest.mark.parametrize("behave", SLOW.values(), ids=SLOW)
def test_slow_receiver_is_given_up_in_time(crm, send, behave):
    receiver, began = crm(behave), monotonic()

    reply = send(receiver.url, allow=allowing(receiver), timeout_s=0.5)

    assert reply.status is None
    assert monotonic() - began < 1.0


def test_answer_without_end_is_an_answer_by_its_status(crm, send):
    def endless(line):
        line.read().sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sock.sendall(b"x" * 65_536)

    receiver, began = crm(endless), monotonic()

    assert send(receiver.url, allow=allowing(receiver), timeout_s=2).status == 200
    assert monotonic() - began < 2.5


@pytest.mark.parametrize(
    "behave", [lambda line: line.reset(), lambda line: line.read().sock.close()], ids=["reset", "closed"]
)
def test_broken_connection_is_no_answer(crm, send, behave):
    receiver = crm(behave)

    assert send(receiver.url, allow=allowing(receiver)).status is None


def test_wait_that_a_429_asks_for_is_told(crm, send):
    receiver = crm(lambda line: line.read().answer(429, b"", ["Retry-After: 90"]))

    reply = send(receiver.url, allow=allowing(receiver))

    assert (reply.status, reply.retry_after_s) == (429, 90.0)


def test_words_of_a_failure_do_not_hold_the_address(crm, send, caplog):
    caplog.set_level("DEBUG", logger="realpad_form")
    receiver = crm(lambda line: line.reset())

    send(f"{receiver.url}canary-secret-path", allow=allowing(receiver))

    assert "canary" not in caplog.text
