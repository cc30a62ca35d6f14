"""One POST on a connection of its own: no retry, no redirect, no proxy, one deadline for all of it."""

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from requests import PreparedRequest, Request, RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from realpad_form.adapters.http_client import NAMED
from realpad_form.adapters.realpad.watch import Watch
from realpad_form.domain.crash import CrashPoint, crash_point

LIMIT_BYTES: Final = 64 * 1024
"""As much of an answer is read, unpacked, unless told otherwise."""

_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    **NAMED,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes
    is_whole: bool  # neither cut off nor longer than we read


@dataclass(frozen=True, slots=True)
class NoReply:
    """Nothing that can be called an answer came back."""

    has_left: bool  # the call may have arrived
    why: str


def post(
    url: str,
    form: Mapping[str, str],
    *,
    timeout_s: float,
    ca: Path | None,
    limit_bytes: int = LIMIT_BYTES,
) -> Reply | NoReply:
    """Send a URL-encoded form and return what came of it, at the latest after `timeout_s`.

    Failures come back as values, because the library's errors hold the request with its password.
    """
    request = Request("POST", url, data=form, headers=_HEADERS).prepare()
    with Watch(timeout_s) as watch, closing(WatchedAdapter(watch)) as adapter:
        try:
            return _read(_send(adapter, request, ca=ca), watch, limit_bytes)
        except Exception as error:
            # Before there was a connection, only the network can have failed. Anything else is
            # a mistake of ours: it would hold this lane up for ever if it passed for an outage,
            # so let it surface. With a connection the lead may have left, whatever the error.
            if not watch.is_connected and not isinstance(error, (RequestException, HTTPError, OSError)):
                raise
            return NoReply(watch.is_connected, _why(error, watch))


def _send(adapter: "WatchedAdapter", request: PreparedRequest, *, ca: Path | None) -> Response:
    """Send through the adapter alone.

    A session on top would take proxies and certificates from the environment, and read the
    whole body of a redirect even if told not to follow it.
    """
    verify = str(ca) if ca else True
    return adapter.send(request, stream=True, timeout=adapter.watch.timeout_s, verify=verify)


def _read(response: Response, watch: Watch, limit_bytes: int) -> Reply:
    """Return the answer, as far as it came."""
    with closing(response):
        body, is_whole = b"", False
        try:
            body = response.raw.read(limit_bytes, decode_content=True)
            # a body without a length also seems to end where the watch cut it off
            is_whole = len(body) < limit_bytes and not watch.is_over
        except (HTTPError, OSError):
            pass  # cut off; the status stands
        return Reply(response.status_code, response.headers, body, is_whole)


def _why(error: BaseException, watch: Watch) -> str:
    """Return what broke, by the innermost error."""
    if watch.is_over:
        return f"no {'answer' if watch.is_connected else 'connection'} within {watch.timeout_s:g} s"
    while inner := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        error = inner
    return f"{type(error).__name__}: {error}"


class _Connection(HTTPConnection):
    """A connection under a watch, which learns whether it came to stand."""

    def __init__(self, *args: Any, watch: Watch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watch = watch

    def _new_conn(self) -> socket.socket:
        return self._watch.connect(self._dns_host, self.port, options=self.socket_options or [])

    def connect(self) -> None:
        super().connect()
        self._watch.remaining_s()  # a process that was stopped for long must not send any more
        self._watch.is_connected = True

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        if self.sock is None:  # urllib3 goes on after a reset, even one of the connect
            raise ConnectionResetError("the connection was reset before the call could leave")
        crash_point(CrashPoint.SENT)
        return super().getresponse()


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS, whose handshake and certificate are part of the connection."""


class WatchedAdapter(HTTPAdapter):
    """Makes connections under one watch."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self.watch = watch

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = cast(HTTPConnectionPool, super().get_connection_with_tls_context(*args, **kwargs))
        pool.ConnectionCls = _SecureConnection if pool.scheme == "https" else _Connection
        pool.conn_kw["watch"] = self.watch
        return pool
