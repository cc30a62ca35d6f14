"""Which addresses webhooks may be sent to: public ones over https, and those that the operator allows.

A URL is judged when it is written down, and the very address that is connected to at each connection.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

from realpad_form.domain.message import _

_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_WITHIN_GLOBAL: Final = tuple(
    map(ipaddress.ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
"""Of the unicast addresses: Teredo and other special ones, documentation, 6to4, which carries IPv4 inside."""

_NOT_PUBLIC: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        ),
    )
)
"""IPv4 addresses that are nobody's on the public internet, and one that only Azure's own machines can call.

Written out, since what Python knows of them changes with its version.

Source: IANA IPv4 Special-Purpose Address Registry; Microsoft, "What is IP address 168.63.129.16?".
"""

_HOST: Final = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)


def is_public(address: str) -> bool:
    """Tell whether an IP address may be called: one on the public internet, and nothing of our own network.

    What carries an IPv4 address inside (mapped, NAT64) is judged by that one. Source: IANA's registries of
    special-purpose addresses.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is None:
            is_special = ip.scope_id is not None or any(ip in net for net in _WITHIN_GLOBAL)
            return ip in _GLOBAL_UNICAST and not is_special
        ip = inside
    return not any(ip in net for net in _NOT_PUBLIC)


def host_of(text: str) -> str | None:
    """Return a host as it is looked up: in ASCII and lower case, without the dot at its end; None if none."""
    if text.startswith("[") or ":" in text:
        try:
            return str(ipaddress.IPv6Address(text.strip("[]")))
        except ValueError:
            return None
    try:
        name = text.encode("idna").decode().lower().rstrip(".") if text else ""
    except UnicodeError:
        return None
    return name if _HOST.fullmatch(name) else None


def receiver_of(url: str) -> SplitResult | None:
    """Return the parts of a URL that can be called and holds no login; None of any other."""
    try:
        parts = urlsplit(url)
        is_port = parts.port != 0
    except ValueError:
        return None
    is_plain = re.fullmatch(r"[^\s\x00-\x1f\x7f\\]+", url) is not None and "#" not in url
    is_web = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return parts if is_plain and is_web and is_port and host_of(parts.hostname or "") else None


class ReceiverRefusal(StrEnum):
    """Why an endpoint is not called."""

    NOT_HTTPS = _("its address is not https")
    PRIVATE = _("its address is not public")
    WRONG = _("it is no address that can be called")


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Hosts of our own network that may be called, each `host` or `host:port` as `parse` returns them."""

    entries: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, texts: Collection[str]) -> "AllowedHosts":
        """Return the hosts that texts name. Raises: ValueError, that says which is none."""
        entries = set()
        for place, text in enumerate(texts, 1):
            parts = receiver_of(f"http://{text}")
            if parts is None or parts.path or parts.query:
                raise ValueError(f"number {place} is no host; write e.g. n8n.internal, 127.0.0.1:5678")
            entries.add((str(host_of(parts.hostname or "")), parts.port))
        return cls(frozenset(entries))

    def holds(self, url: str) -> bool:
        """Tell whether the host of a URL, at its port, is one of them."""
        parts = receiver_of(url)
        if parts is None:
            return False
        host, port = host_of(parts.hostname or ""), parts.port or (443 if parts.scheme == "https" else 80)
        return host is not None and bool({(host, None), (host, port)} & self.entries)

    def refusal(self, url: str) -> ReceiverRefusal | None:
        """Return why a URL is not called, as far as it can be told without looking its host up."""
        parts = receiver_of(url)
        if parts is None:
            return ReceiverRefusal.WRONG
        if self.holds(url):
            return None
        if parts.scheme != "https":
            return ReceiverRefusal.NOT_HTTPS
        host = host_of(parts.hostname or "") or ""
        # What resolvers take for an IPv4 address, 2130706433 and 0x7f.1 among them, ends in a number.
        is_address = ":" in host or re.fullmatch(r"0x[0-9a-f]*|[0-9]+", host.rpartition(".")[2]) is not None
        is_here = host == "localhost" or host.endswith(".localhost")
        return ReceiverRefusal.PRIVATE if is_here or (is_address and not is_public(host)) else None
