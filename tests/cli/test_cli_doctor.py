"""`doctor`: each part by itself, what is stored, and a page of a project's site."""

import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from realpad_form.adapters.sql import sqlite
from realpad_form.config import Settings
from realpad_form.wiring import Services


@pytest.fixture
def ready(terminal, environ, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    terminal.run("db", "upgrade")


@pytest.fixture
def site():
    """Serve one page with a policy of the test's; returns how to set it and its address."""
    page = {"policy": None, "body": '<script src="/embed.js" data-project="riverside"></script>'}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            if page["policy"]:
                self.send_header("Content-Security-Policy", page["policy"])
            self.end_headers()
            self.wfile.write(page["body"].encode())

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield page, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def allow(origin):
    """Let a project's form stand on pages of one origin only."""
    path = Path("projects/riverside.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^origins:\n(?: +- .*\n)+", f"origins: [{origin}]\n", text), encoding="utf-8")


def test_a_sound_installation_is_good_news(terminal, ready):
    said = terminal.run("doctor").stdout

    assert "✓ database: SQLite, current, can be written" in said
    assert "✓ Realpad: can be reached; no log-in was tried" in said
    assert "✓ project riverside: credentials riverside are set" in said
    assert "✗" not in said


def test_nobody_is_logged_in(terminal, ready, sandbox):
    terminal.run("doctor")

    assert sandbox.control.get("/sandbox/journal").get_json() == []


def test_bad_news_says_what_to_do(terminal, environ, monkeypatch):
    monkeypatch.delenv("REALPAD_FORM_CREDENTIALS_JANTAR_LOGIN")
    monkeypatch.delenv("REALPAD_FORM_CREDENTIALS_JANTAR_PASSWORD")
    monkeypatch.setenv("REALPAD_FORM_LIMITS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("REALPAD_FORM_REALPAD_URL", "http://127.0.0.1:9/ws/v10/")

    said = terminal.run("doctor", status=1).stdout

    assert "✓ database: SQLite, nothing in it yet; `serve` makes its tables" in said
    assert "✗ limits: the store does not answer" in said
    assert "✗ Realpad: http://127.0.0.1:9/ws/v10/ cannot be reached" in said
    assert "✗ address: REALPAD_FORM_PUBLIC_URL is not set" in said
    assert "✗ project jantar: credentials jantar are not set" in said


def test_a_folder_without_project_files_is_bad_news(terminal, ready, environ, tmp_path, monkeypatch):
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("REALPAD_FORM_PROJECTS", str(tmp_path / "none"))

    said = terminal.run("doctor", status=1).stdout

    assert f"✗ project files: {tmp_path / 'none'} has none, so no form is served" in said


def test_an_address_of_this_machine_is_told(terminal, ready):
    said = terminal.run("doctor").stdout

    assert "! address: http://127.0.0.1:8000 opens on this machine only; visitors need a public one" in said


def test_who_sees_leads_without_a_passkey_is_named_and_no_bad_news(terminal, ready, monkeypatch):
    assert "people:" not in terminal.run("doctor").stdout, "nobody is there"
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://localhost:8000")
    terminal.run("operators", "add", "jana@firma.example")
    terminal.run("operators", "add", "eva@firma.example", "--role", "marketer")

    said = terminal.run("doctor").stdout

    assert "! people: no passkey, though they may see leads: jana@firma.example. REALPAD_FORM_REQUIRE" in said
    monkeypatch.setenv("REALPAD_FORM_REQUIRE_PASSKEY", "yes")
    assert "no passkey yet, so that only the own account opens: jana@firma.e" in terminal.run("doctor").stdout


def test_a_page_of_a_listed_origin_may_show_the_form(terminal, ready, site):
    _, url = site
    allow(url)

    said = terminal.run("doctor", url).stdout

    assert f"✓ origin: {url} may show the form of riverside" in said
    assert "✓ tag: riverside" in said


def test_a_page_that_is_not_listed_may_not(terminal, ready, site):
    _, url = site
    allow("https://www.riverside.example")

    assert f"✗ origin: add {url} to `origins` of riverside" in terminal.run("doctor", url, status=1).stdout


@pytest.mark.parametrize(
    ("policy", "forbidden"),
    [
        ("default-src 'self'", ["script-src", "frame-src"]),
        ("script-src http://127.0.0.1:8000; frame-src 'none'", ["frame-src"]),
        ("script-src 'nonce-abc'; frame-src http://127.0.0.1:8000", []),
        ("frame-src http:", []),
        ("default-src *", []),
    ],
)
def test_a_policy_that_forbids_the_form_is_bad_news(terminal, ready, site, policy, forbidden):
    page, url = site
    page["policy"] = policy
    allow(url)

    said = terminal.run("doctor", url, status=1 if forbidden else 0).stdout

    assert [f"needs http://127.0.0.1:8000 in {name}" in said for name in forbidden] == [True] * len(forbidden)
    assert ("allows loader and frame" in said) == (not forbidden)


def test_a_page_that_is_not_there_is_bad_news(terminal, ready):
    assert (
        "✗ page: http://127.0.0.1:9/ cannot be reached"
        in terminal.run("doctor", "http://127.0.0.1:9/", status=1).stdout
    )


FRAME = '<iframe class="wp-embedded-content" {} src="http://127.0.0.1:8000/f/riverside?unit=A#?secret=x"></iframe>'


@pytest.mark.parametrize(
    ("attributes", "effect"),
    [
        ('sandbox="allow-scripts" security="restricted"', "its leads wait in quarantine"),
        ('SANDBOX="allow-forms"', "its leads wait in quarantine"),
        ("sandbox", "it can send nothing"),
    ],
)
def test_a_sandboxed_frame_is_named_with_what_to_do(terminal, ready, site, attributes, effect):
    page, url = site
    page["body"] = f"<![odd[ <p title='>'>{FRAME.format(attributes)}"
    allow(url)

    said = " ".join(terminal.run("doctor", url, status=1).stdout.split())

    assert "✗ frame: the form of riverside is in a sandbox" in said
    assert effect in said
    assert "wp_oembed_add_provider( 'http://127.0.0.1:8000/f/*', 'http://127.0.0.1:8000/oembed' );" in said


@pytest.mark.parametrize(
    "frame",
    [
        FRAME.format(""),
        FRAME.format('sandbox="allow-scripts allow-same-origin allow-popups"'),
        FRAME.format("").replace(" src=", " data-src="),
    ],
)
def test_a_frame_that_works_is_good_news(terminal, ready, site, frame):
    page, url = site
    page["body"] = frame
    allow(url)

    said = terminal.run("doctor", url).stdout

    assert "✓ frame: the form of riverside" in said
    assert f"✓ origin: {url} may show the form of riverside" in said


def test_a_sandboxed_frame_of_somebody_else_is_nobodys_business(terminal, ready, site):
    page, url = site
    page["body"] = FRAME.format('sandbox="allow-scripts"').replace("127.0.0.1:8000", "video.example")
    allow(url)

    assert "frame:" not in terminal.run("doctor", url).stdout


def test_it_says_whether_the_metrics_can_be_read_and_never_the_token(terminal, ready, monkeypatch):
    assert "REALPAD_FORM_METRICS_TOKEN is not set" in terminal.run("doctor").stdout

    monkeypatch.setenv("REALPAD_FORM_METRICS_TOKEN", "canary-token")
    said = terminal.run("doctor").stdout

    assert "✓ metrics: open to whoever sends REALPAD_FORM_METRICS_TOKEN" in said
    assert "canary-token" not in said


def test_a_stopped_lane_is_bad_news_with_reason_and_command(terminal, ready, accept, refuse):
    accept()
    refuse(401)

    said = terminal.run("doctor", status=1).stdout

    [lane] = [line for line in said.splitlines() if line.startswith("✗ lane: ")]
    assert "riverside is stopped, 1 of its leads wait: " in lane
    assert "401" in lane
    assert "run `realpad-form credentials resume riverside`" in lane


def test_a_stopped_lane_keeps_what_has_no_answer_from_being_looked_up(terminal, ready, accept, refuse):
    accept()
    refuse(504)
    accept()
    refuse(401)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ lane: riverside: 1 lead without a clear answer; Realpad's list is not asked about" in said


def test_a_paused_lane_is_bad_news_while_leads_wait(terminal, ready, accept, refuse):
    accept()
    refuse(503)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ lane: riverside is paused, 1 of its leads wait: " in said
    assert "it goes on at " in said


def test_open_lanes_and_readable_leads_are_good_news(monkeypatch, terminal, ready, request):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "d" * 32)
    request.getfixturevalue("accept")()

    said = terminal.run("doctor").stdout

    assert "✓ data key: what was stored last can be opened" in said
    assert "lane" not in said


