"""What other systems and people were told of a lead, in Chromium: readable everywhere, and sent again."""

import pytest
from desk_site import desk_site
from silent import wait_until
from test_browser_axe import needs_axe, violations

from realpad_form.domain.webhook import WebhookReply

pytestmark = pytest.mark.browser

NAMES = ("crm-sync", "data-warehouse-of-the-marketing-department")
RECEIVERS = f"""
webhooks:
  - {{name: {NAMES[0]}, url: https://hooks.example.com/leads}}
  - {{name: {NAMES[1]}, url: https://a-very-long-host-name-of-a-receiver.marketing.example.com/leads}}
  - {{name: keyless, url: https://hooks.example.com/leads}}
notify: {{to: [sales@example.com], slack: sales, teams: other}}
"""
SECRETS = {f"WEBHOOK_{name.upper().replace('-', '_')}_SECRET": "whsec_" + "b2" * 16 for name in NAMES}
ANSWERS = {
    "crm-sync": WebhookReply(status=410),
    NAMES[1]: WebhookReply(status=503),
    "notify.slack": WebhookReply(status=410),
}


@pytest.fixture
def site(tmp_path):
    slack = "https://hooks.slack.com/services/T/B/key"
    with desk_site(tmp_path, **SECRETS, SLACK_SALES_URL=slack) as site:
        with (tmp_path / "projects" / "riverside.yaml").open("a", encoding="utf-8") as file:
            file.write(RECEIVERS)
        wait_until(lambda: site.services.catalog.get("riverside").notify)
        yield site


@pytest.fixture
def told(site):
    """A lead of which nobody has taken anything yet."""
    lead_id, log = site.add(), site.services.webhook_log
    for key, endpoint in site.services.webhook_endpoints.callable().items():
        for claim in log.claim({key: endpoint.url}, lease_s=60, width=9, limit=9):
            log.close(claim, ANSWERS[key.name])
    return lead_id


@needs_axe
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_what_was_not_taken_is_readable_everywhere(site, told, chromium, mode, width):
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        storage_state=site.state(),
        color_scheme=mode,
        reduced_motion="reduce",
    )
    page, found = context.new_page(), {}
    for path in ("/inbox/", f"/inbox/leads/{told}"):
        page.goto(site.url + path)
        found[path] = (violations(page), page.evaluate("document.documentElement.scrollWidth"))
    context.close()

    assert set(map(str, found.values())) == {str(([], width))}


def test_buttons_say_what_they_send_again_and_what_cannot_be_sent_has_none(site, told, chromium):
    context = chromium.new_context(storage_state=site.state(), locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/inbox/leads/{told}")
    names = page.get_by_role("button", name="Send again (").all_inner_texts()

    page.get_by_role("button", name="Send again (Slack, lead accepted)").click()
    left = page.locator(".messages > li", has_text="Slack").inner_text()
    context.close()

    assert len(names) == len(ANSWERS)
    assert "Waiting" in left


def test_the_link_of_an_alert_opens_what_it_is_about(site, told, chromium):
    context = chromium.new_context(storage_state=site.state(), viewport={"width": 360, "height": 740})
    page = context.new_page()

    page.goto(f"{site.url}/inbox/webhooks/riverside/crm-sync")
    place = page.locator("article", has_text="crm-sync")
    place.wait_for()
    box = place.bounding_box()
    is_marked = place.evaluate("place => place.matches(':target')")
    context.close()

    assert is_marked
    assert 0 <= box["y"] < 740 - 100
