"""What `kill -9` costs: leads lost, leads sent twice, leads unknown until Realpad's list settled them.

Relays, each a process of its own, are killed at random while leads come in, and started again. One in ten
is instead stopped past its leases and continued. At last one machine dies for good, and what is left has to
settle everything. The CRM is the sandbox, which takes 20 ms for a call. Every lead has a webhook when it is
taken in and one when it is delivered, whose receiver fails every tenth call. Leases, pauses and the times
between two readings are shortened to seconds, for that is what such a run would otherwise wait for.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit
from uuid import uuid4

from databases import migrated
from drain import PROJECT
from sqlalchemy import make_url

from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.adapters.sql import Database, SqlLeadLog, SqlWebhookLog
from realpad_form.adapters.vault import Vault
from realpad_form.adapters.webhooks import HttpWebhookGateway
from realpad_form.domain import lane, webhook
from realpad_form.domain.delivery import Outcome, Status
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Context, LeadRecord, Submission
from realpad_form.domain.project import Webhook
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.ports import Credential, LeadFilter, NewLead
from realpad_form.sandbox import CrmAccount, Tenant, create_app, start
from realpad_form.sandbox.behaviour import Fault
from realpad_form.sandbox.crm import CrmProject
from realpad_form.sandbox.world import KEY as WORLD
from realpad_form.services import relay as relaying
from realpad_form.services import webhooks as sending
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy
from realpad_form.services.webhook_endpoints import Endpoints
from realpad_form.services.webhooks import WebhookSender

RELAYS, THREADS, LANES = 2, 4, 8
CALL_S = 0.02
TIMEOUT_S, MARGIN_S = 1.5, 0.5
LEASE_S = TIMEOUT_S + MARGIN_S
APART_S = 2.0
STALL_EVERY = 10
SETTLED_WITHIN_S = 240.0
MOST_WAITING = 100

CREDENTIALS = {
    LaneKey(credential=name, fingerprint=name, host="http://127.0.0.1"): Credential(
        name=name, login=name, password=name
    )
    for name in (f"pair-{number}" for number in range(LANES))
}
BY_NAME = {key.credential: key for key in CREDENTIALS}
QUEUED, SENDING = LeadFilter(status=Status.QUEUED), LeadFilter(status=Status.SENDING)
UNSETTLED = (QUEUED, SENDING, LeadFilter(status=Status.UNKNOWN))


@dataclass(kw_only=True)
class Figures:
    """What a run came to."""

    engine: str
    leads: int
    kills: int = 0
    stalls: int = 0
    calls: int = 0
    lost: int = 0  # accepted, and not at the CRM
    duplicated: int = 0  # at the CRM more than once
    unknown: int = 0  # calls whose end nobody knew
    unsettled: int = 0  # leads that are not delivered in the end
    missing: int = 0  # delivered by the log, and not at the CRM
    events: int = 0  # that a receiver was to hear of
    unheard: int = 0  # of these, those that it did not hear of
    renamed: int = 0  # of these, those that it heard of under several ids
    repeated: int = 0  # of these, those that it took more than once, under one id
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, sent twice or left."""
        is_told = self.events == 2 * self.leads and not (self.unheard or self.renamed)
        return is_told and not (self.lost or self.duplicated or self.unsettled or self.missing)

    def __str__(self) -> str:
        return "  ".join(f"{name} {value}" for name, value in asdict(self).items())


def relay(url: str, crm_url: str, receiver_url: str) -> None:
    """Be a relay until killed, in a hurry."""
    webhook.STEPS = (timedelta(seconds=0.2),)
    sending.TIMEOUT_S, sending.MARGIN_S, sending.IDLE_S = TIMEOUT_S, MARGIN_S, 0.05
    relaying.MARGIN_S, relaying.IDLE_S, relaying.TEND_EVERY_S = MARGIN_S, 0.05, 0.5
    lane.STEPS = (timedelta(seconds=0.2),)
    log = open_log(url, receiver_url)
    crm = RealpadGateway(crm_url, timeout_s=TIMEOUT_S)
    reconcile = Reconcile(Readings(log, crm, CREDENTIALS, pace_s=0, lease_s=LEASE_S), apart_s=APART_S)
    policy = RelayPolicy(timeout_s=TIMEOUT_S, concurrency=THREADS, pace_s=0)
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    allowed = AllowedHosts.parse([urlsplit(receiver_url).netloc])
    projects = {"bench": PROJECT.model_copy(update={"webhooks": hooks(receiver_url)})}
    endpoints = Endpoints(lambda: projects, {"bench": (b"s" * 32,)}, allowed)
    gateway = HttpWebhookGateway(TIMEOUT_S, allowed)
    sender = WebhookSender(SqlWebhookLog(log.database), log, gateway, endpoints)
    thread = threading.Thread(target=sender.run, args=[stop])
    thread.start()
    Relay(log, crm, CREDENTIALS, policy, reconcile).run(stop)
    thread.join()


