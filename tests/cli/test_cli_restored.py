"""A lost database and its last backup: what was sent in between is not sent again."""

from collections import Counter

import pytest


@pytest.fixture
def arrived(sandbox):
    """Return how often each surname came to the CRM."""

    def read():
        inquiries = sandbox.control.get("/sandbox/state").get_json()["inquiries"]
        return Counter(each["parameters"]["surname"] for each in inquiries)

    return read


@pytest.fixture
def lose(tmp_path):
    """Lose the database and put a backup in its place."""

    def replace_by(copy):
        for lost in (tmp_path / "data").glob("leads.db*"):
            lost.unlink()
        copy.rename(tmp_path / "data" / "leads.db")

    return replace_by


def test_leads_sent_after_the_backup_are_not_sent_again(accept, terminal, arrived, lose, tmp_path):
    lead_ids = {accept(surname="Nováková", phone="777111222"), accept(surname="Svoboda", phone="777333444")}
    terminal.run("db", "backup", str(tmp_path / "copy.db"))
    accept(surname="Dvořák", phone="777555666")
    terminal.run("relay", "--once")
    lose(tmp_path / "copy.db")

    told = terminal.run("db", "restored").stderr
    terminal.run("relay", "--once")
    terminal.run("verify")

    assert "decide about: 2" in told
    assert {row["id"]: row["status"] for row in terminal.json("leads", "list")} == dict.fromkeys(
        lead_ids, "delivered"
    )
    assert arrived() == {"Nováková": 1, "Svoboda": 1, "Dvořák": 1}


def test_leads_whose_credentials_are_not_set_are_told(accept, terminal, monkeypatch):
    accept()
    for part in ("LOGIN", "PASSWORD"):
        monkeypatch.delenv(f"REALPAD_FORM_CREDENTIALS_RIVERSIDE_{part}")

    told = terminal.run("db", "restored").stderr

    assert "decide about: 0" in told
    assert "warning: 1 leads stay queued" in told
