"""Random histories over the whole way of a lead: visitors, relays, Realpad, operators, clocks, deaths.

Each history is made from its number alone, on an empty database: the same number replays it exactly.
Visitors enquire at projects of two accounts, some of them namesakes or a couple with one e-mail address.
Realpad answers, fails, loses answers, stores late, shows defective lists, and its clock may be wrong, as may
ours. Relays die at every crash point. Operators resume, release, correct, adopt, discard and restore;
logins change. The database is put back from a copy, and nobody says so.

At the end everything that was wrong is put right, and the relay works until nothing moves. Then every lead
that was accepted is delivered or in front of a person, and none arrived twice without a person's asking.

    python benchmarks/histories.py [--histories 1000] [--first 1] [--engine sqlite|postgresql] [--tell]
        [--reroute]
"""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from databases import migrated
from histories_world import Arrival, World

from realpad_form.adapters.sidecar_files import CallFile, TombstoneFile
from realpad_form.adapters.sql import (
    Database,
    SqlAuditLog,
    SqlLeadLog,
    SqlLeadNotes,
    SqlPrivacyLog,
    SqlRestores,
    SqlRoster,
    SqlSessions,
)
from realpad_form.adapters.sql.schema import metadata
from realpad_form.adapters.vault import Vault
from realpad_form.domain import crash
from realpad_form.domain.crash import CrashPoint
from realpad_form.domain.delivery import Event, Status, allows
from realpad_form.domain.errors import IllegalTransitionError, RepeatNotConfirmedError
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.lead import Context, Route, Submission
from realpad_form.domain.people import COMMAND
from realpad_form.domain.project import Project
from realpad_form.ports import Credential, LeadFilter
from realpad_form.services.credentials import Credentials
from realpad_form.services.intake import Intake
from realpad_form.services.lead_actions import LeadActions, LeadProjects
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy
from realpad_form.services.restores import AfterRestore, RestoreWatch

APART_S: Final = 600.0
HOST: Final = "https://crm.example"
NUMBERS: Final = {"riverside": 11, "harbour": 12, "jantar": 21}
CREDENTIALS: Final = {"riverside": "north", "harbour": "north", "jantar": "south"}
PEOPLE: Final = (
    ("Jana", "Nováková", "jana@example.com"),
    ("Jana", "Nováková", "jana2@example.com"),  # a namesake
    ("Petr", "Malý", "mali@example.com"),
    ("Eva", "Malá", "mali@example.com"),  # of one household with him
)
CLOCKS: Final = tuple(
    timedelta(seconds=s) for s in (0, 0, 0, 2, -45, 45, 300, -300, 3600, -3600, 172_800, -172_800)
)
WAITS_S: Final = (0.5, 5, 20, 61, 130, 601, 1300, 4000, 22_000, 90_000)
FOR_A_PERSON: Final = (Status.QUARANTINED, Status.REJECTED, Status.UNKNOWN, Status.DISCARDED)
CORRECTED: Final = ("Johana", "Karla")
"""First names that people correct leads to."""
MOVING: Final = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)
READS: Final = 3
"""After as many readings of the list in which nothing moves, the next ones are ever further apart."""
IDLE_S: Final = 20_000.0
"""In the end, so long may nothing have moved: more than five hours, longer than any wait before."""
LONG_STEP_S: Final = 3000.0
"""Before a step this long, an operator resumes once more."""

DEATHS: Final = tuple(point for point in CrashPoint if point is not CrashPoint.IN_MIGRATION)

Rows = dict[str, list[dict[str, Any]]]
"""The rows of each table."""


class KilledError(BaseException):
    """The process dies here; nothing of it goes on."""


@dataclass
class Accepted:
    """What was promised to a visitor, and how often a person has asked to send it."""

    lead_id: UUID
    logins: set[str]  # it was accepted for, or a person sent it with
    project: str
    name: str
    may_arrive: int = 1


