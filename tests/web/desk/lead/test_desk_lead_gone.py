"""Leads whose project file is gone: corrected and sent with what was kept of it, or of their call."""

from time import monotonic, sleep

import pytest
from desk_leads import keep as keep_lead
from lead_desk import at, hidden, says

from realpad_form.domain.payload import Basis

KEPT = "The project file is gone. The questions and the call are as in the file of"
NOTHING_KEPT = "no version of it that fits this lead is kept"


@pytest.fixture
def operator(desk):
    return desk("operator")


@pytest.fixture
def text(folder):
    """Return what the project's file says."""
    return (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")


@pytest.fixture
def write(services, folder, text):
    """Write the project's file and let it be kept."""

    def keep(text=text):
        (folder / "projects" / "riverside.yaml").write_text(text, encoding="utf-8")
        deadline = monotonic() + 20
        while not any(text == kept.text for kept in services.project_versions.latest("riverside")):
            services.version_keeper.run_once()
            assert monotonic() < deadline
            sleep(0.1)

    return keep


@pytest.fixture
def delete(services, folder):
    """Delete the project's file and wait until that has been seen."""

    def unlink():
        (folder / "projects" / "riverside.yaml").unlink()
        deadline = monotonic() + 20
        while services.catalog.projects():
            assert monotonic() < deadline
            sleep(0.05)

    return unlink


@pytest.fixture
def gone(leads, write, delete):
    """A refused lead of a project whose file was kept, and deleted then."""
    write()
    lead_id = leads.refused()
    delete()
    return lead_id


def send(person, leads, lead_id, **typed):
    """Correct, compare and confirm; return the last two pages."""
    page = person.post(at(lead_id, "correct"), {**leads.seen(lead_id), **typed})
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}
    return page, person.post(at(lead_id, "resubmit"), {**carried, **typed})


def test_its_page_says_so_and_names_answers_as_before(operator, gone):
    page = says(operator.get(at(gone)))

    assert KEPT in page
    assert "Flat size 2+kk" in page
    assert "Riverside Residences" in page
    assert "Correct and send again" in page
    assert "<time" in operator.text(at(gone)).split(KEPT)[1][:40]


def test_the_form_asks_what_the_kept_version_asks(operator, gone):
    page = operator.text(at(gone, "correct"))

    assert KEPT in page
    assert 'value="2+kk" checked' in page
    assert 'name="unit" value="A-101"' in page


def test_it_is_corrected_compared_and_sent_like_any_other(operator, leads, gone):
    page, answer = send(operator, leads, gone, phone="608 123 456", rooms="1+kk")

    record = leads.get(gone)
    assert KEPT in says(page)
    assert "phone changed +420777123456 +420608123456" in says(page)
    assert answer.status_code == 303
    assert (record.lead.status, record.lead.credential) == ("queued", "riverside")
    assert record.current.payload["preferencerooms"] == "1+kk"
    assert "utm_source: novinky" in record.current.payload["note"]


def test_its_newest_version_for_its_login_counts(operator, leads, text, write, delete):
    write()
    lead_id = leads.refused()
    write(text.replace("project: 39264441", "project: 39264442"))
    write(text.replace("{credentials: riverside, project: 39264441}", "{credentials: other, project: 7}"))
    delete()

    _, unconfirmed = send(operator, leads, lead_id, phone="608 123 456")
    _, answer = send(operator, leads, lead_id, phone="608 123 456", reroute="1")

    record = leads.get(lead_id)
    assert (unconfirmed.status_code, answer.status_code) == (422, 303)
    assert record.lead.credential == "riverside"
    assert record.current.payload["project"] == "39264442"


def test_file_that_comes_back_between_two_steps_is_noticed(operator, leads, services, gone, folder, text):
    page = operator.post(at(gone, "correct"), leads.seen(gone))
    changed = text.replace("project: 39264441", "project: 39264442")
    (folder / "projects" / "riverside.yaml").write_text(changed, encoding="utf-8")
    deadline = monotonic() + 20
    while not services.catalog.projects():
        assert monotonic() < deadline
        sleep(0.05)
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}

    answer = operator.post(at(gone, "resubmit"), carried)

    assert answer.status_code == 409
    assert "project changed 39264441 39264442" in says(answer)
    assert leads.status(gone) == "rejected"


def test_where_nothing_is_kept_the_contact_can_be_corrected_in_the_stored_call(operator, leads):
    lead_id = leads.refused(project="gone")
    before = leads.get(lead_id).current.payload

    shown, form = says(operator.get(at(lead_id))), operator.text(at(lead_id, "correct"))
    page, answer = send(
        operator, leads, lead_id, phone="608 123 456", note="Volat večer.", unit="B-1", rooms="1+kk"
    )

    record = leads.get(lead_id)
    assert NOTHING_KEPT in shown
    assert NOTHING_KEPT in form
    assert NOTHING_KEPT in says(page)
    assert 'name="phone" value="+420777123456"' in form
    assert 'name="unit"' not in form
    assert answer.status_code == 303
    assert (record.lead.status, record.lead.credential) == ("queued", "riverside")
    changed = {key for key in before if record.current.payload.get(key) != before[key]}
    assert changed == {"phone", "note"}
    assert record.current.payload["note"].startswith("Volat večer.\n\nutm_source: novinky")
    assert record.current.answers["rooms"] == ["2+kk"]
    assert leads.actions(lead_id)[-2:] == [
        ("corrected", "note, phone"),
        ("resubmitted", "revision 2, without project file"),
    ]


