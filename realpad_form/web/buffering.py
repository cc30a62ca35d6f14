"""An ASGI application that reads requests whole, under a deadline, before a thread runs the WSGI one.

A thread that reads from the network itself is held by whoever sends nothing, and sixteen such clients
would stop the service. See ADR 6.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

BODY_WITHIN_S: Final = 20.0
"""Seconds from a request's headers to the last byte of its body. Source: `RequestReadTimeout body=20`, the
default of Apache's mod_reqtimeout. 64 KiB in that time are 26 kbit/s, which a phone on 2G reaches; a lead
has 2 KiB. It is shorter than a worker has for stopping, so that what has begun is answered then, too.
"""

LARGE_BODIES: Final = 16
"""How many bodies over the usual limit are read at a time, so that strangers cannot fill the memory."""

DROPPED_BYTES: Final = 1024 * 1024
PAUSE_S: Final = 0.5
"""How much of a body that is too long is dropped before its answer, and how long its next part may take. The
connection is closed after the answer. If that is on unread bytes, it is reset, and whoever is still sending
may never see the answer: a proxy says 502 then. The proxies of `deploy/` pass no longer bodies on.
"""

HEAD_BYTES: Final = 64 * 1024
"""How long a request's address and headers may be together. The server below reads up to twice as much."""

PART_BYTES: Final = 64 * 1024
"""An answer that is longer is taken from the application in parts, no faster than they are read."""

