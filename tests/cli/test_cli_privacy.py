"""`privacy`: what a person asks for about their data, written down with a receipt for every place."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from realpad_form.services.lead_actions import LeadActions

JANA = {"surname": "Nováková", "email": "Jana@Example.com", "phone": "777 555 666"}
CONSENT = 39268430


@pytest.fixture
def jana(accept):
    """Take a lead of Jana's, who agreed to everything."""
    return lambda **changes: accept(**{f"consent_{CONSENT}": "1", **JANA, **changes})


def states(request):
    return {each["place"]: each["state"] for each in request["receipts"]}


def details(request, place):
    return [each["detail"] for each in request["receipts"] if each["place"] == place]


def requests_file(folder):
    return [json.loads(line) for line in (folder / "data/privacy-requests.jsonl").read_text().splitlines()]


def test_erasing_has_a_receipt_for_every_place_and_leaves_realpad_to_people(terminal, jana, accept, tmp_path):
    first, other = jana(), accept()
    terminal.run("relay", "--once")
    second = jana(email="jana@example.com", phone="608 111 222")
    customer = terminal.json("leads", "show", first)["customer_id"]

    done = terminal.json("privacy", "erase", "--subject", "jana@example.COM")

    assert (done["kind"], done["state"]) == ("erase", "open")
    assert states(done) == {
        "log": "done", "attempts": "done", "search": "done", "consents": "done", "spool": "done",
        "journal": "done", "statistics": "done", "backups": "done", "realpad": "open",
    }  # fmt: skip
    assert details(done, "log") == ["leads erased: 2"]
    assert str(customer) in details(done, "realpad")[0]
    assert {terminal.json("leads", "show", each)["status"] for each in (first, second)} == {"erased"}
    assert terminal.json("leads", "show", other)["status"] == "delivered"


def test_nothing_about_the_person_stands_in_the_request(terminal, jana, tmp_path):
    jana()
    terminal.run("relay", "--once")

    terminal.run("privacy", "erase", "--subject", "+420777555666")

    said = terminal.run("privacy", "requests", "--json").stdout
    kept = (tmp_path / "data/privacy-requests.jsonl").read_text()
    with sqlite3.connect(tmp_path / "data/leads.db") as database:
        rows = str(database.execute("SELECT * FROM privacy_request, privacy_receipt").fetchall())
    for text in (said, kept, rows):
        assert not [words for words in ("777555666", "jana", "example.com", "Nov") if words in text]
    assert (tmp_path / "data/privacy-requests.jsonl").stat().st_mode & 0o077 == 0


def test_it_is_written_down_before_anything_is_erased(terminal, jana, tmp_path, monkeypatch):
    lead = jana()

    def break_down(*args, **kwargs):
        assert requests_file(tmp_path)[0]["leads"] == [lead]
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(LeadActions, "erase", break_down)
        terminal.run("privacy", "erase", "--subject", "jana@example.com", status=1)

    [begun] = terminal.json("privacy", "requests", "--open")
    assert begun["state"] == "open"
    done = terminal.json("privacy", "erase", "--subject", "jana@example.com")
    assert (done["id"], done["state"]) == (begun["id"], "done")
    assert len(terminal.json("privacy", "requests")) == 1


def test_tasks_known_before_a_crash_are_kept_when_it_goes_on(terminal, jana, monkeypatch):
    first = jana()
    terminal.run("relay", "--once")
    customer = terminal.json("leads", "show", first)["customer_id"]
    jana()
    erase = LeadActions.erase

    def erase_one(self, lead_id, **more):
        if str(lead_id) != first:
            raise RuntimeError("the power is gone")
        return erase(self, lead_id, **more)

    with monkeypatch.context() as patch:
        patch.setattr(LeadActions, "erase", erase_one)
        terminal.run("privacy", "erase", "--subject", "jana@example.com", status=1)

    done = terminal.json("privacy", "erase", "--subject", "jana@example.com")

    assert details(done, "log") == ["leads erased: 1"]
    assert any(str(customer) in each for each in details(done, "realpad"))
    assert done["state"] == "open"


