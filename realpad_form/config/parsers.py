"""Parsers of single settings: numbers, words and addresses.

What is refused of an address is not quoted: it may hold a password.
"""

import ipaddress
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.receiver import AllowedHosts, receiver_of


def number(*, least: float, most: float) -> Callable[[str], float]:
    """Return a parser of numbers within bounds."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"{text!r} is not a number from {least:g} to {most:g}")
        return value

    return parse


def whole(*, least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Return a parser of one of some words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is none of {', '.join(words)}")
        return text

    return parse


def yes_or_no(text: str) -> bool:
    """Return whether a text says yes. Raises: ValueError, if it says neither."""
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


def pace_s(text: str) -> float:
    """Return the seconds between two calls from `2/second`, `60/minute` or `unlimited`."""
    if text == "unlimited":
        return 0.0
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)/(second|minute|hour)", text)
    if not match or not float(match[1]):
        raise ValueError(f"{text!r} is not a rate; write e.g. 2/second, 30/minute or unlimited")
    return {"second": 1, "minute": 60, "hour": 3600}[match[2]] / float(match[1])


def bearer_token(text: str) -> str:
    """Return a token that a bearer header can carry. Source: RFC 6750, section 2.1, `b64token`."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", text):
        raise ValueError("it may hold ASCII letters, digits and - . _ ~ + / only, and = at its end")
    return text


_LABEL: Final = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"

_MAIL_SERVER: Final = "a mail server is written smtp://user:password@host:587 or smtps://…:465"

_DATABASE_SERVER: Final = re.compile(
    r"postgresql\+psycopg://(?:[^:/]*(?::[^@]*)?@)?(?:\[[^/?]+\]|[^:/?]*)(?::(?P<port>[^/?]*))?"
)
"""Where the port stands, as SQLAlchemy reads it: a password may hold what ends it in other addresses."""

_ESCAPED: Final = "what is special in an address, as @ : / ? # in a password, is written %40 %3A %2F %3F %23"


def web_address(text: str) -> str:
    """Return an https address, or an http one on this machine, as given."""
    if _web(text).query:
        raise ValueError("must be a plain address, e.g. https://forms.example.com/")
    return text


def webhook(text: str) -> str:
    """Return a web address that may have a query, which is where some services put their key."""
    _web(text)
    return text


def chat_address(text: str) -> str:
    """Return the address of an incoming webhook of a chat; what is refused is not quoted: it is a secret."""
    if receiver_of(text) is None:
        raise ValueError("must be the address of an incoming webhook: https, without user, password and #")
    return text


def webhook_secrets(text: str) -> tuple[bytes, ...]:
    """Return a comma list of secrets that sign webhooks, e.g. `whsec_…`.

    Source: Standard Webhooks 1.0, "Signature scheme": 24 to 64 bytes in base64.
    """
    secrets = []
    for place, secret in enumerate((part.strip() for part in text.split(",") if part.strip()), 1):
        prefix, _, encoded = secret.rpartition("_")
        try:
            key = b64decode(encoded, validate=True) if prefix == "whsec" else b""
        except ValueError:
            key = b""
        if not 24 <= len(key) <= 64:
            fresh = "echo whsec_$(openssl rand -base64 32)"
            raise ValueError(f"number {place} is not whsec_ and 24 to 64 bytes in base64; try `{fresh}`")
        secrets.append(key)
    return tuple(secrets)


def webhook_hosts(text: str) -> AllowedHosts:
    """Return the hosts of our own network that webhooks may be sent to, by a comma list."""
    return AllowedHosts.parse([part.strip() for part in text.split(",") if part.strip()])


def api_address(text: str) -> str:
    """Return a web address that ends in a slash."""
    return web_address(text).rstrip("/") + "/"


def public_address(text: str) -> str:
    """Return the address of a host without a slash at its end; our pages lead to paths from its root."""
    if urlsplit(web_address(text)).path.strip("/"):
        raise ValueError("must be a host of its own without a path, e.g. https://forms.example.com")
    return text.rstrip("/")