T = TypeVar("T")
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class RequestBuffering:
    """A WSGI application as an ASGI one, with whole requests and a fixed number of threads.

    The application gets the same `environ` as from a WSGI server. It must call `start_response` before it
    returns, as Flask does, and there is no `write()`. A body that does not come within `BODY_WITHIN_S`
    is answered with 408, one that is cut off with 400, headers over `HEAD_BYTES` with 431, and the
    application never hears of them. A body over the limit is dropped: the application is called without it
    and answers 413 by its length. Whatever an application raises instead of an answer is logged, and a 500.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        threads: int,
        limit_bytes: int,
        larger: Mapping[str, int],
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Take the application, how long bodies may be, and how long below some paths, all in bytes.

        `headers` are those of the answers that the application does not make.
        """
        self._app = app
        self._headers = _encoded(headers)
        self._limit_bytes = limit_bytes
        self._larger = larger
        self._large = asyncio.Semaphore(LARGE_BODIES)
        self._threads = _Threads(threads)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = _Request(scope)
        if request.head_bytes > HEAD_BYTES:
            await self._refuse(send, 431, "the address and the headers are too long")
            return
        try:
            await self._read(request, receive)
        except TimeoutError:
            await self._refuse(send, 408, f"the body did not come within {BODY_WITHIN_S:g} s")
        except _CutOffError:
            await self._refuse(send, 400, "the body was cut off on its way")
        else:
            await self._answer(request, receive, send)

    async def _read(self, request: "_Request", receive: Receive) -> None:
        """Read the body unless it is too long. Raises: TimeoutError, _CutOffError."""
        if not request.has_body:
            return
        larger = (limit for start, limit in self._larger.items() if request.path.startswith(start))
        limit = next(larger, self._limit_bytes)
        # No view reads the body of a GET; waiting for it would help nobody.
        if request.method in ("GET", "HEAD"):
            request.is_unread = True
            return
        if (request.length or 0) > limit:
            await _drop_body(request, receive)
            return
        async with asyncio.timeout(BODY_WITHIN_S):
            if limit > self._limit_bytes and (request.length is None or request.length > self._limit_bytes):
                async with self._large:
                    await _receive_body(request, receive, limit)
            else:
                await _receive_body(request, receive, limit)

    async def _answer(self, request: "_Request", receive: Receive, send: Send) -> None:
        """Let a thread make the answer, and send it; while a part is on its way, no thread waits for it."""
        in_thread = self._threads.run
        try:
            answer = await in_thread(_start, self._app, request)
        except Exception:
            log.exception("no answer was made to a request")
            await self._refuse(send, 500, "Internal Server Error")
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.is_whole:
            await send({"type": "http.response.body", "body": answer.part})
            return
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            while answer.part and not gone.done():
                await send({"type": "http.response.body", "body": answer.part, "more_body": True})
                await in_thread(answer.take_part)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await in_thread(answer.close)

    async def _refuse(self, send: Send, status: int, text: str) -> None:
        """Answer a request that the application does not, as far as anybody still listens."""
        body = json.dumps({"status": "error", "error": text}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *self._headers,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Threads:
    """A fixed number of threads that work for an event loop.

    `concurrent.futures` does this, too, with two futures and several locks for each call: a form page is
    answered a fifth slower.
    """

    def __init__(self, count: int) -> None:
        """Start the threads; none keeps the process from ending."""
        self._calls: SimpleQueue[tuple[asyncio.Future[Any], Callable[[], Any]]] = SimpleQueue()
        for number in range(count):
            Thread(target=self._work, name=f"request-{number}", daemon=True).start()

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function in a thread and return what it returns, or raise what it raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put((done, partial(function, *args)))
        return await done

    def _work(self) -> None:
        while True:
            done, call = self._calls.get()
            try:
                settle = partial(done.set_result, call())
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                settle = partial(done.set_exception, error)
            done.get_loop().call_soon_threadsafe(_unless_cancelled, done, settle)


def _unless_cancelled(done: asyncio.Future[Any], settle: Callable[[], None]) -> None:
    """Settle a future, if somebody still waits for it: a server may drop a request whose client has left."""
    if not done.cancelled():
        settle()


class _CutOffError(Exception):
    """The connection broke before the body was whole."""


class _Request:
    """A request: its head, and as much of its body as has been read."""

    def __init__(self, scope: Message) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.body = bytearray()
        self.is_unread = False
        headers = dict(scope["headers"])
        is_chunked = b"transfer-encoding" in headers
        self.length = None if is_chunked else int(headers.get(b"content-length", 0))
        self.has_body = is_chunked or self.length != 0

    @property
    def head_bytes(self) -> int:
        """How long the address and the headers are, as they were sent."""
        scope = self.scope
        lines = sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])
        return len(scope["raw_path"]) + len(scope["query_string"]) + lines

    def environ(self) -> "WSGIEnvironment":
        """Return what WSGI servers hand over. Source: PEP 3333."""
        scope = self.scope
        environ = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
            "SERVER_NAME": scope["server"][0],
            "SERVER_PORT": str(scope["server"][1]),
            "REMOTE_ADDR": scope["client"][0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope["scheme"],
            "wsgi.input": BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in scope["headers"]:
            # `X_Forwarded_For` would pass for `X-Forwarded-For`, which only our proxies may write.
            if b"_" in name:
                continue
            key, text = name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
            separator = ";" if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{separator}{text}" if key in environ else text
        return environ


async def _receive_body(request: _Request, receive: Receive, limit: int) -> None:
    """Read a body to its end, or drop what is over the limit of one in chunks. Raises: _CutOffError."""
    while len(request.body) <= limit if request.length is None else len(request.body) < request.length:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CutOffError
        request.body += message["body"]
        if not message["more_body"]:
            if request.length is not None and len(request.body) < request.length:
                raise _CutOffError
            return
    if request.length is None:
        await _drop_body(request, receive)


async def _drop_body(request: _Request, receive: Receive) -> None:
    """Read what comes of a body that is too long, as far as it is short and comes soon."""
    request.is_unread = True
    dropped = len(request.body)
    with suppress(TimeoutError):
        async with asyncio.timeout(BODY_WITHIN_S):
            while max(dropped, request.length or 0) <= DROPPED_BYTES:
                async with asyncio.timeout(PAUSE_S):
                    message = await receive()
                if not message.get("more_body"):
                    return
                dropped += len(message["body"])


async def _until_gone(receive: Receive) -> None:
    """Wait until a client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass
class _Answer:
    """An application's answer, and the next part of its body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    _iterable: Iterable[bytes]
    part: bytes = b""
    is_whole: bool = False
    _pieces: Iterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._pieces = iter(self._iterable)

    def take_part(self) -> None:
        """Go on to the next part, which is empty at the end; the last one may be any length."""
        taken = bytearray()
        for piece in self._pieces:
            taken += piece
            if len(taken) >= PART_BYTES:
                self.part = bytes(taken)
                return
        self.part, self.is_whole = bytes(taken), True

    def close(self) -> None:
        """Let the application let go of what it holds."""
        if close := getattr(self._iterable, "close", None):
            close()


def _start(app: "WSGIApplication", request: _Request) -> _Answer:
    """Call an application; return its answer with the first part, and closed if that is all."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started[:] = [(status, headers)]

    iterable = app(request.environ(), start_response)
    status, headers = started[0]
    answer = _Answer(int(status[:3]), [], iterable)
    try:
        answer.headers = _encoded(headers)
        if request.is_unread:
            answer.headers.append((b"connection", b"close"))
        answer.take_part()
    except BaseException:
        answer.close()
        raise
    if answer.is_whole:
        answer.close()
    return answer


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as they are sent. Raises: UnicodeEncodeError."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
