"""Publishing from the desk: reviewed first, by whoever may, and never over somebody else's change."""

import html
import re
from dataclasses import replace

import pytest

from realpad_form.domain.people import AuditAction
from realpad_form.domain.project_rules import digest

PLACE = "/preview/riverside"


def titled(source, words):
    return f"{source}title: {words}\n"


def rerouted(source):
    return re.sub(r"(credentials: \w+, project:) \d+", r"\1 4711", source)


def review(desk, text, began_with):
    return desk.post(f"{PLACE}/draft/review", {"text": text, "began_with": digest(began_with)})


def publish(desk, text, began_with, **more):
    return desk.post(f"{PLACE}/publish", {"text": text, "began_with": digest(began_with), **more})


def live(app):
    return app.test_client().get("/f/riverside").get_data(as_text=True)


def versions(services):
    return [each.number for each in services.publications.history("riverside")]


def posted(page):
    """Return what the form of a page would publish."""
    shown = page.get_data(as_text=True)
    text = re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', shown, re.S)[1]
    return html.unescape(text), re.search(r'name="began_with" value="(\w*)"', shown)[1]


def test_a_draft_is_reviewed_and_then_live(marketer, source, services, app):
    draft = titled(source, "Nezávazná poptávka")

    page = review(marketer, draft, source)
    assert page.status_code == 200
    assert "title: Nezávazná poptávka" in page.get_data(as_text=True)
    assert posted(page) == (draft, digest(source))
    assert "Nezávazná poptávka" not in live(app)

    done = publish(marketer, draft, source, note="na jaro")
    assert (done.status_code, done.headers["Location"]) == (303, f"{PLACE}/history")
    assert "Nezávazná poptávka" in live(app)
    history = marketer.text(f"{PLACE}/history")
    assert "na jaro" in history
    assert marketer.person.name in history
    [entry] = [
        each for each in services.audit.entries(by=marketer.person.id) if each.action is AuditAction.PUBLISHED
    ]
    assert (entry.subject, entry.project) == ("riverside", "riverside")


def test_the_folder_has_it_too(marketer, source, path):
    publish(marketer, titled(source, "Poptávka"), source)

    assert path.read_text(encoding="utf-8") == titled(source, "Poptávka")


def test_lines_ended_as_browsers_end_them_change_nothing(marketer, source, services):
    publish(marketer, source.replace("\n", "\r\n"), source)

    assert versions(services) == [1]


def test_a_draft_with_problems_goes_back_to_the_editor_with_its_text(marketer, source, services):
    wrong = source.replace("- field: email", "- field: emial")
    for answer in (review(marketer, wrong, source), publish(marketer, wrong, source)):
        assert answer.status_code == 422
        assert "- field: emial" in answer.get_data(as_text=True)
        assert f'value="{digest(source)}"' in answer.get_data(as_text=True)
    assert versions(services) == [1]


def test_the_editor_keeps_a_draft_that_was_reviewed(marketer, source):
    draft = titled(source, "Poptávka")

    page = marketer.post(f"{PLACE}/draft/edit", {"text": draft, "began_with": digest(source)})

    shown = page.get_data(as_text=True)
    assert "title: Poptávka" in shown
    assert "data-posted" in shown
    assert f'name="began_with" value="{digest(source)}"' in shown


# Somebody else has published meanwhile


def test_changes_in_other_places_are_put_together(marketer, admin, source, services, app):
    publish(admin, source.replace("languages: [cs, en]", "languages: [en, cs]"), source)

    page = publish(marketer, titled(source, "Mine"), source)
    assert page.status_code == 409
    assert versions(services) == [2, 1]
    text, began_with = posted(page)
    assert "title: Mine" in text
    assert "languages: [en, cs]" in text
    marketer.post(f"{PLACE}/publish", {"text": text, "began_with": began_with})

    assert versions(services) == [3, 2, 1]
    assert "Mine" in live(app)


def test_changes_of_the_same_lines_are_shown_and_taken_back_only_on_purpose(
    marketer, admin, source, services, app
):
    publish(admin, titled(source, "Theirs"), source)

    page = publish(marketer, titled(source, "Mine"), source)

    assert page.status_code == 409
    assert "Theirs" in live(app)
    shown = page.get_data(as_text=True)
    assert "title: Theirs" in shown
    assert "title: Mine" in shown
    assert admin.person.name in shown
    text, began_with = posted(page)
    assert text == titled(source, "Mine")
    marketer.post(f"{PLACE}/publish", {"text": text, "began_with": began_with})
    assert "Mine" in live(app)
    assert versions(services) == [3, 2, 1]


