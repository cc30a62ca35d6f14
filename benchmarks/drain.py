"""How fast one relay process drains a queue, as a share of a bare `requests` loop of the same width.

Both call the same CRM, which takes 10 ms, then 100 ms for a call; a relay's width is its credential pairs,
one call in flight each. Then the same relay with a webhook for each lead, whose receiver takes 50 ms, against
one without, in turns. Then: what visitors feel while a relay drains, on one SQLite file. Goals: at least
90 % at 100 ms; at most 5 % slower with webhooks; submit p99 under 50 ms.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from json import loads
from pathlib import Path
from urllib.parse import urlsplit

import requests
from filled import PAYLOAD, fill
from load import Figures, drive
from served import SECRET, ours, submissions
from stand_in import StandIn, stand_in

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.adapters.sql import Database, SqlLeadLog, SqlWebhookLog, upgrade
from realpad_form.adapters.vault import Vault
from realpad_form.adapters.webhooks import HttpWebhookGateway
from realpad_form.domain.project import Project, Webhook
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.ports import Credential
from realpad_form.services.relay import Relay, RelayPolicy, lane_key
from realpad_form.services.webhook_endpoints import Endpoints
from realpad_form.services.webhooks import WebhookSender

TIMEOUT_S = 15.0
PROJECT = Project.model_validate(
    {
        "version": 1,
        "project": "bench",
        "name": "Bench",
        "languages": ["cs"],
        "origins": ["https://www.example.com"],
        "realpad": {"credentials": "bench", "project": 1},
        "fields": [{"field": "full_name"}, {"field": "email"}],
    }
)
CONNECTIONS = 4
"""Visitors at once while a relay drains."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--takes-ms", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--rounds", type=int, default=3, help="with and without webhooks, in turns")
    parser.add_argument("--submits", type=int, default=2000)
    options = parser.parse_args()
    for takes_ms in options.takes_ms:
        _compare(options.leads, width=options.width, takes_s=takes_ms / 1000)
    for takes_ms in options.takes_ms:
        _with_webhooks(options.leads, width=options.width, takes_s=takes_ms / 1000, rounds=options.rounds)
    if options.submits:
        _submit_meanwhile(options.submits)


def _compare(leads: int, *, width: int, takes_s: float) -> None:
    """Send as many leads by the relay and by a bare loop, and print the ratio."""
    with tempfile.TemporaryDirectory() as folder, stand_in(takes_s) as crm:
        ours_s = _relayed(Path(folder), crm, leads=leads, width=width)
        assert crm.taken == leads
        bare_s = _bare(crm.url, leads=leads, width=width)
    print(
        f"{leads} leads, {width} wide, CRM takes {takes_s * 1000:.0f} ms: relay {leads / ours_s:.1f}/s, "
        f"bare loop {leads / bare_s:.1f}/s: {bare_s / ours_s:.1%}",
        flush=True,
    )


def _with_webhooks(leads: int, *, width: int, takes_s: float, rounds: int) -> None:
    """Print how much slower a relay is that has a webhook sent for each lead."""
    plain_s, told_s = list[float](), list[float]()
    for number in range(2 * rounds):
        with tempfile.TemporaryDirectory() as folder, stand_in(takes_s) as crm, stand_in(0.05) as receiver:
            if number % 2:
                told_s.append(_relayed(Path(folder), crm, leads=leads, width=width, receiver=receiver))
            else:
                plain_s.append(_relayed(Path(folder), crm, leads=leads, width=width))
    plain, told = leads / min(plain_s), leads / min(told_s)
    print(
        f"{leads} leads, {width} wide, CRM takes {takes_s * 1000:.0f} ms: without webhooks {plain:.1f}/s, "
        f"with one for each lead {told:.1f}/s: {told / plain - 1:+.1%}",
        flush=True,
    )


