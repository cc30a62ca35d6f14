"""Requests are read whole before a thread works on them; answers are the WSGI application's own."""

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from realpad_form.web import buffering
from realpad_form.web.buffering import HEAD_BYTES, LARGE_BODIES, PART_BYTES, RequestBuffering
from realpad_form.web.headers import common_headers

LIMIT = 100


class Client:
    """A client of an ASGI server: sends parts of a body, and keeps what it is answered."""

    def __init__(self, *parts, method="POST", path="/", headers=(), query="", length=None, is_open=False):
        size = sum(map(len, parts)) if length is None else length
        size_header = [(b"transfer-encoding", b"chunked")] if length == "chunked" else []
        if length != "chunked" and size:
            size_header = [(b"content-length", str(size).encode())]
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": ("203.0.113.7", 50_000),
            "headers": [*size_header, *headers],
        }
        self._parts = list(parts)
        self._is_open = is_open
        self.read = 0
        self.sent = []
        self.answered_at = None

    async def receive(self):
        if self._parts:
            part = self._parts.pop(0)
            self.read += len(part)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts) or self._is_open}
        if self._is_open:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.answered_at = self.answered_at or time.monotonic()
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def said(self):
        return b"".join(message["body"] for message in self.sent[1:])


class Echo:
    """Answers with the body it gets, and keeps every `environ`."""

    def __init__(self):
        self.environs = []

    def __call__(self, environ, start_response):
        self.environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read()]