class History:
    """One random history."""

    def __init__(
        self, number: int, log: SqlLeadLog, folder: Path, *, tell: Callable[[str], None], reroute: bool
    ) -> None:
        self.draw = Random(number)
        self.credentials = dict(CREDENTIALS)  # of each project, as its file says now
        self.more_steps = [self.change_credentials] * 2 if reroute else []
        self.world, self.tell, self.folder = World(self.draw), tell, folder
        self.restores = SqlRestores(
            log.database,
            log.vault,
            CallFile(folder / "calls.json"),
            keys=lambda: self.pairs,
            clock=self.world.clock,
        )
        self.log = replace(
            log,
            clock=self.world.clock,
            jitter=lambda: self.draw.uniform(-1, 1),
            restores=self.restores,
            tombstones=TombstoneFile(folder / "tombstones.jsonl"),
        )
        self.backup: tuple[Rows, set[str]] | None = None
        self.forgotten: set[str] = set()  # accepted after the backup that was restored
        self.accepted: dict[str, Accepted] = {}
        self.logins = {"north": "north", "south": "south"}
        self.passwords = Counter[str]()
        self.world.realpads_clock = self.draw.choice(CLOCKS)
        self.keys = iter(range(1, 10_000))
        self.restores.notice()  # as every process does when it starts

    def run(self) -> Counter[str]:
        """Let everything happen, put it right, and return how many leads ended in each status."""
        steps = [
            *[self.submit] * 5, *[self.relay] * 7, *[self.tend] * 4, *[self.wait] * 4, self.resume,
            self.operate, self.operate, self.turn_clock, self.change_password, self.change_login,
            self.adopt, self.discard, self.erase, self.back_up, self.restore, self.go_back,
            *self.more_steps,
        ]  # fmt: skip
        for _ in range(self.draw.randint(8, 24)):
            self.draw.choice(steps)()
        self.put_right()
        return self.check()

    # What may happen

    def submit(self) -> None:
        """Let a visitor send the form, as often as it takes to be thanked."""
        slug, person, key = (
            self.draw.choice(list(NUMBERS)),
            self.draw.choice(PEOPLE),
            UUID(int=next(self.keys)),
        )
        name, surname, email = person
        submission = Submission(
            project=slug,
            answers={"name": name, "surname": surname, "email": email, "note": str(key)},
            consents=(),
            context=Context(language="cs", form_version="1", submitted_at=self.world.now),
            key=key,
            token=key.hex,
            suspicions=("burst",) if self.draw.random() < 0.1 else (),
        )
        login = self.logins[self.credentials[slug]]
        receipt = None
        while receipt is None:
            receipt = self.survive(lambda: self.intake.accept(self.projects[slug], submission))
        self.accepted[str(key)] = Accepted(receipt.lead_id, {login}, str(NUMBERS[slug]), f"{name} {surname}")
        if submission.suspicions:
            self.accepted[str(key)].may_arrive = 0
        self.tell(f"submit {key.int} {name} {email} to {slug}")

    def relay(self) -> None:
        """Send one lead."""
        before = len(self.world.arrivals)
        self.survive(self.make_relay().run_once)
        self.tell(f"relay, {len(self.world.arrivals) - before} arrived")

    def tend(self) -> None:
        """Do what a relay does besides sending."""
        relay = self.make_relay()

        def start_and_tend() -> None:
            relay._begin()
            relay._tend()

        self.survive(start_and_tend)
        self.tell("tend")

    def wait(self) -> None:
        """Let time pass."""
        seconds = self.draw.choice(WAITS_S)
        self.world.now += timedelta(seconds=seconds)
        self.tell(f"wait {seconds} s")

    def resume(self) -> None:
        """Open every lane again, as an operator does."""
        by_name = {key.credential: key for key in self.pairs}
        for name in by_name:
            Credentials(self.log, by_name, lambda: self.projects).resume(name)
        self.tell("resume")

    def operate(self) -> None:
        """Let a person decide about a lead; an unknown one is looked up in Realpad first.

        Mostly it is one that waits for a person.
        """
        mine = {key: each for key, each in self.accepted.items() if key not in self.forgotten}
        waiting = [
            key for key, each in mine.items() if self.log.get(each.lead_id).lead.status in FOR_A_PERSON
        ]
        if not mine:
            return
        key = self.draw.choice(waiting if waiting and self.draw.random() < 0.8 else list(mine))
        accepted = mine[key]
        record = self.log.get(accepted.lead_id)
        try:
            if record.lead.status is Status.UNKNOWN:
                self.decide(key, accepted)
            elif record.lead.status is Status.DISCARDED:
                self.log.restore(accepted.lead_id)
            elif record.lead.status is Status.QUARANTINED:
                self.log.move(accepted.lead_id, Event.RELEASED)
                accepted.may_arrive = 1  # also if it is released again on a restored copy
            elif record.lead.status in (Status.REJECTED, Status.QUEUED):
                self.resubmit(accepted)
        except (IllegalTransitionError, RepeatNotConfirmedError):
            return
        self.tell(f"operate on {UUID(key).int}: {record.lead.status}")

    def decide(self, key: str, accepted: Accepted) -> None:
        """Decide an unknown lead as a person who can see in Realpad what is there, and what never comes."""
        found = next((each for each in self.world.arrivals if each.key == key), None)
        seen = self.log.get(accepted.lead_id).lead
        if found and found.at <= self.world.now:
            self.log.move(accepted.lead_id, Event.SETTLED, seen=seen.version, customer_id=found.customer_id)
        elif not found:
            self.resubmit(accepted, may_repeat=True)

    def resubmit(self, accepted: Accepted, *, may_repeat: bool = False) -> None:
        """Send a lead again, as it is or under a name that was corrected."""
        record = self.log.get(accepted.lead_id)
        answers = dict(record.current.answers)
        if self.draw.random() < 0.4:
            answers["name"] = self.draw.choice(CORRECTED)
        prepared = self.actions.prepare(record, answers)
        if self.survive(
            lambda: self.actions.resubmit(
                prepared, seen=record.lead.version, by=COMMAND, may_repeat=may_repeat, may_reroute=True
            )
        ):
            accepted.logins.add(self.logins[self.credentials[record.lead.project]])

    def discard(self) -> None:
        """Let a person put a lead aside."""
        if not self.accepted:
            return
        key, accepted = self.draw.choice(list(self.accepted.items()))
        if key in self.forgotten:
            return
        status = self.log.get(accepted.lead_id).lead.status
        if self.draw.random() < 0.3 and allows(status, Event.DISCARDED):
            self.log.move(accepted.lead_id, Event.DISCARDED)
            self.tell(f"discard {UUID(key).int}, {status}")

    def erase(self) -> None:
        """Forget a lead that is delivered or put aside, as its person asked."""
        if not self.accepted:
            return
        key, accepted = self.draw.choice(list(self.accepted.items()))
        gone = (Status.DELIVERED, Status.DISCARDED, Status.REJECTED)
        if key not in self.forgotten and self.log.get(accepted.lead_id).lead.status in gone:
            self.log.erase(accepted.lead_id)
            self.tell(f"erase {UUID(key).int}")

    def turn_clock(self) -> None:
        """Set our clock wrong, or right again."""
        self.world.our_clock = self.draw.choice(CLOCKS) if not self.world.our_clock else timedelta(0)
        self.tell(f"our clock {self.world.our_clock}")

    def change_login(self) -> None:
        """Give a pair the login of another account."""
        name = self.draw.choice(list(self.logins))
        self.logins[name] = f"{name}-{self.draw.randint(1, 2)}"
        self.tell(f"{name} has the login {self.logins[name]}")

    def change_credentials(self) -> None:
        """Let the file of a project name other credentials: another account gets its leads from now on."""
        slug = self.draw.choice(list(NUMBERS))
        self.credentials[slug] = "south" if self.credentials[slug] == "north" else "north"
        self.tell(f"{slug} has the credentials {self.credentials[slug]}")

    def adopt(self) -> None:
        """Send leads that were accepted for another login with the one of today."""
        by_name = {key.credential: key for key in self.pairs}
        credentials = Credentials(self.log, by_name, lambda: self.projects)
        for name in self.logins:
            adoption = credentials.adoption(name)
            self.survive(lambda adoption=adoption: credentials.adopt(adoption))
            adopted = {lead.id for lead in adoption.leads}
            for accepted in self.accepted.values():
                if accepted.lead_id in adopted:
                    accepted.logins.add(self.logins[name])
            self.tell(f"adopt {len(adopted)} for {name}")

    def back_up(self) -> None:
        """Copy the whole database."""
        with self.log.database.read() as connection:
            rows = {
                table.name: [dict(row._mapping) for row in connection.execute(table.select())]
                for table in metadata.sorted_tables
            }
        self.backup = rows, set(self.accepted)
        self.tell("back up")

    def restore(self) -> None:
        """Put the copy back, and tell nobody; what lies beside the database stays as it is."""
        if self.backup is None:
            return
        rows, known = self.backup
        with self.log.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
            for table in metadata.sorted_tables:
                if rows[table.name]:
                    connection.execute(table.insert(), rows[table.name])
        self.forgotten |= set(self.accepted) - known
        self.tell("restore")

    def go_back(self) -> None:
        """Work on, and then put back the copy of before."""
        self.back_up()
        steps = [*[self.relay] * 3, *[self.operate] * 3, self.submit, self.discard, self.wait, self.tend]
        for _ in range(self.draw.randint(1, 6)):
            self.draw.choice(steps)()
        self.restore()

    def change_password(self) -> None:
        """Give a pair a new password: the account stays the same."""
        self.passwords[self.draw.choice(list(self.logins))] += 1
        self.tell("new password")

    # How it is done

    @property
    def pairs(self) -> dict[LaneKey, Credential]:
        """The configured credential pairs, by lane."""
        return {
            LaneKey(
                credential=name,
                fingerprint=f"{name}/{login}/{self.passwords[name]}",
                host=HOST,
                account=login,
            ): Credential(name=name, login=login, password=str(self.passwords[name]))
            for name, login in self.logins.items()
        }

    @property
    def projects(self) -> dict[str, Project]:
        """The projects as their files say now."""
        return {slug: _PROJECTS[slug, self.credentials[slug]] for slug in NUMBERS}

    @property
    def routes(self) -> dict[str, Route]:
        """Where each project's leads go now."""
        return {
            slug: Route(credential=name, account=self.logins[name]) for slug, name in self.credentials.items()
        }

    @property
    def intake(self) -> Intake:
        """Takes submissions, as configured now."""
        return Intake(self.log, accounts=dict(self.logins))

    @property
    def actions(self) -> LeadActions:
        """Lets a person act on leads, as configured now."""
        crm: Any = self.world
        versions: Any = None  # every project has its file
        return LeadActions(
            log=self.log,
            audit=SqlAuditLog(self.log.database),
            projects=LeadProjects(lambda: self.projects, versions, lambda version: None),
            accounts=dict(self.logins),
            crm=crm,
            credential={key.credential: each for key, each in self.pairs.items()}.__getitem__,
            empty_journal=self.log.database.clear_journal,
            notes=SqlLeadNotes(self.log.database, self.log.vault),
        )

    def make_relay(self) -> Relay:
        """Return a relay that has just started."""
        crm: Any = self.world
        readings = Readings(self.log, crm, self.pairs, pace_s=0)
        policy = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)
        after = AfterRestore(
            self.restores,
            TombstoneFile(self.folder / "tombstones.jsonl"),
            self.log,
            SqlRoster(self.log.database),
            SqlSessions(self.log.database),
            SqlAuditLog(self.log.database),
            self.log.database.clear_journal,
            SqlPrivacyLog(self.log.database),
            TombstoneFile(self.folder / "privacy-requests.jsonl"),
        )
        names = {str(number): [f"Project {number}"] for number in NUMBERS.values()}
        reconcile = Reconcile(
            readings,
            apart_s=APART_S,
            names=lambda: names,
            routes=lambda: self.routes if self.more_steps else {},  # without: as they were when numbers began
        )
        watch = RestoreWatch(self.restores, readings, after, take_in=lambda: 0, late_s=APART_S)
        return Relay(self.log, crm, self.pairs, policy, reconcile, watch)

    def survive(self, step: Callable[[], Any]) -> Any:
        """Take a step in a process that may die within; None if it did."""
        if self.world.is_well or self.draw.random() > 0.15:
            return step()
        point = self.draw.choice(DEATHS)
        crash._CHOSEN = point  # type: ignore[misc]
        try:
            return step()
        except KilledError:
            self.tell(f"killed {point}")
            return None
        finally:
            crash._CHOSEN = None  # type: ignore[misc]

    # How it ends

    def put_right(self) -> None:
        """Put right whatever was wrong, and let the relay work until nothing moves."""
        self.world.is_well, self.world.our_clock, self.world.realpads_clock = True, timedelta(0), timedelta(0)
        self.tell("everything is put right")
        relay = self.make_relay()
        relay._begin()
        step_s, idle_s, last = APART_S + 61, 0.0, self.statuses()
        while idle_s < IDLE_S and any(status in MOVING for status in last.values()):
            if not idle_s or step_s > LONG_STEP_S:
                self.resume()
            relay._tend()
            while relay.run_once():
                pass
            self.world.now += timedelta(seconds=step_s)
            now = self.statuses()
            is_idle = now == last
            idle_s, last = idle_s + step_s if is_idle else 0.0, now
            step_s = 2 * step_s if idle_s > READS * APART_S else APART_S + 61

    def statuses(self) -> dict[UUID, Status]:
        """Return the status of each lead."""
        return {record.lead.id: record.lead.status for record in self.log.records(LeadFilter())}

    def check(self) -> Counter[str]:
        """Return how many leads ended in each status. Raises: AssertionError, if one was lost or doubled."""
        arrived = Counter(each.key for each in self.world.arrivals)
        records = {record.lead.id: record for record in self.log.records(LeadFilter())}
        ends: Counter[str] = Counter()
        for key, accepted in self.accepted.items():
            name = f"lead {UUID(key).int}"
            may_arrive = accepted.may_arrive + self.world.denied[key]
            assert arrived[key] <= may_arrive, f"{name} arrived {arrived[key]} times"
            if key in self.forgotten:
                continue
            assert accepted.lead_id in records, f"{name} is lost"
            lead = records[accepted.lead_id].lead
            ends[lead.status] += 1
            is_there = arrived[key] or self._is_taken_for_a_forgotten_one(key)
            assert lead.status is not Status.DELIVERED or is_there, f"{name} is delivered and not there"
            is_for_person = lead.account != self.logins[lead.credential]
            is_moving = lead.status is Status.SENDING or (lead.status is Status.QUEUED and not is_for_person)
            assert not is_moving, f"{name} is still {lead.status}"
        wrong = [each for each in self.world.arrivals if not self._is_in_place(each)]
        assert not wrong, f"arrived at the wrong place: {wrong}"
        return ends

    def _is_taken_for_a_forgotten_one(self, key: str) -> bool:
        """Return whether a lead of the same project is there under this name that the restored log lacks."""
        mine, names = self.accepted[key], dict(self.world.customers.values())
        there = [each for each in self.world.arrivals if each.key in self.forgotten]
        return any(
            self.accepted[each.key].project == mine.project
            and mine.name in (self.accepted[each.key].name, names[each.customer_id])
            for each in there
        )

    def _is_in_place(self, arrival: Arrival) -> bool:
        accepted = self.accepted[arrival.key]
        return arrival.login in accepted.logins and arrival.project == accepted.project


