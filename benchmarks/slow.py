"""What the worst answers cost a call: its class, the longest it took, the most memory it held.

The real gateway on real sockets, against a CRM in a process of its own. Goals: no call longer than the
deadline by more than 0.1 s, memory bounded, and the class that never makes a second call by itself.
"""

import argparse
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from slow_crm import FAULTS, slow_crm

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.domain.delivery import Answer
from realpad_form.ports import Credential

MARGIN_S: Final = 0.1
CREDENTIAL: Final = Credential(name="bench", login="bench", password="bench")  # noqa: S106
BODY: Final = {"name": "Jana", "surname": "Nováková", "note": "x" * 1_000_000}
"""More than a socket takes at once, or nobody would notice that it is never read."""

SHORT: Final = {**BODY, "note": "Dobrý den"}

Call = Callable[[], Answer]


def main() -> None:
    """Print the figures; exit 1 if a call took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadline-s", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=10)
    options = parser.parse_args()
    print(f"deadline {options.deadline_s:g} s, {options.repeat} calls each")
    print(f"{'fault':<30}{'class':<14}{'status':<8}{'longest':>9}{'memory':>10}")
    with ExitStack() as opened:
        calls = opened.enter_context(_calls(options.deadline_s))
        longest = max(_measure(name, call, options.repeat) for name, call in calls.items())
    print(f"longest call: {longest:.3f} s, {longest - options.deadline_s:+.3f} s to the deadline")
    if longest > options.deadline_s + MARGIN_S:
        raise SystemExit(1)


@contextmanager
def _calls(deadline_s: float) -> Iterator[dict[str, Call]]:
    """Yield what makes a call that meets each fault, by name."""
    with slow_crm() as url, _full_listener() as full:
        addresses = {
            "connection never taken": (full, SHORT),
            "TLS handshake never answered": (url.replace("http", "https") + "/", SHORT),
            **{
                name: (f"{url}/{number}/", BODY if name == "request never read" else SHORT)
                for number, name in enumerate(FAULTS)
            },
        }
        yield {name: _call(*each, deadline_s=deadline_s) for name, each in addresses.items()}


def _call(url: str, body: dict[str, str], *, deadline_s: float) -> Call:
    gateway = RealpadGateway(url, timeout_s=deadline_s)
    return lambda: gateway.create_lead(CREDENTIAL, body)


@contextmanager
def _full_listener() -> Iterator[str]:
    """Yield the address of a server whose queue is full, so that nobody is let in."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
        first.connect(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}/"


def _measure(name: str, call: Call, repeat: int) -> float:
    """Print what calls came to; return the longest time, in seconds."""
    answers, times = set(), []
    for _ in range(repeat):
        began = time.perf_counter()
        answer = call()
        times.append(time.perf_counter() - began)
        answers.add((answer.outcome, answer.status))
    classes = ", ".join(sorted({outcome for outcome, _ in answers}))
    statuses = ", ".join(sorted({str(status or "–") for _, status in answers}))
    print(f"{name:<30}{classes:<14}{statuses:<8}{max(times):>7.3f} s{_peak_kb(call):>7,.0f} kB", flush=True)
    return max(times)


def _peak_kb(call: Call) -> float:
    """Return the most memory that one more call holds at once; not timed, as watching slows it."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 1024
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    main()