def test_what_is_left_is_listed_until_somebody_closes_it(terminal, jana):
    jana()
    terminal.run("relay", "--once")
    request = terminal.json("privacy", "erase", "--subject", "jana@example.com")
    listed = terminal.run("privacy", "requests", "--open").stdout
    assert listed.startswith(request["id"][:8])
    assert max(map(len, listed.splitlines())) <= 80

    assert request["id"][:8] in terminal.run("privacy", "close", request["id"][:8]).stderr

    assert terminal.json("privacy", "requests", "--open") == []
    assert "nothing is left to do" in terminal.run("privacy", "requests", "--open").stderr
    [closed] = terminal.json("privacy", "requests")
    assert closed["state"] == "done"
    assert set(states(closed).values()) == {"done"}


def test_only_what_begins_with_one_id_is_closed(terminal, jana):
    assert "no requests begin with" in terminal.run("privacy", "close", "0a", status=2).stderr
    assert "no requests begin with" in terminal.run("privacy", "close", "", status=2).stderr


def test_a_person_of_whom_nothing_is_kept_gets_a_receipt_that_says_so(terminal, accept):
    accept()

    done = terminal.run("privacy", "erase", "--subject", "nobody@example.com", "--json")

    assert "no lead has this e-mail or phone" in done.stderr
    assert details(json.loads(done.stdout), "log") == ["leads erased: 0"]
    assert details(json.loads(done.stdout), "realpad") == [
        "nothing is kept here of this person: look in Realpad whether they are known there"
    ]


@pytest.mark.parametrize("subject", ["", "jana", "@", "a@x.cz, b@x.cz", "222 12"])
def test_who_is_no_person_is_wrong_use(terminal, jana, subject):
    jana()

    assert (
        "neither an e-mail nor a phone"
        in terminal.run("privacy", "erase", "--subject", subject, status=2).stderr
    )
    assert terminal.json("privacy", "requests") == []


def test_a_phone_is_found_whichever_country_its_form_took_it_for(terminal, jana):
    lead = jana(phone="222 123 456")

    terminal.run("privacy", "erase", "--subject", "222 123 456")

    assert terminal.json("leads", "show", lead)["status"] == "erased"


def test_a_phone_of_people_in_two_countries_has_to_be_written_with_one(terminal, jana):
    lead, other = jana(phone="+420 222 123 456"), jana(phone="+421 222 123 456", email="petr@example.com")

    said = terminal.run("privacy", "erase", "--subject", "222 123 456", status=2).stderr
    terminal.run("privacy", "erase", "--subject", "+421 222 123 456")

    assert "+420222123456 and +421222123456" in said
    assert terminal.json("leads", "show", lead)["status"] == "queued"
    assert terminal.json("leads", "show", other)["status"] == "erased"


@pytest.mark.parametrize(
    "subject", ["mailto:Jana@example.com", "Jana <jana@example.com>", " jana@EXAMPLE.com "]
)
def test_an_address_may_be_copied_from_a_mail(terminal, jana, subject):
    lead = jana()

    terminal.run("privacy", "erase", "--subject", subject)

    assert terminal.json("leads", "show", lead)["status"] == "erased"


def test_a_copy_that_cannot_be_written_is_no_request(terminal, jana, tmp_path):
    jana()

    terminal.run(
        "privacy", "export", "--subject", "jana@example.com", "--output", str(tmp_path / "no/x"), status=1
    )

    assert terminal.json("privacy", "requests") == []


def test_a_request_that_was_cut_off_says_what_to_do(terminal, jana, monkeypatch):
    jana()

    def break_down(*args, **kwargs):
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(LeadActions, "erase", break_down)
        terminal.run("privacy", "erase", "--subject", "jana@example.com", status=1)

    assert "run the same command again" in terminal.run("privacy", "requests").stdout
    [request] = terminal.json("privacy", "requests")
    assert "run the same command again" in terminal.run("privacy", "close", request["id"], status=1).stderr


def test_exports_made_since_are_named(terminal, jana, tmp_path):
    jana()
    terminal.run("leads", "export", "--output", str(tmp_path / "leads.csv"))

    done = terminal.json("privacy", "erase", "--subject", "jana@example.com")

    assert states(done)["exports"] == "open"


def test_a_copy_holds_everything_and_is_for_its_owner_alone(terminal, jana, tmp_path):
    lead = jana()
    terminal.run("relay", "--once")
    path = tmp_path / "jana.json"

    terminal.run("privacy", "export", "--subject", "jana@example.com", "--output", str(path))

    copy = json.loads(path.read_text(encoding="utf-8"))
    assert [each["id"] for each in copy["leads"]] == [lead]
    assert copy["leads"][0]["fields"]["surname"] == "Nováková"
    assert copy["leads"][0]["consents"][0]["wording"]
    assert copy["leads"][0]["attempts"][0]["outcome"] == "accepted"
    assert path.stat().st_mode & 0o077 == 0
    assert terminal.json("leads", "show", lead)["status"] == "delivered"
    assert [each["kind"] for each in terminal.json("privacy", "requests")] == ["export"]
    assert "canary" not in path.read_text(encoding="utf-8")


