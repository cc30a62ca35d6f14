"""Finds out whether a server may listen, before one is started: servers fail in many lines."""

import socket

import click


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
