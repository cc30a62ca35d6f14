"""Which events other systems hear of, by every way that a lead's status can change."""

from datetime import timedelta

import pytest
from fakes import ACCEPTED, BANNED, BROKEN, LOST, REFUSED, new_lead

from realpad_form.domain.delivery import _NEXT, Event, Status
from realpad_form.domain.listing import ListEntry
from realpad_form.domain.people import AuditAction, AuditNote
from realpad_form.domain.project import Webhook
from realpad_form.domain.reconcile import ListMatch, Presence
from realpad_form.domain.webhook import event_of

HOOK = Webhook(name="crm-sync", url="https://hooks.example/leads")
ABSENT = ListMatch(presence=Presence.ABSENT)
APART_S = 600.0


class Life:
    """One lead in a log, and what may happen to it."""

    def __init__(self, log, clock, submission, key):
        self.log, self.clock, self.submission, self.key = log, clock, submission, key
        self.id = None
        log.open_lanes([key])

    def accept(self, **changes):
        self.id = self.log.append(new_lead(self.submission(**changes), payload={"note": "a"})).lead_id

    def call(self, answer):
        self.clock.advance(days=1)
        claim = self.log.claim([self.key], lease_s=60, pace_s=0, width=1)
        assert claim is not None
        assert self.log.close(claim, answer)

    def die(self):
        self.clock.advance(days=1)
        assert self.log.claim([self.key], lease_s=60, pace_s=0, width=1)
        self.clock.advance(seconds=61)
        assert self.log.sweep() == 1

    def listed(self, match):
        lead = self.log.get(self.id).lead
        self.log.reconcile(lead, match, asked_at=self.clock(), apart_s=APART_S)

    def found(self):
        entry = ListEntry(
            inquiry_id=1, customer_id=77, customer_name="J", at=self.clock(), projects=("R",), campaign=""
        )
        self.listed(ListMatch(presence=Presence.THERE, entries=(entry,)))

    def absent(self):
        self.listed(ABSENT)
        self.clock.advance(seconds=APART_S)
        self.listed(ABSENT)

    def decide(self, event, **more):
        self.log.move(self.id, event, **more)

    def correct(self):
        lead = self.log.get(self.id).lead
        self.log.resubmit(lead.version, answers={"name": "Jan"}, payload={"note": "b"})

    def restore(self):
        self.log.restore(self.id)

    def erase(self):
        self.log.erase(self.id)


@pytest.fixture
def life(log, webhooks, clock, submission, key):
    webhooks["riverside"] = (HOOK,)
    return Life(log, clock, submission, key)


def told(outbox, life):
    return [f"{m.event} {m.lead_status}" for m in outbox.of_lead(life.id)]


SPAM = {"suspicions": ("honeypot",)}
WRONG = {"mistakes": {"phone": "no number"}}
QUEUED, SPAMMY, WAITING = "accepted queued", "accepted quarantined", "accepted rejected"
DELIVERED, REJECTED, DISCARDED = "delivered delivered", "rejected rejected", "discarded discarded"