def _relayed(folder: Path, crm: StandIn, *, leads: int, width: int, receiver: StandIn | None = None) -> float:
    """Return the seconds that a relay takes, from its start to the last lead.

    With a receiver, a sender runs beside it, and is awaited for every webhook, in time that does not count.
    """
    pairs = [Credential(name=f"bench{n}", login="bench", password="bench") for n in range(width)]  # noqa: S106
    database = Database(f"sqlite:///{folder / 'leads.db'}")
    upgrade(database)
    fill(database, leads=leads, lanes=width)
    hooks = (Webhook(name="bench", url=receiver.url),) if receiver else ()
    log = SqlLeadLog(database, Vault(), timedelta(hours=120), listeners=lambda: {"bench": hooks})
    relay = Relay(
        log,
        RealpadGateway(crm.url, timeout_s=TIMEOUT_S),
        {lane_key(pair, crm.url): pair for pair in pairs},
        RelayPolicy(timeout_s=TIMEOUT_S, concurrency=width, pace_s=0),
    )
    stop, began = threading.Event(), time.perf_counter()
    threads = [threading.Thread(target=relay.run, args=[stop])]
    if receiver:
        sender = _sender(log, database, hooks, receiver)
        threads.append(threading.Thread(target=sender.run, args=[stop]))
    for thread in threads:
        thread.start()
    while crm.taken < leads:
        time.sleep(0.005)
    took_s = time.perf_counter() - began
    while receiver and receiver.taken < leads:
        time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    database.dispose()
    return took_s


def _sender(
    log: SqlLeadLog, database: Database, hooks: tuple[Webhook, ...], receiver: StandIn
) -> WebhookSender:
    """Return what sends the webhooks of the bench's project."""
    allowed = AllowedHosts.parse([urlsplit(receiver.url).netloc])
    project = PROJECT.model_copy(update={"webhooks": hooks})
    endpoints = Endpoints(lambda: {"bench": project}, {"bench": (b"s" * 32,)}, allowed)
    return WebhookSender(SqlWebhookLog(database), log, HttpWebhookGateway(TIMEOUT_S, allowed), endpoints)


def _bare(url: str, *, leads: int, width: int) -> float:
    """Return the seconds that threads take which do nothing but post."""
    form = {**loads(PAYLOAD), "login": "bench", "password": "bench"}

    def post(count: int) -> None:
        for _ in range(count):
            requests.post(f"{url}create-lead", data=form, timeout=TIMEOUT_S).raise_for_status()

    threads = [
        threading.Thread(target=post, args=[len(range(number, leads, width))]) for number in range(width)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _submit_meanwhile(count: int) -> None:
    """Print what submits take without a relay, then beside one that drains them."""
    with tempfile.TemporaryDirectory() as name, stand_in(0.01) as crm, ours(Path(name)) as port:
        _tell("alone", drive(port, submissions(count), expect=b"201", connections=CONNECTIONS))
        with _relaying(Path(name), crm):
            while not crm.taken:
                time.sleep(0.05)
            before = crm.taken
            figures = drive(port, submissions(count), expect=b"201", connections=CONNECTIONS)
            drained = crm.taken - before
        _tell(f"while a relay sent {drained}", figures)
        print(f"disk: {_bytes(Path(name) / 'data' / 'leads.db') / (2 * count):,.0f} bytes per lead")


@contextmanager
def _relaying(folder: Path, crm: StandIn) -> Iterator[None]:
    """Run `relay` beside the web server, as fast as the CRM allows."""
    settings = {
        "SECRET_KEY": SECRET,
        "REALPAD_URL": crm.url,
        "RELAY_RATE": "unlimited",
        "CREDENTIALS_BENCH_LOGIN": "bench",
        "CREDENTIALS_BENCH_PASSWORD": "bench",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "realpad_form", "relay"],
        cwd=folder,
        env={**os.environ, **{f"REALPAD_FORM_{key}": value for key, value in settings.items()}},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _tell(title: str, figures: Figures) -> None:
    print(
        f"submit over {CONNECTIONS} connections, {title}: {figures.per_second:.0f}/s, "
        f"p50 {figures.p50_ms:.1f} ms, p99 {figures.p99_ms:.1f} ms",
        flush=True,
    )


def _bytes(path: Path) -> int:
    """Return the size of a database with everything written back."""
    with closing(sqlite3.connect(path)) as connection:
        pages, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
    return int(pages * size)


if __name__ == "__main__":
    main()
