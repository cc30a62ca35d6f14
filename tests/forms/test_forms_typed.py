"""The browser repairs and judges contacts while they are typed; the server must agree with it."""

import json
from pathlib import Path

import pytest

from realpad_form.forms.messages import AnswerError
from realpad_form.forms.readers import NO_AT, NO_EMAIL, NO_SPACES, ONE_PHONE, read_email, read_phone

TYPED = json.loads((Path(__file__).parents[1] / "js" / "typed.json").read_text(encoding="utf-8"))
EMAIL_TEXTS = {"no_at": NO_AT, "no_spaces": NO_SPACES, "no_email": NO_EMAIL}


@pytest.mark.parametrize(("typed", "repaired", "problem", "_meant"), TYPED["emails"])
def test_server_repairs_and_refuses_the_same_emails(typed, repaired, problem, _meant):
    if problem == "":
        assert read_email(typed) == read_email(repaired)
        return
    with pytest.raises(AnswerError) as refused:
        read_email(typed)
    assert problem is None or refused.value.text == EMAIL_TEXTS[problem]


@pytest.mark.parametrize(
    ("typed", "regions", "shown", "problem"), [case for case in TYPED["phones"] if case[1]]
)
def test_server_understands_phones_as_the_browser_shows_them(typed, regions, shown, problem):
    if not problem:
        assert read_phone(typed, regions=regions.split()) == read_phone(shown, regions=regions.split())
        return
    with pytest.raises(AnswerError) as refused:
        read_phone(typed, regions=regions.split())
    assert (refused.value.text == ONE_PHONE) is (problem == "one_phone")
