"""`sources list` and what `doctor` says: which other systems may post leads, never with their keys."""

import json

import pytest

KEY = "canary-key-" + "k" * 32


@pytest.fixture
def settings(environ, tmp_path, monkeypatch):
    """Two projects name one source, and one of them another; a third has a key and no project."""
    for slug, names in (("riverside", ("cf7-main", "ads")), ("jantar", ("cf7-main",))):
        with (tmp_path / "projects" / f"{slug}.yaml").open("a", encoding="utf-8") as file:
            file.write("sources:\n" + "".join(f"  - name: {name}\n" for name in names))
    monkeypatch.setenv("REALPAD_FORM_SOURCE_CF7_MAIN_KEY", KEY)
    monkeypatch.setenv("REALPAD_FORM_SOURCE_OLD_KEY", "o" * 32)


def test_sources_are_listed_with_their_projects_and_without_keys(settings, terminal):
    assert terminal.json("sources", "list") == [
        {"name": "ads", "projects": ["riverside"], "has_key": False},
        {"name": "cf7-main", "projects": ["jantar", "riverside"], "has_key": True},
        {"name": "old", "projects": [], "has_key": True},
    ]
    assert "canary" not in json.dumps(terminal.json("sources", "list"))


def test_the_table_says_what_is_missing(settings, terminal):
    lines = terminal.run("sources", "list").stdout.splitlines()

    assert lines[0].split() == ["SOURCE", "PROJECTS", "KEY", "PROBLEM"]
    assert "REALPAD_FORM_SOURCE_ADS_KEY is not set" in lines[1]
    assert lines[2].split() == ["cf7-main", "jantar;", "riverside", "set"]
    assert "no project file names it" in lines[3]


def test_doctor_names_sources_whose_leads_are_refused(settings, terminal):
    output = terminal.run("doctor", status=1).stdout

    assert "✗ source ads: REALPAD_FORM_SOURCE_ADS_KEY is not set" in output
    assert "✓ source cf7-main: its key is set; it sends leads of jantar, riverside" in output
    assert "✗ source old: no project file names it" in output
    assert "canary" not in output


def test_without_sources_there_is_an_empty_list(environ, terminal):
    assert terminal.json("sources", "list") == []


def test_a_lead_tells_its_source_in_show_and_export(settings, accept, terminal, monkeypatch, tmp_path):
    from realpad_form.config import Settings
    from realpad_form.web import create_app
    from realpad_form.wiring import Services

    accept()
    services = Services(Settings.load())
    head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "1"}
    person = {"name": "Jan Novák", "phone": "777 123 456", "project": "riverside"}
    answer = create_app(services).test_client().post("/in/cf7-main", json=person, headers=head)
    services.close()

    assert answer.status_code == 201
    shown = terminal.json("leads", "show", answer.get_json()["id"])
    assert shown["context"]["source"] == "cf7-main"
    rows = [
        json.loads(line) for line in terminal.run("leads", "export", "--format", "jsonl").stdout.splitlines()
    ]
    assert sorted(row["source"] for row in rows) == ["", "cf7-main"]


def test_a_lead_to_correct_is_not_sent_until_it_is_corrected(settings, accept, terminal):
    from realpad_form.config import Settings
    from realpad_form.web import create_app
    from realpad_form.wiring import Services

    accept.close()
    services = Services(Settings.load())
    services.prepare()
    head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "1"}
    person = {"name": "Jan", "phone": "777", "project": "riverside"}
    answer = create_app(services).test_client().post("/in/cf7-main?lenient=1", json=person, headers=head)
    services.close()
    lead_id = answer.get_json()["id"]

    [row] = terminal.json("leads", "list", "--status", "rejected")
    assert [reason.partition(" ")[0] for reason in row["reasons"]] == ["surname", "phone"]
    for words in ((), ("--set", "phone=777 123 456")):
        assert "surname: " in terminal.run("leads", "resubmit", lead_id, *words, status=1).output
    terminal.run("leads", "resubmit", lead_id, "--set", "phone=777 123 456", "--set", "surname=Novák")

    assert terminal.json("leads", "show", lead_id)["payload"]["phone"] == "+420777123456"
    terminal.run("relay", "--once")
    assert terminal.json("leads", "show", lead_id)["status"] == "delivered"
