"""Correct, compare, send again: and what happens when somebody else was faster."""

from time import monotonic, sleep

import pytest
from lead_desk import at, hidden, says
from sqlalchemy import update

from realpad_form.adapters.sql.schema import lead


@pytest.fixture
def operator(desk):
    return desk("operator")


def compare(person, leads, lead_id, **typed):
    """Take a correction to the page that shows the two calls."""
    return person.post(at(lead_id, "correct"), {**leads.seen(lead_id), **typed})


def send(person, lead_id, page, **more):
    """Confirm a comparison as its page says."""
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}
    return person.post(at(lead_id, "resubmit"), {**carried, **more})


def test_the_form_holds_what_is_stored(operator, leads):
    lead_id = leads.refused()

    page = operator.text(at(lead_id, "correct"))

    assert 'name="phone" value="+420777123456"' in page
    assert 'value="2+kk" checked' in page
    assert 'name="unit" value="A-101"' in page
    assert "Volejte prosím odpoledne.</textarea>" in page
    assert "with the country code in front" in page


def test_a_correction_is_compared_before_it_is_sent(operator, leads):
    lead_id = leads.refused()

    page = compare(operator, leads, lead_id, phone="608 123 456")

    assert page.status_code == 200
    assert "phone changed +420777123456 +420608123456" in says(page)
    assert "1 difference" in says(page)
    assert leads.status(lead_id) == "rejected"
    assert leads.get(lead_id).lead.revision == 1


def test_a_confirmed_correction_is_queued_as_a_new_revision(operator, leads):
    lead_id = leads.refused()
    page = compare(operator, leads, lead_id, phone="608 123 456")

    answer = send(operator, lead_id, page, phone="608 123 456")

    record = leads.get(lead_id)
    assert answer.status_code == 303
    assert (record.lead.status, record.lead.revision) == ("queued", 2)
    assert record.current.payload["phone"] == "+420608123456"
    assert record.revisions[0].answers["phone"] == "+420777123456"
    assert leads.actions(lead_id) == [("corrected", "phone"), ("resubmitted", "revision 2")]


def test_versions_are_told_apart_on_the_page(operator, leads):
    lead_id = leads.refused()
    send(operator, lead_id, compare(operator, leads, lead_id, phone="608 123 456"), phone="608 123 456")

    page = says(operator.get(at(lead_id)))

    assert "What version 2 changed" in page
    assert "Phone changed +420777123456 +420608123456" in page
    assert "What will be sent" in page


def test_several_options_and_an_emptied_answer_are_taken(operator, leads):
    lead_id = leads.refused()
    typed = {"rooms": ["", "1+kk", "2+kk"], "email": "", "note": "Jiná zpráva,\r\nna dvou řádcích."}

    send(operator, lead_id, compare(operator, leads, lead_id, **typed), **typed)

    answers = leads.get(lead_id).current.answers
    assert answers["rooms"] == ["1+kk", "2+kk"]
    assert answers["note"] == "Jiná zpráva,\nna dvou řádcích."
    assert "email" not in answers


def test_mistakes_stand_beside_the_answers_in_the_operators_language(operator, leads):
    lead_id = leads.refused()
    typed = {**leads.seen(lead_id), "phone": "12", "name": ""}

    page = operator.post(at(lead_id, "correct"), typed, headers={"Accept-Language": "cs"})

    body = page.get_data(as_text=True)
    assert page.status_code == 422
    assert 'id="wrong-phone"' in body
    assert 'aria-describedby="wrong-name"' in body
    assert 'name="phone" value="12"' in body
    assert "Zadejte prosím své jméno." in says(page)
    assert leads.get(lead_id).lead.revision == 1


def test_the_last_contact_cannot_be_taken_away(operator, leads):
    lead_id = leads.refused(email=None)

    page = compare(operator, leads, lead_id, phone="")

    assert page.status_code == 422
    assert 'id="wrong-phone"' in page.get_data(as_text=True)


def test_one_can_go_back_from_the_comparison_with_what_was_typed(operator, leads):
    lead_id = leads.refused()

    page = compare(operator, leads, lead_id, phone="608 123 456", edit="1")

    assert page.status_code == 200
    assert 'name="phone" value="608 123 456"' in page.get_data(as_text=True)


def test_two_operators_make_one_resubmission(desk, leads):
    lead_id, first, second = leads.refused(), desk("operator"), desk("operator", email="second@example.com")
    pages = [
        compare(first, leads, lead_id, phone="608 123 456"),
        compare(second, leads, lead_id, phone="608 999 999", note="Volat večer."),
    ]

    answers = [
        send(first, lead_id, pages[0], phone="608 123 456"),
        send(second, lead_id, pages[1], phone="608 999 999", note="Volat večer."),
    ]

    page = says(answers[1])
    assert [answer.status_code for answer in answers] == [303, 409]
    assert len(leads.get(lead_id).revisions) == 2
    assert "On your page Rejected version 1 Now Waiting version 2" in page
    assert "Operator" in page
    assert "Phone changed +420777123456 +420608123456" in page
    assert "What you typed" in page
    assert "608 999 999" in page
    assert "Volat večer." in page


