"""A stand-in OpenID provider on a real socket, with keys of its own; it says whatever a test wants."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from functools import cache
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLIENT, SECRET = "realpad-form", "canary-client-secret"


@cache
def make_key(_name):
    """Return a key pair; the same one for the same name, since they take long to find."""
    return RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256", "use": "sig"})


class OpenIdStandIn:
    """Signs tokens about one person; `claims` and `key` override what they say and who signs."""

    def __init__(self):
        self.key = self.published = make_key("published")
        self.claims, self.metadata, self.asked = {}, {}, {}
        self.moved = {}  # path → where a redirect leads
        self.calls = Counter()
        self.algorithm = "RS256"
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def authorize(self, address):
        """Do what a person does there, and return what the browser brings back."""
        self.asked = dict(parse_qsl(urlsplit(address).query))
        return {"code": "c0de", "state": self.asked["state"]}

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sign_with_secret(self):
        """Sign as whoever knows the client's secret could."""
        self.key, self.algorithm = OctKey.import_key(SECRET), "HS256"

    def sign_with_nothing(self):
        """Leave the signature out, and say so."""
        self.algorithm = "none"

    def publish_short_key(self):
        """Use a key that can be found out."""
        self.key = self.published = RSAKey.generate_key(1024, {"kid": "k1", "alg": "RS256", "use": "sig"})

    def sign_with_another_key(self):
        self.key = make_key("another")

    def _answer(self, environ, start):
        request = Request(environ)
        self.calls[request.path] += 1
        if place := self.moved.get(request.path):
            return Response(status=307, headers={"Location": place})(environ, start)
        route = {
            "/.well-known/openid-configuration": self._configuration,
            "/jwks": lambda _request: {"keys": [self.published.as_dict(private=False)]},
            "/token": self._token,
        }[request.path]
        told = route(request)
        status = 400 if "error" in told else 200
        return Response(json.dumps(told), status, mimetype="application/json")(environ, start)

    def _configuration(self, _request):
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        found = {name: self.issuer + path for name, path in places.items()}
        return {"issuer": self.issuer, **found, **self.metadata}

    def _token(self, request):
        verifier = request.form.get("code_verifier", "").encode()
        challenge = urlsafe_b64encode(sha256(verifier).digest()).rstrip(b"=").decode()
        is_client = (request.authorization.username, request.authorization.password) == (CLIENT, SECRET)
        if not is_client or challenge != self.asked["code_challenge"] or request.form["code"] != "c0de":
            return {"error": "invalid_grant"}
        return {"access_token": "t", "token_type": "Bearer", "id_token": self._id_token()}

    def _id_token(self):
        now = int(time.time())
        usual = {
            "iss": self.issuer, "aud": CLIENT, "sub": "4711", "iat": now, "exp": now + 300,
            "nonce": self.asked["nonce"], "email": "jana@firma.example", "email_verified": True,
        }  # fmt: skip
        told = {name: value for name, value in {**usual, **self.claims}.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "k1"}
        if self.algorithm == "none":
            parts = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, told))
            return ".".join([part.decode() for part in parts] + [""])
        return jwt.encode(header, told, self.key, algorithms=[self.algorithm])
