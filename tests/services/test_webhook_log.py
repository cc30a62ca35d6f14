"""How messages are handed out, tried again, given up and sent again by a person."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from fakes import new_lead

from realpad_form.domain.errors import WebhookNotFoundError
from realpad_form.domain.people import COMMAND, AuditAction
from realpad_form.domain.project import Webhook
from realpad_form.domain.webhook import STEPS, EndpointKey, WebhookReply

SYNC, OTHER = EndpointKey("riverside", "crm-sync"), EndpointKey("riverside", "other")
URLS = {SYNC: "https://hooks.example/leads", OTHER: "https://other.example/"}
TAKEN, BROKEN, GONE = (WebhookReply(status=status) for status in (204, 500, 410))
SILENT = WebhookReply(status=None)
LEASE_S = 60


@pytest.fixture
def accept(log, webhooks, submission):
    webhooks["riverside"] = (Webhook(name="crm-sync", url=URLS[SYNC]),)

    def accept(**changes):
        return log.append(new_lead(submission(**changes), payload={})).lead_id

    return accept


@pytest.fixture
def claim(outbox):
    def claim(*keys, limit=10, width=10, urls=URLS):
        chosen = {key: urls[key] for key in keys or (SYNC,)}
        return outbox.claim(chosen, lease_s=LEASE_S, width=width, limit=limit)

    return claim


def only(messages):
    (message,) = messages
    return message


def test_oldest_message_is_handed_out_first(accept, claim, clock):
    first = accept()
    clock.advance(seconds=1)
    second = accept()

    assert [c.message.lead_id for c in claim(limit=1)] == [first]
    assert [c.message.lead_id for c in claim(limit=5)] == [second]
    assert claim() == []


def test_no_endpoint_has_more_calls_in_flight_than_its_width(accept, claim, outbox):
    for _ in range(5):
        accept()

    taken = claim(width=3)

    assert len(taken) == 3
    assert claim(width=3) == []
    outbox.close(taken[0], TAKEN)
    assert len(claim(width=3)) == 1


def test_message_of_a_sender_that_died_is_handed_out_again_under_its_id(accept, claim, clock, outbox):
    accept()
    lost = only(claim())
    clock.advance(seconds=LEASE_S)

    again = only(claim())

    assert again.message.webhook_id == lost.message.webhook_id
    assert outbox.close(lost, TAKEN) is None
    assert outbox.close(again, TAKEN) == "delivered"


def test_messages_of_one_lead_go_one_after_the_other(accept, claim, outbox, log):
    lead_id = accept(suspicions=("honeypot",))
    from realpad_form.domain.delivery import Event

    log.move(lead_id, Event.DISCARDED)
    first = only(claim())

    assert first.message.event == "accepted"
    assert claim() == []
    outbox.close(first, TAKEN)
    assert only(claim()).message.event == "discarded"


def test_later_message_of_a_lead_waits_for_an_earlier_one_that_is_tried_again(
    accept, claim, outbox, log, clock
):
    from realpad_form.domain.delivery import Event

    lead_id = accept(suspicions=("honeypot",))
    outbox.close(only(claim()), BROKEN)
    log.move(lead_id, Event.DISCARDED)
    clock.advance(seconds=11)

    assert [c.message.event for c in claim()] == ["accepted"]


def test_failures_are_tried_again_later_and_later(accept, claim, outbox, clock):
    accept()

    for step in STEPS:
        outbox.close(only(claim()), SILENT)
        clock.advance(seconds=step.total_seconds() - 1)
        assert claim() == []
        clock.advance(seconds=1)

    message = only(outbox.messages())
    assert message.attempts == len(STEPS)
    assert message.status == "queued"


def test_message_is_given_up_after_three_days(accept, claim, outbox, clock):
    accept()
    began = clock()

    while claims := claim():
        outbox.close(only(claims), BROKEN)
        clock.time = max(clock(), *(m.due_at for m in outbox.messages()))

    message = only(outbox.messages(status="failed"))
    assert timedelta(days=3) <= message.ended_at - began < timedelta(days=3, hours=7)
    assert message.last_status == 500


def test_what_waits_for_an_endpoint_that_failed_for_three_days_is_given_up_with_it(
    accept, claim, outbox, clock
):
    old, began = {accept() for _ in range(3)}, clock()
    while clock() - began < timedelta(days=3):
        outbox.close(only(claim(limit=1)), SILENT)
        clock.time = max(lane.paused_until for lane in outbox.lanes())
    young = accept()

    outbox.close(only(claim(limit=1)), SILENT)

    assert {m.lead_id for m in outbox.messages(status="failed")} == old
    assert [m.lead_id for m in outbox.messages(status="queued")] == [young]


def test_messages_that_waited_while_no_sender_ran_are_sent_and_not_given_up(accept, claim, outbox, clock):
    accept(), accept()
    clock.advance(days=5)

    outbox.close(claim(limit=1)[0], BROKEN)

    assert [m.status for m in outbox.messages()] == ["queued", "queued"]


def test_gone_endpoint_is_called_no_more_and_its_messages_wait_for_a_person(accept, claim, outbox):
    accept(), accept()

    assert outbox.close(claim(limit=1)[0], GONE) == "failed"

    assert [m.status for m in outbox.messages()] == ["failed", "failed"]
    accept()
    assert claim() == []
    assert [m.status for m in outbox.messages()] == ["failed"] * 3


def test_gone_endpoint_with_another_address_is_called_again(accept, claim, outbox):
    accept()
    outbox.close(only(claim()), GONE)
    accept()

    moved = only(claim(urls={SYNC: "https://new.example/"}))

    assert moved.url == "https://new.example/"
    outbox.close(moved, TAKEN)
    assert outbox.get(moved.message.id).url == "https://new.example/"


def test_throttled_endpoint_waits_as_long_as_it_asks(accept, claim, outbox, clock):
    accept(), accept()
    outbox.close(claim(limit=1)[0], WebhookReply(status=429, retry_after_s=7200))

    clock.advance(seconds=7199)
    assert claim() == []
    clock.advance(seconds=1)
    assert claim()


def test_wait_of_ten_years_is_not_believed(accept, claim, outbox, clock):
    accept()
    outbox.close(only(claim()), WebhookReply(status=429, retry_after_s=10 * 366 * 86_400))

    clock.advance(days=3)

    assert only(claim())


def test_failing_endpoint_is_tried_with_one_call(accept, claim, outbox, clock):
    for _ in range(4):
        accept()
    outbox.close(claim(limit=1)[0], BROKEN)
    clock.advance(seconds=10)

    assert len(claim()) == 1


def test_broken_endpoint_delays_no_other(accept, claim, outbox, webhooks):
    webhooks["riverside"] = (
        Webhook(name="crm-sync", url=URLS[SYNC]),
        Webhook(name="other", url=URLS[OTHER]),
    )
    for _ in range(3):
        accept()
    outbox.close(claim(SYNC, limit=1)[0], SILENT)

    taken = claim(SYNC, OTHER)

    assert [c.message.endpoint for c in taken] == [OTHER] * 3


def test_failing_endpoints_leave_room_for_those_that_work(accept, outbox, webhooks, clock):
    accept()
    urls = {EndpointKey("riverside", f"broken-{n}"): f"https://b{n}.example/" for n in range(8)}
    webhooks["riverside"] = tuple(Webhook(name=key.name, url=url) for key, url in urls.items())
    accept()
    for each in outbox.claim(urls, lease_s=LEASE_S, width=1, limit=8):
        outbox.close(each, SILENT)
    clock.advance(seconds=10)

    assert len(outbox.claim(urls, lease_s=LEASE_S, width=1, limit=8, reserved=4)) == 4


def test_row_that_could_not_be_made_does_not_pause_its_endpoint(accept, claim, outbox):
    accept(), accept()
    outbox.close(claim(limit=1)[0], WebhookReply(status=None, is_made=False))

    assert len(claim()) == 1
    assert sorted(m.attempts for m in outbox.messages()) == [0, 0]


def test_endpoint_that_is_not_asked_for_keeps_its_messages(accept, claim, outbox):
    accept()

    assert claim(OTHER) == []
    assert only(outbox.messages()).status == "queued"


def test_replay_sends_the_same_id_again_and_is_written_down(accept, claim, outbox, log, clock):
    accept()
    sent = only(claim())
    outbox.close(sent, TAKEN)
    notes = []

    def note(message):
        notes.append(message)
        return COMMAND.note(AuditAction.WEBHOOK_REPLAYED, str(message.lead_id), message.webhook_id)

    outbox.replay([sent.message.id], notes=note)

    again = only(claim())
    assert again.message.webhook_id == sent.message.webhook_id
    assert again.message.attempts == 1
    assert [m.id for m in notes] == [sent.message.id]


def test_replay_opens_an_endpoint_that_was_gone(accept, claim, outbox):
    accept()
    failed = only(claim())
    outbox.close(failed, GONE)

    outbox.replay([failed.message.id], notes=lambda m: COMMAND.note(AuditAction.WEBHOOK_REPLAYED, ""))

    assert only(claim()).message.id == failed.message.id


def test_replay_of_an_unknown_message_changes_nothing(accept, claim, outbox):
    accept()
    sent = only(claim())
    outbox.close(sent, TAKEN)

    with pytest.raises(WebhookNotFoundError):
        outbox.replay([sent.message.id, uuid4()], notes=lambda m: None)

    assert only(outbox.messages()).status == "delivered"


def test_standing_tells_what_waits_and_what_was_given_up(accept, claim, outbox, clock):
    accept()
    outbox.close(only(claim()), GONE)
    clock.advance(days=8)

    (standing,) = outbox.standing()

    assert (standing.endpoint, standing.status, standing.count) == (SYNC, "failed", 1)
    assert outbox.standing(failed_since=clock() - timedelta(days=7)) == []


def test_message_queued_while_the_clock_was_ahead_is_sent_once_it_is_right(accept, claim, outbox, clock):
    clock.advance(days=2)
    accept()
    clock.advance(days=-2)
    assert claim() == []

    outbox.repair_times([SYNC])

    assert only(claim())


def test_pause_of_an_endpoint_set_by_a_clock_far_ahead_does_not_last(accept, claim, outbox, clock):
    accept()
    clock.advance(days=30)
    outbox.close(only(claim()), BROKEN)
    clock.advance(days=-30)
    accept()

    assert claim()


def test_long_list_comes_in_pages_and_whole(sql_log, clock, submission):
    from realpad_form.adapters.sql import SqlWebhookLog, webhooks

    object.__setattr__(
        sql_log, "listeners", lambda: {"riverside": (Webhook(name="a", url="https://a.example/"),)}
    )
    outbox = SqlWebhookLog(sql_log.database, clock=clock)
    ids = [sql_log.append(new_lead(submission(), payload={})).lead_id for _ in range(7)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhooks, "PAGE", 3)
        found = [m.lead_id for m in outbox.messages()]

    assert sorted(found) == sorted(ids)


def test_copy_made_by_a_backup_sends_nothing(tmp_path, sqlite_url, clock, submission):
    from opened import closing_database, make_sql_log

    from realpad_form.adapters.sql import SqlWebhookLog

    hooks = {"riverside": (Webhook(name="crm-sync", url=URLS[SYNC]),)}
    with closing_database(sqlite_url) as database:
        make_sql_log(database, clock, webhooks=lambda: hooks).append(new_lead(submission(), payload={}))
        database.backup(tmp_path / "copy.db")
    with closing_database(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        outbox = SqlWebhookLog(copy, clock=clock)

        assert outbox.claim({SYNC: URLS[SYNC]}, lease_s=60, width=1, limit=1) == []
        assert len(list(outbox.messages(status="queued"))) == 1


def test_two_senders_never_take_the_same_message(sql_log, clock, submission):
    from concurrent.futures import ThreadPoolExecutor

    from realpad_form.adapters.sql import SqlWebhookLog

    object.__setattr__(
        sql_log, "listeners", lambda: {"riverside": (Webhook(name="crm-sync", url=URLS[SYNC]),)}
    )
    for _ in range(20):
        sql_log.append(new_lead(submission(), payload={}))
    outbox = SqlWebhookLog(sql_log.database, clock=clock)

    taken, give_up = [], time.monotonic() + 30

    def take(_number):
        while len(taken) < 20 and time.monotonic() < give_up:
            found = outbox.claim({SYNC: URLS[SYNC]}, lease_s=60, width=50, limit=2)
            taken.extend(each.message.id for each in found)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, range(4)))

    assert len(taken) == len(set(taken)) == 20
