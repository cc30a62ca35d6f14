"""Every call to somebody else's server says who calls; an address that cannot be is never good news."""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import pytest
from openid import CLIENT, SECRET

from realpad_form.adapters.captcha import Service, ServiceCaptcha
from realpad_form.adapters.http_client import fetch, server_time
from realpad_form.adapters.notifiers import WebhookNotifier
from realpad_form.adapters.oidc import OpenIdProvider
from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.domain.alert import Alert, Kind
from realpad_form.domain.errors import RealpadFormError, UnreachableError
from realpad_form.forms import AlertWriter
from realpad_form.ports import Credential


@pytest.fixture
def agents():
    """Serve nothing of use; yields an address and the User-Agent of every call."""
    heard = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers.get_all("User-Agent"))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"{}")

        def do_POST(self):
            self.do_GET()

        def do_HEAD(self):
            self.do_GET()

        def log_message(self, *_):
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    thread.join()
    server.server_close()


def webhook(url, _project):
    WebhookNotifier(url, words=AlertWriter()).send([Alert(kind=Kind.LANE, subject="a", text="b")])


def realpad(url, _project):
    RealpadGateway(url, timeout_s=5).create_lead(Credential(name="a", login="b", password="c"), {})


def captcha(url, project):
    for is_json in (False, True):
        service = Service(url=url, is_json=is_json)
        ServiceCaptcha(service, ("k", "s"), host=None, report=lambda *_: None).judge(project, "t", "x")


def openid(url, _project):
    OpenIdProvider(url, CLIENT, SECRET, "http://127.0.0.1/back").ask(is_again=False)


def pages(url, _project):
    fetch(url)
    server_time(url)


@pytest.mark.parametrize("call", [webhook, realpad, captcha, openid, pages])
def test_each_call_names_this_program_and_its_version(agents, project, call):
    url, heard = agents

    with suppress(RealpadFormError):  # what was answered is of no use to anybody
        call(url, project)

    assert heard
    assert all(agent == [f"realpad-form/{version('realpad-form')}"] for agent in heard)


@pytest.mark.parametrize("look", [fetch, server_time])
@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:abc/", "https://*.example/", f"https://{'a' * 64}.example/"]
)
def test_an_address_that_cannot_be_is_unreachable(look, url):
    with pytest.raises(UnreachableError):
        look(url)
