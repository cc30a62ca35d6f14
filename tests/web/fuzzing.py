"""Random requests, each made from its number: the same number makes the same request again."""

import json
import re
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode

from werkzeug.test import EnvironBuilder, run_wsgi_app

HOSTILE = [
    "", " ", "\x00", "\ud800", "\u202e", "\u200b" * 100, "e" + "\u0301" * 500, "a\r\nBcc: b@c.d",
    "\x1b[31m", "<script>alert(1)</script>", "{{7*7}}", "%(label)s %s % %%", "{0.__class__}",
    "=cmd|' /C calc'!A0", "' OR 1=1--", "NaN", "Infinity", "-Infinity", "1e999", "-0", "9" * 5000, "٣" * 50,
    "0x10", "²", "½", "0", "-1", "true", "null", "@", "a@", "a@b", "+", "++420", "..", "../../etc/passwd",
    "//evil.example", "http://[::1", "javascript:alert(1)", "2026-02-30", "0000-00-00", "9999-12-31",
    "10000-01-01", "x" * 70_000, "[]", "{}", "\ufeff", "\uffff", "😀" * 300,
]  # fmt: skip
VALUES = [None, True, False, 0, -1, 1e308, 10**400, 2**63, [], {}, [[]], {"a": {"b": []}}, ["a", 1, {}]]
CONTENT_TYPES = [
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b",
    "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded; charset=nonsense",
    "multipart/form-data", "application/csp-report", "*/*", "", "\x00", "a" * 5000,
    "application/json; charset=\x80", "text/html; charset=rot13",
]  # fmt: skip
HEADERS = [
    "ACCEPT", "ACCEPT_LANGUAGE", "ACCEPT_ENCODING", "AUTHORIZATION", "COOKIE", "HOST", "IF_MODIFIED_SINCE",
    "IF_NONE_MATCH", "ORIGIN", "RANGE", "REFERER", "SEC_FETCH_SITE", "USER_AGENT", "X_CSRFTOKEN",
    "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_REQUESTED_WITH", "TRANSFER_ENCODING", "IDEMPOTENCY_KEY",
]  # fmt: skip
USUAL = [
    "null", "https://www.riverside.example", "http://localhost", "*/*", "application/json", "text/html",
    "cs", "uk;q=0.1, *;q=x", "en-GB-oxendict", "bytes=0-0", "W/\"x\"", "Bearer x", "Basic !!",
    "203.0.113.9, x", "[::1]:99", "realpad-form=x.y.z", "Thu, 01 Jan 1970 00:00:00 GMT", "chunked", "https",
]  # fmt: skip
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
KEYS = sorted(
    {
        key
        for page in TEMPLATES.rglob("*.html")
        for key in re.findall(r'name="([\w-]+)"', page.read_text("utf-8"))
    }
    | {
        "unit",
        "campaign",
        "page",
        "referrer",
        "utm_source",
        "gclid",
        "url",
        "maxwidth",
        "after",
        "before",
        "newest",
    }
    | {"code", "state", "error", "iss", "person", "view", "width"}
)
"""What our pages and their addresses are asked for, with what others send along."""

METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "FOO"]


