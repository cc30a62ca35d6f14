"""Messages made, signed and sent: what a receiver gets, and what becomes of it."""

import base64
import json
import threading
from datetime import UTC, datetime
from time import monotonic, sleep
from types import SimpleNamespace

import pytest
from fakes import ACCEPTED, new_lead
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from realpad_form.domain.alert import AlertCode
from realpad_form.domain.errors import SealBrokenError
from realpad_form.domain.people import COMMAND
from realpad_form.domain.project import Webhook
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.domain.webhook import WebhookReply
from realpad_form.services.webhook_endpoints import Endpoints
from realpad_form.services.webhooks import Webhooks, WebhookSender, body_of

OLD, NEW = b"o" * 24, b"n" * 64
HOOK = {"name": "crm-sync", "url": "https://hooks.example/leads"}
ANSWERS = {"name": "Jana", "surname": "Nováková", "phone": "+420777123456", "unit": "A-101"}
CALL = {"name": "Jana", "internalid": "A-101", "campaign": "spring"}


class Receiver:
    """The port WebhookGateway with scripted answers; keeps every call."""

    def __init__(self):
        self.calls, self.script, self.gate = [], [], None

    def send(self, url, *, headers, body):
        self.calls.append(SimpleNamespace(url=url, headers=headers, body=body, data=json.loads(body)))
        if self.gate:
            self.gate(url)
        step = self.script.pop(0) if self.script else 204
        if isinstance(step, Exception):
            raise step
        return WebhookReply(status=step)


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def files(project, webhooks):
    """Project files whose webhooks the log and the sender share."""
    files = {"riverside": project}

    def tell(*hooks):
        files["riverside"] = project.model_copy(update={"webhooks": tuple(Webhook(**h) for h in hooks)})
        webhooks["riverside"] = files["riverside"].webhooks

    files_of = SimpleNamespace(projects=lambda: files, tell=tell)
    tell(HOOK)
    return files_of


@pytest.fixture
def endpoints(files):
    return Endpoints(files.projects, {"crm-sync": (NEW, OLD), "other": (OLD,)}, AllowedHosts())


@pytest.fixture
def sender(log, outbox, receiver, endpoints):
    return WebhookSender(outbox, log, receiver, endpoints, inbox="https://forms.example/inbox/")


@pytest.fixture
def accept(log, submission, files):
    def accept(**changes):
        sent = submission(**{"answers": ANSWERS, **changes})
        return log.append(new_lead(sent, payload=CALL)).lead_id

    return accept


def verify(call, secret):
    Verifier(base64.b64encode(secret).decode()).verify(call.body, call.headers)


def test_public_library_verifies_what_is_sent(accept, sender, receiver, clock):
    clock.time = datetime.now(UTC)  # the library refuses what is older than five minutes
    accept()

    sender.drain()

    (call,) = receiver.calls
    assert verify(call, NEW) is None


def test_old_and_new_secret_verify_while_they_are_rotated(accept, sender, receiver, clock):
    clock.time = datetime.now(UTC)
    accept()

    sender.drain()

    (call,) = receiver.calls
    verify(call, OLD)
    verify(call, NEW)
    with pytest.raises(WebhookVerificationError):
        verify(call, b"x" * 32)


def test_body_that_was_changed_is_not_verified(accept, sender, receiver, clock):
    clock.time = datetime.now(UTC)
    accept()
    sender.drain()
    (call,) = receiver.calls

    call.body = call.body.replace(b"queued", b"erased")

    with pytest.raises(WebhookVerificationError):
        verify(call, NEW)


def test_ids_tell_nothing_personal(accept, sender, receiver, clock):
    lead_id = accept()

    sender.drain()

    (call,) = receiver.calls
    assert call.data == {
        "type": "lead.accepted",
        "timestamp": "2026-03-29T00:30:00.000+00:00",
        "data": {
            "id": str(lead_id),
            "project": "riverside",
            "status": "queued",
            "customer_id": None,
            "unit": "A-101",
            "unit_id": None,
            "campaign": "spring",
            "language": "cs",
            "created_at": "2026-03-29T00:30:00.000+00:00",
            "link": f"https://forms.example/inbox/leads/{lead_id}",
            "erased": False,
        },
    }
    assert [word for word in (b"Jana", b"777123456", b"192.0.2.7") if word in call.body] == []


