"""Alerts say what to do, in the message and in the guide; what they say is kept as codes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from realpad_form.domain.alert import ADVICE, Alert, AlertCode, AlertDetail, Kind, read_details


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_alert_comes_with_advice_and_stands_in_the_guide(kind):
    guide = Path("docs/operations.md").read_text(encoding="utf-8")

    assert ADVICE[kind]
    assert f"\n| {kind} | " in guide


DETAILS = (
    AlertDetail.of(AlertCode.GIVEN_UP, count=4, since_at=datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    AlertDetail.of(AlertCode.LAST_ANSWER, protocol="HTTP", status=410),
)
ALERT = Alert.of(Kind.WEBHOOK, "riverside/crm-sync", *DETAILS)


def test_details_come_back_as_they_were_stored():
    assert ALERT.text == "4 given up since 2026-03-29 00:30 UTC, last answer HTTP 410"
    assert read_details(ALERT.stored_details(), text=ALERT.text) == DETAILS


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (None, ALERT.text),
        (ALERT.stored_details(), "5 given up since 2026-03-29 00:30 UTC"),  # by an older version
        ('{"text": "x", "details": [["OF_TOMORROW", {}]]}', "x"),
        ('{"text": "x", "details": [["STOPPED", {}]]}', "x"),
        ('{"text": "x", "details": 7}', "x"),
        ('["x"]', "x"),
        ("not JSON", "x"),
    ],
)
def test_details_of_another_version_are_left_out(stored, text):
    assert read_details(stored, text=text) == ()