def test_a_file_that_was_saved_meanwhile_counts_as_somebody_elses_version(marketer, source, path, services):
    path.write_text(titled(source, "Theirs"), encoding="utf-8")

    assert publish(marketer, titled(source, "Mine"), source).status_code == 409
    assert services.catalog.source("riverside").decode() == titled(source, "Theirs")


# Who may


def test_routing_needs_an_admin_and_says_what_it_does(marketer, admin, source, services):
    draft = rerouted(source)
    assert draft != source

    for answer in (review(marketer, draft, source), publish(marketer, draft, source)):
        shown = answer.get_data(as_text=True)
        assert "new leads go to the other Realpad project" in shown
        assert f'action="{PLACE}/publish"' in shown
        assert ">Publish<" not in shown
    assert versions(services) == [1]
    assert ">Publish<" in review(admin, draft, source).get_data(as_text=True)
    assert publish(admin, draft, source).status_code == 303
    assert services.catalog.get("riverside").realpad.project == 4711


ROUTES = ["draft/review", "publish", "rollback", "folder"]


@pytest.mark.parametrize("route", ROUTES)
def test_who_may_not_publish_is_refused(desk, source, services, route):
    somebody = desk("marketer")
    services.roster.change(replace(somebody.person, may_publish=False))

    answer = somebody.post(f"{PLACE}/{route}", {"text": source, "version": "1"})

    assert answer.status_code == 403
    assert "Review and publish" not in somebody.text(f"{PLACE}/edit")


@pytest.mark.parametrize("route", ROUTES)
def test_projects_of_others_are_not_there(desk, source, services, route):
    somebody = desk("admin", projects={"jantar"})

    assert somebody.post(f"{PLACE}/{route}", {"text": source, "version": "1"}).status_code == 404
    assert somebody.get(f"{PLACE}/history").status_code == 404
    assert versions(services) == [1]


def test_names_of_people_whom_one_does_not_see_are_not_told(desk, admin, source):
    publish(admin, titled(source, "Poptávka"), source)
    limited = desk("marketer", projects={"riverside"})

    history = limited.text(f"{PLACE}/history")

    assert "somebody" in history
    assert admin.person.name not in history.split("<main")[1]


# History


def test_a_version_is_undone_with_one_press(marketer, source, services, app):
    publish(marketer, titled(source, "Poptávka"), source)
    assert "Undo version 2" in marketer.text(f"{PLACE}/history")

    live_hash = digest(services.catalog.source("riverside").decode())
    marketer.post(f"{PLACE}/rollback", {"version": "1", "began_with": live_hash})

    assert versions(services) == [3, 2, 1]
    assert "Poptávka" not in live(app)


def test_a_roll_back_of_the_routing_needs_an_admin(marketer, admin, source, services):
    publish(admin, rerouted(source), source)

    live_hash = digest(services.catalog.source("riverside").decode())
    answer = marketer.post(f"{PLACE}/rollback", {"version": "1", "began_with": live_hash})

    assert answer.status_code == 403
    assert "new leads go to the other Realpad project" in answer.get_data(as_text=True)
    assert versions(services) == [2, 1]


@pytest.mark.parametrize("number", ["9", "-1", "x", ""])
def test_a_version_that_is_not_there_is_not_found(marketer, source, number):
    assert marketer.post(f"{PLACE}/rollback", {"version": number}).status_code == 404
    assert marketer.get(f"{PLACE}/history?version={number}").status_code == 200


def test_what_a_version_changed_is_shown_line_by_line(marketer, source):
    publish(marketer, titled(source, "<b>Poptávka</b>"), source)

    page = marketer.text(f"{PLACE}/history?version=2")

    assert "What version 2 changed" in page
    assert "title: &lt;b&gt;Poptávka&lt;/b&gt;" in page


# A file that was changed as well


@pytest.fixture
def conflict(make_services, folder, services, source, path, marketer):
    """A file and a publication that were both changed; the folder is not written into."""
    publication = services.publisher
    object.__setattr__(publication, "write", lambda *_: False)
    publish(marketer, titled(source, "Published"), source)
    path.write_text(titled(source, "In the folder"), encoding="utf-8")
    services.catalog.refresh()


def test_a_conflict_is_an_alert(conflict, services):
    alerts = replace(services.alerts, notifiers=[])
    alerts.run_once()

    found = {alert.subject.partition(",")[0]: alert.text for alert in services.alert_log.claim()}

    assert found == {"riverside": "version 2 is served until somebody decides"}


