"""`retention run`: what is due is said, or erased, and what stays is told."""

import re

import pytest


@pytest.fixture
def keep(tmp_path, environ):
    """Say in the project file how long leads are kept."""

    def write(words):
        path = tmp_path / "projects" / "riverside.yaml"
        text = re.sub(r"(?m)^retention: .*\n", "", path.read_text(encoding="utf-8"))
        path.write_text(f"{text}\nretention: {words}\n", encoding="utf-8")

    return write


def test_a_dry_run_erases_nothing(terminal, accept, keep):
    lead_id = accept(suspicions=("burst",))
    keep("{quarantined: 0 days}")

    assert terminal.run("retention", "run", "--dry-run").stdout == (
        "riverside: 1 of 1 quarantined leads would be erased\n"
    )
    assert terminal.json("leads", "show", lead_id)["status"] == "quarantined"


def test_what_is_due_is_erased_at_once_when_a_person_says_so(terminal, accept, keep):
    lead_ids = [accept(suspicions=("burst",)) for _ in range(3)]
    keep("{quarantined: 0 days}")

    assert "riverside: 3 of 3 quarantined leads were erased" in terminal.run("retention", "run").stdout
    assert {terminal.json("leads", "show", each)["status"] for each in lead_ids} == {"erased"}
    assert "nothing is due" in terminal.run("retention", "run").stderr


def test_what_nobody_has_settled_stays_and_is_told(terminal, accept, keep):
    lead_id = accept()
    keep("{delivered: 0 days}")

    said = terminal.run("retention", "run").stderr

    assert "riverside: 1 lead queued" in said
    assert terminal.json("leads", "show", lead_id)["status"] == "queued"


def test_without_a_word_in_the_files_nothing_is_due(terminal, accept):
    accept(suspicions=("burst",))

    done = terminal.run("retention", "run")

    assert (done.stdout, done.stderr) == ("", "nothing is due\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("{delivered: 2 years}", "write a number of days or months, e.g. 30 days or 24 months"),
        ("{delivered: 30}", "retention.delivered"),
        ("{queued: 1 day}", "write delivered, quarantined, rejected or discarded"),
    ],
)
def test_a_period_that_means_nothing_is_a_problem_of_the_file(terminal, keep, words, problem):
    keep(words)

    assert problem in terminal.run("check", status=1).stdout
