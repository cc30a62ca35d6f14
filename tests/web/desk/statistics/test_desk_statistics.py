"""Statistics at the desk: whose they are, what they say, and what a spreadsheet gets."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from werkzeug.http import parse_options_header

from realpad_form.domain.statistics import FunnelStep, TallyKey, day_of
from realpad_form.web.desk.statistics.views import CHART_HEIGHT, CHART_WIDTH, draw_chart

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

    assert '<th scope="row">spring</th>' in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_spreadsheet_gets_the_table_without_formulas(desk, counted):
    counted(campaign="=HYPERLINK(1)", view=2, accepted=1)

    answer = desk("marketer").get("/figures/figures.csv?by=campaign")

    assert answer.mimetype == "text/csv"
    [row] = table(answer)
    assert (row["campaign"], row["view"], row["accepted"], row["answered_in_s"]) == (
        "'=HYPERLINK(1)",
        "2",
        "1",
        "",
    )


def test_charts_say_in_words_what_they_draw(desk, counted):
    counted(view=40, start=10, accepted=4, delivered=3)

    page = desk("marketer").text("/figures/")

    assert 'aria-label="Leads by day: Leads 4, of these in Realpad 3"' in page
    assert 'aria-label="Visitors by day: Saw the form 40, of these began 10"' in page


def test_a_chart_has_a_bar_a_day_within_its_box():
    days = [(date(2026, 1, 1) + timedelta(days=each), each * 7, each) for each in range(31)]

    chart = draw_chart(days)

    assert [bar.value for bar in chart.bars] == [each * 7 for each in range(31)]
    assert all(0 <= bar.top <= bar.part_top <= CHART_HEIGHT for bar in chart.bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= CHART_WIDTH for bar in chart.bars)
    assert [value for value, _ in chart.lines] == [0, 100, 200, 300]
    assert len(chart.named) <= 8


@pytest.mark.parametrize(
    ("highest", "lines"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (9, [0, 5, 10]), (401, [0, 200, 400, 600])],
)
def test_a_scale_has_few_round_numbers(highest, lines):
    assert [value for value, _ in draw_chart([(TODAY, highest, 0)]).lines] == lines


@pytest.mark.parametrize(
    "project", ['x"; filename="setup.bat', "a\r\nSet-Cookie:a=b", "řeka", "a\0b", "../x"]
)
def test_project_that_cannot_be_is_in_no_file_name(desk, project):
    answer = desk("marketer").get("/figures/figures.csv", query_string={"project": project, "by": "day"})

    assert answer.status_code == 200
    disposition, options = parse_options_header(answer.headers["Content-Disposition"])
    assert disposition == "attachment"
    assert re.fullmatch(r"figures-all-[0-9-]+-day\.csv", options["filename"])
    assert options.keys() == {"filename"}
