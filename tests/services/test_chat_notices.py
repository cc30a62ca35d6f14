"""Notices in Slack and Microsoft Teams: what is posted where, and that nobody's words become a link there."""

import json
from dataclasses import replace

import pytest
from fakes import new_lead

from realpad_form.domain import delivery
from realpad_form.domain.project import Notify, Project
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.domain.webhook import WebhookReply
from realpad_form.forms import chat_message, confirmation, notification
from realpad_form.services.notices import Notices, plain_unit
from realpad_form.services.webhook_endpoints import Endpoints
from realpad_form.services.webhooks import Webhooks, WebhookSender

SLACK = "https://hooks.slack.com/services/T0/B0/canary"
TEAMS = "https://prod-1.westeurope.logic.azure.com/workflows/canary?sig=canary"
ADDRESSES = {"slack:sales": SLACK, "teams:sales": TEAMS}
BOTH = Notify(slack="sales", teams="sales")
INBOX = "https://forms.example/inbox/"


class Chats:
    """The port WebhookGateway with scripted answers; keeps every call."""

    def __init__(self):
        self.calls, self.script = [], []

    def send(self, url, *, headers, body):
        self.calls.append((url, headers, json.loads(body)))
        return self.script.pop(0) if self.script else WebhookReply(status=202)

    def body(self, url):
        (found,) = (body for called, _headers, body in self.calls if called == url)
        return found


@pytest.fixture
def chats():
    return Chats()


@pytest.fixture
def files(project, webhooks):
    files = {}

    def write(**changes):
        files["riverside"] = Project.model_validate(
            {**project.model_dump(by_alias=True, exclude_unset=True), **changes}
        )
        webhooks["riverside"] = files["riverside"].listeners

    write(notify=BOTH)
    files["write"] = write
    return files


@pytest.fixture
def endpoints(files):
    return Endpoints(lambda: {"riverside": files["riverside"]}, {}, AllowedHosts(), chats=ADDRESSES)


@pytest.fixture
def sender(log, outbox, chats, endpoints):
    notices = Notices(
        projects=endpoints.projects,
        mailer=None,
        gateway=chats,
        notification=notification,
        chat_message=chat_message,
        confirmation=confirmation,
        inbox=INBOX,
    )
    return WebhookSender(outbox, log, chats, endpoints, notices=notices)


@pytest.fixture
def accept(log, files, submission):
    def accept(unit=None, **changes):
        payload = {"internalid": unit} if unit else {}
        return log.append(new_lead(submission(**changes), payload=payload)).lead_id

    return accept