def test_what_the_second_typed_goes_on_top_of_what_the_first_did(desk, leads):
    lead_id, first, second = leads.refused(), desk("operator"), desk("operator", email="second@example.com")
    whole = {"name": "Jana", "phone": "+420777123456", "note": "Volat večer."}
    page = compare(second, leads, lead_id, **whole)
    send(first, lead_id, compare(first, leads, lead_id, phone="608 123 456"), phone="608 123 456")

    changed = send(second, lead_id, page, **whole)
    seen = {name: hidden(changed, name) for name in ("status", "revision", "attempts", "note")}
    again = second.post(at(lead_id, "correct"), seen)

    assert hidden(changed, "phone") is None, "he did not change it, so it is not his to put back"
    assert (seen["revision"], seen["note"]) == ("2", "Volat večer.")
    assert "note changed" in says(again)
    assert "phone changed" not in says(again)


@pytest.mark.parametrize(("projects", "is_named"), [(["riverside"], True), (["riverside", "jantar"], False)])
def test_who_changed_a_lead_is_named_to_those_who_may_know_them_only(desk, leads, projects, is_named):
    mine = desk(projects=["riverside"])
    other = desk("admin", email="karel@example.com", projects=projects)
    lead_id = leads.refused()
    page = compare(mine, leads, lead_id, note="Volat večer.")
    send(other, lead_id, compare(other, leads, lead_id, note="Volat ráno."), note="Volat ráno.")

    answer = send(mine, lead_id, page, note="Volat večer.")

    assert answer.status_code == 409
    assert ("· Admin" in says(answer)) is is_named
    assert ("· somebody outside your projects" in says(answer)) is not is_named
    assert "karel@" not in says(answer)


def test_a_lead_that_left_meanwhile_keeps_what_was_typed(operator, leads):
    lead_id = leads.add()
    page = compare(operator, leads, lead_id, note="Volat večer.")
    leads.log.claim([leads.key], lease_s=60, pace_s=0, width=1)

    answer = send(operator, lead_id, page, note="Volat večer.")

    assert answer.status_code == 409
    assert "Volat večer." in says(answer)
    assert "takes no corrections now" in says(answer)


def test_a_delivered_lead_is_sent_again_only_with_the_tick(operator, leads):
    lead_id = leads.delivered()
    page = compare(operator, leads, lead_id, note="Volat večer.")

    without = send(operator, lead_id, page, note="Volat večer.")
    status = leads.status(lead_id)
    with_it = send(operator, lead_id, without, note="Volat večer.", again="1")

    assert "may make a second enquiry" in says(page)
    assert without.status_code == 422
    assert "Tick this to send it all the same" in says(without)
    assert hidden(without, "note") == "Volat večer."
    assert status == "delivered"
    assert (with_it.status_code, leads.status(lead_id)) == (303, "queued")


def test_a_call_that_the_project_file_has_changed_is_shown_again(operator, leads, folder, services):
    lead_id = leads.refused()
    page = compare(operator, leads, lead_id)
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text().replace("project: 39264441", "project: 39264442"))
    deadline = monotonic() + 20
    while services.catalog.get("riverside").realpad.project != 39264442:
        assert monotonic() < deadline
        sleep(0.05)

    answer = send(operator, lead_id, page)

    assert answer.status_code == 409
    assert "project changed 39264441 39264442" in says(answer)
    assert "It would go elsewhere than it was accepted for" in says(answer)
    assert "Project number: 39264441 → 39264442" in says(answer)
    again = send(operator, lead_id, answer)
    assert again.status_code == 422
    assert leads.status(lead_id) == "rejected"
    assert send(operator, lead_id, again, reroute="1").status_code == 303


def test_another_login_is_shown_and_has_to_be_confirmed(operator, leads, services):
    lead_id = leads.refused()
    with services.database.write() as connection:
        connection.execute(update(lead).values(account="of another login"))

    page = compare(operator, leads, lead_id)

    assert "Login: another one, or at another address" in says(page)
    assert "Address of Realpad: not known → https://cms.realpad.eu" in says(page)
    assert send(operator, lead_id, page).status_code == 422
    assert send(operator, lead_id, page, reroute="1").status_code == 303
    assert leads.get(lead_id).lead.account == services.lane_keys["riverside"].account


def test_who_sees_no_personal_data_reveals_it_before_correcting(desk, leads):
    masked, lead_id = desk("operator", is_masked=True), leads.refused()

    asked = masked.get(at(lead_id, "correct"))
    form = compare(masked, leads, lead_id, reveal="1")

    assert "777123456" not in asked.get_data(as_text=True)
    assert 'value="+420777123456"' in form.get_data(as_text=True)
    assert leads.actions(lead_id) == [("viewed", "form"), ("revealed", "")]


@pytest.mark.parametrize(
    "wrong", [{"revision": "9"}, {"revision": "x"}, {"status": "gone"}, {"attempts": ""}]
)
def test_a_form_that_does_not_say_what_was_seen_is_refused(operator, leads, wrong):
    lead_id = leads.refused()

    answer = operator.post(at(lead_id, "correct"), {**leads.seen(lead_id), **wrong})

    assert answer.status_code == 400
