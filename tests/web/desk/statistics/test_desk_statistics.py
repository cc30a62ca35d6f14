"""Statistics at the desk: whose they are, what they say, and what a spreadsheet gets."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from openpyxl import load_workbook
from werkzeug.http import parse_options_header

from realpad_form.domain.people import AuditAction
from realpad_form.domain.statistics import FormEvent, FormEventKey, FunnelStep, TallyKey, day_of, summed
from realpad_form.web.desk.statistics.charts import MAX_BARS, Interval, draw_chart, intervals
from realpad_form.web.desk.statistics.views import PAGE

TODAY = day_of(datetime.now(UTC))


@pytest.fixture
def counted(services):
    """Count so many steps on a day, in one place."""

    def count(*, day=TODAY, project="riverside", campaign="", unit="", **steps):
        here = TallyKey(project, day, campaign, unit)
        services.statistics.tally.add({(here, FunnelStep(step)): number for step, number in steps.items()})

    return count


def numbers(page):
    """Return the numbers of the way to Realpad."""
    return [int(re.sub(r"\D", "", each)) for each in re.findall(r"<strong>([^<]+)</strong>", page)]


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_way_to_realpad_is_summed_up(desk, counted):
    counted(view=1200, start=300, send=120)
    counted(day=TODAY - timedelta(days=3), view=100, accepted=80, delivered=76)

    page = desk("marketer").text("/figures/")

    assert numbers(page) == [1300, 300, 120, 80, 76]
    assert "95% of the step before" in page


def test_no_figures_yet_is_said(desk):
    page = desk("marketer").text("/figures/")

    assert numbers(page) == [0] * 5
    assert "Nothing was counted in this time" in page


def test_only_ones_own_projects_are_counted(desk, counted):
    counted(project="elsewhere", view=7)
    somebody = desk("marketer", projects=["riverside"])

    assert numbers(somebody.text("/figures/"))[0] == 0
    assert somebody.get("/figures/?project=elsewhere").status_code == 404
    assert somebody.get("/figures/figures.csv?project=elsewhere").status_code == 404


def test_what_lies_outside_the_days_asked_for_is_left_out(desk, counted):
    counted(day=TODAY - timedelta(days=10), view=5)

    since = TODAY - timedelta(days=9)

    assert numbers(desk("marketer").text(f"/figures/?since={since}"))[0] == 0


@pytest.mark.parametrize("asked", ["?since=yesterday", "?since=2026-13-01&until=9999-12-31", "?by=visitor"])
def test_nonsense_shows_the_usual_figures(desk, counted, asked):
    counted(view=5)

    assert numbers(desk("marketer").text(f"/figures/{asked}"))[0] == 5


def test_table_is_by_campaign_if_asked_for(desk, counted):
    counted(campaign="spring", view=5)
    counted(campaign="<script>alert(1)</script>", view=2)

    page = desk("marketer").text("/figures/?by=campaign")

    assert '<th scope="row"><bdi>spring</bdi></th>' in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_spreadsheet_gets_the_table_without_formulas(desk, counted):
    counted(campaign="=HYPERLINK(1)", view=2, accepted=1)

    answer = desk("marketer").get("/figures/figures.csv?by=campaign")

    assert answer.mimetype == "text/csv"
    [row] = table(answer)
    assert row == {
        "Campaign": "'=HYPERLINK(1)",
        "Saw the form": "2",
        "Began": "0",
        "Sent": "0",
        "Leads": "1",
        "Change (%)": "",
        "Leads per visitor (%)": "50.0",
        "In Realpad": "0",
        "Time to Realpad (s)": "",
    }


def test_workbook_has_numbers_and_days_to_reckon_with(desk, counted):
    counted(view=8, accepted=1)

    answer = desk("marketer").get("/figures/figures.xlsx?by=day")

    sheet = load_workbook(io.BytesIO(answer.get_data())).worksheets[0]
    assert [cell.value for cell in sheet[1]][:5] == ["Day", "Saw the form", "Began", "Sent", "Leads"]
    assert sheet["A2"].value.date() == TODAY
    assert (sheet["B2"].value, sheet["F2"].value) == (8, 12.5)
    assert sheet.freeze_panes == "A2"


def test_words_in_a_workbook_are_never_formulas(desk, counted):
    counted(campaign="=1+1", view=1)

    answer = desk("marketer").get("/figures/figures.xlsx?by=campaign")

    cell = load_workbook(io.BytesIO(answer.get_data())).worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_heads_of_a_spreadsheet_are_in_the_language_of_who_reads_it(desk, counted):
    counted(view=1)

    answer = desk("marketer").get("/figures/figures.csv", headers={"Accept-Language": "cs"})

    assert "Vidělo formulář" in table(answer)[0]


def test_charts_say_in_words_what_they_draw(desk, counted):
    counted(view=40, start=10, accepted=4, delivered=3)

    page = desk("marketer").text("/figures/")

    assert 'aria-label="Leads over time: Leads 4, of these in Realpad 3"' in page
    assert 'aria-label="Visitors over time: Saw the form 40, of these began 10"' in page


def test_numbers_stand_beside_those_of_as_many_days_before(desk, counted):
    counted(accepted=30, view=100)
    counted(day=TODAY - timedelta(days=7), accepted=20, view=100)
    counted(day=TODAY - timedelta(days=14), accepted=999)

    page = desk("marketer").text(f"/figures/?since={TODAY - timedelta(days=6)}&until={TODAY}")

    assert "+50%</span>" in page
    assert "(before: 20)" in page
    assert "±0%" in page


def test_test_leads_are_left_out(desk, counted):
    counted(campaign="test", accepted=2, delivered=2)
    counted(accepted=1)
    somebody = desk("marketer")

    assert numbers(somebody.text("/figures/"))[3:] == [1, 0]
    assert [row["Leads"] for row in table(somebody.get("/figures/figures.csv?by=campaign"))] == ["1"]


def test_campaigns_are_told_apart_by_unit(desk, counted):
    counted(campaign="spring", unit="A.1", accepted=2)
    counted(campaign="spring", unit="B.2", accepted=1)

    rows = table(desk("marketer").get("/figures/figures.csv?by=campaign-unit"))

    assert [(row["Campaign"], row["Unit"], row["Leads"]) for row in rows] == [
        ("spring", "A.1", "2"),
        ("spring", "B.2", "1"),
    ]


def test_campaign_that_has_stopped_is_still_there(desk, counted):
    counted(campaign="spring", day=TODAY - timedelta(days=31), accepted=4)
    counted(campaign="autumn", accepted=1)

    rows = table(desk("marketer").get("/figures/figures.csv?by=campaign"))

    assert [(row["Campaign"], row["Change (%)"]) for row in rows] == [("autumn", ""), ("spring", "-100.0")]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("", ["few", "most", "mid"]),
        ("&sort=leads&order=up", ["mid", "most", "few"]),
        ("&sort=name&order=up", ["few", "mid", "most"]),
        ("&sort=view", ["most", "mid", "few"]),
        ("&sort=rate", ["mid", "most", "few"]),
        ("&sort=rate&order=up", ["most", "mid", "few"]),
        ("&sort=nonsense", ["few", "most", "mid"]),
    ],
)
def test_table_is_sorted_as_asked_for_and_says_so(desk, counted, asked, order):
    counted(campaign="most", view=1000, accepted=10)
    counted(campaign="mid", view=50, accepted=5)
    counted(campaign="few", accepted=11)  # nobody was seen, so there is no rate, which comes last

    somebody = desk("marketer")

    assert [
        row["Campaign"] for row in table(somebody.get(f"/figures/figures.csv?by=campaign{asked}"))
    ] == order
    assert somebody.text(f"/figures/?by=campaign{asked}").count("aria-sort=") == 1


def test_more_leads_than_visitors_give_no_rate(desk, counted):
    counted(campaign="spring", view=2, accepted=3)

    [row] = table(desk("marketer").get("/figures/figures.csv?by=campaign"))

    assert row["Leads per visitor (%)"] == ""


def test_long_tables_are_shown_in_pages(desk, counted):
    for number in range(PAGE + 5):
        counted(campaign=f"c{number:02}", accepted=1)
    somebody = desk("marketer")

    first, second = (somebody.text(f"/figures/?by=campaign&page={number}") for number in (1, 2))

    assert (first.count('<th scope="row"><bdi>c'), second.count('<th scope="row"><bdi>c')) == (PAGE, 5)
    assert "1 to 30 of 35 rows" in first
    assert "page=2" in first
    assert "<bdi>c00</bdi>" in first
    assert somebody.text("/figures/?by=campaign&page=99").count('<th scope="row"><bdi>c') == 5


def test_first_day_after_the_last_is_put_right_and_said(desk, counted):
    counted(day=TODAY - timedelta(days=3), view=5)

    page = desk("marketer").text(f"/figures/?since={TODAY}&until={TODAY - timedelta(days=5)}")

    assert numbers(page)[0] == 5
    assert "the two were exchanged" in page


def test_project_without_a_file_is_shown_as_chosen(desk, counted):
    counted(project="gone", view=5)

    page = desk("marketer").text("/figures/?project=gone")

    assert '<option value="gone" selected>' in page
    assert numbers(page)[0] == 5


@pytest.mark.parametrize(
    ("by", "place", "filters"),
    [
        ("campaign", {"campaign": "spring"}, {"campaign": "spring"}),
        ("unit", {"unit": "A.1"}, {"unit": "A.1"}),
        ("campaign-unit", {"campaign": "spring", "unit": "A.1"}, {"campaign": "spring", "unit": "A.1"}),
    ],
)
def test_row_leads_to_its_leads(desk, counted, services, by, place, filters):
    counted(**place, accepted=1)
    operator = desk("operator")

    page = operator.text(f"/figures/?by={by}&project=riverside")

    address = html.unescape(re.search(r'<th scope="row"><a href="([^"]+)"', page)[1])
    inbox = html.unescape(operator.text(address))
    assert all(f'name="{name}" value=""{value}""' in inbox for name, value in filters.items())
    assert "spring" not in address
    assert f"since={TODAY - timedelta(days=29)}&until={TODAY}" in address


@pytest.mark.parametrize("role", ["marketer", "operator"])
def test_who_may_see_no_leads_is_led_to_none(desk, counted, role):
    counted(campaign="spring", accepted=1)

    page = desk(role).text("/figures/?by=campaign")

    assert ('<th scope="row"><a href="/inbox/' in page) == (role == "operator")


@pytest.mark.parametrize("campaign", ["", "…", "c" * 100])
def test_row_that_no_filter_finds_leads_nowhere(desk, counted, campaign):
    counted(campaign=campaign, accepted=1)

    assert '<th scope="row"><a' not in desk("operator").text("/figures/?by=campaign")


def test_page_of_many_names_and_days_stays_small(desk, counted):
    for number in range(60):
        counted(day=TODAY - timedelta(days=number), campaign=f"a long name of campaign {number}", unit="A.1",
                view=12345, start=2345, send=1234, accepted=1234, delivered=1200)  # fmt: skip

    answer = desk("operator").get(f"/figures/?by=campaign-unit&since={TODAY - timedelta(days=399)}")

    assert len(answer.get_data()) <= 60_000


def test_where_visitors_stop_is_told_in_the_words_of_the_form(desk, services):
    events = [(FormEvent.LEFT, "phone", 7), (FormEvent.MISTAKE, "phone", 2), (FormEvent.REFUSED, "limit", 3)]
    keys = {FormEventKey("riverside", TODAY, event, name): number for event, name, number in events}
    services.statistics.tally.add(
        {}, {**keys, FormEventKey("jantar", TODAY, FormEvent.LEFT, "secret-question"): 1}
    )

    page = desk("marketer", projects=["riverside"]).text("/figures/")

    assert '<bdi>Phone</bdi></th><td class="number">7</td><td class="number">2</td>' in page
    assert "too many at once from one address" in page
    assert "secret-question" not in page
    assert "Where visitors stop" not in desk("marketer", email="b@example.com", projects=["x"]).text(
        "/figures/"
    )


def spend(desk, text, **more):
    """Import a file of spend."""
    data = {
        "project": "riverside",
        "currency": "CZK",
        "file": (io.BytesIO(text.encode()), "spend.csv"),
        **more,
    }
    return desk.post("/figures/spend", data, content_type="multipart/form-data")


def test_spend_gives_the_cost_of_a_lead_in_realpad(desk, counted):
    counted(campaign="Jaro", accepted=9, delivered=4)
    counted(campaign="podzim", accepted=1)
    marketer = desk("marketer")

    answer = spend(
        marketer, f"date;campaign;amount\n{TODAY};jaro;1 000,00\n{TODAY};podzim;50\n{TODAY};jaro;250\n"
    )

    assert "3 lines were imported" in answer.text
    rows_ = {row["Campaign"]: row for row in table(marketer.get("/figures/figures.csv?by=campaign"))}
    assert (rows_["Jaro"]["Spent"], rows_["Jaro"]["Cost per lead in Realpad"]) == ("1250.0", "312.5")
    assert (rows_["podzim"]["Spent"], rows_["podzim"]["Cost per lead in Realpad"]) == ("50.0", "")
    assert "CZK1,250" in marketer.text("/figures/?by=campaign")
    assert "Spent" not in marketer.text("/figures/?by=unit")


def test_file_of_spend_replaces_what_it_says_again(desk, counted):
    counted(campaign="jaro", delivered=1)
    marketer = desk("marketer")
    for amount in (100, 70):
        spend(marketer, f"date;campaign;amount\n{TODAY};jaro;{amount}\n")

    [row] = table(marketer.get("/figures/figures.csv?by=campaign"))

    assert row["Spent"] == "70.0"


def test_unknown_campaigns_of_spend_are_listed_and_the_rest_is_imported(desk, counted, services):
    counted(campaign="jaro", delivered=1)
    marketer = desk("marketer")

    answer = spend(marketer, f"date;campaign;amount\n{TODAY};jaro;5\n{TODAY};<b>lego</b>;7\nnever;jaro;7\n")

    assert "1 line was imported" in answer.text
    assert "&lt;b&gt;lego&lt;/b&gt;" in answer.text
    assert "Line 4: the date cannot be read" in answer.text
    [entry] = services.audit.entries(actions=[AuditAction.SPEND_IMPORTED])
    assert (entry.by, entry.project, entry.detail) == (marketer.person.id, "riverside", "1")


def test_spend_in_two_currencies_is_not_added_up(desk, counted):
    counted(campaign="jaro", delivered=1)
    marketer = desk("marketer")

    spend(marketer, f"date;campaign;amount\n{TODAY};jaro;5 €\n{TODAY};jaro;7\n")

    assert "Spent" not in table(marketer.get("/figures/figures.csv?by=campaign"))[0]


@pytest.mark.parametrize(
    ("text", "more", "status"),
    [
        ("", {}, 422),
        ("a;b\n1;2", {}, 422),
        ("date;campaign;amount", {}, 422),
        ("date;campaign;amount", {"currency": "XXX"}, 422),
        ("date;campaign;amount", {"project": "elsewhere"}, 404),
        ("x" * 70_000, {}, 413),
    ],
)
def test_file_of_spend_that_cannot_be_used_changes_nothing(desk, services, text, more, status):
    answer = spend(desk("marketer"), text, **more)

    assert answer.status_code == status
    assert services.audit.entries(actions=[AuditAction.SPEND_IMPORTED]) == []


def test_spend_of_others_projects_is_not_seen(desk, counted):
    counted(campaign="jaro", delivered=1)
    counted(campaign="jaro", project="elsewhere", delivered=1)
    spend(desk("marketer"), f"date;campaign;amount\n{TODAY};jaro;500\n")

    limited = desk("marketer", email="b@example.com", projects=["elsewhere"])

    assert "Spent" not in table(limited.get("/figures/figures.csv?by=campaign"))[0]
    assert spend(limited, f"date;campaign;amount\n{TODAY};jaro;1\n").status_code == 404


def day(number, **steps):
    counts = {**dict.fromkeys(FunnelStep, 0), **{FunnelStep(step): count for step, count in steps.items()}}
    of = date(2026, 1, 1) + timedelta(days=number)
    return replace(summed([]), name=of.isoformat(), counts=counts)


@pytest.mark.parametrize(("days", "bars"), [(1, 1), (31, 31), (32, 5), (210, 31), (211, 7), (400, 14)])
def test_days_become_weeks_and_weeks_months_where_they_are_too_many(days, bars):
    since, until = date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days - 1)
    shown = intervals([day(each, view=1) for each in range(days)], since=since, until=until)

    assert len(shown) == bars <= MAX_BARS
    assert (shown[0].first, shown[-1].last) == (since, until)
    assert all(one.last + timedelta(days=1) == next_.first for one, next_ in pairwise(shown))
    assert sum(each.funnel.counts[FunnelStep.VIEW] for each in shown) == days


def chart(values):
    days = [day(number, view=value, start=number) for number, value in enumerate(values)]
    shown = [Interval(first=TODAY, last=TODAY, funnel=each) for each in days]
    return draw_chart(shown, FunnelStep.VIEW, FunnelStep.START)


def test_a_chart_has_a_bar_a_day_within_its_box():
    drawn = chart([each * 7 for each in range(31)])

    assert [bar.value for bar in drawn.bars] == [each * 7 for each in range(31)]
    assert all(0 <= bar.top <= bar.part_top <= 100 for bar in drawn.bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in drawn.bars)
    assert [value for value, _ in drawn.lines] == [0, 100, 200, 300]
    assert len(drawn.named) <= 8


@pytest.mark.parametrize(
    ("highest", "lines"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (9, [0, 5, 10]), (401, [0, 200, 400, 600])],
)
def test_a_scale_has_few_round_numbers(highest, lines):
    assert [value for value, _ in chart([highest]).lines] == lines


@pytest.mark.parametrize(
    "project", ['x"; filename="setup.bat', "a\r\nSet-Cookie:a=b", "řeka", "a\0b", "../x"]
)
def test_project_that_cannot_be_is_in_no_file_name(desk, project):
    answer = desk("marketer").get("/figures/figures.csv", query_string={"project": project, "by": "day"})

    assert answer.status_code == 200
    disposition, options = parse_options_header(answer.headers["Content-Disposition"])
    assert disposition == "attachment"
    assert re.fullmatch(r"statistics-all-[0-9-]+-day\.csv", options["filename"])
    assert options.keys() == {"filename"}
