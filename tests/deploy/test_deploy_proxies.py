"""nginx and Caddy, as `deploy/` sets them up, in front of a real `serve`: TLS, addresses, limits and logs."""

import http.client
import json
import os
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

import altcha
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from deployed import DEPLOY, read, replaced, running, tool
from ports import free_port

from realpad_form.cli.projects import copy_samples

HOST = "forms.example.com"
TOKEN = "t" * 32
SECRET = "s3cr3t-of-a-link"

NGINX = """
daemon off;
pid nginx.pid;
{user}
error_log stderr;
events {{ }}
http {{
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  include site.conf;
}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("deploy")


@pytest.fixture(scope="module")
def certificate(folder):
    """Make a certificate for the host, and return its path; its key is beside it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pkcs8 = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pkcs8)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def service(folder):
    """Run `serve` as behind a proxy of its own, with another public address than that of the test's proxies.

    So a page of theirs is only taken for one of ours by the host and the scheme that they pass on.
    """
    copy_samples(folder / "projects")
    settings = {
        "SECRET_KEY": "s" * 32,
        "DATA_KEY": "d" * 32,
        "METRICS_TOKEN": TOKEN,
        "TRUSTED_PROXY_HOPS": "1",
        "PUBLIC_URL": "https://other.example.com",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REALPAD_FORM_")}
    environ = {**inherited, **{f"REALPAD_FORM_{name}": value for name, value in settings.items()}}
    port, module = free_port(), [sys.executable, "-m", "realpad_form"]

    def run(*words):
        done = subprocess.run([*module, *words], cwd=folder, env=environ, capture_output=True, check=True)
        return json.loads(done.stdout)

    command = [*module, "serve", "--port", str(port), "--no-relay"]
    with running(command, port=port, folder=folder, environ=environ):
        yield SimpleNamespace(port=port, run=run)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(request, folder, certificate, service):
    """Run a proxy with the configuration of `deploy/`, but for ports, paths and certificate."""
    own = folder / request.param
    own.mkdir()
    ports = SimpleNamespace(plain=free_port(), tls=free_port())
    start = {"nginx": nginx, "caddy": caddy}[request.param]
    command, environ = start(own, ports=ports, upstream=service.port)
    with running(command, port=ports.tls, folder=own, environ={**os.environ, **environ}):
        yield SimpleNamespace(name=request.param, folder=own, ports=ports, certificate=certificate)


def nginx(folder, *, ports, upstream):
    """Write what nginx needs, and return its command and environment."""
    changes = {
        "listen 80;": f"listen 127.0.0.1:{ports.plain};",
        "    listen [::]:80;\n": "",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{ports.tls} ssl http2;",
        "    listen [::]:443 ssl http2;\n": "",
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        f"/etc/letsencrypt/live/{HOST}/fullchain.pem": "../cert.pem",
        f"/etc/letsencrypt/live/{HOST}/privkey.pem": "../key.pem",
        "/var/log/nginx/": "",
    }
    (folder / "site.conf").write_text(replaced(read("nginx.conf"), changes), encoding="utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(user=user), encoding="utf-8")
    program = tool("nginx", package="nginx-light")
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"], {}


def caddy(folder, *, ports, upstream):
    """Write what Caddy needs, and return its command and environment."""
    changes = {
        "\tservers {": f"\tadmin off\n\thttp_port {ports.plain}\n\thttps_port {ports.tls}\n\tservers {{",
        "\trequest_body {": "\ttls ../cert.pem ../key.pem\n\trequest_body {",
    }
    (folder / "Caddyfile").write_text(replaced(read("Caddyfile"), changes), encoding="utf-8")
    program = tool("caddy", package="caddy")
    command = [program, "run", "--adapter", "caddyfile", "--config", "Caddyfile"]
    return command, {
        "FORMS_UPSTREAM": f"127.0.0.1:{upstream}",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }


def call(proxy, method, path, *, body=None, tls=True, source="127.0.0.1", **headers):
    """Send a request from an address of this machine; return status, headers and body."""
    options = {"timeout": 30, "source_address": (source, 0)}
    if tls:
        context = ssl.create_default_context(cafile=str(proxy.certificate))
        connection = TlsConnection("127.0.0.1", proxy.ports.tls, context=context, **options)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.ports.plain, **options)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers={"Host": HOST, **names})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return SimpleNamespace(status=answer.status, headers=answer.headers, body=content)