_PROJECTS: Final = {
    (slug, credentials): Project.model_validate(
        {
            "version": 1, "project": slug, "name": slug, "languages": ["cs"], "origins": ["https://x.example"],
            "realpad": {"credentials": credentials, "project": number},
            "fields": [{"field": name} for name in ("name", "surname", "email", "note")],
        }
    )
    for slug, number in NUMBERS.items()
    for credentials in set(CREDENTIALS.values())
}  # fmt: skip


TOLD_EVERY: Final = 1000
"""After how many histories a long run says how far it is, so that what is ended early can be gone on with."""


def _die(_status: int) -> None:
    raise KilledError


def run(
    log: SqlLeadLog,
    folder: Path,
    numbers: range,
    *,
    tell: Callable[[str], None] = lambda _line: None,
    reroute: bool = False,
) -> Counter[str]:
    """Run histories on a database of their own, one after the other; return how their leads ended.

    `folder` takes what lies beside the database; with `reroute`, projects change their credentials, too.

    Raises: AssertionError, with the number of the history.
    """
    ends: Counter[str] = Counter()
    crash.os = SimpleNamespace(_exit=_die)  # type: ignore[assignment]
    for done, number in enumerate(numbers):
        if done and not done % TOLD_EVERY:
            print(f"{done} histories so far, up to {number - 1}", file=sys.stderr)
        _empty(log.database)
        for file in folder.glob("*.json*"):
            file.unlink()
        try:
            ends += History(number, log, folder, tell=tell, reroute=reroute).run()
        except AssertionError as error:
            raise AssertionError(f"history {number}: {error}") from error
    return ends


def _empty(database: Database) -> None:
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def main() -> None:
    """Run histories and print what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--tell", action="store_true", help="print each step, to follow one history")
    parser.add_argument("--reroute", action="store_true", help="projects change their credentials, too")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    shared_memory = Path("/dev/shm")  # noqa: S108 - a folder of our own within it
    place = shared_memory if options.engine == "sqlite" and shared_memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder, migrated(options.engine, Path(folder)) as url:
        log = SqlLeadLog(Database(url), Vault([]), retry_for=timedelta(hours=120))
        began_at = time.monotonic()
        numbers = range(options.first, options.first + options.histories)
        try:
            tell = print if options.tell else lambda _line: None
            ends = run(log, Path(folder), numbers, tell=tell, reroute=options.reroute)
        except AssertionError as error:
            sys.exit(str(error))
        finally:
            log.database.dispose()
    seconds = time.monotonic() - began_at
    ended = ", ".join(f"{number} {status}" for status, number in ends.most_common())
    print(f"{options.engine}: {options.histories} histories, {ends.total()} leads, 0 lost, 0 sent twice")
    print(f"ended {ended}")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    main()