LIVES = {
    "taken in": (lambda a: a.accept(), [QUEUED]),
    "taken in as possible spam": (lambda a: a.accept(**SPAM), [SPAMMY]),
    "sent by another system and to be corrected": (
        lambda a: (a.accept(**WRONG), a.correct(), a.call(REFUSED)), [WAITING, REJECTED, REJECTED],
    ),
    "delivered": (lambda a: (a.accept(), a.call(ACCEPTED)), [QUEUED, DELIVERED]),
    "released and delivered": (
        lambda a: (a.accept(**SPAM), a.decide(Event.RELEASED), a.call(ACCEPTED)), [SPAMMY, DELIVERED],
    ),
    "refused": (lambda a: (a.accept(), a.call(REFUSED)), [QUEUED, REJECTED]),
    "outages for too long": (
        lambda a: (a.accept(), *[a.call(BROKEN) for _ in range(6)]), [QUEUED, REJECTED],
    ),
    "an outage, then delivered": (
        lambda a: (a.accept(), a.call(BROKEN), a.call(ACCEPTED)), [QUEUED, DELIVERED],
    ),
    "a refused account": (lambda a: (a.accept(), a.call(BANNED)), [QUEUED]),
    "a lost answer": (lambda a: (a.accept(), a.call(LOST)), [QUEUED]),
    "a relay that died": (lambda a: (a.accept(), a.die()), [QUEUED]),
    "found in the list": (lambda a: (a.accept(), a.call(LOST), a.found()), [QUEUED, DELIVERED]),
    "absent from the list": (lambda a: (a.accept(), a.die(), a.absent()), [QUEUED]),
    "settled by a person": (
        lambda a: (a.accept(), a.call(LOST), a.decide(Event.SETTLED, customer_id=5)), [QUEUED, DELIVERED],
    ),
    "discarded while possible spam": (
        lambda a: (a.accept(**SPAM), a.decide(Event.DISCARDED)), [SPAMMY, DISCARDED],
    ),
    "discarded while queued": (lambda a: (a.accept(), a.decide(Event.DISCARDED)), [QUEUED, DISCARDED]),
    "discarded while unknown": (
        lambda a: (a.accept(), a.call(LOST), a.decide(Event.DISCARDED)), [QUEUED, DISCARDED],
    ),
    "discarded while rejected": (
        lambda a: (a.accept(), a.call(REFUSED), a.decide(Event.DISCARDED)), [QUEUED, REJECTED, DISCARDED],
    ),
    "restored to rejected": (
        lambda a: (a.accept(), a.call(REFUSED), a.decide(Event.DISCARDED), a.restore()),
        [QUEUED, REJECTED, DISCARDED, REJECTED],
    ),
    "restored to queued": (
        lambda a: (a.accept(), a.decide(Event.DISCARDED), a.restore()), [QUEUED, DISCARDED],
    ),
    "restored to what Realpad has taken": (
        lambda a: (a.accept(), a.call(ACCEPTED), a.correct(), a.decide(Event.DISCARDED), a.restore()),
        [QUEUED, DELIVERED, DISCARDED, DELIVERED],
    ),
    "corrected and delivered again": (
        lambda a: (a.accept(), a.call(ACCEPTED), a.correct(), a.call(ACCEPTED)),
        [QUEUED, DELIVERED, DELIVERED],
    ),
    "corrected while queued": (lambda a: (a.accept(), a.correct()), [QUEUED]),
    "corrected while unknown": (
        lambda a: (a.accept(), a.call(LOST), a.correct(), a.call(ACCEPTED)), [QUEUED, DELIVERED],
    ),
    "corrected and refused again": (
        lambda a: (a.accept(), a.call(REFUSED), a.correct(), a.call(REFUSED)), [QUEUED, REJECTED, REJECTED],
    ),
    "erased": (lambda a: (a.accept(), a.erase()), [QUEUED]),
}  # fmt: skip

LIVED = {
    (Status.SENDING, Event.DELIVERED): "delivered",
    (Status.SENDING, Event.REJECTED): "refused",
    (Status.UNKNOWN, Event.DELIVERED): "found in the list",
    (Status.UNKNOWN, Event.SETTLED): "settled by a person",
    (Status.QUARANTINED, Event.DISCARDED): "discarded while possible spam",
    (Status.QUEUED, Event.DISCARDED): "discarded while queued",
    (Status.UNKNOWN, Event.DISCARDED): "discarded while unknown",
    (Status.REJECTED, Event.DISCARDED): "discarded while rejected",
}
"""Every move of the state table that is told, with the life that makes it."""


@pytest.mark.parametrize("name", LIVES)
def test_every_change_of_status_is_told_once(life, outbox, name):
    live, expected = LIVES[name]

    live(life)

    assert told(outbox, life) == expected


def test_no_move_of_the_state_table_is_forgotten():
    moves = {move for move, after in _NEXT.items() if event_of(move[0], after)}

    assert moves == LIVED.keys()
    assert set(LIVED.values()) <= LIVES.keys()


def test_messages_of_a_lead_have_ids_of_their_own(life, outbox):
    LIVES["corrected and delivered again"][0](life)

    messages = outbox.of_lead(life.id)

    assert len({m.id for m in messages}) == 3
    assert [m.place for m in messages] == [0, 1, 2]
    assert [m.revision for m in messages] == [1, 1, 2]
    assert [m.customer_id for m in messages] == [None, 4711, 4711]