def has_host_name(text: str) -> bool:
    """Tell whether an address names a host, which passkeys can be bound to, and no IP address.

    Source: W3C, Web Authentication 3, "RP ID".
    """
    host = urlsplit(text).hostname or ""
    return bool(host) and ":" not in host and not host.replace(".", "").isdecimal()


def mail_server(text: str) -> str:
    """Return the address of a mail server."""
    url = _split(text)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError(_MAIL_SERVER)
    if not _can_be_called(url) or url.path not in ("", "/") or url.fragment:
        raise ValueError(f"has a host or port that cannot be; {_ESCAPED}")
    if not unquote(f"{url.username or ''}{url.password or ''}").isascii():
        raise ValueError("user and password must be ASCII, as SMTP sends no others")
    options = parse_qs(url.query, keep_blank_values=True)
    if options.keys() - {"from"} or not all(map(is_mail_address, options.get("from", ()))):
        raise ValueError("takes nothing after ? but from=address, e.g. ?from=forms@example.com")
    return text


def mail_addresses(text: str) -> tuple[str, ...]:
    """Return mail addresses that commas or line ends part."""
    found = tuple(part.strip() for part in re.split(r"[,\r\n]", text) if part.strip())
    for place, address in enumerate(found, 1):
        if not is_mail_address(address):
            raise ValueError(f"number {place} is no address; write e.g. sales@example.com, boss@example.com")
    return found


def is_mail_address(text: str) -> bool:
    """Tell whether a text is one bare mail address."""
    local, _, host = text.rpartition("@")
    return bool(re.fullmatch(r"""[^\s@,;:<>()\[\]"\\]+""", local)) and _is_host(host)


def database_url(text: str) -> str:
    """Return the address of a database we know how to use."""
    if not re.match(r"sqlite:///.|postgresql\+psycopg://.", text):
        raise ValueError("write sqlite:///path/leads.db or postgresql+psycopg://user:password@host/name")
    server = _DATABASE_SERVER.match(text)
    port = server["port"] if server else None
    if port is not None and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) <= 65_535):
        raise ValueError(f"has a port that cannot be; {_ESCAPED}")
    return text


def limits_url(text: str) -> str:
    """Return the address of a store of rate limits."""
    if not re.match(r"memory://$|(?:rediss?|valkeys?|redis\+unix|valkey\+unix)://.", text):
        raise ValueError("is no store of limits; write memory:// or redis://host:6379/0")
    url = _split(text)
    is_remote = url.scheme != "memory" and not url.scheme.endswith("+unix")
    if is_remote and not _can_be_called(url):
        raise ValueError(f"has a host or port that cannot be; {_ESCAPED}")
    return text


def _web(text: str) -> SplitResult:
    """Return the parts of a web address that can be called and tells no password."""
    url = _split(text)
    if re.search(r"\s", text) or not _can_be_called(url):
        raise ValueError("has a host or port that cannot be")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname)):
        raise ValueError("must be an https:// address; http:// only on this machine")
    if url.fragment or "@" in url.netloc:
        raise ValueError("must be an address without user and #, e.g. https://forms.example.com/")
    return url


def _split(text: str) -> SplitResult:
    """Return the parts of an address; Python's own errors quote it."""
    try:
        return urlsplit(text)  # drops tabs and line ends without a word
    except ValueError:
        raise ValueError("is no address that can be read") from None


def _can_be_called(url: SplitResult) -> bool:
    """Tell whether an address has a host and, if any, a port that can be."""
    host = url.hostname or ""
    try:
        if url.port == 0:  # a port that is no number is a ValueError
            return False
        return ipaddress.ip_address(host).version == 6 if ":" in host else _is_host(host)
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    """Tell whether a text can be the name of a host."""
    try:
        name = text.encode("idna").decode().lower()
    except ValueError:
        return False
    return bool(re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*\.?", name))
