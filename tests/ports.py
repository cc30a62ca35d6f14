"""Ports for servers that are processes of their own."""

import random
import socket

# Below those that a system gives to outgoing connections: one of these could take a port
# between the moment it is found free and the start of the server it was found for.
PORTS = range(20_000, 32_000)


def free_port():
    """Return a port that nobody listens on and no outgoing connection will be given."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
