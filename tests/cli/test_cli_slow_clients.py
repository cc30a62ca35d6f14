"""`serve` beside clients that are slow on purpose, on real sockets and without a proxy."""

import json
import os
import resource
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
from ports import free_port
from test_cli_fleet import body, lift_limits
from test_cli_serve import is_ready, wait_until

from realpad_form.cli.http import HEADERS_WITHIN_S
from realpad_form.web.buffering import BODY_WITHIN_S

HONEST = 16
ANSWERED_WITHIN_S = 5.0
"""Far below any deadline of the server, and above what a busy machine takes."""

HEAD = b"POST /f/riverside/leads HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SILENT_BODY = HEAD + b"Content-Length: 60000\r\n\r\n{"
HALF_HEADER = HEAD + b"Content-Len"
SILENT_CHUNK = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"


@pytest.fixture
def port(start_command, environ, tmp_path):
    """Serve without limits, and return the port."""
    lift_limits(tmp_path / "projects")
    port = free_port()
    start_command("serve", "--no-relay", "--port", str(port), env={**os.environ, **environ})
    wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"), within_s=120)
    return port


@pytest.fixture
def connect(port):
    """Open connections that have sent something, and close them at the end."""
    with ExitStack() as opened:

        def open_(start=b"", count=1):
            made = []
            for _ in range(count):
                made.append(opened.enter_context(socket.create_connection(("127.0.0.1", port), 30)))
                made[-1].sendall(start)
            return made

        yield open_


@pytest.fixture
def trickle():
    """Let connections send a piece again and again until the test is over."""
    stop = threading.Event()
    threads = []

    def start(connections, piece, every_s=0.2):
        def run():
            alive = list(connections)
            while not stop.wait(every_s):
                for connection in list(alive):
                    try:
                        connection.sendall(piece)
                    except OSError:
                        alive.remove(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def request(answers, connection="keep-alive"):
    """Return the bytes of a lead's post."""
    data = json.dumps(answers).encode()
    return HEAD + f"Connection: {connection}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def answer(connection):
    """Return the status, the headers and the body of an answer, read to the end of the connection."""
    data = b""
    while piece := connection.recv(65_536):
        data += piece
    head, _, said = data.partition(b"\r\n\r\n")
    status, *lines = head.decode().lower().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), said


def post(port, surname):
    """Post a lead as a visitor would; return the status and the seconds it took."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), ANSWERED_WITHIN_S) as connection:
        connection.sendall(request(body(surname), connection="close"))
        return answer(connection)[0], time.monotonic() - began


def assert_visitors_are_answered(port):
    with ThreadPoolExecutor(HONEST) as visitors:
        answers = list(visitors.map(lambda number: post(port, f"Poctivý {'abcd'[number % 4]}"), range(48)))
    assert {status for status, _ in answers} == {201}
    assert max(took for _, took in answers) < ANSWERED_WITHIN_S


FRAMED = {
    "both, length first": (b"Content-Length: 6\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "both, chunks first": (b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"2\r\n{}\r\n0\r\n\r\n"),
    "two lengths": (b"Content-Length: 2\r\nContent-Length: 5", b"{}"),
    "a list of lengths": (b"Content-Length: 2, 5", b"{}"),
    "a signed length": (b"Content-Length: +2", b"{}"),
    "an unknown coding": (b"Transfer-Encoding: xchunked", b"0\r\n\r\n"),
    "chunked not last": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"0\r\n\r\n"),
    "a space before the colon": (b"Transfer-Encoding : chunked", b"0\r\n\r\n"),
}


def test_request_of_doubtful_length_hides_no_second_one(port):
    second = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    for name, (headers, sent) in FRAMED.items():
        data = b""
        with socket.create_connection(("127.0.0.1", port), 30) as connection, suppress(ConnectionError):
            connection.sendall(HEAD + headers + b"\r\n\r\n" + sent + second)
            while piece := connection.recv(65_536):
                data += piece

        assert b"alive" not in data, name
        assert data.count(b"HTTP/1.1 ") <= 1, name


def test_headers_over_64_kib_are_refused_however_they_come(port):
    statuses = []
    for length in (60_000, 66_000, 100_000, 300_000):
        ask = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: {'a' * length}\r\n\r\n"
        said = b""
        with socket.create_connection(("127.0.0.1", port), 30) as connection, suppress(ConnectionError):
            connection.sendall(ask.encode())  # the server may close before it has all
            said = connection.recv(1000)
        statuses.append(said[:12])

    assert statuses[0] == b"HTTP/1.1 200"
    assert {each for each in statuses[1:] if each} == {b"HTTP/1.1 431"}


def test_visitors_are_answered_beside_clients_that_never_finish_a_request(port, connect, trickle):
    silent = connect(SILENT_BODY, 40)
    half = connect(HALF_HEADER, 40) + connect(count=40)
    slow = connect(SILENT_BODY, 40)
    trickle(slow, b" ")

    assert_visitors_are_answered(port)
    began = time.monotonic()
    headers_end = [connection.recv(1000) for connection in half]
    headers_took = time.monotonic() - began
    refused = [answer(connection) for connection in [*silent, *slow]]
    took = time.monotonic() - began

    assert all(not said or said.startswith(b"HTTP/1.1 408") for said in headers_end)
    assert headers_took < HEADERS_WITHIN_S + 5
    assert {status for status, _, _ in refused} == {408}
    assert {headers["connection"] for _, headers, _ in refused} == {"close"}
    assert took < BODY_WITHIN_S + 5


def test_visitors_are_answered_beside_bodies_in_chunks_that_never_end(port, connect, trickle):
    connect(SILENT_CHUNK, 40)
    trickle(connect(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", 40), b"1\r\n \r\n")

    assert_visitors_are_answered(port)


def test_visitors_are_answered_beside_clients_that_read_no_answers(port, connect):
    for reader in connect(count=40):
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        reader.sendall(b"GET /embed.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)

    assert_visitors_are_answered(port)


def test_visitors_are_answered_beside_a_thousand_idle_connections(port, connect):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip("this system lets nobody open so many connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))

    connect(count=1200)

    assert_visitors_are_answered(port)


def test_a_slow_visitor_is_taken_in_time(port, connect):
    (slow,) = connect()
    sent = request(body("Pomalý"), connection="close")

    for start in range(0, len(sent), 50):
        slow.sendall(sent[start : start + 50])
        time.sleep(0.05)

    assert answer(slow)[0] == 201


@pytest.mark.parametrize(
    "start",
    [
        HEAD + b"Content-Length: 200000000\r\n\r\n",
        HEAD + b"Content-Length: 200000000\r\n\r\n{",
        HEAD + b"Content-Length: 200000000\r\nExpect: 100-continue\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"10001\r\n" + b" " * 0x10001 + b"\r\n",
    ],
    ids=["nothing sent", "one byte sent", "waiting to be asked for it", "in chunks, not ended"],
)
def test_an_upload_over_the_limit_is_refused_before_it_has_come(port, connect, start):
    (uploader,) = connect(start)
    uploader.settimeout(ANSWERED_WITHIN_S)

    status, headers, _ = answer(uploader)

    assert (status, headers["connection"]) == (413, "close")


def test_large_uploads_hold_nobody_up(port, connect):
    uploaders = connect(HEAD + b"Content-Length: 200000000\r\n\r\n", 4)

    def upload(connection):
        try:
            for _ in range(200):
                connection.sendall(b" " * 1_000_000)
        except OSError:
            return  # refused

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(upload, uploaders))
        assert_visitors_are_answered(port)


def test_a_long_draft_of_a_project_file_is_read(port, connect):
    (editor,) = connect()
    draft = b"x" * 200_000
    head = f"Host: x\r\nContent-Type: text/plain\r\nContent-Length: {len(draft)}\r\n\r\n".encode()

    editor.sendall(b"POST /preview/riverside/draft HTTP/1.1\r\n" + head + draft)
    said = editor.recv(65_536).lower()
    editor.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert not said.startswith(b"http/1.1 413")
    assert b"connection: close" not in said
    assert b"HTTP/1.1 200 OK" in b"".join(iter(lambda: editor.recv(65_536), b""))


def test_a_signal_ends_it_beside_slow_clients(port, connect, start_command):
    connect(count=10)
    connect(HALF_HEADER, 10)
    connect(SILENT_BODY, 10)
    began = time.monotonic()

    start_command.started[0].terminate()

    assert start_command.started[0].wait(45) == 0
    assert time.monotonic() - began < BODY_WITHIN_S + 10


def test_bodies_of_pages_that_are_not_there_are_answered_as_ever(port, connect):
    said = connect(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
    got = connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{")
    wrong = connect(b"DELETE /f/riverside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head = connect(b"HEAD /f/riverside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert answer(said[0])[0] == 404
    assert answer(got[0])[:1] == (200,)
    assert answer(wrong[0])[0] == 405
    status, headers, text = answer(head[0])
    assert (status, text) == (200, b"")
    assert int(headers["content-length"]) > 1000


def test_body_that_is_cut_off_is_a_400(port, connect):
    (cut,) = connect(SILENT_BODY)
    cut.shutdown(socket.SHUT_WR)

    status, headers, said = answer(cut)

    assert (status, headers["connection"]) == (400, "close")
    assert b"cut off" in said


def test_connection_is_kept_for_the_next_request(port, connect):
    (kept,) = connect()
    for surname in ("Opakovaný", "Další"):
        kept.sendall(request(body(surname)))
        assert kept.recv(65_536).startswith(b"HTTP/1.1 201")