def hooks(url: str) -> tuple[Webhook, ...]:
    """Return the webhooks of the bench's project."""
    return (Webhook(name="bench", url=url, events=("accepted", "delivered")),)


def open_log(url: str, receiver_url: str) -> SqlLeadLog:
    """Return the lead log of a database."""
    told = {"bench": hooks(receiver_url)}
    return SqlLeadLog(Database(url), Vault([]), retry_for=timedelta(hours=120), listeners=lambda: told)


class Receiver:
    """Takes webhooks, but fails every tenth; knows under which ids it heard of each event of each lead."""

    def __init__(self) -> None:
        self.heard: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._calls = itertools.count(1)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                is_failing = next(receiver._calls) % 10 == 0
                if not is_failing:
                    event = body["data"]["id"], body["type"].removeprefix("lead.")
                    receiver.heard[event][self.headers["webhook-id"]] += 1
                self.send_response(500 if is_failing else 204)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop taking calls."""
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Fleet:
    """Relays that are killed and started again."""

    url: str
    crm_url: str
    receiver_url: str
    chance: random.Random
    running: list[BaseProcess] = field(default_factory=list)

    def start_one(self) -> None:
        """Start one more relay."""
        # A server that forks: a relay is there in milliseconds, and inherits no thread and no connection.
        process = multiprocessing.get_context("forkserver").Process(
            target=relay, args=(self.url, self.crm_url, self.receiver_url)
        )
        process.start()
        self.running.append(process)

    def kill_one(self) -> None:
        """Kill one by `kill -9`."""
        victim = self.running.pop(self.chance.randrange(len(self.running)))
        victim.kill()
        victim.join()
        assert victim.exitcode == -signal.SIGKILL, "it had died before"

    def stall_one(self) -> None:
        """Stop one for longer than its leases last, then let it go on."""
        pid = self.chance.choice(self.running).pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        time.sleep(LEASE_S + 0.5)
        os.kill(pid, signal.SIGCONT)

    def end(self) -> None:
        """Let every relay finish, and kill those that do not."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.join(LEASE_S + 5)
            process.kill()


class Crm:
    """The sandbox, with a login for each lane and a delay in each call."""

    def __init__(self, calls: int) -> None:
        tenant = Tenant(
            accounts=tuple(CrmAccount(login=name, password=name) for name in BY_NAME),
            projects=(CrmProject(id=1, name="Bench", currency="CZK"),),
        )
        app = create_app(tenant)
        self._world = app.extensions[WORLD]
        self._world.faults.waiting.append(Fault(delay_s=CALL_S, times=calls, endpoint="create-lead"))
        self._server = start(app)
        self.url = f"{self._server.url}ws/v10"

    def arrived(self) -> Counter[str]:
        """Return how often each lead arrived, by its note."""
        with self._world.lock:
            return Counter(inquiry.parameters["note"] for inquiry in self._world.crm.inquiries)

    def close(self) -> None:
        """Stop taking calls."""
        self._server.shutdown()


def run(url: str, *, leads: int, kills: int, seed: int) -> Figures:
    """Kill relays of a migrated, empty database while leads come in; return what came of them."""
    chance = random.Random(seed)
    figures = Figures(engine=make_url(url).get_backend_name(), leads=leads)
    with ExitStack() as opened:
        receiver = opened.enter_context(closing(Receiver()))
        log = open_log(url, receiver.url)
        opened.callback(log.database.dispose)
        crm = opened.enter_context(closing(Crm(calls=1000 * leads)))
        fleet = Fleet(url, crm.url, receiver.url, chance)
        opened.callback(fleet.end)
        began_at = time.monotonic()
        accepted = _storm(log, fleet, figures, kills=kills)
        fleet.kill_one()  # a machine dead for good
        figures.kills += 1
        _wait(lambda: not any(map(log.count, UNSETTLED)), within_s=SETTLED_WITHIN_S)
        outbox = SqlWebhookLog(log.database)
        _wait(lambda: not outbox.standing(), within_s=SETTLED_WITHIN_S)
        figures.seconds = round(time.monotonic() - began_at, 1)
        _count(figures, list(log.records(LeadFilter())), accepted, crm.arrived())
        _count_events(figures, accepted, receiver)
    return figures


