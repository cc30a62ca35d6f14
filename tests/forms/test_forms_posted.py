import pytest

from realpad_form.domain.project import Capture
from realpad_form.forms import Posted
from realpad_form.forms.posted import addresses, parameters, unasked_answers


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://a.example/č?x=1#y", "https://a.example/č?x=1#y"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("javascript:alert(1)", ""),
        ("https:///no-host", ""),
        ("http://[::1", ""),
        ("/relative", ""),
        ("ftp://a.example/", ""),
        ("\u202ehttps://a.example/\ud800", "https://a.example/"),
    ],
)
def test_only_web_addresses_are_kept(text, kept):
    assert addresses(Posted({"page": [text], "referrer": [text]})) == {"page": kept, "referrer": kept}


def test_what_is_too_long_is_cut():
    sent = Posted(
        {"unit": ["A" * 1001], "campaign": ["c" * 501], "page": ["https://a.example/" + "x" * 3000]}
    )

    assert {key: len(text) for key, text in unasked_answers(sent).items()} == {"unit": 1000, "campaign": 500}
    assert len(addresses(sent)["page"]) == 2000


def test_first_of_several_texts_counts():
    assert unasked_answers(Posted({"unit": ["A-1", "A-2"], "campaign": []})) == {"unit": "A-1"}


def test_only_captured_parameters_are_kept(make_project):
    project = make_project(capture=Capture(campaign="utm_campaign", note=("utm_source", "page")))
    sent = Posted(
        {"utm_source": [" fb\n"], "utm_campaign": ["x" * 3000], "utm_medium": ["cpc"], "page": ["p"]}
    )

    kept = parameters(sent, project)

    assert kept == {"utm_source": "fb", "utm_campaign": "x" * 2000}
