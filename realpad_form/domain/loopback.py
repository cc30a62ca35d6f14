"""This machine, as an address may name it."""

import ipaddress
from typing import Final

NAME: Final = "localhost"


def is_loopback(host: str | None) -> bool:
    """Tell whether a host is this machine: by name, or by any of its own addresses."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == NAME