def in_loop(coroutine):
    """Run it in an event loop of its own; Playwright's may already be running in this thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def run(app, *clients, threads=1, larger=None, headers=()):
    """Serve clients at the same time."""

    async def serve():
        buffered = RequestBuffering(
            app, threads=threads, limit_bytes=LIMIT, larger=larger or {}, headers=headers
        )
        await asyncio.gather(*(buffered(each.scope, each.receive, each.send) for each in clients))

    in_loop(serve())


@pytest.fixture
def short_deadline(monkeypatch):
    monkeypatch.setattr(buffering, "BODY_WITHIN_S", 0.2)


def test_body_comes_whole_however_it_was_sent():
    in_parts, in_chunks = Client(b"one ", b"two"), Client(b"three ", b"four", length="chunked")

    run(Echo(), in_parts, in_chunks)

    assert (in_parts.status, in_parts.said) == (200, b"one two")
    assert (in_chunks.status, in_chunks.said) == (200, b"three four")


def test_thread_is_taken_only_by_whole_requests(short_deadline):
    app, silent = Echo(), [Client(b"{", length=50, is_open=True) for _ in range(20)]
    whole = Client(b"whole")

    run(app, *silent, whole, threads=1)

    assert whole.status == 200
    assert [each.status for each in silent] == [408] * 20
    assert silent[0].headers[b"connection"] == b"close"
    assert len(app.environs) == 1


def test_body_in_chunks_that_never_ends_is_given_up(short_deadline):
    app, client = Echo(), Client(b"{", length="chunked", is_open=True)

    run(app, client)

    assert (client.status, app.environs) == (408, [])


@pytest.mark.parametrize("length", [50, "chunked"])
def test_body_that_is_cut_off_never_reaches_the_application(length):
    class Cut(Client):
        async def receive(self):
            return await super().receive() if self._parts else {"type": "http.disconnect"}

    app, client = Echo(), Cut(b"{", length=length, is_open=True)

    run(app, client)

    assert (client.status, app.environs) == (400, [])


def test_body_over_the_limit_is_dropped_before_its_answer():
    app, client = Echo(), Client(b"x" * 60, b"x" * 41)

    run(app, client)

    assert (client.read, client.said, client.headers[b"connection"]) == (101, b"", b"close")
    assert app.environs[0]["CONTENT_LENGTH"] == "101"


def test_body_in_chunks_is_dropped_from_where_it_is_over_the_limit():
    app, client = Echo(), Client(*[b"x" * 60] * 4, length="chunked")

    run(app, client)

    assert (client.read, len(client.said), client.headers[b"connection"]) == (240, 120, b"close")


@pytest.mark.parametrize("length", [101, "chunked"])
def test_answer_to_what_is_too_long_waits_for_nobody(monkeypatch, length):
    monkeypatch.setattr(buffering, "PAUSE_S", 0.1)
    silent, gone = Client(b"x" * 101, length=length, is_open=True), Client(b"x" * 101, length=length)

    run(Echo(), silent, gone)

    assert [client.status for client in (silent, gone)] == [200, 200]


def test_dropping_what_trickles_has_an_end(short_deadline):
    class Trickling(Client):
        async def receive(self):
            await asyncio.sleep(0.05)
            return await super().receive()

    client = Trickling(*[b"x"] * 200)

    run(Echo(), client)

    assert client.status == 200
    assert client.read < 10


def test_no_more_is_dropped_than_a_proxy_passes_on(monkeypatch):
    monkeypatch.setattr(buffering, "DROPPED_BYTES", 200)
    said, endless = Client(b"x", length=201, is_open=True), Client(*[b"x" * 50] * 9, length="chunked")

    run(Echo(), said, endless)

    assert (said.read, endless.read) == (0, 250)


def test_body_of_a_get_is_not_waited_for():
    client = Client(b"{", method="GET", length=50, is_open=True)

    run(Echo(), client)

    assert (client.status, client.read, client.headers[b"connection"]) == (200, 0, b"close")


def test_longer_bodies_are_for_some_paths_and_few_at_a_time(short_deadline):
    larger = {"/preview/": 1000}
    holding = [Client(b"x", length=900, path="/preview/x", is_open=True) for _ in range(LARGE_BODIES)]
    waiting, short = Client(b"x" * 900, path="/preview/x"), Client(b"x" * 100, path="/preview/x")

    run(Echo(), *holding, waiting, short, larger=larger)
    alone = Client(b"x" * 900, path="/preview/x")
    run(Echo(), alone, larger=larger)

    assert (short.status, alone.status, len(alone.said)) == (200, 200, 900)
    assert {each.status for each in holding} == {408}
    assert waiting.answered_at > min(each.answered_at for each in holding)


def test_application_is_told_what_wsgi_servers_tell():
    headers = [
        (b"content-type", b"text/plain"),
        (b"x-forwarded-for", b"203.0.113.1"),
        (b"x-forwarded-for", b"203.0.113.2"),
        (b"x_forwarded_for", b"198.51.100.1"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    ]
    app = Echo()

    run(app, Client(b"x", path="/f/%C5%BE", query="a=%20", headers=headers))

    (environ,) = app.environs
    assert environ["PATH_INFO"] == "/f/ž".encode().decode("latin-1")
    assert (environ["QUERY_STRING"], environ["CONTENT_TYPE"]) == ("a=%20", "text/plain")
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == ("203.0.113.7", "8000")
    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.1,203.0.113.2"
    assert environ["HTTP_COOKIE"] == "a=1;b=2"
    assert not [name for name in environ if name in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH")]


class Long:
    """Answers in many pieces, and notices when nobody wants more."""

    def __init__(self, pieces):
        self.pieces, self.made, self.is_closed = pieces, 0, False

    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return self

    def __iter__(self):
        for _ in range(self.pieces):
            self.made += 1
            yield b"x" * PART_BYTES

    def close(self):
        self.is_closed = True


def test_long_answer_comes_whole_and_is_let_go_of():
    app, client = Long(5), Client(method="GET", is_open=True)

    run(app, client)

    assert (len(client.said), app.is_closed) == (5 * PART_BYTES, True)
    assert client.sent[-1].get("more_body", False) is False


def test_long_answer_ends_when_its_reader_has_left():
    class Leaving(Client):
        async def send(self, message):
            await asyncio.sleep(0)
            await super().send(message)

    app = Long(1000)

    run(app, Leaving(method="GET"))

    assert app.made < 10
    assert app.is_closed


def test_slow_reader_of_a_long_answer_holds_no_thread():
    class Slow(Client):
        async def send(self, message):
            await super().send(message)
            if message.get("more_body"):
                await read_on.wait()

    class Then(Client):
        async def send(self, message):
            await super().send(message)
            read_on.set()

    read_on = asyncio.Event()
    app, echo = Long(3), Echo()
    slow, honest = Slow(method="GET", path="/long", is_open=True), Then(b"honest", path="/")

    run(
        lambda environ, start: (app if environ["PATH_INFO"] == "/long" else echo)(environ, start),
        slow,
        honest,
    )

    assert (honest.said, len(slow.said)) == (b"honest", 3 * PART_BYTES)


def test_fault_of_the_application_is_a_500_without_its_words_and_its_thread_goes_on(caplog):
    names = []

    def app(environ, start_response):
        names.append(threading.current_thread().name)
        if len(names) == 1:
            raise LookupError("canary")
        return Echo()(environ, start_response)

    broken, whole = Client(b"x"), Client(b"y")
    run(app, broken)
    run(app, whole)

    assert (broken.status, json.loads(broken.said)["error"]) == (500, "Internal Server Error")
    assert "canary" in caplog.text
    assert whole.said == b"y"


def test_thread_whose_call_broke_goes_on():
    names = []

    def app(environ, start_response):
        names.append(threading.current_thread().name)
        raise LookupError

    run(app, Client(b"x"), Client(b"y"), threads=1)

    assert names == ["request-0", "request-0"]


def test_answer_that_breaks_off_before_its_first_part_is_a_500_and_let_go_of():
    class Broken(Long):
        def __iter__(self):
            yield b"x"
            raise LookupError

    app, client = Broken(1), Client(method="GET")

    run(app, client)

    assert (client.status, app.is_closed) == (500, True)


def test_answer_that_breaks_off_later_is_let_go_of():
    class Broken(Long):
        def __iter__(self):
            yield b"x" * PART_BYTES
            raise LookupError

    app = Broken(1)

    with pytest.raises(LookupError):
        run(app, Client(method="GET", is_open=True))

    assert app.is_closed


def test_header_that_cannot_be_sent_is_a_500_and_the_answer_is_let_go_of():
    class Foreign(Long):
        def __call__(self, environ, start_response):
            start_response("200 OK", [("Content-Disposition", "attachment; filename=řeka")])
            return self

    app, client = Foreign(1), Client(method="GET")

    run(app, client)

    assert (client.status, app.is_closed) == (500, True)
    assert client.headers[b"connection"] == b"close"


@pytest.mark.parametrize(("longer", "status"), [(0, 200), (1, 431)])
def test_address_and_headers_over_64_kib_never_reach_the_application(longer, status):
    line = len("x: \r\n")
    long = b"y" * (HEAD_BYTES - len("/path") - len("query") - line + longer)
    app, client = Echo(), Client(method="GET", path="/path", query="query", headers=[(b"x", long)])

    run(app, client)

    assert (client.status, len(app.environs)) == (status, int(status == 200))


def test_refusals_have_the_common_headers(short_deadline):
    refused = [Client(b"{", length=50, is_open=True), Client(b"{", length=50), Client(method="GET")]
    refused[2].scope["headers"] = [(b"x", b"y" * HEAD_BYTES)]
    for client in refused:
        run(Echo(), client, headers=common_headers("https://forms.example.com"))

    assert [client.status for client in refused] == [408, 400, 431]
    for client in refused:
        assert client.headers.items() >= {
            (name.lower().encode(), value.encode())
            for name, value in common_headers("https://forms.example.com")
        }
        assert len(client.headers) == len(client.sent[0]["headers"])


def test_request_that_is_dropped_while_it_is_worked_on_disturbs_no_other():
    entered, may_go_on, faults = threading.Event(), threading.Event(), []

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            entered.set()
            may_go_on.wait(10)
        start_response("200 OK", [])
        return [b"y"]

    async def serve():
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
        buffered = RequestBuffering(app, threads=1, limit_bytes=LIMIT, larger={})
        slow, other = Client(method="GET", path="/slow"), Client(method="GET")
        dropped = asyncio.ensure_future(buffered(slow.scope, slow.receive, slow.send))
        await asyncio.to_thread(entered.wait, 10)
        dropped.cancel()
        await asyncio.sleep(0)
        may_go_on.set()
        await buffered(other.scope, other.receive, other.send)
        return other

    assert in_loop(serve()).said == b"y"
    assert faults == []
