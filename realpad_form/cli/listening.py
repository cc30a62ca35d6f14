"""Finds out whether a server may listen, before it fails in many lines, and when it does listen."""

import socket
import threading
from collections.abc import Callable
from typing import Final

import click

LOOK_EVERY_S: Final = 0.05


def free_address(host: str, port: int) -> tuple[str, int]:
    """Return the address of a host of this machine and a port that is free there, any for port 0.

    Raises: UsageError, for a host that is none or a port that is not free.
    """
    family, address = _resolved(host)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, to start again at once
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            raise click.UsageError(f"{host}:{port}: {error.strerror}") from error
        return address, probe.getsockname()[1]


def is_open(address: str, port: int) -> bool:
    """Tell whether something listens on an address of this machine."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        return probe.connect_ex((address, port)) == 0


def once_open(address: str, port: int, act: Callable[[], None]) -> Callable[[threading.Event], None]:
    """Return what waits until something listens, unless told to stop, and then acts."""

    def run(stop: threading.Event) -> None:
        while not is_open(address, port):
            if stop.wait(LOOK_EVERY_S):
                return
        act()

    return run


def url_of(address: str, port: int) -> str:
    """Return where a browser finds what listens on an address of this machine."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """Return kind and address of a host; of several the IPv4 one, which every browser tries."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise click.UsageError(f"{host!r} is no host to listen on") from error
    addresses = [(family, str(name[0])) for family, _, _, _, name in found]
    return min(addresses, key=lambda each: each[0] != socket.AF_INET)