def test_mistakes_are_told_there_too(operator, leads):
    lead_id = leads.refused(project="gone")

    page = operator.post(at(lead_id, "correct"), {**leads.seen(lead_id), "phone": "12", "name": ""})

    assert page.status_code == 422
    assert 'id="wrong-phone"' in page.get_data(as_text=True)
    assert 'id="wrong-name"' in page.get_data(as_text=True)


def test_texts_are_czech_for_whom_wants_czech(operator, leads, write, delete):
    write()
    lead_ids = [leads.refused(), leads.refused(project="gone")]
    delete()

    pages = [says(operator.get(at(each), headers={"Accept-Language": "cs"})) for each in lead_ids]

    assert "Soubor projektu chybí. Otázky" in pages[0]
    assert "nezachovala se žádná jeho verze" in pages[1]


def test_delivered_one_is_sent_again_only_with_the_tick(operator, leads, write, delete):
    write()
    lead_id = leads.delivered()
    delete()

    _, without = send(operator, leads, lead_id, note="Volat večer.")
    status = leads.status(lead_id)
    _, with_it = send(operator, leads, lead_id, note="Volat večer.", again="1")

    assert (without.status_code, status) == (422, "delivered")
    assert (with_it.status_code, leads.status(lead_id)) == (303, "queued")


def test_one_that_changed_meanwhile_keeps_what_was_typed(desk, leads, gone):
    first, second = desk("operator"), desk("operator", email="second@example.com")
    page = second.post(at(gone, "correct"), {**leads.seen(gone), "note": "Volat večer."})
    send(first, leads, gone, phone="608 123 456")
    carried = {name: hidden(page, name) for name in ("status", "revision", "attempts", "call")}

    answer = second.post(at(gone, "resubmit"), {**carried, "note": "Volat večer."})

    assert answer.status_code == 409
    assert "Phone changed +420777123456 +420608123456" in says(answer)
    assert "Volat večer." in says(answer)


@pytest.mark.parametrize("kept", [True, False])
def test_whoever_may_not_see_the_project_gets_nothing_of_it(desk, leads, write, delete, kept):
    if kept:
        write()
        lead_id = leads.refused()
        delete()
    else:
        lead_id = leads.refused(project="gone")
    slug = leads.get(lead_id).lead.project
    theirs, strangers = desk(projects=[slug]), desk(email="b@example.com", projects=["jantar"])
    acts = ["correct", "resubmit", "reveal"]

    assert theirs.get(at(lead_id, "correct")).status_code == 200
    assert [strangers.get(at(lead_id, path)).status_code for path in ("", "correct")] == [404, 404]
    assert [strangers.post(at(lead_id, act), leads.seen(lead_id)).status_code for act in acts] == [404] * 3
    assert theirs.get(f"/preview/{slug}").status_code == 404
    assert strangers.get(f"/inbox/?project={slug}").status_code == 404


def test_whoever_sees_no_personal_data_reveals_it_first(desk, leads, gone):
    masked = desk(is_masked=True)

    pages = [masked.text(at(gone)), masked.text(at(gone, "correct"))]

    assert all("777123456" not in page and "Jana" not in page for page in pages)


def test_it_is_found_listed_and_exported(desk, leads, services):
    lead_id = keep_lead(services, project="gone")
    admin = desk("admin")

    listed = admin.search(project="gone", q="Nováková").text
    exported = admin.post("/inbox/export", {"format": "jsonl", "project": "gone"})

    assert f'href="/inbox/leads/{lead_id}?' in listed
    assert '<option value="gone" selected>' in listed
    assert exported.status_code == 200
    assert str(lead_id) in exported.get_data(as_text=True)


def test_erased_one_can_be_read_and_not_corrected(desk, leads):
    lead_id = leads.refused(project="gone")
    leads.log.erase(lead_id)
    admin = desk("admin")

    assert "project file is gone" not in says(admin.get(at(lead_id)))
    assert admin.get(at(lead_id, "correct")).status_code == 404
    assert leads.services.lead_projects.find(leads.get(lead_id)) is None


def test_version_that_this_program_cannot_read_is_passed_over(services, leads, text, write, delete):
    write()
    lead_id = leads.refused()
    newest = services.project_versions.latest("riverside")[0]
    newer = type(newest)(slug="riverside", text=text + "quiz: []\n", adopted_at=services.log.now())
    services.project_versions.keep(newer, replaces=newest.hash)
    delete()

    of = services.lead_projects.find(leads.get(lead_id))

    assert (of.basis, of.as_of) == (Basis.STORED, newest.adopted_at)
