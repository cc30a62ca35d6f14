"""The lead log from a terminal, against a sandbox CRM on a real socket."""

import json
from contextlib import closing
from uuid import uuid4

import pytest

from realpad_form.adapters.sql import sqlite
from realpad_form.adapters.vault import Vault


def fault(sandbox, **what):
    sandbox.control.post("/sandbox/faults", json=what)


def calls(sandbox):
    return [c for c in sandbox.control.get("/sandbox/journal").get_json() if c["endpoint"] == "create-lead"]


def test_a_lead_is_delivered_and_listed(terminal, accept, sandbox):
    lead_id = accept(note="Dobrý den")

    terminal.run("relay", "--once")

    [row] = terminal.json("leads", "list")
    assert list(row) == [
        "id",
        "project",
        "status",
        "created_at",
        "due_at",
        "customer_id",
        "attempts",
        "reasons",
    ]
    assert (row["id"], row["status"], row["attempts"]) == (lead_id, "delivered", 1)
    assert isinstance(row["customer_id"], int)
    assert row["created_at"].endswith("+00:00")
    assert len(calls(sandbox)) == 1


def test_showing_a_lead_tells_everything_but_the_secret(terminal, accept):
    lead_id = accept(consent_39268430="true", unit="A-101")
    terminal.run("relay", "--once")

    shown = terminal.json("leads", "show", lead_id)

    assert shown["fields"]["phone"] == shown["payload"]["phone"] == "+420777123456"
    assert shown["payload"]["updateconsents"] == "39268430"
    assert {"login", "password"}.isdisjoint(shown["payload"])
    assert [list(a) for a in shown["attempts"]] == [
        ["started_at", "ended_at", "revision", "outcome", "status", "answer", "is_presumed"]
    ]
    assert shown["attempts"][0]["outcome"] == "accepted"
    assert shown["consents"][0]["given"] is True
    assert shown["context"]["address"] == "203.0.113.7"
    assert "canary" not in json.dumps(shown)
    assert lead_id in terminal.run("leads", "show", lead_id).stdout


def test_a_refused_lead_is_corrected_and_sent_again(terminal, accept, sandbox):
    lead_id = accept()
    fault(sandbox, status=400, body="Incorrect parameter format.")
    terminal.run("relay", "--once")
    [refused] = terminal.json("leads", "list", "--status", "rejected")

    terminal.run("leads", "resubmit", lead_id, "--set", "phone=608 123 456")
    terminal.run("relay", "--once")

    shown = terminal.json("leads", "show", lead_id)
    assert "Incorrect parameter format" in refused["reasons"][0]
    assert (shown["status"], shown["payload"]["phone"]) == ("delivered", "+420608123456")
    assert [r["payload"]["phone"] for r in shown["revisions"]] == ["+420777123456", "+420608123456"]
    assert [a["outcome"] for a in shown["attempts"]] == ["refused", "accepted"]
    assert "phone: +420777123456 → +420608123456" in terminal.run("leads", "show", lead_id).stdout


def test_a_wrong_correction_changes_nothing(terminal, accept, sandbox):
    lead_id = accept()
    fault(sandbox, status=400)
    terminal.run("relay", "--once")

    result = terminal.run("leads", "resubmit", lead_id, "--set", "phone=12", status=1)

    assert "phone: This phone number doesn’t look right." in result.stderr
    assert terminal.json("leads", "list")[0]["status"] == "rejected"


def test_a_delivered_lead_is_not_sent_again_unasked(terminal, accept, sandbox):
    lead_id = accept()
    terminal.run("relay", "--once")

    result = terminal.run("leads", "resubmit", lead_id, status=1)
    terminal.run("relay", "--once")

    assert "may make a second enquiry; --yes sends it all the same" in result.stderr
    assert len(calls(sandbox)) == 1


def test_a_delivered_lead_is_sent_again_on_request(terminal, accept, sandbox):
    lead_id = accept()
    terminal.run("relay", "--once")

    terminal.run("leads", "resubmit", lead_id, "--yes")
    terminal.run("relay", "--once")

    assert len(calls(sandbox)) == 2


def test_an_answer_cut_off_leaves_the_lead_unknown_and_unsent(terminal, accept, sandbox):
    accept()
    fault(sandbox, drop="after")
    terminal.run("relay", "--once")
    terminal.run("relay", "--once")

    assert terminal.json("leads", "list")[0]["status"] == "unknown"
    assert len(calls(sandbox)) == 1


def test_a_wrong_password_stops_the_pair_until_a_person_resumes_it(terminal, accept, sandbox):
    for _ in range(3):
        accept()
    fault(sandbox, status=401, body="Not authorized.")
    terminal.run("relay", "--once")
    terminal.run("relay", "--once")

    states = {row["name"]: row for row in terminal.json("credentials", "list")}
    assert (states["riverside"]["state"], states["jantar"]["state"]) == ("stopped", "open")
    assert "Not authorized" in states["riverside"]["reason"]
    assert [row["status"] for row in terminal.json("leads", "list")] == ["queued"] * 3
    assert len(calls(sandbox)) == 1

    terminal.run("credentials", "resume", "riverside")
    terminal.run("relay", "--once")

    assert [row["status"] for row in terminal.json("leads", "list")] == ["delivered"] * 3


def test_a_quarantined_lead_waits_for_a_person(terminal, accept):
    released, discarded = accept(suspicions=("no_script",)), accept(suspicions=("no_script",))
    terminal.run("relay", "--once")
    assert [row["status"] for row in terminal.json("leads", "list")] == ["quarantined"] * 2

    terminal.run("leads", "release", released)
    terminal.run("leads", "discard", discarded)
    terminal.run("relay", "--once")

    assert {row["id"]: row["status"] for row in terminal.json("leads", "list")} == {
        released: "delivered",
        discarded: "discarded",
    }