@pytest.mark.parametrize("key", ["w" * 32, ""])
def test_a_wrong_or_missing_data_key_is_bad_news(terminal, ready, monkeypatch, request, key):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)
    request.getfixturevalue("accept")()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", key)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ data key: lead/" in said
    assert "which is not set; add it again; see REALPAD_FORM_DATA_KEY" in said


def test_a_wrong_data_key_is_logged_when_a_relay_starts(terminal, ready, monkeypatch, request, caplog):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)
    request.getfixturevalue("accept")()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "w" * 32)

    said = terminal.run("relay", "--once", status=1).stderr

    assert "no lead is taken until REALPAD_FORM_DATA_KEY is right" in caplog.text
    assert "which is not set" in said


def test_damaged_pages_are_bad_news_that_names_the_check(terminal, ready, accept):
    accept()
    path = Path("data/leads.db")
    database = sqlite.driver().connect(path)
    page_bytes = database.execute("PRAGMA page_size").fetchone()[0]
    [root] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'lead'").fetchone()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * page_bytes)
        file.write(b"\xff" * page_bytes)

    said = terminal.run("doctor", status=1).stdout

    assert "✗ database: " in said
    assert "`realpad-form db check`" in said
    assert "✓ Realpad: can be reached" in said


def test_a_data_folder_that_cannot_be_used_keeps_no_other_check_back(terminal, ready, monkeypatch):
    Path("file").touch()
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", "sqlite:///file/leads.db")

    said = terminal.run("doctor", status=1).stdout

    assert "✗ database: cannot make the data folder file: " in said
    assert "✓ Realpad: can be reached" in said
    assert "✓ project riverside: credentials riverside are set" in said


def test_an_older_schema_is_bad_news(terminal, ready):
    services = Services(Settings.load())
    with services.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    services.database.dispose()

    said = terminal.run("doctor", status=1).stdout

    assert "✗ database: SQLite, of an older version: `serve` or `realpad-form db upgrade`" in said


def test_a_terminal_without_ticks_gets_words(ready, environ):
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "REALPAD_FORM_PUBLIC_URL": "http://127.0.0.1:8000"}

    done = subprocess.run([sys.executable, "-m", "realpad_form", "doctor"], env=env, capture_output=True)

    assert done.returncode == 0, done.stderr
    assert b"ok  database: SQLite, current, can be written" in done.stdout
