"""A machine whose database is restored from copies, with a relay and the CRM that it sends to."""

from fakes import FakeCrm
from restoring import Machine

from realpad_form.adapters.sidecar_files import TombstoneFile
from realpad_form.adapters.sql import SqlAuditLog, SqlPrivacyLog, SqlRoster, SqlSessions
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.listing import ListEntry
from realpad_form.ports import Credential, LeadFilter
from realpad_form.services.reconcile import Readings, Reconcile
from realpad_form.services.relay import Relay, RelayPolicy
from realpad_form.services.restores import AfterRestore, RestoreWatch

APART_S = 600
PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441", "phone": "+420777123456"}
KEY = LaneKey(credential="riverside", fingerprint="f1", host="https://crm.example", account="one")
OTHER = LaneKey(credential="jantar", fingerprint="f2", host="https://crm.example", account="two")


class World:
    """A machine with a relay, and the CRM it sends to."""

    def __init__(self, log, folder, clock):
        self.clock, self.crm = clock, FakeCrm()
        self.machine = Machine(log, folder, [KEY, OTHER])
        self.log, self.restores = self.machine.log, self.machine.restores
        database = log.database
        self.roster = SqlRoster(database, self.machine.tombstones)
        self.audit = SqlAuditLog(database)  # by the clock on the wall, as the file beside it
        self.sessions = SqlSessions(database, clock)
        self.after = AfterRestore(
            self.restores, self.machine.tombstones, self.log, self.roster, self.sessions, self.audit,
            clear_journal=lambda: None, requests=SqlPrivacyLog(database),
            request_file=TombstoneFile(folder / "privacy-requests.jsonl"),
        )  # fmt: skip
        self.taken_in, self.spooled = 0, []
        self.routes = {}  # where project files send leads today

    def relay(self):
        """Return a relay as it is started anew."""
        pairs = {
            key: Credential(name=key.credential, login=key.account, password="p") for key in self.machine.keys
        }
        readings = Readings(self.log, self.crm, pairs, pace_s=0)
        reconcile = Reconcile(readings, apart_s=APART_S, routes=lambda: self.routes)
        watch = RestoreWatch(self.restores, readings, self.after, self._take_in, late_s=APART_S)
        policy = RelayPolicy(timeout_s=15, concurrency=1, pace_s=0)
        return Relay(self.log, self.crm, pairs, policy, reconcile, watch)

    def _take_in(self):
        self.taken_in += 1
        for append in self.spooled:
            append()
        return len(self.spooled)

    def statuses(self):
        return sorted(lead.status for lead in self.log.leads(LeadFilter()))

    def settle(self):
        """Let minutes pass until everything is settled."""
        relay = self.relay()
        for _ in range(6):
            relay.drain()
            self.clock.advance(seconds=APART_S)

    def list_entry(self, name="Jana Nováková", customer_id=4711):
        """Let Realpad list an entry of now."""
        number = len(self.crm.listed) + 1
        entry = ListEntry(inquiry_id=number, customer_id=customer_id, customer_name=name, at=self.clock())
        self.crm.listed.append(entry)