def test_full_payload_has_the_answers_and_consents(accept, sender, receiver, files):
    files.tell({**HOOK, "payload": "full"})
    accept()

    sender.drain()

    data = receiver.calls[0].data["data"]
    assert data["answers"] == ANSWERS
    assert data["consents"] == [{"id": 39268430, "given": True, "wording": "Souhlasím", "language": "cs"}]


def test_full_payload_of_an_erased_lead_has_ids_only(accept, sender, receiver, files, log):
    files.tell({**HOOK, "payload": "full"})
    lead_id = accept()
    log.erase(lead_id)

    sender.drain()

    (call,) = receiver.calls
    assert call.data["data"]["id"] == str(lead_id)
    assert call.data["data"]["erased"] is True
    assert not {"answers", "consents"} & call.data["data"].keys()
    assert b"Jana" not in call.body
    assert b"A-101" not in call.body


def test_event_tells_the_answers_of_its_time(accept, sender, receiver, files, log, key):
    files.tell({**HOOK, "payload": "full"})
    lead_id = accept()
    log.resubmit(log.get(lead_id).lead.version, answers={"name": "Jan"}, payload={"campaign": "late"})
    log.open_lanes([key])
    log.close(log.claim([key], lease_s=60, pace_s=0, width=1), ACCEPTED)

    sender.drain()

    accepted, delivered = (call.data["data"] for call in receiver.calls)
    assert (accepted["answers"], accepted["campaign"]) == (ANSWERS, "spring")
    assert (delivered["answers"], delivered["campaign"]) == ({"name": "Jan"}, "late")
    assert (delivered["status"], delivered["customer_id"]) == ("delivered", 4711)


def test_try_after_a_failure_has_the_same_id_and_a_fresh_time(accept, sender, receiver, clock):
    receiver.script = [503]
    accept()
    sender.drain()
    clock.advance(seconds=11)

    sender.drain()

    first, second = (call.headers for call in receiver.calls)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 11
    assert first["webhook-signature"] != second["webhook-signature"]


def test_receiver_that_breaks_in_an_unknown_way_gets_it_again(accept, sender, receiver, clock, outbox):
    receiver.script = [RuntimeError("a mistake of ours")]
    accept()
    sender.drain()
    clock.advance(minutes=1)

    sender.drain()

    assert len(receiver.calls) == 2
    assert [m.status for m in outbox.messages()] == ["delivered"]


def test_lead_that_cannot_be_opened_waits_and_the_others_go(accept, sender, receiver, outbox, log):
    broken, whole = accept(), accept()

    class Leads:
        def get(self, lead_id):
            if lead_id == broken:
                raise SealBrokenError("no key", missing_key="k")
            return log.get(lead_id)

    WebhookSender(outbox, Leads(), receiver, sender.endpoints).drain()

    assert [call.data["data"]["id"] for call in receiver.calls] == [str(whole)]
    assert {m.lead_id: m.status for m in outbox.messages()} == {broken: "queued", whole: "delivered"}


def test_endpoint_without_a_secret_is_not_called_and_loses_nothing(accept, files, outbox, log, receiver):
    accept()
    without = Endpoints(files.projects, {}, AllowedHosts())

    WebhookSender(outbox, log, receiver, without).drain()

    assert receiver.calls == []
    assert [m.status for m in outbox.messages()] == ["queued"]
    assert [str(p.key) + p.text.split()[0] for p in without.problems()] == [
        "riverside/crm-syncREALPAD_FORM_WEBHOOK_CRM_SYNC_SECRET"
    ]


def test_endpoint_that_may_not_be_called_is_told(files, endpoints):
    files.tell({"name": "other", "url": "http://10.0.0.1/"})

    assert endpoints.callable() == {}
    assert "its address is not https" in next(endpoints.problems()).text


def test_new_address_of_the_file_gets_what_waits(accept, files, sender, receiver):
    accept()
    files.tell({**HOOK, "url": "https://moved.example/"})

    sender.drain()

    assert [call.url for call in receiver.calls] == ["https://moved.example/"]


def test_slow_receiver_holds_up_no_other(accept, files, sender, receiver):
    files.tell(HOOK, {"name": "other", "url": "https://other.example/"})
    for _ in range(6):
        accept()
    hanging, stop = threading.Event(), threading.Event()
    receiver.gate = lambda url: "other" in url or hanging.wait(20)
    thread = threading.Thread(target=sender.run, args=[stop])
    thread.start()

    def count():
        return sum("other" in call.url for call in receiver.calls)

    until = monotonic() + 10
    while count() < 6 and monotonic() < until:
        sleep(0.02)
    taken = count()
    hanging.set()
    stop.set()
    thread.join(20)

    assert taken == 6
    assert not thread.is_alive()


