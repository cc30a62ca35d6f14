"""Finds out whether a server may listen, before one is started: servers fail in many lines."""

import socket

import click


def address_of(host: str, port: int) -> str:
    """Return the address of a host of this machine on which a port is free.

    Raises: UsageError for a host that is none; OSError, which names host and port, if it is not free.
    """
    family, address = _resolved(host)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, to start again at once
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    return address


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """Return kind and address of a host; of several the IPv4 one, which every browser tries."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise click.UsageError(f"{host!r} is no host to listen on") from error
    addresses = [(family, str(name[0])) for family, _, _, _, name in found]
    return min(addresses, key=lambda each: each[0] != socket.AF_INET)
