"""Project files as texts: as they lie in the folder, and as somebody is writing them."""

import pytest

from realpad_form.catalog import Catalog, read_draft, samples_folder
from realpad_form.domain.errors import ProjectNotFoundError

SAMPLE = (samples_folder() / "riverside.yaml").read_text(encoding="utf-8")


def test_draft_is_judged_as_the_file_it_will_be():
    project, problems = read_draft(SAMPLE.replace("project: riverside", "project: other"), "riverside")

    assert project is None
    assert [(problem.path, problem.line) for problem in problems] == [("riverside.yaml", 8)]


def test_draft_without_mistakes_is_a_project():
    project, problems = read_draft(SAMPLE, "riverside")

    assert (project.slug, problems) == ("riverside", [])


def test_draft_that_no_file_could_hold_is_a_problem():
    project, problems = read_draft("version: 1\nname: \ud800\n", "riverside")

    assert project is None
    assert problems


def test_source_is_the_file_as_it_is_now(tmp_path):
    (tmp_path / "riverside.yaml").write_text("version: broken", encoding="utf-8")

    assert Catalog(tmp_path).source("riverside") == b"version: broken"


@pytest.mark.parametrize("slug", ["missing", "../riverside", ".hidden"])
def test_source_of_what_is_no_project_file_is_not_found(tmp_path, slug):
    (tmp_path / ".hidden.yaml").write_text("version: 1", encoding="utf-8")

    with pytest.raises(ProjectNotFoundError):
        Catalog(tmp_path).source(slug)
