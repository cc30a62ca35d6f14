"""That the database was restored: the inbox says so to those who see all of it, until somebody hides it."""

import pytest
from desk_leads import JANA, actions, keep, send, status
from fakes import REFUSED
from watching import METRICS

from realpad_form.domain.delivery import Status
from realpad_form.domain.lead import Route
from realpad_form.domain.restored import Sign

WORDS = {
    "en": ("restored from a backup", "2 leads may have been sent"),
    "cs": ("obnovena ze zálohy", "2 poptávky už mohly být"),
    "sk": ("obnovená zo zálohy", "2 dopyty už mohli byť"),
}


@pytest.fixture
def restored(services):
    """Two leads of a restored copy."""
    lead_ids = [keep(services), keep(services)]
    services.restores.doubt(Sign.PERSON)
    return lead_ids


def test_without_a_restore_nothing_is_said(desk, services):
    keep(services)

    assert "restored from a backup" not in desk().text("/inbox/")


@pytest.mark.parametrize("language", WORDS)
def test_the_inbox_says_so_in_every_language(restored, desk, language):
    page = desk().text("/inbox/", headers={"Accept-Language": language})

    assert all(words in page for words in WORDS[language])


def test_it_says_what_the_inbox_lacks(restored, desk):
    assert "after the backup was made are missing from this inbox" in desk().text("/inbox/")


def test_it_is_over_when_nothing_is_in_doubt_any_more(restored, desk, services):
    for lead_id in restored:
        services.log.move(lead_id, "called delivered", customer_id=4711)

    assert "restored from a backup" not in desk().text("/inbox/")


def test_somebody_hides_it_and_the_leads_stay_in_doubt(restored, desk, services):
    somebody = desk()

    answer = somebody.post("/inbox/restored/dismiss")

    assert (answer.status_code, answer.location) == (303, "/inbox/")
    page = somebody.text("/inbox/")
    assert "restored from a backup" not in page
    assert "Hidden." in page
    assert [status(services, lead_id) for lead_id in restored] == [Status.UNKNOWN] * 2
    assert len(actions(services, "restore-dismissed", by=somebody.person.id)) == 1


def test_hiding_needs_a_csrf_token(restored, desk, services):
    assert desk().client.post("/inbox/restored/dismiss").status_code == 400
    assert services.restores.state()


def test_who_sees_some_projects_only_neither_hears_of_it_nor_hides_it(restored, desk, services):
    somebody = desk(projects=["riverside"])

    assert "restored from a backup" not in somebody.text("/inbox/")
    somebody.post("/inbox/restored/dismiss")
    assert services.restores.state()


def test_marketers_cannot_hide_it(restored, desk, services):
    assert desk("marketer").post("/inbox/restored/dismiss").status_code == 403
    assert services.restores.state()


def test_it_is_ready_and_says_that_it_was_restored(restored, services, app):
    answer = app.test_client().get("/readyz", headers=METRICS)

    assert answer.status_code == 200
    state = services.restores.state()
    assert answer.get_json()["restored"] == {
        "at": state.at.isoformat(), "in_doubt": 2, "why": "`db restored` was run",
    }  # fmt: skip


def test_a_log_that_was_not_restored_is_ready_without_a_word(app):
    assert "restored" not in app.test_client().get("/readyz", headers=METRICS).get_json()


def test_a_lead_in_doubt_is_not_told_as_called(restored, desk):
    page = desk().text(f"/inbox/leads/{restored[0]}")

    assert "may have been sent since that backup was made." in page
    assert "The call left" not in page


def test_a_lead_that_goes_to_another_login_since_is_told_as_nothing_that_a_list_can_settle(desk, services):
    lead_id = keep(services)
    send(services, REFUSED)
    services.restores.doubt(Sign.PERSON)
    seen = services.log.get(lead_id).lead.version
    elsewhere = Route(credential="jantar", account="another")
    services.log.resubmit(seen, answers=JANA, payload={"name": "Jana"}, route=elsewhere)

    page = desk().text(f"/inbox/leads/{lead_id}")

    assert "Look for it in Realpad under both logins, then decide below." in page
    assert "We keep comparing it" not in page


def test_where_project_files_send_leads_today_is_known_to_whoever_reads_the_lists(services):
    account = services.realpad_accounts["riverside"]

    assert services.reconcile.routes() == {"riverside": Route(credential="riverside", account=account)}