def test_a_copy_never_overwrites_a_file(terminal, jana, tmp_path):
    jana()
    path = tmp_path / "jana.json"
    path.write_text("mine")

    terminal.run("privacy", "export", "--subject", "jana@example.com", "--output", str(path), status=2)

    assert path.read_text() == "mine"
    assert terminal.json("privacy", "requests") == []


# Taking consents back


def test_a_consent_is_revoked_in_realpad_once_for_each_customer(terminal, jana, sandbox):
    leads = [jana(), jana(unit="A-102")]
    terminal.run("relay", "--once")
    customer = terminal.json("leads", "show", leads[0])["customer_id"]

    done = terminal.json("privacy", "withdraw", "--subject", "jana@example.com")

    assert done["state"] == "done"
    assert details(done, "log") == [f"leads without consent {CONSENT} now: 2"]
    assert details(done, "realpad") == [f"consent {CONSENT} of customer {customer} revoked (riverside)"]
    state = sandbox.control.get("/sandbox/state").get_json()
    assert state["calls"] == 3
    [consent] = [each for each in state["customers"][0]["consents"] if each["id"] == CONSENT]
    assert not consent["is_valid"]
    for lead in leads:
        assert f"revoked: {CONSENT}" in terminal.run("leads", "show", lead).stdout


def test_a_lead_that_waits_is_sent_without_the_consent(terminal, jana, sandbox):
    jana()

    done = terminal.json("privacy", "withdraw", "--subject", "jana@example.com")
    terminal.run("relay", "--once")

    assert (done["state"], details(done, "realpad")) == ("done", [])
    [inquiry] = sandbox.control.get("/sandbox/state").get_json()["inquiries"]
    assert "updateconsents" not in inquiry["parameters"]
    assert "consents" not in inquiry["parameters"]


def test_what_is_withdrawn_already_is_not_withdrawn_again(terminal, jana):
    jana()
    terminal.run("relay", "--once")
    terminal.run("privacy", "withdraw", "--subject", "jana@example.com")

    again = terminal.json("privacy", "withdraw", "--subject", "jana@example.com")

    assert details(again, "log") == ["nothing of this was given, or it was withdrawn before"]
    assert (again["state"], details(again, "realpad")) == ("done", [])


def test_only_the_named_consent_is_withdrawn(terminal, jana):
    jana()
    terminal.run("relay", "--once")

    done = terminal.json("privacy", "withdraw", "--subject", "jana@example.com", "--consent", "1")

    assert details(done, "log") == ["nothing of this was given, or it was withdrawn before"]


def test_what_realpad_refuses_fails_and_the_same_command_goes_on(terminal, jana, sandbox):
    jana()
    terminal.run("relay", "--once")
    sandbox.control.post("/sandbox/faults", json={"status": 503})

    failed = json.loads(
        terminal.run("privacy", "withdraw", "--subject", "jana@example.com", "--json", status=1).stdout
    )
    done = terminal.json("privacy", "withdraw", "--subject", "jana@example.com")

    assert (failed["state"], done["state"], done["id"]) == ("failed", "done", failed["id"])
    assert "could not be revoked just now" in details(failed, "realpad")[0]


def test_without_the_credentials_it_is_left_to_people(terminal, jana, monkeypatch):
    jana()
    terminal.run("relay", "--once")
    for name in ("LOGIN", "PASSWORD"):
        monkeypatch.delenv(f"REALPAD_FORM_CREDENTIALS_RIVERSIDE_{name}")

    left = terminal.json("privacy", "withdraw", "--subject", "jana@example.com")

    assert left["state"] == "open"
    assert "in Realpad by hand" in details(left, "realpad")[0]


def test_a_page_of_a_proxy_is_no_answer_of_realpad(terminal, jana, sandbox):
    jana()
    terminal.run("relay", "--once")
    sandbox.control.post("/sandbox/faults", json={"status": 200, "body": "<html>Sign in</html>"})

    failed = terminal.run("privacy", "withdraw", "--subject", "jana@example.com", "--json", status=1)

    assert "nobody knows whether" in details(json.loads(failed.stdout), "realpad")[0]


