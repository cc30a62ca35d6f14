"""Mails about leads: to the sales team without the visitor, to the visitor without what was typed."""

from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from fakes import ACCEPTED, new_lead
from pydantic import ValidationError

from realpad_form.adapters.sql import SqlWebhookLog
from realpad_form.domain import delivery
from realpad_form.domain.errors import MailDeferredError, MailRefusedError, NotificationError
from realpad_form.domain.project import Confirm, Fallback, Notify, Webhook
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.domain.webhook import WebhookReply
from realpad_form.forms import chat_message, confirmation, notification
from realpad_form.services.notices import Notices
from realpad_form.services.webhook_endpoints import Endpoints
from realpad_form.services.webhooks import Webhooks, WebhookSender

SALES = ("prodej@riverside.example", "boss@riverside.example")
CONFIRM = Confirm(
    subject={"cs": "Vaše poptávka", "en": "Your enquiry"},
    message={"cs": "Děkujeme, [ceník](https://riverside.example/cenik).", "en": "Thank you."},
)
ANSWERS = {"name": "Jana", "surname": "Nováková", "email": "Jana@Example.com", "note": "Koupím to"}


class Postman:
    """The port MailGateway with scripted ends; keeps every mail."""

    def __init__(self):
        self.mails, self.script, self.gate = [], [], None

    def send(self, mail):
        self.mails.append(mail)
        if self.gate:
            self.gate(20)
        if self.script and (error := self.script.pop(0)):
            raise error


@pytest.fixture
def postman():
    return Postman()


@pytest.fixture
def files(project, webhooks):
    """The project file that the log and the sender share."""
    files = {}

    def write(**changes):
        files["riverside"] = project.model_copy(update=changes)
        webhooks["riverside"] = files["riverside"].listeners

    write(notify=Notify(to=SALES), confirm=CONFIRM)
    files["write"] = write
    return files


@pytest.fixture
def endpoints(files):
    return Endpoints(lambda: {"riverside": files["riverside"]}, {}, AllowedHosts(), has_mail=True)


@pytest.fixture
def sender(log, outbox, postman, endpoints):
    notices = Notices(
        projects=endpoints.projects,
        mailer=postman,
        gateway=None,
        notification=notification,
        chat_message=chat_message,
        confirmation=confirmation,
        inbox="https://forms.example/inbox/",
    )
    return WebhookSender(outbox, log, None, endpoints, notices=notices)


@pytest.fixture
def accept(log, files, submission):
    def accept(number=1, **changes):
        sent = {"answers": ANSWERS, "captcha": f"challenge-{number}", "token": f"token-{number}", **changes}
        return log.append(new_lead(submission(**sent), payload={})).lead_id

    return accept


def to_sales(postman):
    return [mail for mail in postman.mails if mail.to == SALES]


def to_visitors(postman):
    return [mail for mail in postman.mails if mail.to != SALES]


def test_the_sales_team_hears_of_a_lead_and_nothing_of_its_visitor(accept, sender, postman, log):
    lead_id = accept()

    sender.drain()

    (mail,) = to_sales(postman)
    told = f"{mail.subject}\n{mail.text}"
    assert f"https://forms.example/inbox/leads/{lead_id}" in mail.text
    assert mail.subject.startswith("Nová poptávka: ")
    assert "Přijato: 29. 3. 2026 1:30\n" in mail.text
    assert not any(text in told for text in (*ANSWERS.values(), "jana@example.com"))


def test_visitor_is_thanked_in_words_of_the_project_alone(accept, sender, postman):
    accept()

    sender.drain()

    (mail,) = to_visitors(postman)
    assert mail.to == ("Jana@Example.com",)
    assert mail.subject == "Vaše poptávka"
    assert mail.text == "Děkujeme, ceník (https://riverside.example/cenik)."


def test_the_subject_names_the_unit_as_realpad_does(log, files, submission, sender, postman):
    log.append(new_lead(submission(answers={**ANSWERS, "unit": "moje"}), payload={"internalid": "A-101"}))

    sender.drain()

    (mail,) = to_sales(postman)
    assert mail.subject.endswith(" · A-101")
    assert "moje" not in mail.text


def test_answers_of_a_visitor_go_to_the_projects_contact(accept, sender, postman, files):
    files["write"](confirm=CONFIRM, fallback=Fallback(email="prodej@riverside.example"))
    accept()

    sender.drain()

    (mail,) = to_visitors(postman)
    assert mail.reply_to == "prodej@riverside.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"captcha": None},
        {"suspicions": ("links",)},
        {"answers": {"name": "Jana", "surname": "Nováková", "phone": "+420777123456"}},
    ],
    ids=["no captcha", "possible spam", "no address"],
)
def test_nobody_can_make_the_server_write_to_strangers(accept, sender, postman, changes):
    accept(**changes)

    sender.drain()

    assert to_visitors(postman) == []


def test_an_address_gets_one_mail_a_day_however_it_is_written(accept, sender, postman, clock):
    accept(1)
    accept(2, answers={**ANSWERS, "email": "jana@example.com"})
    accept(3, answers={**ANSWERS, "email": "petr@example.com"})
    accept(5, answers={**ANSWERS, "email": "jana+1@example.com"})
    sender.drain()
    same_day = [mail.to for mail in to_visitors(postman)]

    clock.time += timedelta(days=1)
    accept(4)
    sender.drain()

    assert sorted(same_day) == [("Jana@Example.com",), ("petr@example.com",)]
    assert len(to_visitors(postman)) == 3
    assert len(to_sales(postman)) == 5


