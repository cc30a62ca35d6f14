"""Periods of a project file: days, and months as the calendar counts them."""

from datetime import UTC, datetime

import pytest

from realpad_form.domain.delivery import Status
from realpad_form.domain.project import Project, Retention
from realpad_form.domain.retention import Period


def day(text):
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "now", "before"),
    [
        ("30 days", "2026-03-31", "2026-03-01"),
        ("1 day", "2026-01-01", "2025-12-31"),
        ("0 days", "2026-03-31", "2026-03-31"),
        ("24 months", "2026-11-29", "2024-11-29"),
        ("1 month", "2026-03-31", "2026-02-28"),
        ("1 month", "2024-03-31", "2024-02-29"),
        ("12 months", "2024-02-29", "2023-02-28"),
        ("1 month", "2026-01-15", "2025-12-15"),
        ("1200 months", "2026-01-15", "1926-01-15"),
    ],
)
def test_a_period_leads_back(text, now, before):
    assert Period.parse(text).before(day(now)) == day(before)


@pytest.mark.parametrize(
    "text", ["", "30", "days", "-1 days", "2 years", "1.5 months", "99999 days", "1201 months"]
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValueError, match="write a number of days or months"):
        Period.parse(text)


def test_only_what_is_said_is_erased():
    said = Retention(delivered="24 months", discarded="0 days")

    assert said.periods == {Status.DELIVERED: Period(months=24), Status.DISCARDED: Period()}
    assert Retention().periods == {}


@pytest.mark.parametrize("status", ["queued", "unknown", "sending", "erased"])
def test_what_nobody_has_settled_has_no_period(project, status):
    with pytest.raises(ValueError, match="Extra inputs"):
        Project.model_validate({**project.model_dump(exclude_defaults=True), "retention": {status: "1 day"}})


def test_it_changes_no_version_of_the_form(project):
    kept = Project.model_validate(
        {**project.model_dump(exclude_defaults=True), "retention": {"delivered": "1 day"}}
    )

    assert kept.form_version == project.form_version
    assert Period.parse("1 day").before(datetime(2026, 3, 2, tzinfo=UTC)) == datetime(2026, 3, 1, tzinfo=UTC)
