"""Webhooks from a terminal, to a receiver on this machine that had to be allowed."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

SECRET = "whsec_" + "b2" * 16


@pytest.fixture
def receiver():
    """Take calls and answer with a status of the test's."""
    seen = SimpleNamespace(calls=[], status=204, location="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.calls.append((self.headers["webhook-id"], body))
            self.send_response(seen.status)
            if seen.location:
                self.send_header("Location", seen.location)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_port
    threading.Thread(target=server.serve_forever).start()
    yield seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def tell(environ, monkeypatch):
    """Let a sample project tell a receiver, whose secret and host are set or not."""

    def tell(url, *, secret=SECRET, allow=""):
        path = Path("projects/riverside.yaml")
        hooks = f"webhooks: [{{name: crm-sync, url: '{url}'}}]\n"
        path.write_text(path.read_text(encoding="utf-8") + hooks, encoding="utf-8")
        if secret:
            monkeypatch.setenv("REALPAD_FORM_WEBHOOK_CRM_SYNC_SECRET", secret)
        if allow:
            monkeypatch.setenv("REALPAD_FORM_WEBHOOK_ALLOW", allow)

    return tell


@pytest.fixture
def told(tell, receiver):
    host = f"127.0.0.1:{receiver.port}"
    tell(f"http://{host}/hook", allow=host)
    return f"http://{host}/hook"


def test_lead_is_told_when_it_is_taken_in_and_when_it_is_delivered(terminal, told, receiver, accept):
    lead_id = str(accept())

    said = terminal.run("relay", "--once").stderr

    assert "2 webhook calls made" in said
    assert [(body["type"], body["data"]["id"]) for _, body in receiver.calls] == [
        ("lead.accepted", lead_id),
        ("lead.delivered", lead_id),
    ]
    rows = terminal.json("webhooks", "list")
    assert [set(row) for row in rows] == [{"id", "lead", "event", "url", "status", "attempts", "due_at"}] * 2
    assert [(row["event"], row["url"], row["status"], row["attempts"]) for row in rows] == [
        ("lead.accepted", told, "delivered", 1),
        ("lead.delivered", told, "delivered", 1),
    ]


def test_discarded_lead_of_a_command_is_told(terminal, told, receiver, accept):
    lead_id = str(accept())
    terminal.run("leads", "discard", lead_id)

    terminal.run("relay", "--once")

    assert [body["type"] for _, body in receiver.calls] == ["lead.accepted", "lead.discarded"]


def test_replay_sends_the_same_id_again(terminal, told, receiver, accept):
    accept()
    terminal.run("relay", "--once")
    (first, _second) = terminal.json("webhooks", "list")

    said = terminal.run("webhooks", "replay", first["id"]).stderr
    terminal.run("relay", "--once")

    assert "1 message will be sent again" in said
    assert receiver.calls[2][0] == receiver.calls[0][0]
    entries = terminal.json("webhooks", "list")
    assert [row["attempts"] for row in entries] == [2, 1]


def test_replay_takes_the_id_that_the_receiver_knows(terminal, told, receiver, accept):
    accept()
    terminal.run("relay", "--once")

    terminal.run("webhooks", "replay", receiver.calls[0][0])


def test_message_that_a_receiver_refuses_for_good_is_listed_as_failed(terminal, told, receiver, accept):
    receiver.status = 410
    accept()
    terminal.run("relay", "--once")

    (row, *_) = terminal.json("webhooks", "list", "--status", "failed")

    assert (row["status"], row["attempts"], row["due_at"]) == ("failed", 1, None)
    assert "✗ webhook riverside/crm-sync: 2 given up" in terminal.run("doctor", status=1).stdout


@pytest.mark.parametrize("word", ["nonsense", "msg_x", ""])
def test_what_is_no_id_is_wrong_use(terminal, told, word):
    assert "is no id" in terminal.run("webhooks", "replay", word, status=2).stderr


def test_unknown_id_changes_nothing(terminal, told):
    unknown = "7b0f8d7e-3f62-4f3e-9d0d-1f7f0c3f9a11"

    assert f"no webhook message {unknown}" in terminal.run("webhooks", "replay", unknown, status=1).stderr


def test_endpoint_without_a_secret_is_told_by_list_and_doctor(terminal, tell):
    tell("https://hooks.example/", secret="")
    terminal.run("db", "upgrade")
    what = "REALPAD_FORM_WEBHOOK_CRM_SYNC_SECRET is not set, so its messages wait"

    assert f"riverside/crm-sync: {what}" in terminal.run("webhooks", "list").stderr
    assert f"✗ webhook riverside/crm-sync: {what}" in terminal.run("doctor", status=1).stdout


def test_address_that_may_not_be_called_is_told_by_check_with_its_line_and_by_doctor(terminal, tell):
    tell("http://10.0.0.1/hook")
    line = len(Path("projects/riverside.yaml").read_text(encoding="utf-8").splitlines())

    said = terminal.run("check", "projects/riverside.yaml", status=1).stdout

    what = "webhook crm-sync is sent nothing, since its address is not https"
    assert f"projects/riverside.yaml:{line}: {what}; write a public https address" in said
    assert "✗ webhook riverside/crm-sync: its messages wait, since its address is not https" in (
        terminal.run("doctor", status=1).stdout
    )


def test_allowed_address_is_fine(terminal, told):
    terminal.run("check", "projects/riverside.yaml")
    terminal.run("db", "upgrade")

    assert "✓ webhook riverside/crm-sync: has a secret" in terminal.run("doctor", status=1).stdout


def test_mails_are_called_mails_and_need_nothing_but_a_mail_server(terminal, environ, monkeypatch):
    path = Path("projects/riverside.yaml")
    with path.open("a", encoding="utf-8") as file:
        file.write("notify: {to: [sales@example.com]}\n")
    terminal.run("db", "upgrade")
    what = "REALPAD_FORM_SMTP_URL is not set, so its mails wait"

    assert f"✗ mail riverside/notify: {what}" in terminal.run("doctor", status=1).stdout

    monkeypatch.setenv("REALPAD_FORM_SMTP_URL", "smtp://127.0.0.1:1")
    said = terminal.run("doctor", status=1).stdout

    assert "✓ mail riverside/notify: there is a mail server" in said
    assert "! alerts: there is a mail server, and nobody who gets alerts" in said


@pytest.fixture
def chat(environ, receiver, monkeypatch):
    """Let a sample project post to a chat on this machine."""
    with Path("projects/riverside.yaml").open("a", encoding="utf-8") as file:
        file.write("notify: {slack: sales}\n")
    host = f"127.0.0.1:{receiver.port}"
    monkeypatch.setenv("REALPAD_FORM_SLACK_SALES_URL", f"http://{host}/services/canary-address")
    monkeypatch.setenv("REALPAD_FORM_WEBHOOK_ALLOW", host)


def test_chat_is_posted_to_and_its_address_is_nowhere_to_be_seen(terminal, chat, receiver, accept, caplog):
    caplog.set_level("DEBUG")
    receiver.status = 500
    lead_id = accept()
    shown = [terminal.run("relay", "--once"), terminal.run("webhooks", "list", "--json")]
    shown += [terminal.run("webhooks", "list"), terminal.run("doctor", status=1)]

    ((signature, body),) = receiver.calls
    assert signature is None
    assert body["text"].startswith("Nová poptávka: ")
    assert str(lead_id) not in body["text"], "there is no public address to link to"
    (row,) = json.loads(shown[1].stdout)
    assert (row["url"].partition("#")[0], row["status"]) == ("slack:sales", "queued")
    assert "✓ chat riverside/notify.slack: has an address that may be called" in shown[3].stdout
    said = [caplog.text, *(each.stdout + each.stderr for each in shown)]
    said += [path.read_bytes().decode("latin-1") for path in Path("data").rglob("*") if path.is_file()]
    assert "canary-address" not in "".join(said)


def test_chat_that_leads_elsewhere_is_not_followed(terminal, chat, receiver, accept, monkeypatch):
    receiver.status, receiver.location = 302, f"http://127.0.0.1:{receiver.port}/elsewhere"
    accept()

    terminal.run("relay", "--once")

    assert len(receiver.calls) == 1
    (row,) = terminal.json("webhooks", "list")
    assert row["status"] == "queued"


def test_chat_without_an_address_waits_and_that_is_told(terminal, chat, monkeypatch):
    monkeypatch.delenv("REALPAD_FORM_SLACK_SALES_URL")
    terminal.run("db", "upgrade")
    what = "riverside/notify.slack: REALPAD_FORM_SLACK_SALES_URL is not set, so its messages wait"

    assert what in terminal.run("webhooks", "list").stderr
    assert f"✗ chat {what}" in terminal.run("doctor", status=1).stdout


def test_next_try_of_an_endpoint_that_fails_is_told(terminal, told, receiver, accept):
    receiver.status = 500
    accept()
    accept()
    terminal.run("relay", "--once")

    rows, said = terminal.json("webhooks", "list"), terminal.run("webhooks", "list").stderr

    assert re.search(
        r"riverside/crm-sync: 4 waiting, last answer HTTP 500; next try: \d{4}-\d\d-\d\d \d\d:\d\d UTC", said
    )
    # One call was made; what has not been sent waits for the endpoint, too.
    assert [row["attempts"] for row in rows].count(0) == 3
    assert len({row["due_at"] for row in rows}) == 1
    assert datetime.fromisoformat(rows[0]["due_at"]) > datetime.now(UTC)


def test_endpoint_that_is_gone_is_told(terminal, told, receiver, accept):
    receiver.status = 410
    accept()
    terminal.run("relay", "--once")

    said = terminal.run("webhooks", "list").stderr

    assert "riverside/crm-sync: answered 410, so nothing is sent until its address changes or " in said


def test_keys_rotate_leaves_messages_as_they_are(terminal, told, accept, monkeypatch):
    accept()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)

    terminal.run("keys", "rotate", "--yes")

    assert [row["status"] for row in terminal.json("webhooks", "list")] == ["queued"]
    assert "2 webhook calls made" in terminal.run("relay", "--once").stderr