def test_leads_of_one_commit_share_one_mail_to_one_address(sql_log, project, submission):
    confirmed = project.model_copy(update={"confirm": CONFIRM})
    object.__setattr__(sql_log, "listeners", lambda: {"riverside": confirmed.listeners})
    leads = [new_lead(submission(answers=ANSWERS, captcha=each), payload={}) for each in ("a", "b")]

    sql_log._append(leads)

    messages = SqlWebhookLog(sql_log.database).messages()
    assert [each.endpoint.name for each in messages] == ["confirm"]


def test_sales_hears_of_possible_spam_once_a_person_has_released_it(accept, sender, postman, log):
    lead_id = accept(suspicions=("links",))
    sender.drain()
    before = list(postman.mails)

    log.move(lead_id, delivery.Event.RELEASED)
    sender.drain()

    assert before == []
    assert len(to_sales(postman)) == 1
    assert to_visitors(postman) == []


def test_sales_that_hear_of_what_is_to_be_corrected_hear_of_what_other_systems_sent(
    accept, sender, postman, files
):
    files["write"](notify=Notify(to=SALES, when="rejected"))
    accept(mistakes={"phone": "no number"})

    sender.drain()

    assert [mail.to for mail in postman.mails] == [SALES]


def test_sales_may_hear_of_deliveries_instead(accept, sender, postman, log, files, key):
    files["write"](notify=Notify(to=SALES, when="delivered"))
    accept()
    sender.drain()
    before = list(postman.mails)

    log.open_lanes([key])
    log.close(log.claim([key], lease_s=60, pace_s=0, width=1), ACCEPTED)
    sender.drain()

    assert before == []
    assert [mail.subject[:11] for mail in to_sales(postman)] == ["Poptávka je"]


def test_a_mail_that_may_pass_later_is_tried_again_under_its_id(accept, sender, postman, clock):
    postman.script = [NotificationError("away"), NotificationError("away")]
    accept()
    sender.drain()

    clock.time += timedelta(minutes=1)
    sender.drain()

    assert [len({mail.id for mail in mails}) for mails in (to_sales(postman), to_visitors(postman))] == [1, 1]
    assert len(postman.mails) == 4


def test_a_mailbox_that_refuses_is_not_tried_again_and_stops_no_other(accept, sender, postman, outbox, clock):
    postman.script = [MailRefusedError("550"), MailRefusedError("550")]
    accept(1)
    sender.drain()
    accept(2, answers={**ANSWERS, "email": "petr@example.com"})

    sender.drain()
    clock.time += timedelta(days=2)
    sender.drain()

    assert len(postman.mails) == 4
    assert sorted(m.status for m in outbox.messages()) == ["delivered", "delivered", "failed", "failed"]


def test_a_mailbox_that_is_put_off_is_tried_again_and_stops_no_other(accept, sender, postman, outbox, clock):
    postman.script = [MailDeferredError("450"), MailDeferredError("450")]
    accept(1)
    sender.drain()
    accept(2, answers={**ANSWERS, "email": "petr@example.com"})

    sender.drain()
    at_once = sorted(m.status for m in outbox.messages())
    clock.time += timedelta(minutes=1)
    sender.drain()

    assert at_once == ["delivered", "delivered", "queued", "queued"]
    assert [m.status for m in outbox.messages()] == ["delivered"] * 4


def test_a_slow_mail_server_holds_up_no_webhook(accept, clock, postman, files, endpoints, sender):
    calls, hanging, stop = [], Event(), Event()

    class Receiver:
        def send(self, url, *, headers, body):
            calls.append(url)
            return WebhookReply(status=204)

    postman.gate = hanging.wait
    for number in range(6):
        accept(number, answers={**ANSWERS, "email": f"visitor-{number}@example.com"})
    hook = Webhook(name="crm-sync", url="https://hooks.example/")
    files["write"](notify=Notify(to=SALES), confirm=CONFIRM, webhooks=(hook,))
    clock.time += timedelta(seconds=1)
    accept(7)
    secrets = {"crm-sync": (b"s" * 24,)}
    both = replace(sender, gateway=Receiver(), endpoints=replace(endpoints, secrets=secrets))
    thread = Thread(target=both.run, args=[stop])
    thread.start()

    until = monotonic() + 5
    while not calls and monotonic() < until:
        sleep(0.02)
    called = list(calls)
    stop.set()
    hanging.set()
    thread.join(20)

    assert called == ["https://hooks.example/"]
    assert not thread.is_alive()


def test_only_what_sales_missed_needs_a_person(accept, sender, postman, outbox, endpoints):
    postman.script = [MailRefusedError("550"), MailRefusedError("550")]
    accept()

    sender.drain()

    assert [str(who) for who, _why in Webhooks(outbox, endpoints).troubles()] == ["riverside/notify"]


def test_a_visitor_is_not_thanked_days_later(accept, sender, postman, clock):
    accept()
    clock.time += timedelta(days=1, minutes=1)

    sender.drain()

    assert to_visitors(postman) == []
    assert len(to_sales(postman)) == 1


def test_an_erased_visitor_gets_no_mail(accept, sender, postman, log):
    log.erase(accept(), notes=[])

    sender.drain()

    assert to_visitors(postman) == []


def test_without_a_mail_server_mails_wait_and_that_is_told(accept, outbox, log, endpoints):
    accept()
    without = Endpoints(endpoints.projects, {}, AllowedHosts())

    WebhookSender(outbox, log, None, without).drain()

    assert {m.status for m in outbox.messages()} == {"queued"}
    assert [each.text for each in without.problems()] == [
        "REALPAD_FORM_SMTP_URL is not set, so its mails wait"
    ] * 2


@pytest.mark.parametrize("name", ["notify", "confirm"])
def test_no_webhook_can_take_the_name_of_a_mail(name):
    with pytest.raises(ValidationError, match="mails have the name"):
        Webhook(name=name, url="https://hooks.example/")
