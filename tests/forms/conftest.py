"""Projects with just the questions a test is about, and visitors who answer them."""

import pytest

from realpad_form.domain.project import Project
from realpad_form.forms import Posted, ProjectForm, Tokens

PERSON = {"name": "Žofie", "surname": "Šťastná", "email": "zofie@example.com"}


@pytest.fixture
def tokens():
    return Tokens(["first-key-of-at-least-32-bytes-ok"])


@pytest.fixture
def make_project():
    """Return a function from questions and other parts of a project file to a project."""

    def make(*questions, without=(), **parts):
        contact = [{"field": key} for key in ("name", "surname", "email") if key not in without]
        return Project.model_validate(
            {
                "version": 1,
                "project": "riverside",
                "name": "Riverside",
                "languages": ["en", "cs", "sk", "de", "uk", "pl"],
                "origins": ["https://www.riverside.example"],
                "realpad": {"credentials": "riverside", "project": 39264441},
                "fields": [*contact, *questions],
                **parts,
            }
        )

    return make


@pytest.fixture
def fill(tokens):
    """Return a function that posts a person's answers to a project's form."""

    def post(project, answers=None, *, language="en", malformed=frozenset(), person=PERSON):
        texts = {**person, **(answers or {})}
        values = {key: [value] if isinstance(value, str) else list(value) for key, value in texts.items()}
        return ProjectForm(project, language=language, tokens=tokens, posted=Posted(values, malformed))

    return post


@pytest.fixture
def answer(make_project, fill):
    """Return a function from one question and the texts given to it to what is kept, or refused."""

    def ask(question, *texts, language="en", **parts):
        key = question.get("field") or question["attribute"]
        form = fill(make_project(question, without=(key,), **parts), {key: texts}, language=language)
        if not form.validate():
            return form.errors_by_field[key]
        return form.answers.get(key)

    return ask
