import pytest

from realpad_form.catalog import read_project
from realpad_form.domain.errors import Problem


def test_file_without_problems_gives_its_project(tmp_path, minimal):
    path = tmp_path / "riverside.yaml"
    path.write_text(minimal, encoding="utf-8")

    project, problems = read_project(path)

    assert problems == []
    assert project is not None
    assert (project.slug, project.realpad.project) == ("riverside", 39264441)


def test_file_with_only_warnings_gives_its_project(tmp_path, minimal):
    path = tmp_path / "riverside.yaml"
    path.write_text(minimal.replace("name: Riverside", "name: {en: Riverside}"), encoding="utf-8")

    project, problems = read_project(path)

    assert [problem.is_warning for problem in problems] == [True]
    assert project is not None


def test_problems_come_by_line_with_the_path_as_given(tmp_path, minimal, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "riverside.yaml").write_text(
        f"{minimal}currency: x\ncaptcha: y\nbogus: 1\n", encoding="utf-8"
    )

    project, problems = read_project(type(tmp_path)("riverside.yaml"))

    assert project is None
    assert [(problem.path, problem.line) for problem in problems] == [
        ("riverside.yaml", 10), ("riverside.yaml", 11), ("riverside.yaml", 12),
    ]  # fmt: skip


def test_missing_file_is_a_problem(tmp_path):
    path = tmp_path / "riverside.yaml"

    assert read_project(path) == (None, [Problem(str(path), 1, "cannot be read: No such file or directory")])


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("riverside.yml", "rename it riverside.yaml"),
        ("River Side.yaml", "lower-case letters, digits and dashes"),
    ],
)
def test_badly_named_file_is_a_problem(tmp_path, minimal, name, advice):
    path = tmp_path / name
    path.write_text(minimal, encoding="utf-8")

    project, [problem] = read_project(path)

    assert project is None
    assert advice in problem.what


def test_what_a_file_leaves_at_its_default_does_not_count_for_its_version(tmp_path, minimal):
    """Or a key that a release adds would change the version of every form."""

    def version(text):
        path = tmp_path / "riverside.yaml"
        path.write_text(text, encoding="utf-8")
        return read_project(path)[0].form_version

    assert version(f"{minimal}keep_draft: true\ntheme: {{radius: 8px, dark: {{}}}}\n") == version(minimal)
    assert version(f"{minimal}keep_draft: false\n") != version(minimal)
