"""Answers to try a form with."""

import pytest

from realpad_form.catalog import read_project, samples_folder
from realpad_form.domain.project import Project
from realpad_form.forms import ProjectForm, Tokens, sample_answers, wrong_answers

KINDS = [
    {"field": "price_max", "min": 2_000_000, "max": 9_000_000, "step": 500_000},
    {"field": "unit", "known": ["B-7"], "visible": True},
    {"field": "note", "max_length": 2, "required": True},
    {"attribute": "customer_text", "type": "string", "label": "Text", "max_length": 3, "required": True},
    {"attribute": "customer_old", "type": "integer", "label": "Age", "max": 0, "required": True},
    {"attribute": "customer_share", "type": "decimal", "label": "Share", "required": True},
    {"attribute": "customer_day", "type": "date", "label": "Day", "required": True},
    {"attribute": "customer_one", "type": "single_select", "label": "One", "options": ["a", "b"]},
    {"attribute": "customer_more", "type": "string", "label": "More", "show_if": {"customer_one": "b"}},
    {"attribute": "customer_none", "type": "string", "label": "None", "show_if": {"customer_tick": False}},
    {"attribute": "customer_tick", "type": "boolean", "label": "Tick"},
]


@pytest.fixture
def demanding(project):
    """A project with a question of every kind that limits its answers."""
    written = project.model_dump(mode="json", exclude_defaults=True)
    return Project.model_validate({**written, "fields": [*written["fields"], *KINDS]})


def form(project, posted):
    return ProjectForm(project, language=project.language, tokens=Tokens(["k" * 32]), posted=posted)


@pytest.mark.parametrize("path", sorted(samples_folder().glob("*.yaml")), ids=lambda path: path.stem)
def test_sample_projects_take_their_samples(path):
    project, _problems = read_project(path)

    tried = form(project, sample_answers(project))

    assert tried.validate(), tried.errors_by_field


def test_samples_keep_to_the_limits_of_their_questions(demanding):
    tried = form(demanding, sample_answers(demanding))

    assert tried.validate(), tried.errors_by_field


def test_samples_open_conditional_questions(demanding):
    tried = form(demanding, sample_answers(demanding))

    assert tried.hidden == frozenset()


def test_samples_give_every_consent(demanding):
    tried = form(demanding, sample_answers(demanding))

    assert all(consent.given for consent in tried.consents)


def test_wrong_answers_are_refused_where_they_can_be(demanding):
    tried = form(demanding, wrong_answers(demanding))

    assert not tried.validate()
    assert {"name", "email", "phone", "price_max", "customer_share", "note"} <= tried.errors_by_field.keys()