def test_one_bad_id_does_not_stop_the_others(terminal, accept):
    lead_id = accept(suspicions=("no_script",))

    result = terminal.run("leads", "release", str(uuid4()), lead_id, status=1)

    assert "1 released, 1 failed" in result.stderr
    assert terminal.json("leads", "list")[0]["status"] == "queued"


def test_lists_are_narrowed(terminal, accept):
    accept()

    assert terminal.json("leads", "list", "--project", "jantar") == []
    assert terminal.json("leads", "list", "--since", "2999-01-01") == []
    assert len(terminal.json("leads", "list", "--status", "queued", "--since", "2020-01-01T00:00+01:00")) == 1


def test_an_unknown_lead_is_one_clean_line(terminal, environ):
    result = terminal.run("leads", "show", str(uuid4()), status=1)

    assert result.stderr.startswith("error: no lead ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "words", [["leads", "show", "nonsense"], ["leads", "list", "--since", "soon"], ["leads", "no"]]
)
def test_wrong_use_is_status_2(terminal, environ, words):
    terminal.run(*words, status=2)


def test_an_export_holds_every_lead(terminal, accept, tmp_path):
    accept()
    accept(name="Žofie")

    lines = terminal.run("leads", "export", "--format", "jsonl").stdout.splitlines()
    terminal.run("leads", "export", "--format", "xlsx", "--output", str(tmp_path / "leads.xlsx"))

    assert [json.loads(line)["name"] for line in lines] == ["Jan", "Žofie"]
    assert (tmp_path / "leads.xlsx").read_bytes().startswith(b"PK")
    assert "Žofie" in terminal.run("leads", "export").stdout


def test_a_person_is_erased_from_the_very_file(terminal, accept, tmp_path):
    lead_id = accept(email="jan.novak@example.com", note="Zavolejte mi večer")
    kept = accept(phone="777 999 999", note="Jiný člověk")
    terminal.run("relay", "--once")

    result = terminal.run("leads", "erase", "--subject", "777 123 456")

    assert "1 erased, 0 failed" in result.stderr
    assert terminal.json("leads", "show", lead_id)["status"] == "erased"
    assert terminal.json("leads", "show", kept)["status"] == "delivered"
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("leads.db*"))
    assert b"jan.novak@example.com" not in stored
    assert "Jiný člověk".encode() in stored or b"Jin\\u00fd" in stored


def test_nobody_to_erase_is_bad_news(terminal, environ):
    assert "no lead has" in terminal.run("leads", "erase", "--subject", "a@example.com", status=1).stderr
    assert "neither" in terminal.run("leads", "erase", "--subject", "Jan", status=2).stderr


def test_leads_of_a_lost_data_key_can_be_erased_and_others_are_taken_again(
    terminal, environ, monkeypatch, request
):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "o" * 32)
    lead_id = request.getfixturevalue("accept")()
    key_id = Vault(["o" * 32]).key_id
    assert "is set" in terminal.run("leads", "erase", "--lost-key", key_id, status=2).stderr
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "n" * 32)
    assert key_id in terminal.run("doctor", status=1).stdout

    said = terminal.run("leads", "erase", "--lost-key", key_id).stderr

    assert "1 erased, 0 failed" in said
    assert terminal.json("leads", "show", lead_id)["status"] == "erased"
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    assert "data key: what was stored last can be opened" in terminal.run("doctor").stdout


def test_a_lead_whose_answers_were_damaged_can_be_discarded_and_restored(
    terminal, environ, monkeypatch, request, tmp_path
):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "o" * 32)
    accept = request.getfixturevalue("accept")
    lead_id = accept(suspicions=("no_script",))
    accept.close()
    with closing(sqlite.driver().connect(tmp_path / "data" / "leads.db")) as connection:
        connection.execute(
            "UPDATE revision SET answers = substr(answers, 1, length(answers) - 8) || 'AAAAAAAA'"
        )
        connection.commit()
    assert "was changed" in terminal.run("leads", "show", lead_id, status=1).stderr

    for command, status in (("discard", "discarded"), ("restore", "quarantined")):
        terminal.run("leads", command, lead_id)
        assert terminal.json("leads", "list")[0]["status"] == status


@pytest.mark.parametrize("words", [(), ("--subject", "a@example.com", "--lost-key", "00000000")])
def test_erasing_needs_one_choice(terminal, environ, words):
    assert "either" in terminal.run("leads", "erase", *words, status=2).stderr


def test_an_erased_lead_is_shown_listed_and_exported_when_its_data_key_is_gone(
    terminal, environ, monkeypatch, request
):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "o" * 32)
    accept = request.getfixturevalue("accept")
    lead_id = accept(note="Zavolejte")
    terminal.run("relay", "--once")
    terminal.run("leads", "resubmit", lead_id, "--set", "note=Nevolejte", "--yes")
    terminal.run("leads", "erase", "--subject", "777 123 456")
    accept.close()

    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "n" * 32)

    shown = terminal.json("leads", "show", lead_id)
    assert (shown["status"], shown["fields"], shown["payload"]) == ("erased", {}, {})
    assert [attempt["answer"] for attempt in shown["attempts"]] == [""]
    assert len(shown["revisions"]) == 2
    assert shown["consents"]
    page = terminal.run("leads", "show", lead_id).stdout
    assert "erased" in page
    assert "777123456" not in "".join(page.split())
    assert [row["id"] for row in terminal.json("leads", "list")] == [lead_id]
    terminal.run("leads", "export", "--format", "jsonl")
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    assert "data key: what was stored last can be opened" in terminal.run("doctor").stdout