@pytest.mark.parametrize(
    ("choice", "title"), [("file", "In the folder"), ("published", "Published")], ids=["file", "published"]
)
def test_a_person_decides_which_counts(marketer, conflict, app, services, path, choice, title):
    assert "Published" in live(app)
    assert f"{PLACE}/folder" in marketer.text(f"{PLACE}/edit")
    page = marketer.text(f"{PLACE}/folder")
    assert "title: Published" in page
    assert "title: In the folder" in page
    source = services.catalog.source("riverside").decode()
    assert (
        publish(marketer, titled(source, "x").replace("title: x\n", "submit: x\n"), source).headers[
            "Location"
        ]
        == f"{PLACE}/folder"
    )

    for file, status in (("stale", 409), (digest(path.read_text(encoding="utf-8")), 303)):
        answer = marketer.post(f"{PLACE}/folder", {"choose": choice, "file": file})
        assert answer.status_code == status

    assert title in live(app)
    assert marketer.get(f"{PLACE}/folder").headers["Location"] == f"{PLACE}/history"
    texts = [each.text for each in services.publications.history("riverside")]
    assert any("In the folder" in text for text in texts)
    assert any("Published" in text for text in texts)


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_every_word_is_translated(marketer, source, conflict, services, language):
    marketer.text(f"{PLACE}/history")  # says in English what was done before
    services.roster.set_language(marketer.person.id, language)
    pages = [marketer.text(f"{PLACE}/{page}") for page in ("edit", "history?version=2", "folder")]
    pages.append(review(marketer, rerouted(source), source).get_data(as_text=True))

    for page in pages:
        for words in ("Review", "Publish<", "Version ", "Undo", "Make live", "Which counts", "Changed lines"):
            assert words not in page


# New projects


def test_a_new_project_begins_with_a_copy_and_is_live_once_it_is_published(admin, source, services, app):
    page = admin.post("/preview/_new", {"slug": "garden", "begin": "project:riverside"})
    assert page.status_code == 200
    shown = page.get_data(as_text=True)
    assert "project: garden" in shown
    assert 'name="began_with" value=""' in shown
    assert app.test_client().get("/f/garden").status_code == 404
    draft = source.replace("project: riverside", "project: garden")
    checked = admin.post("/preview/garden/draft", {"text": draft}, headers={"Accept": "application/json"})
    assert checked.get_json()["is_usable"]

    page = admin.post("/preview/garden/draft/review", {"text": draft, "began_with": ""})
    assert page.status_code == 200
    text, began_with = posted(page)
    done = admin.post("/preview/garden/publish", {"text": text, "began_with": began_with})

    assert done.headers["Location"] == "/preview/garden/history"
    assert app.test_client().get("/f/garden").status_code == 200
    assert "garden" in admin.text("/preview/")


@pytest.mark.parametrize("starter", ["enquiry", "viewing", "pl", "company"])
def test_every_template_can_be_begun_with(admin, starter):
    page = admin.post("/preview/_new", {"slug": "garden", "begin": f"starter:{starter}"})

    assert page.status_code == 200
    assert "project: garden" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("slug", "begin", "status"),
    [
        ("riverside", "starter:enquiry", 422),
        ("../evil", "starter:enquiry", 422),
        ("Garden", "starter:enquiry", 422),
        ("", "starter:enquiry", 422),
        ("garden", "starter:nope", 200),
        ("garden", "project:nope", 200),
    ],
)
def test_what_cannot_begin_asks_again(admin, source, slug, begin, status):
    page = admin.post("/preview/_new", {"slug": slug, "begin": begin})

    assert page.status_code == status
    assert 'name="slug"' in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "limits"), [("marketer", {}), ("operator", {}), ("admin", {"projects": {"riverside"}})]
)
def test_only_admins_of_all_projects_begin_new_ones(desk, role, limits, source):
    somebody = desk(role, **limits)

    assert somebody.get("/preview/_new").status_code == 403
    assert somebody.post("/preview/garden/publish", {"text": source, "began_with": ""}).status_code == 404
    assert "/preview/_new" not in somebody.text("/preview/")


def test_nobody_takes_a_project_over_by_beginning_it_anew(admin, source, services):
    answer = admin.post("/preview/riverside/publish", {"text": titled(source, "x"), "began_with": ""})

    assert answer.status_code == 409
    assert versions(services) == [1]


def test_an_admin_is_offered_no_page_of_projects_that_are_not_theirs(desk, source, services):
    limited = desk("admin", projects={"riverside"})
    company = source.replace("fields:\n", "fields:\n  - {field: project, options: [jantar]}\n", 1)
    assert company != source

    for answer in (review(limited, company, source), publish(limited, company, source)):
        assert ">Publish<" not in answer.get_data(as_text=True)
    assert versions(services) == [1]
