"""The list of leads: whose it shows, how it is searched and paged, and that nothing in it does harm."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from desk_leads import JANA, SECOND, actions, keep, send, wait_for_a_look
from fakes import LOST, REFUSED

from realpad_form.web.desk.inbox import views


@pytest.fixture
def two_projects(folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND, encoding="utf-8")


@pytest.fixture
def broken(folder):
    (folder / "projects" / "jantar.yaml").write_text(SECOND + "colour: red\n", encoding="utf-8")


def names(page):
    return re.findall(r'<a href="/inbox/leads/[^"]+" id="[^"]+"><bdi>([^<]*)</bdi></a>', page)


def link(page, rel):
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


def test_each_lead_names_the_campaign_it_came_by(desk, services):
    keep(services, utm_campaign="podzim")

    assert "podzim" in desk().text("/inbox/")


def test_each_lead_says_who_wrote_where_and_how_it_stands(desk, services):
    lead_id = keep(services, {**JANA, "unit": "A-101", "campaign": "jaro"})

    page = desk().text("/inbox/")

    assert f'href="/inbox/leads/{lead_id}"' in page
    for words in (
        "Jana Nováková",
        "+420 777 123 456",
        "jana@example.com",
        "Riverside Residences",
        "A-101",
        "jaro",
    ):
        assert words in page
    assert '<span class="tag queued">Waiting</span>' in page


def test_newest_lead_comes_first(desk, services):
    for name in ("Adam", "Bára", "Cyril"):
        keep(services, {"name": name})

    assert names(desk().text("/inbox/")) == ["Cyril", "Bára", "Adam"]


@pytest.mark.parametrize("typed", ["novak", "JANA", "jana@example.com", "777 123 456", "123456"])
def test_a_person_is_found_by_what_one_remembers(desk, services, typed):
    keep(services)
    keep(services, {"name": "Karel", "phone": "+420602000111"})

    page = desk().search(q=typed).text

    assert names(page) == ["Jana Nováková"]


def test_filters_narrow_the_list(desk, services):
    keep(services, {"name": "Karel", "unit": "B-7", "campaign": "jaro"})
    send(services, REFUSED)
    keep(services, {"name": "Lenka", "unit": "A-1", "campaign": "léto"})
    somebody = desk()

    for (name, text), expected in {
        ("status", "rejected"): ["Karel"],
        ("status", "person"): ["Karel"],
        ("status", "queued"): ["Lenka"],
        ("unit", "A-1"): ["Lenka"],
        ("campaign", "jaro"): ["Karel"],
        ("project", "riverside"): ["Lenka", "Karel"],
        ("since", "2100-01-01"): [],
        ("until", "2001-01-01"): [],
    }.items():
        assert names(somebody.search(**{name: text}).text) == expected, name


@pytest.mark.parametrize(
    "query", ["status=bogus", "since=2026-02-31", "until=xyz", "from=2026-01-01", "since=0001-01-01"]
)
def test_a_filter_that_does_not_exist_is_told_and_shows_no_lead(desk, services, query):
    keep(services)

    answer = desk().get(f"/inbox/?{query}")

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "a filter that does not exist" in page) == (400, True)
    assert "Jana" not in page
    assert 'href="/inbox/"' in page


@pytest.mark.parametrize("page", ["bulk", "export", "counts"])
def test_a_filter_that_does_not_exist_chooses_nothing_elsewhere(desk, page):
    assert desk("admin").get(f"/inbox/{page}?status=bogus").status_code == 400


def test_days_are_those_of_the_sales_office(desk, services):
    keep(services)
    today = datetime.now(views.ZONE).date()

    page = desk().text(f"/inbox/?since={today}&until={today}")

    assert names(page) == ["Jana Nováková"]


def test_a_filter_stays_as_it_was_chosen(desk, services):
    page = desk().search(q='"><b>', status="rejected", since="2026-11-01").text

    assert 'value="&#34;&gt;&lt;b&gt;"' in page
    assert '<option value="rejected" selected>' in page
    assert 'value="2026-11-01"' in page
    assert "No lead matches" in page


def test_older_and_newer_pages_lead_through_all_leads_and_back(desk, services, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    for number in range(6):
        keep(services, {"name": f"n{number}"})
    somebody = desk()

    first = somebody.text("/inbox/")
    second = somebody.text(link(first, "next"))
    third = somebody.text(link(second, "next"))

    assert [names(page) for page in (first, second, third)] == [["n5", "n4"], ["n3", "n2"], ["n1", "n0"]]
    assert link(first, "prev") is None
    assert names(somebody.text(link(third, "prev"))) == ["n3", "n2"]
    assert names(somebody.text(link(second, "prev"))) == ["n5", "n4"]


def test_garbled_place_in_the_list_is_its_beginning(desk, services):
    keep(services)

    assert names(desk().text("/inbox/?after=x_y&back=..1")) == ["Jana Nováková"]


def test_leads_of_other_projects_are_not_there(two_projects, desk, services):
    keep(services, {"name": "Jana"})
    keep(services, {"name": "Zuzana"}, project="jantar")
    somebody = desk(projects=["riverside"])

    assert names(somebody.text("/inbox/")) == ["Jana"]
    assert names(somebody.search(q="zuzana").text) == []
    assert "jantar" not in somebody.text("/inbox/")
    assert somebody.get("/inbox/?project=jantar").status_code == 404
    assert somebody.get("/inbox/counts").get_json()["statuses"]["queued"] == 1


def test_nobody_sees_anything_without_projects(desk, services):
    keep(services)

    page = desk(projects=[]).text("/inbox/")

    assert names(page) == []


def test_masked_people_see_initials_and_the_end_of_a_phone(desk, services):
    keep(services, {**JANA, "note": "Volejte Janě"})
    send(services, REFUSED)

    page = desk(is_masked=True).text("/inbox/")

    assert names(page) == ["J•••• N••••"]
    assert "+420 ••• ••• 456" in page
    assert "HTTP 400" in page
    for secret in ("Jana", "Nováková", "777123", "jana@", "bad phone"):
        assert secret not in page


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "\u202eanaJ",
        "👩‍👩‍👧‍👦" * 5_000,
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}",
    ],
)
def test_hostile_names_are_only_text_of_bounded_length(desk, services, name):
    keep(services, {"name": name, "campaign": name, "phone": "+420777123456"}, suspicions=(name[:40],))

    page = desk().text("/inbox/")

    assert "<script>alert" not in page
    assert "<img" not in page.split("<main")[1]
    assert "49" not in names(page)[0]
    assert len(page) < 30_000
    assert re.search(r"<bdi>[^<]*</bdi></a>", page)


def test_what_waits_for_a_person_is_counted_first(desk, services):
    keep(services, suspicions=("no_script",))
    keep(services)
    send(services, REFUSED)
    keep(services)
    send(services, LOST)

    page = desk().text("/inbox/")

    counts = dict(re.findall(r'data-count="(\w+)">(\d+)<', page))
    assert counts == {"rejected": "1", "unknown": "1", "quarantined": "1", "queued": "0"}
    assert page.index('class="tiles"') < page.index('class="leads"')
    assert "sent without JavaScript" in page


def test_broken_project_file_is_named_with_its_line(broken, desk):
    assert "jantar.yaml:9" in desk().text("/inbox/")
    assert "jantar" not in desk(email="b@example.com", projects=["riverside"]).text("/inbox/")


def test_version_that_visitors_get_of_a_broken_file_is_named(desk, services, folder):
    version = services.catalog.get("riverside").form_version
    (folder / "projects" / "riverside.yaml").write_text("version: 1\nname: [", encoding="utf-8")
    wait_for_a_look(services)

    page = desk().text("/inbox/")
    czech = desk(email="c@example.com").text("/inbox/", headers={"Accept-Language": "cs"})

    assert f"Visitors get its last good version until this is fixed: {version}, <time " in page
    assert f"návštěvníci vidí poslední správnou verzi: {version}, " in czech


def test_new_leads_are_counted_and_nothing_else(desk, services):
    keep(services)
    somebody = desk()
    query = re.search(r'data-query="([^"]+)"', somebody.text("/inbox/"))[1]

    assert somebody.get(f"/inbox/counts{query}").get_json()["new"] == 0
    keep(services, {"name": "Karel"})

    said = somebody.get(f"/inbox/counts{query}").get_json()
    assert (said["new"], said["words"]) == (1, "1 new lead: show it")
    assert said["waiting"] == {"riverside": 2}


def test_first_lead_of_all_is_new_to_an_empty_list(desk, services):
    somebody = desk()
    query = re.search(r'data-query="([^"]+)"', somebody.text("/inbox/"))[1]

    keep(services)

    assert somebody.get(f"/inbox/counts{query}").get_json()["new"] == 1


def test_looking_is_written_down_with_a_count_and_no_names(desk, services):
    keep(services)
    somebody = desk()

    somebody.search(q="novak")

    entry = actions(services, "viewed", by=somebody.person.id)[0]
    assert (entry.subject, entry.detail) == ("inbox", "1")


def test_marketers_see_no_leads(desk):
    assert desk("marketer").get("/inbox/").status_code == 403


def test_search_reaches_no_further_than_the_years_there_are(desk):
    tomorrow = (datetime.now(UTC) + timedelta(1)).date().isoformat()
    somebody = desk()

    for day, status in (("0001-01-01", 400), ("9999-12-31", 400), (tomorrow, 200)):
        assert somebody.get(f"/inbox/?since={day}&until={day}").status_code == status
