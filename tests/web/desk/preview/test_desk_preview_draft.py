"""Project files being written: checked by line, shown, shared; and nothing published."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Event, Timer
from time import sleep
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from realpad_form.domain.errors import CallsBusyError
from realpad_form.domain.people import AuditAction
from realpad_form.domain.throttling import CallSlots
from realpad_form.web.desk.preview.draft import LINK_CHARS, LINK_LIFETIME, DraftLinks

JSON = {"Accept": "application/json"}


@pytest.fixture
def source(folder):
    return (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")


def test_editor_holds_the_file_as_it_is(marketer, source):
    page = marketer.text("/preview/riverside/edit")

    assert "project: riverside" in page
    assert "Souhlasím s [podmínkami]" in page


def test_file_that_was_never_good_can_be_fixed(marketer, folder):
    (folder / "projects" / "broken.yaml").write_text("version: 1\nproject: broken\nfelds: []\n")

    page = marketer.text("/preview/broken/edit")

    assert "felds: []" in page
    assert "broken.yaml:3" in page


def test_problems_of_a_draft_are_told_by_line(marketer, source):
    wrong = source.replace("- field: email", "- field: emial")

    said = marketer.post("/preview/riverside/draft", {"text": wrong}, headers=JSON).get_json()

    line = source.split("\n").index("  - field: email") + 1
    assert not said["is_usable"]
    assert [(p["line"], p["is_warning"]) for p in said["problems"]] == [(line, False)]
    assert "emial" in said["problems"][0]["what"]


def test_lines_of_a_posted_form_count_as_those_of_the_file(marketer, source):
    windows = source.replace("\n", "\r\n")

    said = marketer.post("/preview/riverside/draft", {"text": windows}, headers=JSON).get_json()

    assert said == {"is_usable": True, "languages": ["cs", "en"], "problems": [], "needs_admin": []}


def test_a_marketer_is_told_while_writing_what_only_an_admin_may_publish(
    marketer, admin, desk, services, source
):
    moved = re.sub(r"(credentials: \w+, project:) \d+", r"\1 4711", source)
    loosened = f"{moved}retention: {{delivered: 30 days}}\n"
    without_right = desk("marketer", email="m2@example.com")
    services.roster.change(replace(without_right.person, may_publish=False))

    def told(somebody, text):
        said = somebody.post("/preview/riverside/draft", {"text": text}, headers=JSON).get_json()
        return [(each["part"], each["what"]) for each in said["needs_admin"]]

    assert told(marketer, source) == []
    assert [part for part, _what in told(marketer, moved)] == ["realpad"]
    assert "earlier ones stay" in told(marketer, moved)[0][1]
    assert [part for part, _what in told(marketer, loosened)] == ["realpad", "retention"]
    assert told(admin, loosened) == []
    assert told(without_right, loosened) == []


@pytest.mark.parametrize("path", ["draft", "draft/page", "draft/link"])
def test_third_draft_is_told_to_come_again_if_none_of_the_others_ends(marketer, source, services, path):
    with services.draft_slots.take(), services.draft_slots.take():
        busy = marketer.post(f"/preview/riverside/{path}", {"text": source}, headers=JSON)
    free = marketer.post(f"/preview/riverside/{path}", {"text": source}, headers=JSON)

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert busy.get_json()["error"].startswith("Others are having their drafts checked.")
    assert free.status_code == 200


def test_third_draft_waits_for_one_of_the_others(marketer, source, services):
    with ExitStack() as held:
        held.enter_context(services.draft_slots.take())
        first = services.draft_slots.take()
        first.__enter__()
        Timer(0.3, first.__exit__, (None, None, None)).start()

        answer = marketer.post("/preview/riverside/draft", {"text": source}, headers=JSON)

    assert answer.status_code == 200


def test_no_more_than_may_wait_do():
    slots, entered = CallSlots(1, waiting=1, wait_s=30), Event()

    def wait():
        with slots.take():
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with slots.take():
            waiting = pool.submit(wait)
            sleep(0.2)  # it waits now
            with pytest.raises(CallsBusyError), slots.take():
                pass
            assert not entered.is_set()
        waiting.result(timeout=10)

    assert entered.is_set()


def test_link_to_a_draft_goes_to_no_other_host(marketer, source, app):
    said = marketer.post("/preview/riverside/draft/link", {"text": source}, headers=JSON).get_json()

    answer = app.test_client().get(urlsplit(said["address"]).path)

    assert answer.status_code == 200
    assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]


def test_draft_is_shown_and_not_published(marketer, source, services):
    draft = source.replace("Riverside Residences", "Riverside Gardens")

    shown = marketer.post("/preview/riverside/draft/page", {"text": draft, "state": "empty"})

    assert "Riverside Gardens" in shown.get_data(as_text=True)
    assert services.catalog.get("riverside").name == "Riverside Residences"


def test_broken_draft_shows_its_problems_in_the_frame(marketer):
    shown = marketer.post("/preview/riverside/draft/page", {"text": "version: [1"})

    assert shown.status_code == 422
    assert "riverside.yaml:1" in shown.get_data(as_text=True)
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]


def test_longest_file_is_taken_whole(marketer, source):
    long = source + "# " + "a" * (250 * 1024) + "\n"

    said = marketer.post("/preview/riverside/draft", {"text": long}, headers=JSON).get_json()

    assert said["is_usable"]


def test_draft_is_downloaded_as_the_file_it_will_be(marketer):
    answer = marketer.post("/preview/riverside/draft/file", {"text": "version: 1\r\n# ž\r\n"})

    assert answer.data == "version: 1\n# ž\n".encode()
    assert "filename=riverside.yaml" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["draft", "draft/page", "draft/file", "draft/link"])
def test_drafts_of_others_projects_are_refused(desk, path, source):
    stranger = desk("marketer", projects=["elsewhere"])

    assert stranger.post(f"/preview/riverside/{path}", {"text": source}).status_code == 404


def test_shared_draft_is_open_to_anybody_and_marked(marketer, source, app, services):
    draft = source.replace("Riverside Residences", "Riverside Gardens")

    link = marketer.post("/preview/riverside/draft/link", {"text": draft}, headers=JSON).get_json()["address"]
    anybody = app.test_client()
    page, framed = anybody.get(_path(link)), anybody.get(f"{_path(link)}/page")

    assert "Draft" in page.get_data(as_text=True)
    assert "Riverside Gardens" in framed.get_data(as_text=True)
    assert "/preview/_unsent/" in framed.get_data(as_text=True)
    assert page.headers["X-Robots-Tag"] == framed.headers["X-Robots-Tag"] == "noindex"
    assert _shared(services) == [(marketer.person.id, "riverside")]


def _shared(services):
    return [(e.by, e.subject) for e in services.audit.entries() if e.action is AuditAction.DRAFT_SHARED]


def _path(link):
    return re.sub(r"^https?://[^/]+", "", link)


def test_sharing_works_without_a_script(marketer, source):
    page = marketer.post("/preview/riverside/draft/link", {"text": source}, headers={"Accept": "text/html"})

    assert "/preview/_draft/" in page.get_data(as_text=True)


def test_broken_draft_is_not_shared(marketer, services):
    answer = marketer.post("/preview/riverside/draft/link", {"text": "version: 2"}, headers=JSON)

    assert answer.status_code == 422
    assert _shared(services) == []


def test_link_dies_with_the_rights_of_who_shared_it(marketer, source, app, services):
    link = marketer.post("/preview/riverside/draft/link", {"text": source}, headers=JSON).get_json()[
        "address"
    ]
    services.roster.change(_moved(marketer.person))

    assert app.test_client().get(_path(link)).status_code == 404


def _moved(person):
    return replace(person, projects=frozenset({"elsewhere"}))


def test_link_is_good_for_a_week(project):
    clock = [datetime.now(UTC)]
    links, by = DraftLinks(["k" * 32], clock=lambda: clock[0]), uuid4()
    token = links.sign(project, by=by)

    clock[0] += LINK_LIFETIME - timedelta(minutes=1)
    alive = links.read(token)
    clock[0] += timedelta(minutes=2)

    assert (alive.by, alive.project.fields) == (by, project.fields)
    assert links.read(token) is None


def test_link_tells_nothing_of_the_way_into_realpad(project):
    links = DraftLinks(["k" * 32])

    shared = links.read(links.sign(project, by=uuid4())).project

    assert shared.realpad.project != project.realpad.project
    assert shared.realpad.credentials != project.realpad.credentials


@pytest.mark.parametrize("token", ["", "nonsense", "é", "a.b.c", "a" * (LINK_CHARS + 1)])
def test_token_that_we_never_signed_opens_nothing(token):
    assert DraftLinks(["k" * 32]).read(token) is None


def test_link_outlives_a_rotation_of_the_key(project):
    token = DraftLinks(["old" * 12]).sign(project, by=uuid4())

    assert DraftLinks(["new" * 12, "old" * 12]).read(token)
    assert DraftLinks(["new" * 12]).read(token) is None


def test_draft_too_long_for_a_link_is_refused(project):
    words = " ".join(sha256(str(n).encode()).hexdigest() for n in range(300))

    assert DraftLinks(["k" * 32]).sign(project.model_copy(update={"notice": words}), by=uuid4()) is None


def test_editor_completes_from_the_schema_of_project_files(marketer):
    assert "fields" in marketer.get("/preview/_schema.json").get_json()["properties"]