class Fuzzer:
    """Makes requests for an application's own routes, and sends them without a server between.

    `fields` are the keys of a post that would be taken, with a value each. `words` are what may stand in a
    path, by the converter of its place (`slug`, `uuid`, …), and in queries. Half of the requests are for
    routes below one of `most_at`.
    """

    def __init__(self, app, *, fields, words, most_at=()):
        self._app = app
        self._fields = fields
        self._words = words
        self._likely = sorted({word for some in words.values() for word in some})
        self._rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods)))
        self._most = [rule for rule in self._rules if rule.rule.startswith(most_at)]

    def answer(self, number, *, token, csrf="", cookies=""):
        """Send request `number`; return its status and what it was."""
        environ = self._environ(Random(number), token, csrf, cookies)
        parts, status, _headers = run_wsgi_app(self._app, environ, buffered=True)
        b"".join(parts)
        about = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO'][:200]}?{environ['QUERY_STRING'][:200]}"
        return int(status.split()[0]), about

    def _environ(self, random, token, csrf, cookies):
        rule = random.choice(self._most if self._most and random.random() < 0.5 else self._rules)
        method = random.choice(sorted(rule.methods - {"OPTIONS", "HEAD"}))
        if random.random() < 0.05:
            method = random.choice(METHODS)
        body, kind = self._body(random, token, csrf) if method not in {"GET", "HEAD"} else (b"", "")
        environ = EnvironBuilder(path="/", method="POST").get_environ()
        environ.update(
            REQUEST_METHOD=method,
            PATH_INFO=_latin(self._path(random, rule)),
            QUERY_STRING=_latin(self._query(random)),
            CONTENT_TYPE=kind,
            CONTENT_LENGTH=str(len(body))
            if random.random() < 0.97
            else random.choice(["", "-1", "x", "9" * 30]),
            REMOTE_ADDR=f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}",
            HTTP_COOKIE=cookies,
        )
        environ["wsgi.input"].write(body)
        environ["wsgi.input"].seek(0)
        for _ in range(random.choice([0, 0, 1, 3])):
            environ[f"HTTP_{random.choice(HEADERS)}"] = _header(
                random.choice([*USUAL, *self._likely, *HOSTILE])
            )
        return environ

    def _path(self, random, rule):
        """Return a path of this rule, its parts mostly right."""
        path = ""
        for is_converted, text in rule._trace:
            if is_converted:
                kind = type(rule._converters[text]).__name__
                likely = self._words.get(kind, self._likely) if random.random() < 0.9 else [self._odd(random)]
                text = random.choice(likely)
            path += text
        tail = random.choice(["/", "//", "\x00", "?", "%00"]) if random.random() < 0.05 else ""
        return path.removeprefix("|") + tail

    def _query(self, random):
        if random.random() < 0.1:
            return random.choice(HOSTILE)
        pairs = [(random.choice(KEYS), self._text(random)) for _ in range(random.choice([0, 1, 1, 2, 5]))]
        return "&".join(f"{key}={quote(value, errors='replace')}" for key, value in pairs)

    def _body(self, random, token, csrf):
        """Return a body and its content type: most are nearly right."""
        fields = {**self._fields, "token": token, "csrf_token": csrf}
        for _ in range(random.choice([0, 1, 1, 2, 4])):
            key = random.choice([*fields, *random.sample(KEYS, 3), self._odd(random)[:100]])
            if random.random() < 0.25:
                fields.pop(key, None)
            else:
                fields[key] = random.choice(
                    [self._text(random), random.choice(VALUES), [self._text(random)] * 3]
                )
        if random.random() < 0.5:
            body, kind = self._json(random, fields), "application/json"
        else:
            texts = {key: value if isinstance(value, str) else str(value) for key, value in fields.items()}
            body, kind = urlencode(texts, errors="replace").encode(), "application/x-www-form-urlencoded"
        if random.random() < 0.1:
            body = _damaged(random, body)
        return body, (kind if random.random() < 0.85 else _latin(random.choice(CONTENT_TYPES)))

    def _json(self, random, fields):
        text = json.dumps(fields)
        if random.random() < 0.1:
            text = random.choice(
                ["[" * 5000, "null", "[]", "1", '"x"', "{" + text[1:-1] + "," + text[1:], text * 2]
            )
        return text.encode()

    def _text(self, random):
        return random.choice(self._likely) if random.random() < 0.4 else self._odd(random)

    def _odd(self, random):
        """Return hostile text, or characters by chance."""
        if random.random() < 0.7:
            return random.choice(HOSTILE)
        return "".join(
            chr(random.choice([random.randrange(128), random.randrange(0x11_0000)])) for _ in range(9)
        )


def _damaged(random, body):
    """Return bytes with a part cut out, or with others put in."""
    at, end = sorted(random.randrange(len(body) + 1) for _ in range(2))
    return body[:at] + random.choice([b"", random.randbytes(9), b"\xff\xfe", b"%", b"\x00" * 9]) + body[end:]


def _latin(text):
    """Return text as a WSGI server hands over the bytes of a request."""
    return text.encode("utf-8", "replace").decode("latin-1")


def _header(text):
    """Return text as a server lets it through in a header: without line ends and NUL."""
    return _latin(text).translate({ord(each): None for each in "\r\n\x00"})