class TlsConnection(http.client.HTTPSConnection):
    """A connection to an address of this machine that checks the certificate for the host."""

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=HOST)


def lead(proxy, **headers):
    """Send a lead as the form does; return the answer."""
    session = json.loads(call(proxy, "GET", "/f/riverside/session").body)
    person = {"name": "Jan", "surname": "Novák", "phone": "777 123 456", "token": session["token"]}
    if "captcha" in session:
        challenge = altcha.Challenge.from_dict(session["captcha"]["challenge"])
        person["captcha"] = altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()
    sent = {"Content_Type": "application/json", "Origin": f"https://{HOST}", **headers}
    return call(proxy, "POST", "/f/riverside/leads", body=json.dumps(person), **sent)


def test_a_form_comes_through_tls_with_the_headers_of_the_service_once(proxy):
    answer = call(proxy, "GET", "/f/riverside")

    assert answer.status == 200
    assert b"<form" in answer.body
    assert answer.headers["X-Frame-Options"] is None
    for name in ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options"):
        assert len(answer.headers.get_all(name)) == 1, name


def test_a_lead_has_the_address_of_its_visitor_whatever_they_claim(proxy, service):
    answer = lead(proxy, source="127.0.0.23", X_Forwarded_For="203.0.113.99")

    assert answer.status == 201, answer.body
    stored = service.run("leads", "show", json.loads(answer.body)["id"], "--json")
    assert "127.0.0.23" in json.dumps(stored["context"])
    assert "203.0.113.99" not in json.dumps(stored)


def test_the_service_knows_that_it_is_reached_by_https(proxy, service):
    direct = SimpleNamespace(ports=SimpleNamespace(plain=service.port))
    from_its_page = {"Content_Type": "application/json", "Origin": f"https://{HOST}"}

    without = call(direct, "POST", "/f/riverside/leads", tls=False, body="{}", **from_its_page)

    assert without.status == 403  # by http, a page at https is somebody else's
    assert lead(proxy, X_Forwarded_Proto="http").status == 201


def test_bodies_are_refused_by_the_service_in_its_own_words_and_by_the_proxy_if_huge(proxy):
    kind = {"Content_Type": "application/json"}

    large = [call(proxy, "POST", "/f/riverside/leads", body=b" " * 100_000, **kind) for _ in range(50)]
    huge = call(proxy, "POST", "/f/riverside/leads", body=b" " * 1_500_000, **kind)

    assert [each.status for each in large] == [413] * 50
    assert "error" in json.loads(large[0].body)
    assert huge.status in {"nginx": (413,), "caddy": (413, 502)}[proxy.name]  # 2.6 says 502


def test_without_tls_people_are_redirected_and_programs_refused(proxy):
    for path in ("/f/riverside?unit=A-101", "/sign-in", "/inbox/", "/"):
        answer = call(proxy, "GET", path, tls=False)
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}{path}")
    for path in ("/f/riverside/session", "/oembed?url=x", "/embeddable", "/metrics", "/readyz"):
        assert call(proxy, "GET", path, tls=False).status == 403, path
    for path in ("/f/riverside/leads", "/f/riverside/seen", "/in/cf7-main"):
        assert call(proxy, "POST", path, tls=False, body=urlencode({"name": "Jan"})).status == 403, path


def test_metrics_open_to_the_token_alone(proxy):
    assert call(proxy, "GET", "/metrics").status == 404
    assert (
        b"realpad_form_database_up 1" in call(proxy, "GET", "/metrics", Authorization=f"Bearer {TOKEN}").body
    )


def test_logs_have_no_secret_of_an_address(proxy):
    call(proxy, "GET", "/f/riverside?unit=A-101")
    for path in ("/account/link/{}", "/preview/_draft/{}", "/sign-in/elsewhere/back?code={}"):
        call(proxy, "GET", path.format(SECRET), Referer=f"https://{HOST}{path.format(SECRET)}")

    logs = "".join(path.read_text(encoding="utf-8") for path in proxy.folder.glob("*.log"))

    assert "/f/riverside?unit=A-101" in logs
    assert "/account/link/" in logs
    assert SECRET not in logs


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_proxy_closes_idle_connections_before_the_service_does(name):
    from realpad_form.cli.http import HEADERS_WITHIN_S

    assert {"nginx.conf": "keepalive_timeout 5s;", "Caddyfile": "keepalive 5s\n"}[name] in read(name)
    assert HEADERS_WITHIN_S > 5
    assert (DEPLOY / name).is_file()