def _storm(log: SqlLeadLog, fleet: Fleet, figures: Figures, *, kills: int) -> set[str]:
    """Take leads, kill relays in between; return the ids of the leads that were accepted."""
    accepted: set[str] = set()
    for _ in range(RELAYS):
        fleet.start_one()
    for number in range(1, kills):
        upto = figures.leads * number // (kills - 1)
        accepted |= {_accept(log, each) for each in range(len(accepted), upto)}
        _wait(lambda: log.count(QUEUED) <= MOST_WAITING, within_s=LEASE_S)
        _wait(lambda: log.count(SENDING) > 0, within_s=LEASE_S)
        time.sleep(fleet.chance.uniform(0, 0.1))
        if number % STALL_EVERY == STALL_EVERY // 2:
            fleet.stall_one()
            figures.stalls += 1
        fleet.kill_one()
        fleet.start_one()
        figures.kills += 1
    return accepted


def _accept(log: SqlLeadLog, number: int) -> str:
    """Take a lead, as from a form, and return its id once it is on disk."""
    lead_id = uuid4()
    payload = {
        "name": "Jana", "surname": f"Nováková {number}", "email": f"jana{number}@example.com",
        "project": "1", "note": str(lead_id),
    }  # fmt: skip
    context = Context(language="cs", form_version="1", submitted_at=datetime.now(UTC), address="", page=None)
    submission = Submission(
        project="bench", answers={}, consents=(), context=context, key=uuid4(), token=uuid4().hex
    )
    credential = f"pair-{number % LANES}"
    new = NewLead(lead_id=lead_id, submission=submission, credential=credential, payload=payload)
    return str(log.append(new).lead_id)


def _wait(is_so: Callable[[], bool], *, within_s: float) -> None:
    """Wait until something holds, but not for ever."""
    until = time.monotonic() + within_s
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)


def _count(figures: Figures, records: list[LeadRecord], accepted: set[str], arrived: Counter[str]) -> None:
    """Compare what was accepted, what the log says and what is at the CRM."""
    attempts = [attempt for record in records for attempt in record.attempts]
    delivered = {str(record.lead.id) for record in records if record.lead.status is Status.DELIVERED}
    figures.calls = len(attempts)
    figures.lost = len(accepted - arrived.keys())
    figures.duplicated = sum(count > 1 for count in arrived.values())
    figures.unknown = sum(attempt.outcome == Outcome.UNKNOWN for attempt in attempts)
    figures.unsettled = len(accepted - delivered)
    figures.missing = len(delivered - arrived.keys())


def _count_events(figures: Figures, accepted: set[str], receiver: Receiver) -> None:
    """Compare what a receiver was to hear of with what it heard."""
    events = {(lead, event) for lead in accepted for event in ("accepted", "delivered")}
    heard = receiver.heard
    figures.events = len(events)
    figures.unheard = len(events - heard.keys())
    figures.renamed = sum(len(ids) > 1 for ids in heard.values())
    figures.repeated = sum(max(ids.values()) > 1 for ids in heard.values())


def main() -> None:
    """Print the figures; exit 1 if a lead was lost, sent twice or left, or an event was not told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=400)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--url", help="a migrated, empty database, instead of new ones")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory() as name, ExitStack() as opened:
        urls = [options.url] if options.url else [
            opened.enter_context(migrated(engine, Path(name)))
            for engine in options.engine or ("sqlite", "postgresql")
        ]  # fmt: skip
        for url in urls:
            figures = run(url, leads=options.leads, kills=options.kills, seed=options.seed)
            print(json.dumps(asdict(figures)) if options.json else figures, flush=True)
            is_good = is_good and figures.is_good
    raise SystemExit(0 if is_good else f"not as promised; seed {options.seed}")


if __name__ == "__main__":
    main()