def test_address_and_secret_are_in_no_log(terminal, told, receiver, accept, caplog):
    caplog.set_level("DEBUG", logger="realpad_form")
    receiver.status = 500
    accept()

    terminal.run("relay", "--once")

    assert "was not taken (riverside/crm-sync, HTTP 500): retried" in caplog.text
    assert "/hook" not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("point", "heard"),
    [
        ("in-append", []),  # nothing is stored: neither a lead nor a message
        ("in-close", ["lead.accepted"]),  # the lead is still being sent: nothing is known of it yet
        ("webhook-answered", ["lead.accepted", "lead.accepted", "lead.delivered"]),
        ("in-webhook-close", ["lead.accepted", "lead.accepted", "lead.delivered"]),
    ],
)
def test_event_is_heard_at_least_once_under_one_id_whatever_dies(
    terminal, told, receiver, accept, environ, tmp_path, point, heard
):
    if point != "in-append":
        accept()
    die_at(point, tmp_path)
    let_claims_run_out(tmp_path / "data" / "leads.db")

    terminal.run("relay", "--once")

    types = [body["type"] for _, body in receiver.calls]
    assert types == heard
    assert len({(webhook_id, body["type"]) for webhook_id, body in receiver.calls}) == len(set(types))
    assert all(row["status"] == "delivered" for row in terminal.json("webhooks", "list"))


TAKE = """
from datetime import UTC, datetime
from uuid import uuid4
from realpad_form.config import Settings
from realpad_form.domain.lead import Context, Submission
from realpad_form.wiring import Services

services = Services(Settings.load())
services.prepare()
context = Context(language="cs", form_version="1", submitted_at=datetime.now(UTC))
answers = {"name": "Jan", "surname": "Novak", "phone": "+420777123456"}
sent = Submission(project="riverside", answers=answers, consents=(), context=context, key=uuid4())
services.intake.accept(services.catalog.get("riverside"), sent)
"""


def die_at(point, folder):
    """Run what dies at a point, with the settings of the test."""
    command = ["-c", TAKE] if point == "in-append" else ["-m", "realpad_form", "relay", "--once"]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "REALPAD_FORM_CRASH_AT": point},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 137, done.stderr


def let_claims_run_out(path):
    """Set what is being sent due now, as if the lease of whoever died had run out."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE webhook_message SET due_at = at WHERE claim_token IS NOT NULL")
