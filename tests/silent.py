"""A server on a real socket that accepts and says nothing, or drips so that no time-out by byte ends it."""

import socket
import threading
import time
from contextlib import contextmanager, suppress


@contextmanager
def silent_server(*, drip=b""):
    """Yield the address of a server that sends `drip` byte by byte, ten a second, for ever; or nothing."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        held = []

        def accept():
            with suppress(OSError):
                while not over.is_set():
                    line, _ = listener.accept()
                    held.append(line)
                    if drip:
                        threading.Thread(target=send, args=[line], daemon=True).start()

        def send(line):
            with suppress(OSError):
                while not over.wait(0.1):
                    line.sendall(drip)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", held
        finally:
            over.set()
            with suppress(OSError):
                socket.create_connection(listener.getsockname(), timeout=1).close()
            thread.join(5)
            for line in held:
                line.close()


def wait_until(holds, *, within_s=10.0):
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
