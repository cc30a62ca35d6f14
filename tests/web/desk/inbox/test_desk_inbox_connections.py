"""Connections to Realpad: why one is stopped in plain words, and how a person lets it go on."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

import pytest
from desk_leads import SECOND, actions, keep, send, status
from fakes import BANNED, REFUSED, RETIRED, UNREACHABLE, throttled
from lead_desk import hidden
from sqlalchemy import update

from realpad_form.adapters.sql.schema import lane, lead
from realpad_form.domain.delivery import Answer, Outcome, Status


@pytest.fixture
def elsewhere(folder):
    """A project of other credentials."""
    text = SECOND.replace("credentials: riverside", "credentials: jantar")
    (folder / "projects" / "jantar.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def shared(folder):
    """A project of the same credentials."""
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (BANNED, "Realpad refuses the login."),
        (
            Answer(outcome=Outcome.ACCOUNT_REFUSED, status=403),
            "Realpad wants somebody to agree to something.",
        ),
        (Answer(outcome=Outcome.ACCOUNT_REFUSED, status=404), "Realpad is not where the settings say."),
        (Answer(outcome=Outcome.ACCOUNT_REFUSED, status=415), "Realpad does not take calls of this kind."),
        (RETIRED, "Realpad has retired this version of its interface."),
        (throttled(900), "Realpad asked us to wait."),
    ],
)
def test_reason_of_a_stop_and_what_to_do_are_said_in_plain_words(desk, services, answer, words):
    keep(services)
    send(services, answer)
    somebody = desk()

    for path in ("/inbox/", "/inbox/lanes"):
        assert words in somebody.text(path)


def test_five_refusals_in_a_row_look_like_configuration(desk, services):
    for words in ("unknown project", "bad phone", "bad phone", "bad phone", "unknown project"):
        keep(services)
        send(services, replace(REFUSED, text=words))

    page = desk().text("/inbox/")

    assert "looks like a wrong set-up" in page
    assert "HTTP 400: unknown project" in page


def test_five_leads_refused_for_the_same_reason_are_told_to_be_corrected(desk, services):
    for _ in range(5):
        keep(services)
        send(services, REFUSED)

    page = desk().text("/inbox/")

    assert "refused for the same reason" in page
    assert "Correct it, with the country code in front" in page
    assert "looks like a wrong set-up" not in page
    assert '<details class="quote" open>' in page
    assert "HTTP 400: bad phone" in page


def test_reason_that_is_about_the_project_file_is_not_told_to_be_corrected_in_the_leads(desk, services):
    for _ in range(5):
        keep(services)
        send(services, replace(REFUSED, text="unknown project"))

    assert "looks like a wrong set-up" in desk().text("/inbox/")


def test_paused_lane_is_tried_before_its_time_and_waits_longer_if_that_fails(desk, services):
    lead_id = keep(services)
    send(services, UNREACHABLE)
    first = services.credentials.lanes()[0]
    somebody = desk()
    assert 'action="/inbox/lanes/riverside/try"' in somebody.text("/inbox/")

    answer = somebody.post("/inbox/lanes/riverside/try", {"back": "inbox"})
    send(services, UNREACHABLE)

    again = services.credentials.lanes()[0]
    assert (answer.status_code, answer.location) == (303, "/inbox/")
    assert "is tried now" in somebody.text("/inbox/")
    assert again.failures == first.failures + 1
    assert again.paused_until - again.since > timedelta(seconds=30)
    assert status(services, lead_id) is Status.QUEUED
    [entry] = actions(services, "resumed", by=somebody.person.id)
    assert (entry.subject, entry.detail) == ("riverside", "before its pause was over")


def test_lane_that_was_asked_to_wait_is_not_tried(desk, services):
    keep(services)
    send(services, throttled(900))
    somebody = desk()
    assert "/try" not in somebody.text("/inbox/")

    somebody.post("/inbox/lanes/riverside/try")

    assert services.credentials.lanes()[0].paused_until
    assert "Realpad has asked us to wait" in somebody.text("/inbox/")
    assert actions(services, "resumed") == []


def test_lane_of_other_projects_is_not_tried(shared, desk, services):
    keep(services)
    send(services, UNREACHABLE)
    somebody = desk(projects=["riverside"])

    assert "/try" not in somebody.text("/inbox/lanes")
    assert somebody.post("/inbox/lanes/riverside/try").status_code == 403
    assert services.credentials.lanes()[0].paused_until


def test_only_a_stopped_lane_offers_to_be_resumed(desk, services):
    keep(services)
    send(services, throttled(900))

    assert "/resume" not in desk().text("/inbox/lanes")


def test_resumed_lane_lets_one_lead_go_first(desk, services):
    keep(services)
    send(services, BANNED)
    somebody = desk()
    assert 'action="/inbox/lanes/riverside/resume"' in somebody.text("/inbox/")

    answer = somebody.post("/inbox/lanes/riverside/resume", {"back": "inbox"})

    assert (answer.status_code, answer.location) == (303, "/inbox/")
    assert "one lead is sent first" in somebody.text("/inbox/")
    assert services.credentials.lanes()[0].is_on_trial
    assert actions(services, "resumed", by=somebody.person.id)[0].subject == "riverside"


def test_resumed_lane_drains(desk, services):
    lead_id = keep(services)
    send(services, BANNED)

    desk().post("/inbox/lanes/riverside/resume")
    send(services)

    assert status(services, lead_id) is Status.DELIVERED


def test_resuming_needs_a_csrf_token(desk, services):
    keep(services)
    send(services, BANNED)

    answer = desk().client.post("/inbox/lanes/riverside/resume")

    assert answer.status_code == 400
    assert services.credentials.lanes()[0].is_stopped


def test_lanes_of_other_projects_are_not_there(elsewhere, desk):
    somebody = desk(projects=["jantar"])

    assert "riverside" not in somebody.text("/inbox/lanes")
    assert somebody.post("/inbox/lanes/riverside/resume").status_code == 404
    assert somebody.get("/inbox/counts").get_json()["waiting"] == {}


def test_lane_that_is_not_configured_cannot_be_resumed(desk):
    assert desk().post("/inbox/lanes/nowhere/resume").status_code == 404


def test_masked_people_see_what_to_do_and_not_what_realpad_quoted(desk, services):
    keep(services)
    send(services, Answer(outcome=Outcome.ACCOUNT_REFUSED, status=401, text="login of Jana Nováková"))

    page = desk(is_masked=True).text("/inbox/lanes")

    assert "Realpad refuses the login." in page
    assert "login of" not in page


@pytest.mark.parametrize("path", ["/inbox/", "/inbox/lanes"])
def test_limited_people_read_nothing_that_realpad_quoted_of_other_projects(shared, desk, services, path):
    for _ in range(5):
        keep(services)
        send(services, replace(REFUSED, text="bad phone of Jana Nováková"))

    page = desk(projects=["jantar"]).text(path)

    assert "looks like a wrong set-up" in page
    assert "Nováková" not in page
    assert "Nováková" in desk("admin").text(path)


def test_limited_people_count_the_waiting_leads_of_their_projects_only(shared, desk, services):
    keep(services)
    send(services, BANNED)
    keep(services, project="riverside")
    keep(services, project="jantar")
    somebody, everybody = desk(projects=["jantar"]), desk("admin")

    assert 'data-waiting="riverside">1<' in somebody.text("/inbox/lanes")
    assert somebody.get("/inbox/counts").get_json()["waiting"] == {"riverside": 1}
    assert everybody.get("/inbox/counts").get_json()["waiting"] == {"riverside": 3}


def test_way_that_other_projects_use_as_well_is_resumed_by_who_sees_them_all(shared, desk, services):
    lead_id = keep(services)
    send(services, BANNED)
    somebody = desk(projects=["jantar"])

    page = somebody.text("/inbox/lanes")
    answer = somebody.post("/inbox/lanes/riverside/resume")

    assert "/resume" not in page
    assert "Projects that you do not see use this login as well." in page
    assert answer.status_code == 403
    assert services.credentials.lanes()[0].is_stopped
    assert services.log.get(lead_id).lead.revision == 1
    both = desk(email="both@example.com", projects=["jantar", "riverside"])
    assert both.post("/inbox/lanes/riverside/resume").status_code == 303


def test_way_with_waiting_leads_of_a_project_whose_file_is_gone_is_resumed_by_who_sees_it(desk, services):
    keep(services, project="gone")
    keep(services)
    send(services, BANNED)
    somebody = desk(projects=["riverside"])

    assert somebody.post("/inbox/lanes/riverside/resume").status_code == 403
    assert services.credentials.lanes()[0].is_stopped


def test_limited_people_resume_the_way_of_their_own_projects(elsewhere, desk, services):
    keep(services)
    send(services, BANNED)

    answer = desk(projects=["riverside"]).post("/inbox/lanes/riverside/resume")

    assert answer.status_code == 303
    assert not services.credentials.lanes()[0].is_stopped


def test_states_and_waiting_leads_change_for_scripts(desk, services):
    keep(services)
    send(services, BANNED)
    somebody = desk()
    assert somebody.get("/inbox/counts").get_json()["states"] == [["riverside", "stopped"], 0]

    somebody.post("/inbox/lanes/riverside/resume")
    send(services)

    said = somebody.get("/inbox/counts").get_json()
    assert (said["states"], said["waiting"]) == ([["riverside", "open"], 0], {"riverside": 0})


def test_lane_that_no_settings_name_is_neither_shown_nor_resumed(elsewhere, desk):
    somebody = desk(projects=["jantar"])

    assert somebody.post("/inbox/lanes/jantar/resume").status_code == 404


@pytest.fixture
def strand(services):
    """Let a lead that was kept have been accepted for another login."""

    def bind(lead_id):
        with services.database.write() as connection:
            connection.execute(update(lead).where(lead.c.id == lead_id).values(account="of another login"))
        return lead_id

    return bind


def test_leads_of_another_login_are_in_front_of_a_person(desk, services, strand):
    lead_id = strand(keep(services))
    somebody = desk()

    for path in ("/inbox/", "/inbox/lanes"):
        page = somebody.text(path)
        assert "Leads wait that were accepted for another login or address." in page
        assert 'href="/inbox/lanes/riverside/adopt"' in page
    assert "accepted for another login" in somebody.text(f"/inbox/leads/{lead_id}")
    assert ["riverside", "stranded"] in somebody.get("/inbox/counts").get_json()["states"]
    assert somebody.get("/inbox/counts").get_json()["waiting"] == {"riverside": 0}


def test_both_sides_are_shown_before_leads_are_sent_with_another_login(desk, services, strand):
    strand(keep(services))
    somebody = desk()

    page = somebody.text("/inbox/lanes/riverside/adopt")

    assert "39264441" in page
    assert "an address that is not known" in page
    assert services.lane_keys["riverside"].host in page


def test_leads_are_sent_with_another_login_by_a_button_that_is_written_down(desk, services, strand):
    lead_id = strand(keep(services))
    somebody = desk()
    seen = hidden(somebody.get("/inbox/lanes/riverside/adopt"), "seen")

    answer = somebody.post("/inbox/lanes/riverside/adopt", {"seen": seen})

    assert (answer.status_code, answer.location) == (303, "/inbox/lanes")
    assert "1 lead goes to Realpad with “riverside” now." in somebody.text("/inbox/lanes")
    [entry] = actions(services, "adopted", by=somebody.person.id)
    assert (entry.subject, entry.detail) == ("riverside", "1 leads")
    assert send(services) == lead_id


def test_what_nobody_has_seen_is_not_sent_with_another_login(desk, services, strand):
    lead_id = strand(keep(services))

    answer = desk().post("/inbox/lanes/riverside/adopt", {"seen": "of another page"})

    assert answer.status_code == 409
    assert services.log.get(lead_id).lead.account == "of another login"


def test_leads_of_other_projects_are_neither_shown_nor_sent_with_another_login(
    elsewhere, desk, services, strand
):
    lead_id = strand(keep(services))
    somebody = desk(projects=["jantar"])

    assert "another login" not in somebody.text("/inbox/lanes")
    assert somebody.get("/inbox/lanes/riverside/adopt").status_code == 404
    assert somebody.post("/inbox/lanes/riverside/adopt", {"seen": ""}).status_code == 404
    assert services.log.get(lead_id).lead.account == "of another login"


def test_lead_whose_file_has_another_number_is_named_and_not_sent(desk, services, strand, folder):
    lead_id = strand(keep(services))
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text().replace("project: 39264441", "project: 7"))
    deadline = monotonic() + 20
    while services.catalog.get("riverside").realpad.project != 7:
        assert monotonic() < deadline
        sleep(0.05)

    page = desk().text("/inbox/lanes/riverside/adopt")

    assert "its project file has another project number now" in page
    assert f'href="/inbox/leads/{lead_id}"' in page
    assert "No lead waits to be sent with another login." in page


def test_leads_left_as_accepted_are_told_when_a_lane_is_resumed(desk, services, strand):
    strand(keep(services))
    somebody = desk()

    somebody.post("/inbox/lanes/riverside/resume")

    assert "Left as they were accepted: 1" in somebody.text("/inbox/lanes")


def test_open_lane_that_is_not_called_yet_says_when(desk, services):
    services.credentials.lanes()
    with services.database.write() as connection:
        connection.execute(update(lane).values(next_send_at=services.log.now() + timedelta(minutes=5)))

    assert "Next call:" in desk().text("/inbox/lanes")
