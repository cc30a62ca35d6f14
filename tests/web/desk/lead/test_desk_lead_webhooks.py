"""What other systems were told of a lead, on its page and in the inbox, and how it is sent again."""

import re

import pytest
from desk_leads import SECOND, actions, keep, send
from fakes import ACCEPTED
from lead_desk import at

from realpad_form.domain.webhook import EndpointKey, WebhookReply

HOOKS = "webhooks: [{name: crm-sync, url: 'https://hooks.example/canary-key', payload: full}]\n"
KEY = EndpointKey("riverside", "crm-sync")
URLS = {KEY: "https://hooks.example/canary-key"}
SECRET = "whsec_" + "b2" * 16
GONE = WebhookReply(status=410)


@pytest.fixture
def services(folder, make_services, request):
    with (folder / "projects" / "riverside.yaml").open("a", encoding="utf-8") as file:
        file.write(getattr(request, "param", HOOKS))
    return make_services(
        PUBLIC_URL="http://localhost",
        WEBHOOK_CRM_SYNC_SECRET=SECRET,
        TEAMS_SALES_URL="https://teams.example/canary-key",
    )


def answer(services, reply):
    """Let a sender take what is due, and the receiver answer so."""
    for claim in services.webhook_log.claim(URLS, lease_s=60, width=9, limit=9):
        services.webhook_log.close(claim, reply)


def test_page_of_a_lead_shows_what_was_told_where_and_how_it_ended(desk, services):
    lead_id = keep(services)
    answer(services, WebhookReply(status=204))
    send(services, ACCEPTED)
    answer(services, GONE)

    page = desk("operator").text(at(lead_id))

    card = page[page.index('id="webhooks"') : page.index("</section>", page.index('id="webhooks"'))]
    assert re.findall(r'class="tag \w+">([^<]+)<', card) == ["Given up", "Told"]
    assert "crm-sync" in card
    assert "hooks.example" in card
    assert "HTTP 410" in card
    assert "canary-key" not in page


