"""Alerts say what to do, in the message and in the guide."""

from pathlib import Path

import pytest

from realpad_form.domain.alert import ADVICE, Kind


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_alert_comes_with_advice_and_stands_in_the_guide(kind):
    guide = Path("docs/operations.md").read_text(encoding="utf-8")

    assert ADVICE[kind]
    assert f"\n| {kind} | " in guide