def test_each_endpoint_hears_of_what_it_asked_for(log, webhooks, outbox, clock, submission, key):
    webhooks["riverside"] = (
        Webhook(name="arrivals", url="https://a.example/", events=("accepted",)),
        Webhook(name="ends", url="https://b.example/", events=("delivered", "rejected")),
    )
    life = Life(log, clock, submission, key)

    life.accept()
    life.call(ACCEPTED)

    assert [(m.endpoint.name, m.event) for m in outbox.of_lead(life.id)] == [
        ("arrivals", "accepted"),
        ("ends", "delivered"),
    ]


def test_project_without_webhooks_tells_nobody(life, webhooks, outbox):
    webhooks["jantar"] = webhooks.pop("riverside")

    life.accept()
    life.call(ACCEPTED)

    assert told(outbox, life) == []


def test_repeated_submission_is_told_once(log, webhooks, outbox, submission):
    webhooks["riverside"] = (HOOK,)
    sent = submission()
    first = new_lead(sent, payload={}, lead_id=sent.lead_id())

    log.append(first)
    log.append(first)

    assert len(list(outbox.messages())) == 1


def test_leads_that_share_a_commit_are_each_told(log, webhooks, outbox, submission):
    webhooks["riverside"] = (HOOK,)

    ids = {log.append(new_lead(submission(), payload={})).lead_id for _ in range(5)}

    assert {m.lead_id for m in outbox.messages()} == ids


def test_refused_move_is_not_told(life, outbox):
    life.accept()
    life.call(ACCEPTED)

    with pytest.raises(Exception, match="delivered"):
        life.decide(Event.DISCARDED)

    assert told(outbox, life) == [QUEUED, DELIVERED]


def test_erased_lead_leaves_no_customer_in_its_messages(life, outbox):
    life.accept()
    life.call(ACCEPTED)

    life.erase()

    assert [m.customer_id for m in outbox.of_lead(life.id)] == [None, None]


def test_lost_claim_is_not_told(life, outbox, clock):
    life.accept()
    claim = life.log.claim([life.key], lease_s=60, pace_s=0, width=1)
    clock.advance(seconds=61)
    life.log.sweep()

    assert not life.log.close(claim, ACCEPTED)
    assert told(outbox, life) == [QUEUED]


def test_same_event_told_by_a_copy_of_the_log_has_the_same_id(
    sqlite_url, postgresql_url, clock, submission, key
):
    from opened import closing_database, make_sql_log

    from realpad_form.adapters.sql import SqlWebhookLog

    sent, ids = submission(), []
    for url in (sqlite_url, postgresql_url):
        with closing_database(url) as database:
            log = make_sql_log(database, clock, webhooks=lambda: {"riverside": (HOOK,)})
            log.open_lanes([key])
            log.append(new_lead(sent, payload={}, lead_id=sent.lead_id()))
            log.close(log.claim([key], lease_s=60, pace_s=0, width=1), ACCEPTED)
            ids.append([m.id for m in SqlWebhookLog(database).messages()])

    assert ids[0] == ids[1]
    assert len(ids[0]) == 2


def test_note_in_the_audit_log_and_message_are_one_transaction(sql_log, clock, submission, key):
    from realpad_form.adapters.sql import SqlWebhookLog

    object.__setattr__(sql_log, "listeners", lambda: {"riverside": (HOOK,)})
    life = Life(sql_log, clock, submission, key)
    life.accept()
    broken = AuditNote(action=AuditAction.DISCARDED, by="nobody", subject="x")  # no id: cannot be stored

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the driver says
        life.decide(Event.DISCARDED, notes=[broken])

    assert [m.event for m in SqlWebhookLog(sql_log.database).of_lead(life.id)] == ["accepted"]
    assert sql_log.get(life.id).lead.status is Status.QUEUED


def test_webhook_is_due_when_its_event_is(life, outbox, clock):
    life.accept()

    (message,) = outbox.of_lead(life.id)

    assert message.at == message.due_at == clock()
    assert clock() - message.at < timedelta(seconds=1)