def test_page_of_a_lead_that_nobody_was_told_of_has_no_such_card(desk, services, folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")
    lead_id = keep(services, project="jantar")

    assert 'id="webhooks"' not in desk("operator").text(at(lead_id))


def test_message_is_sent_again_from_the_page_of_its_lead_and_written_down(desk, services):
    lead_id = keep(services)
    answer(services, WebhookReply(status=204))
    (message,) = services.webhook_log.of_lead(lead_id)
    somebody = desk("operator")

    done = somebody.post(at(lead_id, f"webhooks/{message.id}/again"))

    assert done.status_code == 303
    (again,) = services.webhook_log.of_lead(lead_id)
    assert (again.status, again.webhook_id) == ("queued", message.webhook_id)
    (entry,) = actions(services, "webhook-replayed", subject=str(lead_id))
    assert (entry.by, entry.project) == (somebody.person.id, "riverside")


def test_message_of_another_lead_is_not_sent_again(desk, services):
    lead_id, other = keep(services), keep(services)
    answer(services, WebhookReply(status=204))
    (message,) = services.webhook_log.of_lead(other)

    assert desk("operator").post(at(lead_id, f"webhooks/{message.id}/again")).status_code == 404
    assert services.webhook_log.get(message.id).status == "delivered"


def test_message_that_does_not_exist_is_not_found(desk, services):
    lead_id = keep(services)

    assert desk("operator").post(at(lead_id, f"webhooks/{lead_id}/again")).status_code == 404


def test_marketer_sends_nothing_again(desk, services):
    lead_id = keep(services)
    answer(services, GONE)
    (message,) = services.webhook_log.of_lead(lead_id)
    marketer = desk("marketer")

    assert marketer.post(at(lead_id, f"webhooks/{message.id}/again")).status_code == 403
    assert marketer.post("/inbox/webhooks/riverside/crm-sync/again").status_code == 403


def test_inbox_tells_of_an_endpoint_that_gave_up_and_sends_all_of_it_again(desk, services):
    ids = [keep(services) for _ in range(3)]
    answer(services, GONE)
    somebody = desk("operator")
    page = somebody.text("/inbox/")
    assert "Another system is not being told about leads: crm-sync" in page
    assert "canary-key" not in page

    somebody.post("/inbox/webhooks/riverside/crm-sync/again")

    assert {m.lead_id for m in services.webhook_log.messages(status="queued")} == set(ids)
    assert len(actions(services, "webhook-replayed")) == 3
    assert "Another system" not in somebody.text("/inbox/")


def test_endpoint_of_another_project_is_neither_seen_nor_touched(desk, services, folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")
    keep(services)
    answer(services, GONE)
    stranger = desk("operator", projects=frozenset({"jantar"}))

    assert "crm-sync" not in stranger.text("/inbox/")
    assert stranger.post("/inbox/webhooks/riverside/crm-sync/again").status_code == 404
    assert [m.status for m in services.webhook_log.messages()] == ["failed"]


def test_mails_are_called_what_they_are(desk, folder, make_services):
    with (folder / "projects" / "riverside.yaml").open("a", encoding="utf-8") as file:
        file.write("notify: {to: [sales@example.com]}\n")
    services = make_services(PUBLIC_URL="http://localhost")
    lead_id = keep(services)
    somebody = desk("operator")

    card = somebody.text(at(lead_id)).split('id="webhooks"')[1].split("</section>")[0]
    inbox = somebody.text("/inbox/")

    assert "E-mail to the sales team" in card
    assert "notify" not in card
    assert "E-mails to the sales team are not being sent" in inbox
    assert "No mail server is set" in inbox


def test_next_try_is_that_of_the_endpoint_also_for_what_was_not_sent_yet(desk, services):
    first, second = keep(services), keep(services)
    (claim, *_) = services.webhook_log.claim(URLS, lease_s=60, width=1, limit=1)
    services.webhook_log.close(claim, WebhookReply(status=429, retry_after_s=7200))

    somebody = desk("operator")
    pages = [somebody.text(at(lead_id)) for lead_id in (first, second)]

    (lane,) = services.webhook_log.lanes()
    shown = [re.search(r"Next try: (<time[^>]+>)", page)[1] for page in pages]
    assert shown[0] == shown[1]
    assert lane.paused_until.isoformat(timespec="seconds")[:16] in shown[0]


def test_what_waits_for_an_address_has_no_next_try(desk, folder, make_services):
    with (folder / "projects" / "riverside.yaml").open("a", encoding="utf-8") as file:
        file.write("notify: {slack: sales}\n")
    services = make_services(PUBLIC_URL="http://localhost")
    lead_id = keep(services)
    somebody = desk("operator")

    card = somebody.text(at(lead_id)).split('id="webhooks"')[1].split("</section>")[0]
    inbox = somebody.text("/inbox/")

    assert "Slack" in card
    assert "notify" not in card
    assert "Next try" not in card
    assert "The sales team does not hear of leads in Slack" in inbox
    assert "The address of the channel is not set" in inbox


def test_inbox_says_what_to_do_when_an_endpoint_is_gone(desk, services):
    keep(services)
    answer(services, GONE)

    page = desk("operator").text("/inbox/")

    assert "this address is gone (410)" in page
    assert "Put its new address into the project file" in page


@pytest.mark.parametrize("services", ["notify: {teams: sales}\n"], indirect=True)
def test_what_a_chat_missed_is_sent_again(desk, services):
    keep(services)
    ((key, endpoint),) = services.webhook_endpoints.callable().items()
    for claim in services.webhook_log.claim({key: endpoint.url}, lease_s=60, width=9, limit=9):
        services.webhook_log.close(claim, GONE)
    somebody = desk("operator")
    page = somebody.text("/inbox/")

    somebody.post("/inbox/webhooks/riverside/notify.teams/again")

    assert "The sales team does not hear of leads in Microsoft Teams" in page
    assert "have the address of another one put into the settings" in page
    assert "canary-key" not in page
    assert [m.status for m in services.webhook_log.messages()] == ["queued"]


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_card_speaks_the_language_of_who_reads_it(desk, services, language):
    keep(services)
    answer(services, GONE)

    page = desk("operator").text("/inbox/", headers={"Accept-Language": language})

    assert {"cs": "nedozvídá", "sk": "nedozvedá"}[language] in page
