"""A project for each captcha, and a captcha service on a real socket."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest


class Stand(ThreadingHTTPServer):
    """Answers as told and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Asked)
        self.status, self.body, self.asked, self.gate = 200, {"success": True}, [], threading.Event()
        self.gate.set()
        self.url = f"http://127.0.0.1:{self.server_port}/siteverify"


class Asked(BaseHTTPRequestHandler):
    """One question to the stand-in."""

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers["Content-Type"] == "application/json"
        fields = json.loads(text) if is_json else {key: one for key, [one] in parse_qs(text).items()}
        self.server.asked.append((dict(self.headers), fields))
        self.server.gate.wait(10)
        body = self.server.body
        answer = body if isinstance(body, bytes) else json.dumps(body).encode()
        with suppress(OSError):  # whoever asked may have given up
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def stand():
    server = Stand()
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield server
    server.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reported():
    """What was reported: which captcha could not tell, and why."""
    return []


@pytest.fixture
def report(reported):
    return lambda project, reason: reported.append(str(reason))


@pytest.fixture
def project_with(project):
    """Return a project that asks for a captcha."""
    return lambda captcha: project.model_copy(update={"captcha": captcha})