def test_slack_gets_a_text_with_a_link_and_nothing_of_the_visitor(accept, sender, chats):
    lead_id = accept(unit="A-101", answers={"name": "Jana", "surname": "Nováková", "email": "jana@a.example"})

    sender.drain()

    assert chats.body(SLACK) == {
        "text": "Nová poptávka: Riverside Residences · A-101\n"
        "Přijato: 29. 3. 2026 1:30\n"
        f"Podrobnosti: <https://forms.example/inbox/leads/{lead_id}>",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_teams_gets_an_adaptive_card_with_a_button_and_nothing_of_the_visitor(accept, sender, chats):
    lead_id = accept(unit="A-101")

    sender.drain()

    body = chats.body(TEAMS)
    (attachment,) = body.pop("attachments")
    card = attachment.pop("content")
    assert body == {"type": "message"}
    assert attachment == {"contentType": "application/vnd.microsoft.card.adaptive"}
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert [block["type"] for block in card["body"]] == ["RichTextBlock"] * 2
    assert [run["text"] for block in card["body"] for run in block["inlines"]] == [
        "Nová poptávka: Riverside Residences · A-101",
        "Přijato: 29. 3. 2026 1:30",
    ]
    assert card["actions"] == [
        {
            "type": "Action.OpenUrl",
            "title": "Zobrazit podrobnosti",
            "url": f"https://forms.example/inbox/leads/{lead_id}",
        }
    ]


def test_without_a_public_address_there_is_no_link(accept, sender, chats):
    sender = replace(sender, notices=replace(sender.notices, inbox=None))
    accept()

    sender.drain()

    assert chats.body(SLACK)["text"].count("\n") == 1
    assert "actions" not in chats.body(TEAMS)["attachments"][0]["content"]


def test_off_by_default_and_off_again_for_what_still_waits(accept, sender, chats, files, outbox):
    accept()
    files["write"](notify=Notify(slack="sales"))
    sender.drain()
    files["write"](notify=None)
    accept()
    sender.drain()

    assert [url for url, _headers, _body in chats.calls] == [SLACK]
    assert sorted((m.endpoint.name, m.status) for m in outbox.messages()) == [
        ("notify.slack", "delivered"),
        ("notify.teams", "queued"),
    ]


def test_address_is_neither_stored_nor_in_any_representation(accept, sender, outbox, endpoints, chats):
    chats.script = [WebhookReply(status=410), WebhookReply(status=500)]
    accept()

    sender.drain()

    stored = [*outbox.messages(), *outbox.lanes(), *Webhooks(outbox, endpoints).reports()]
    said = [*Webhooks(outbox, endpoints).troubles(), *Webhooks(outbox, endpoints).delays()]
    assert "canary" not in repr([stored, said, endpoints, endpoints.callable(), *endpoints.problems()])
    assert [m.url.partition("#")[0] for m in outbox.messages()] in (
        ["slack:sales", "teams:sales"],
        ["teams:sales", "slack:sales"],
    )


def test_a_failed_message_is_tried_again_and_another_chat_is_not_held_up(
    accept, sender, chats, outbox, clock
):
    chats.script = [WebhookReply(status=500)]
    accept()
    sender.drain()
    before = sorted(m.status for m in outbox.messages())

    clock.advance(minutes=1)
    sender.drain()

    assert before == ["delivered", "queued"]
    assert len(chats.calls) == 3
    assert chats.calls[0][::2] in [chats.calls[1][::2], chats.calls[2][::2]]
    assert {m.status for m in outbox.messages()} == {"delivered"}


def test_a_new_address_is_called_after_the_old_one_was_gone(accept, sender, chats, endpoints, files, outbox):
    files["write"](notify=Notify(slack="sales"))
    chats.script = [WebhookReply(status=410)]
    accept()
    sender.drain()
    new = "https://hooks.slack.com/services/T0/B0/other"
    later = replace(sender, endpoints=replace(endpoints, chats={"slack:sales": new}))

    accept()
    later.drain()

    assert [url for url, _headers, _body in chats.calls] == [SLACK, new]


def test_possible_spam_is_told_once_a_person_has_released_it(accept, sender, chats, log):
    lead_id = accept(suspicions=("links",))
    sender.drain()
    before = list(chats.calls)

    log.move(lead_id, delivery.Event.RELEASED)
    sender.drain()

    assert before == []
    assert len(chats.calls) == 2


def test_sales_may_hear_of_what_is_to_be_corrected_instead(accept, sender, chats, files):
    files["write"](notify=Notify(slack="sales", when="rejected"))
    accept()
    accept(mistakes={"phone": "no number"})

    sender.drain()

    assert len(chats.calls) == 1
    assert chats.body(SLACK)["text"].startswith("Poptávka čeká na ")


def test_an_erased_lead_is_told_of_without_its_unit(accept, sender, chats, log):
    log.erase(accept(unit="A-101"), notes=[])

    sender.drain()

    assert "A-101" not in json.dumps([body for _url, _headers, body in chats.calls])


@pytest.mark.parametrize(
    ("addresses", "problem"),
    [
        ({}, "REALPAD_FORM_SLACK_SALES_TEAM_URL is not set, so its messages wait"),
        (
            {"slack:sales-team": "http://10.0.0.1/canary"},
            "its messages wait, since its address is not https; write a public https address, or allow the "
            "host in REALPAD_FORM_WEBHOOK_ALLOW",
        ),
        (
            {"slack:sales-team": "https://169.254.169.254/canary"},
            "its messages wait, since its address is not public; write a public https address, or allow the "
            "host in REALPAD_FORM_WEBHOOK_ALLOW",
        ),
    ],
)
def test_messages_wait_for_an_address_that_may_be_called(
    accept, sender, chats, files, endpoints, outbox, addresses, problem
):
    files["write"](notify=Notify(slack="sales-team"))
    accept()
    without = replace(endpoints, chats=addresses)

    replace(sender, endpoints=without).drain()

    assert chats.calls == []
    assert [m.status for m in outbox.messages()] == ["queued"]
    assert [each.text for each in without.problems()] == [problem]


HOSTILE = [
    "<!channel>",
    "<https://evil.example|Realpad>",
    "[Realpad](https://evil.example)",
    "https://evil.example/login",
    "evil.example",
    "www.evil.example/a",
    "@channel",
    "mailto:a@evil.example",
    "*A*\nb",
    "A-101\r\nBcc: x",
    "\u202eA-101",
    "&lt;!here&gt;",
    "A" * 41,
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_unit_that_could_be_more_than_a_name_is_left_out(accept, sender, chats, unit):
    accept(unit=unit)

    sender.drain()

    said = json.dumps([body for _url, _headers, body in chats.calls], ensure_ascii=False)
    assert unit not in said
    assert "evil" not in said
    assert "Riverside Residences" in said
    assert "Riverside Residences ·" not in said


@pytest.mark.parametrize("unit", ["A-101", "B.2.05", "1+kk/3", "Byt č. 12 (2. NP)", "garáž G 7"])
def test_the_names_of_units_are_told(project, unit):
    assert plain_unit(project, unit) == unit


def test_a_unit_that_visitors_type_is_not_told_as_it_may_be_personal(accept, sender, chats, files):
    files["write"](notify=BOTH, fields=[{"field": "email"}, {"field": "unit", "visible": True}])
    accept(unit="Jana Novakova 777123456")

    sender.drain()

    assert "Novakova" not in json.dumps(chats.calls)


def test_a_unit_that_the_project_file_no_longer_lists_is_not_told(accept, sender, chats, files):
    files["write"](notify=BOTH, fields=[{"field": "email"}, {"field": "unit", "known": ["A-1"]}])
    accept(unit="A-101")

    sender.drain()

    assert "A-101" not in json.dumps(chats.calls)


def test_what_the_project_file_lists_is_told_and_shown_as_it_is_written(accept, sender, chats, files):
    unit, name = "<!here> & *1*", "A <https://evil.example|B> & [C](https://evil.example)"
    fields = [{"field": "email"}, {"field": "unit", "known": [unit]}]
    files["write"](notify=BOTH, name=name, fields=fields)
    accept(unit=unit)

    sender.drain()

    text = chats.body(SLACK)["text"]
    assert "<!here>" not in text
    assert "A &lt;https://evil.example|B&gt; &amp; [C]" in text
    assert "&lt;!here&gt; &amp; *1*" in text
    (title, *_) = chats.body(TEAMS)["attachments"][0]["content"]["body"]
    assert title["type"] == "RichTextBlock"
    assert title["inlines"][0]["text"] == f"Nová poptávka: {name} · {unit}"