@pytest.mark.parametrize("slow", [2, 16])
def test_receivers_that_take_their_time_starve_no_other(accept, files, sender, receiver, clock, slow):
    names = [f"slow-{n}" for n in range(slow)]
    slow_hooks = [{"name": name, "url": f"https://{name}.example/"} for name in names]
    files.tell(*slow_hooks)
    sender.endpoints.secrets.update(dict.fromkeys(names, (OLD,)))
    for _ in range(20):
        accept()  # what waits for the slow ones is older
    files.tell(*slow_hooks, HOOK)
    clock.advance(seconds=1)
    accept()
    receiver.gate = lambda url: "slow" not in url or sleep(1)
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=[stop])
    thread.start()

    until, was_called = monotonic() + 4, False
    while not was_called and monotonic() < until:
        sleep(0.02)
        was_called = any(call.url == HOOK["url"] for call in receiver.calls)
    stop.set()
    thread.join(20)

    assert was_called


def test_people_are_told_of_what_was_given_up_and_of_what_waits_for_a_day(
    accept, sender, receiver, outbox, endpoints, clock
):
    webhooks = Webhooks(outbox, endpoints)
    receiver.script = [410]
    accept()
    sender.drain()
    assert [(str(key), [*map(str, details)]) for key, details in webhooks.troubles()] == [
        ("riverside/crm-sync", ["1 given up since 2026-03-29 00:30 UTC", "last answer HTTP 410"])
    ]

    clock.advance(days=8)

    assert list(webhooks.troubles()) == []


def test_people_are_told_of_an_endpoint_that_no_file_names_any_more(accept, files, outbox, endpoints, clock):
    accept()
    files.tell()
    clock.advance(hours=25)

    ((key, details),) = Webhooks(outbox, endpoints).troubles()

    assert str(key) == "riverside/crm-sync"
    assert [each.code for each in details] == [AlertCode.WAITING, AlertCode.UNNAMED]


def test_what_waits_for_an_endpoint_that_no_file_names_is_given_up_after_three_days(
    accept, files, sender, outbox, clock, receiver
):
    accept()
    files.tell({**HOOK, "name": "other"})
    clock.advance(days=2)
    sender.tend()
    assert [m.status for m in outbox.messages()] == ["queued"]
    clock.advance(days=1)

    sender.tend()

    assert [m.status for m in outbox.messages()] == ["failed"]
    assert receiver.calls == []


def test_nothing_is_given_up_while_no_project_file_can_be_read(accept, outbox, log, receiver, clock):
    accept()
    clock.advance(days=9)

    WebhookSender(outbox, log, receiver, Endpoints(dict, {}, AllowedHosts())).tend()

    assert [m.status for m in outbox.messages()] == ["queued"]


def test_what_waits_for_an_endpoint_without_a_secret_is_not_given_up(accept, files, outbox, log, clock):
    accept()
    clock.advance(days=9)

    WebhookSender(outbox, log, Receiver(), Endpoints(files.projects, {}, AllowedHosts())).tend()

    assert [m.status for m in outbox.messages()] == ["queued"]


def test_replay_from_the_desk_is_written_down_with_the_lead(sql_log, submission, clock, endpoints):
    from realpad_form.adapters.sql import SqlAuditLog, SqlWebhookLog

    object.__setattr__(sql_log, "listeners", lambda: {"riverside": (Webhook(**HOOK),)})
    lead_id = sql_log.append(new_lead(submission(), payload={})).lead_id
    outbox = SqlWebhookLog(sql_log.database, clock=clock)
    (message,) = outbox.of_lead(lead_id)

    Webhooks(outbox, endpoints).replay([message.id], by=COMMAND)

    (entry,) = SqlAuditLog(sql_log.database).entries(subject=str(lead_id))
    assert (entry.action, entry.project) == ("webhook-replayed", "riverside")
    assert entry.detail == f"command, {message.webhook_id}, crm-sync"


def test_body_is_ascii_whatever_was_typed(accept, log, outbox):
    lead_id = accept(answers={"name": "\ud800 ě"})
    (message,) = outbox.of_lead(lead_id)

    body = body_of(message, log.get(lead_id), payload="full")

    assert body.isascii()
    assert json.loads(body)["data"]["answers"]["name"].endswith("ě")
