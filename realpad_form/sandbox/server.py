"""A threaded server for the sandbox; a thread may hang or lose its connection without the others."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from realpad_form.sandbox.world import KEY


class _Quiet(WSGIRequestHandler):
    """Logs no calls: the journal has them, without passwords."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the `Date` of an answer by the sandbox's own clock, which can be turned."""
        app = self.server.app
        world = app.extensions[KEY] if isinstance(app, Flask) else None
        return super().date_time_string(world.now().timestamp() if world else timestamp)


@dataclass
class Server:
    """A sandbox that runs beside us."""

    app: Flask
    port: int
    _server: BaseWSGIServer
    _thread: Thread

    @property
    def url(self) -> str:
        """The address of the page; the web service is under `ws/v10/`."""
        return f"http://127.0.0.1:{self.port}/"

    def shutdown(self) -> None:
        """Stop taking calls; one that hangs is left behind."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def start(app: Flask, port: int = 0) -> Server:
    """Run a sandbox in the background, on any free port unless one is named.

    Raises: OSError, for a port that is taken.
    """
    # Werkzeug, left to listen by itself, would end the whole process over a port that is taken.
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        server = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        )
    thread = Thread(target=server.serve_forever, args=[0.05], name="sandbox", daemon=True)
    thread.start()
    return Server(app, server.port, server, thread)


def serve(app: Flask, port: int, *, host: str = "127.0.0.1") -> None:
    """Run a sandbox until Ctrl+C."""
    with suppress(KeyboardInterrupt):
        make_server(host, port, app, threaded=True, request_handler=_Quiet).serve_forever()
