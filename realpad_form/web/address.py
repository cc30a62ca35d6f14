"""Where a request comes from, as evidence and as the key of a limit."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import Request


def client_address(request: Request) -> str:
    """Return the visitor's IP address, or '' where there is none to be trusted.

    Some proxies append `address:port` or put IPv6 in brackets.
    """
    address = _parse(request.remote_addr or "")
    return str(address) if address else ""


def limit_key(request: Request) -> str:
    """Return the key that a visitor's limits count under: an IPv4 address, or an IPv6 /64.

    A household or a phone owns a whole /64. Whatever cannot be read shares one bucket, since an
    empty key would mean no limit at all.
    """
    address = _parse(request.remote_addr or "")
    if address is None:
        return "unreadable"
    if isinstance(address, IPv6Address):
        return f"{int(address) >> 64:x}::/64"
    return str(address)


@lru_cache(maxsize=1000)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address without port, brackets and zone; IPv4 in IPv6 as IPv4."""
    host = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
