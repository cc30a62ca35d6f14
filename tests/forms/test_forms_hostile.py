"""Whatever is posted, the form answers with errors or clean values, and never with an exception."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realpad_form.catalog import read_project, samples_folder
from realpad_form.domain.payload import compose
from realpad_form.forms import Posted, ProjectForm, Tokens

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PROJECTS = [read_project(path)[0] for path in sorted(samples_folder().glob("*.yaml"))]
TOKENS = Tokens(["k" * 32])
CONTEXT = ["unit", "unit_id", "campaign", "page", "referrer", "utm_source", "gclid", "token", "language"]

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)
HOSTILE = [
    "\x00", "\ud800", "\udfff\ud800", "\u202e", "\u200b" * 100, "e" + "\u0301" * 500, "a\r\nBcc: b@c.d",
    "<script>alert(1)</script>", "{{7*7}}", "%(label)s %s %", "=cmd|' /C calc'!A0", "' OR 1=1--", "\x1b[31m",
    "NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "٣" * 50, "0x10", "²", "Ⅷ", "½",
    "@", "a@", "+", "++420", "..",
]  # fmt: skip

HUGE = {
    "letters": ["x" * 1_000_000],
    "digits": ["1" * 1_000_000],
    "addresses": ["a@" * 500_000],
    "marks": ["e\u0301" * 200_000],
    "options": ["1+kk", *"x" * 10_000],
    "repeats": ["1+kk"] * 10_000,
}


def post(project, values):
    """Return everything the service would make of a POST, as bytes."""
    form = ProjectForm(project, language=project.language, tokens=TOKENS, posted=Posted(values))
    form.validate()
    submission = form.submission(key=None, address="", submitted_at=NOW, suspicions=())
    body = compose(project, submission.answers, consents=submission.consents, context=submission.context)
    views = [asdict(view) for view in form.questions]
    made = [
        form.errors_by_field,
        submission.answers,
        dict(submission.context.parameters),
        body,
        views,
        form.carried,
    ]
    return json.dumps(made, ensure_ascii=False).encode()


def keys(project):
    return [*project.questions, *(box.key for box in project.consents), *CONTEXT]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.slug)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_cleaned_or_refused(project, text):
    made = post(project, {key: [text] for key in keys(project)})

    assert b"\\u0000" not in made
    assert "\u202e".encode() not in made


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.slug)
def test_any_text_in_any_field_raises_nothing(project):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(keys(project)), st.lists(ANY_TEXT, max_size=3)))
    def check(values):
        assert post(project, values)

    check()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.slug)
@pytest.mark.parametrize("kind", HUGE)
def test_huge_answers_are_refused_in_time(project, kind):
    started = time.perf_counter()

    post(project, dict.fromkeys(keys(project), HUGE[kind]))

    assert time.perf_counter() - started < 10


def test_percent_signs_in_labels_do_no_harm(answer):
    question = {"attribute": "customer_share", "type": "integer", "label": "100 % (%s)", "required": True}

    assert answer(question) == ["Please fill in “100 % (%s)”."]
