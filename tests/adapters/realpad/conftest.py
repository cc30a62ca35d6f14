"""A CRM on a real socket that does with a call whatever a test tells it to."""

import socket
import ssl
import struct
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.ports import Credential


class Line:
    """The server's end of one connection."""

    def __init__(self, sock, received, closing):
        self.sock, self._received, self._closing = sock, received, closing

    def read(self):
        """Take the whole request in."""
        request = b""
        while b"\r\n\r\n" not in request:
            request += self.sock.recv(65536) or b"\r\n\r\n"
        head, _, body = request.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        while len(body) < length and (more := self.sock.recv(65536)):
            body += more
        self.request = head + b"\r\n\r\n" + body
        self._received.append(self.request)
        return self

    def answer(self, status=200, body=b"", headers=()):
        """Answer properly."""
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
        self.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def drip(self, text, every_s=0.05):
        """Send one byte at a time."""
        for byte in text:
            self.sock.sendall(bytes([byte]))
            time.sleep(every_s)

    def hang(self):
        """Say nothing until the test is over."""
        self._closing.wait(10)

    def reset(self):
        """Close with a reset instead of a proper end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class ScriptedCrm:
    """Accepts connections and does `behave(line)` with each, over TLS if given a context."""

    def __init__(self, behave, context=None):
        self.received = []
        self.connections = 0
        self._behave, self._context = behave, context
        self._closing = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if context else "http"
        self.port = self._listener.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/ws/v10/"
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self):
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                thread = Thread(target=self._serve, args=[sock])
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock):
        with sock, suppress(OSError):
            sock.settimeout(5)
            if self._context:
                with self._context.wrap_socket(sock, server_side=True) as secure:
                    self._behave(Line(secure, self.received, self._closing))
            else:
                self._behave(Line(sock, self.received, self._closing))


@pytest.fixture
def crm():
    """Starts CRMs: `crm(behave, context=None)`."""
    started = []

    def start(behave, context=None):
        started.append(ScriptedCrm(behave, context))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def credential():
    return Credential(name="riverside", login="canary-login", password='canary & "pass"+word')


@pytest.fixture
def send(crm, credential):
    """Sends one lead to a CRM that behaves as told and returns the answer."""

    def send(behave, timeout_s=5):
        gateway = RealpadGateway(crm(behave).url, timeout_s)
        return gateway.create_lead(credential, {"name": "Jan", "surname": "Novák"})

    return send


_SIGNS = x509.KeyUsage(
    key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False,
    key_encipherment=False, data_encipherment=False, key_agreement=False,
    encipher_only=False, decipher_only=False,
)  # fmt: skip


class Authority:
    """A certificate authority of our own."""

    def __init__(self, folder):
        self._folder, self._count = folder, 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])
        certificate = self._sign(self._name, self._key.public_key(), is_authority=True)
        self.path = folder / "ca.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host="127.0.0.1", **terms):
        """Return a server's TLS context with a certificate for `host`."""
        self._count += 1
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test server")])
        certificate = self._sign(subject, key.public_key(), host=host, **terms)
        path = self._folder / f"{self._count}.pem"
        plain = serialization.NoEncryption()
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        path.write_bytes(key.private_bytes(pem, pkcs8, plain) + certificate.public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(self, subject, key, *, host=None, is_authority=False, ended_ago=timedelta(days=-1)):
        end = datetime.now(UTC) - ended_ago
        draft = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=end - timedelta(days=2),
            not_valid_after=end,
        )
        draft = draft.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        # Python 3.13 is strict about what an authority's certificate says of its key.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        draft = draft.add_extension(issuer, critical=False)
        if is_authority:
            own = x509.SubjectKeyIdentifier.from_public_key(key)
            draft = draft.add_extension(own, critical=False).add_extension(_SIGNS, critical=True)
        if host:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
            draft = draft.add_extension(names, critical=False)
        return draft.sign(self._key, hashes.SHA256())


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """Another authority, which nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))