# Restored backups


@pytest.fixture
def backup(tmp_path, terminal):
    """Back the database up; return what puts the copy back."""

    def make():
        copy = tmp_path / "backup.db"
        terminal.run("db", "backup", str(copy))

        def put_back():
            for each in Path(tmp_path / "data").glob("leads.db*"):
                each.unlink()
            shutil.copy(copy, tmp_path / "data/leads.db")
            terminal.run("db", "restored")

        return put_back

    return make


def test_a_request_that_a_restored_backup_lacks_is_there_again(terminal, jana, accept, backup):
    lead = jana()
    put_back = backup()
    request = terminal.json("privacy", "erase", "--subject", "jana@example.com")
    accept.close()

    put_back()

    assert terminal.json("leads", "show", lead)["status"] == "erased"
    [again] = terminal.json("privacy", "requests")
    assert again == request


def test_a_consent_that_was_withdrawn_stays_so_after_a_restore(terminal, jana, accept, backup, sandbox):
    jana()
    put_back = backup()
    terminal.run("privacy", "withdraw", "--subject", "jana@example.com")
    accept.close()

    put_back()
    terminal.run("relay", "--once")

    [lead] = terminal.json("leads", "list")
    assert f"revoked: {CONSENT}" in terminal.run("leads", "show", lead["id"]).stdout
    for inquiry in sandbox.control.get("/sandbox/state").get_json()["inquiries"]:
        assert "updateconsents" not in inquiry["parameters"]


def test_what_was_closed_since_the_backup_stays_closed(terminal, jana, accept, backup):
    jana()
    terminal.run("relay", "--once")
    request = terminal.json("privacy", "erase", "--subject", "jana@example.com")
    put_back = backup()
    terminal.run("privacy", "close", request["id"])
    accept.close()

    put_back()

    assert [each["state"] for each in terminal.json("privacy", "requests")] == ["done"]


def test_what_failed_before_a_restore_is_tried_again_after_it(terminal, jana, accept, backup, sandbox):
    jana()
    terminal.run("relay", "--once")
    put_back = backup()
    sandbox.control.post("/sandbox/faults", json={"status": 503})
    terminal.run("privacy", "withdraw", "--subject", "jana@example.com", status=1)
    accept.close()

    put_back()
    done = terminal.json("privacy", "withdraw", "--subject", "jana@example.com")

    assert done["state"] == "done"
    state = sandbox.control.get("/sandbox/state").get_json()
    assert not any(each["is_valid"] for each in state["customers"][0]["consents"])


def test_a_lead_that_joined_a_known_request_after_the_backup_is_not_forgotten(
    terminal, jana, accept, backup, sandbox
):
    jana()
    terminal.run("relay", "--once")
    sandbox.control.post("/sandbox/faults", json={"status": 503})
    terminal.run("privacy", "withdraw", "--subject", "jana@example.com", status=1)
    second = jana(unit="A-102")
    put_back = backup()
    terminal.run("privacy", "withdraw", "--subject", "jana@example.com")
    accept.close()

    put_back()

    assert f"revoked: {CONSENT}" in terminal.run("leads", "show", second).stdout


def test_what_was_closed_stays_closed_if_the_file_is_older_than_the_database(
    terminal, jana, accept, backup, tmp_path
):
    jana()
    terminal.run("relay", "--once")
    request = terminal.json("privacy", "erase", "--subject", "jana@example.com")
    older = (tmp_path / "data/privacy-requests.jsonl").read_text()
    terminal.run("privacy", "close", request["id"])
    put_back = backup()
    accept.close()
    (tmp_path / "data/privacy-requests.jsonl").write_text(older)

    put_back()

    assert [each["state"] for each in terminal.json("privacy", "requests")] == ["done"]


def test_lines_of_a_newer_version_stop_no_restore(terminal, jana, accept, backup, tmp_path):
    jana()
    put_back = backup()
    with (tmp_path / "data/privacy-requests.jsonl").open("a") as file:
        file.write(json.dumps({"request": "x", "kind": "sell", "receipts": []}) + "\n[1]\n{\n")
    accept.close()

    put_back()

    assert terminal.json("privacy", "requests") == []
    assert len(terminal.json("leads", "list")) == 1
