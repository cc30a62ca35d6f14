"""`projects`: versions from a terminal, each with who, when and why."""

import json
import re

import pytest


@pytest.fixture
def path(tmp_path, environ):
    return tmp_path / "projects" / "riverside.yaml"


@pytest.fixture
def edited(tmp_path, path):
    """Write a version of the project beside the folder, and return its path."""

    def write(title):
        file = tmp_path / "riverside.yaml"
        text = path.read_text(encoding="utf-8")
        file.write_text(re.sub(r"(?m)^name: .*$", f"name: {title}", text), encoding="utf-8")
        return str(file)

    return write


@pytest.fixture
def history(terminal, environ):
    def read():
        return json.loads(terminal.run("projects", "history", "riverside", "--json").stdout)

    return read


def test_looking_publishes_nothing(terminal, history, path):
    path.write_text(path.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")

    assert history() == []
    assert "its file was changed" in terminal.run("projects", "list").stdout
    assert history() == []


def test_what_is_published_and_rolled_back_is_in_the_history_newest_first(terminal, edited, history, path):
    source = path.read_text(encoding="utf-8")
    done = terminal.run("projects", "publish", edited("Nabídka"), "--note", "na jaro").stderr
    assert done.startswith("riverside: version 2 is live; `realpad-form projects rollback riverside N`")
    terminal.run("projects", "rollback", "riverside", "1")

    assert [(each["version"], each["by"], each["note"]) for each in history()] == [
        (3, "command", "version 1 again"),
        (2, "command", "na jaro"),
        (1, "file", ""),
    ]
    assert set(history()[0]) == {"version", "at", "by", "note"}
    assert path.read_text(encoding="utf-8") == source


def test_the_same_text_is_no_new_version(terminal, history, path):
    terminal.run("projects", "publish", str(path))

    assert "nothing to publish" in terminal.run("projects", "publish", str(path)).stderr
    assert len(history()) == 1


@pytest.mark.parametrize("wrong", ["unknown: 1\n", "name: [\n"])
def test_a_file_with_problems_changes_nothing(terminal, edited, history, wrong, tmp_path):
    edited("Nabídka")
    file = tmp_path / "riverside.yaml"
    file.write_text(file.read_text(encoding="utf-8") + wrong, encoding="utf-8")

    failed = terminal.run("projects", "publish", str(file), status=1)

    assert "riverside.yaml:" in failed.stdout
    assert "nothing was published" in failed.stderr
    assert history() == []


def test_an_earlier_version_with_problems_changes_nothing(terminal, edited, history, monkeypatch):
    terminal.run("projects", "publish", edited("Nabídka"))
    monkeypatch.setattr(
        "realpad_form.wiring.core.read_draft", lambda text, slug: (None, [])
    )  # as by a newer grammar

    terminal.run("projects", "rollback", "riverside", "1", status=1)

    assert [each["version"] for each in history()] == [2, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rollback", "riverside", "9"], "riverside has no version 9"),
        (["rollback", "nope", "1"], "nope has no version 1"),
        (["history", "nope"], "no project 'nope'"),
        (["diff", "nope"], "no project 'nope'"),
        (["diff", "riverside", "7"], "riverside has no version"),
    ],
)
def test_what_is_not_there_is_told(terminal, environ, words, said):
    assert said in terminal.run("projects", *words, status=1).stderr


def test_a_file_that_is_named_after_no_project_is_wrong_use(terminal, environ, tmp_path):
    file = tmp_path / "Můj projekt.yaml"
    file.write_text("version: 1\n", encoding="utf-8")

    assert "no slug" in terminal.run("projects", "publish", str(file), status=2).stderr


def test_differences_are_those_of_the_versions_named(terminal, edited, history):
    terminal.run("projects", "publish", edited("Jedna"))
    terminal.run("projects", "rollback", "riverside", "1")

    assert "-name: Jedna" in terminal.run("projects", "diff", "riverside").stdout
    assert "+name: Jedna" in terminal.run("projects", "diff", "riverside", "1", "2").stdout
    assert "-name: Jedna" in terminal.run("projects", "diff", "riverside", "2").stdout
    assert terminal.run("projects", "diff", "riverside", "1", "3").stdout == ""


def test_projects_are_listed_with_their_versions(terminal, edited):
    terminal.run("projects", "publish", edited("Jedna"))

    rows = {row["slug"]: row for row in json.loads(terminal.run("projects", "list", "--json").stdout)}
    assert (rows["riverside"]["version"], rows["riverside"]["by"]) == (2, "command")
    assert rows["riverside"]["folder"] == "same"
    assert "riverside" in terminal.run("projects", "list").stdout


def test_a_folder_that_is_not_written_into_stays_as_it_is(terminal, edited, path, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_WRITE_PROJECTS", "no")
    source = path.read_text(encoding="utf-8")

    terminal.run("projects", "publish", edited("Jedna"))

    assert path.read_text(encoding="utf-8") == source
    [row] = [
        row
        for row in json.loads(terminal.run("projects", "list", "--json").stdout)
        if row["slug"] == "riverside"
    ]
    assert row["folder"] == "stale"
    assert "newer than its file" in terminal.run("projects", "list").stdout


def test_the_right_to_publish_is_given_with_the_person(terminal, environ, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "https://forms.example")
    terminal.run("operators", "add", "a@firma.example", "--role", "marketer", "--may-publish", "no")
    terminal.run("operators", "add", "b@firma.example", "--role", "marketer")

    rows = {row["email"]: row for row in json.loads(terminal.run("operators", "list", "--json").stdout)}
    assert (rows["a@firma.example"]["may_publish"], rows["b@firma.example"]["may_publish"]) == (False, True)
