"""A world whose CRM lists what it took, for each account: what a restored copy is compared with."""

from dataclasses import replace
from itertools import count

from fakes import new_lead
from restore_world import APART_S, KEY, OTHER, PAYLOAD, World

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.listing import ListEntry

RIVERSIDE, JANTAR = "39264441", "39264442"
NAMES = {RIVERSIDE: "Riverside", JANTAR: "Jantar"}
FIRST = {**PAYLOAD, "campaign": "spring"}


class ListingWorld(World):
    """A world whose CRM lists what it takes, for each account."""

    def __init__(self, log, folder, clock):
        super().__init__(log, folder, clock)
        self._numbers = count()
        self.lists, self._customers, self._list_leads = {}, {}, self.crm.list_leads
        self.crm.answer, self.crm.list_leads, self.crm.dated_by = self._take, self._list, clock

    def _take(self, credential, payload):
        name = f"{payload['name']} {payload['surname']}"
        customer_id = self._customers.setdefault(payload["phone"], 5000 + len(self._customers))
        entry = ListEntry(
            inquiry_id=sum(map(len, self.lists.values())) + 1,
            customer_id=customer_id,
            customer_name=name,
            at=self.clock(),
            projects=tuple(NAMES[each] for each in [payload["project"]] if each in NAMES),
            campaign=payload.get("campaign", ""),
        )
        self.lists.setdefault(credential.login, []).append(entry)
        return Answer(outcome=Outcome.ACCEPTED, status=201, text=str(customer_id), customer_id=customer_id)

    def _list(self, credential):
        self.crm.listed = self.lists.get(credential.login, [])
        return self._list_leads(credential)

    def visit(self, submission):
        """Let others enquire at all projects, of both accounts; they show that a list is whole."""
        for key, project in ((KEY, RIVERSIDE), (KEY, JANTAR), (OTHER, JANTAR)):
            number = next(self._numbers)
            person = {"name": f"S{number}", "surname": f"X{number}", "phone": f"+42060000{number:04}"}
            payload = {**person, "project": project}
            new = new_lead(submission(), credential=key.credential, payload=payload, account=key.account)
            self.log.append(new)

    def rename(self, name, *, known_as):
        """Let Realpad know a customer under another name, who had it first."""
        for entries in self.lists.values():
            entries[:] = [
                replace(each, customer_name=known_as) if name in each.customer_name else each
                for each in entries
            ]

    def go_on(self, rounds):
        relay = self.relay()
        for _ in range(rounds):
            for _ in range(3):
                relay.drain()
            self.clock.advance(seconds=APART_S)

    def calls(self):
        """Return which credentials the one lead was sent with, each time."""
        return [credential for credential, payload in self.crm.sent if payload["surname"] == "Nováková"]

    def status(self, lead_id):
        return self.log.get(lead_id).lead.status

    def reasons(self, lead_id):
        return "; ".join(map(str, self.log.get(lead_id).lead.reasons))


def correct(world, lead_id, payload, route=None):
    """Correct a lead as an operator does who saw it as it stands."""
    answers = {"name": payload["name"], "surname": payload["surname"]}
    seen = world.log.get(lead_id).lead.version
    return world.log.resubmit(seen, answers=answers, payload=payload, route=route)


def listing_world(log, folder, clock):
    """Return such a world whose log was always used here, and has its lanes."""
    made = ListingWorld(log, folder, clock)
    made.restores.notice()
    made.log.open_lanes(made.machine.keys)
    return made
