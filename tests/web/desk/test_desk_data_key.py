"""Leads that the data key does not open: the inbox says so, and what to do."""

import pytest
from desk_leads import keep, send
from fakes import REFUSED

from realpad_form.ports import LeadFilter

WORDS = {
    "en": ("Stored leads cannot be opened", "cannot be opened: its data key"),
    "cs": ("Uložené poptávky nejde otevřít", "nejde otevřít: její datový klíč"),
    "sk": ("Uložené dopyty sa nedajú otvoriť", "nedá sa otvoriť: jeho dátový kľúč"),
}


@pytest.fixture
def services(make_services):
    """A service with another data key than the one its lead was stored with."""
    keep(make_services(DATA_KEY="k" * 32))
    return make_services(DATA_KEY="w" * 32)


@pytest.mark.parametrize("language", WORDS)
def test_the_inbox_says_so_in_every_language(desk, language):
    page = desk().text("/inbox/", headers={"Accept-Language": language})

    heading, row = WORDS[language]
    assert heading in page
    assert "REALPAD_FORM_DATA_KEY" in page
    assert row in page
    assert "was sealed with" not in page


def test_with_the_right_key_nothing_is_said(make_services, desk, app):
    right = make_services(DATA_KEY="k" * 32)
    app.extensions["services"] = right

    assert right.log.check_data_keys() == []


def test_an_erased_lead_is_shown_when_its_data_key_is_gone(make_services, services, desk):
    right = make_services(DATA_KEY="k" * 32)
    [record] = right.log.records(LeadFilter())
    right.log.erase(record.lead.id)

    page = desk("admin").text(f"/inbox/leads/{record.lead.id}", headers={"Accept-Language": "en"})

    assert "erased" in page
    assert str(record.lead.id) in desk().text("/inbox/")


def test_a_lead_that_cannot_be_opened_is_discarded_with_others_and_keeps_its_reasons(
    make_services, services, desk
):
    right = make_services(DATA_KEY="k" * 32)
    keep(right, suspicions=("honeypot",))
    leads = list(services.log.leads(LeadFilter()))

    form = {"act": "discard", "lead": [str(each.version) for each in leads]}
    page = desk().post("/inbox/bulk", form).get_data(as_text=True)

    assert "Discarded: 2" in page
    back = [right.log.restore(each.id) for each in leads]
    assert [(each.status, [str(why) for why in each.reasons]) for each in back] == [
        ("queued", []),
        ("quarantined", ["honeypot"]),
    ]


def test_a_lead_that_cannot_be_opened_is_not_sent_again_and_told(make_services, services, desk):
    right = make_services(DATA_KEY="k" * 32)
    [lead] = right.log.leads(LeadFilter())
    send(right, REFUSED)

    form = {"act": "resubmit", "lead": [str(services.log.lead(lead.id).version)]}
    page = desk().post("/inbox/bulk", form).get_data(as_text=True)

    assert "it cannot be opened: its data key is missing" in page
    assert services.log.lead(lead.id).status == "rejected"
