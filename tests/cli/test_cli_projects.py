"""Commands on project files."""

import json
import os
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from realpad_form.catalog import starters
from realpad_form.cli import main
from realpad_form.config import Settings


def test_init_writes_a_folder_that_serves(terminal, tmp_path, monkeypatch):
    terminal.run("init", str(tmp_path / "new"))

    monkeypatch.chdir(tmp_path / "new")
    settings = Settings.load({}, folder=tmp_path / "new")
    assert len(settings.secret_key[0]) >= 32
    assert (tmp_path / "new" / ".env").stat().st_mode & 0o777 == 0o600
    assert terminal.run("check").stdout == ""  # not even a warning


@pytest.mark.parametrize("template", ["company", "enquiry", "viewing", "pl"])
def test_init_starts_from_a_template(terminal, tmp_path, monkeypatch, template):
    terminal.run("init", str(tmp_path), "--template", template)
    monkeypatch.chdir(tmp_path)

    written = {path.stem: path.read_text("utf-8") for path in (tmp_path / "projects").glob("*.yaml")}
    assert written == starters()[template]
    assert terminal.run("check").stdout == ""


def test_payload_of_a_company_page_takes_the_consents_of_its_projects(terminal, tmp_path, monkeypatch):
    terminal.run("init", str(tmp_path), "--template", "company")
    monkeypatch.chdir(tmp_path)
    fields = ["project=sadova", "name=Jana", "surname=Nová", "phone=777 123 456", "consent_39268460=true"]

    result = terminal.run("payload", "company", *(word for field in fields for word in ("--field", field)))

    sent = parse_qs(result.stdout.strip())
    assert (sent["project"], sent["updateconsents"]) == (["39264663"], ["39268460"])


def test_init_starts_from_an_enquiry_unless_told(terminal, tmp_path):
    terminal.run("init", str(tmp_path))

    assert (tmp_path / "projects" / "riverside.yaml").read_text("utf-8") == starters()["enquiry"]["riverside"]


def test_init_names_the_templates_it_has(terminal, tmp_path):
    said = terminal.run("init", str(tmp_path / "new"), "--template", "rental", status=2).stderr

    assert "'company', 'enquiry', 'pl', 'viewing'" in said
    assert not (tmp_path / "new").exists()


def test_init_never_overwrites(terminal, tmp_path):
    terminal.run("init", str(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    result = terminal.run("init", str(tmp_path))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert "wrote" not in result.stderr


def test_check_passes_the_samples(terminal, environ):
    assert "3 project files are fine" in terminal.run("check").stderr


def test_check_lists_every_problem_with_its_line(terminal, tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("version: 1\nproject: wrong\nnam: Wrong\nlanguages: [xx]\n")

    lines = terminal.run("check", str(path), status=1).stdout.splitlines()

    assert any(line.startswith(f"{path}:3: ") and "did you mean" in line for line in lines)
    assert any(line.startswith(f"{path}:4: ") for line in lines)


def test_check_warns_of_a_captcha_without_keys(terminal, environ, tmp_path, monkeypatch):
    path = tmp_path / "projects" / "riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("captcha: altcha", "captcha: hcaptcha"), "utf-8")

    warned = terminal.run("check", str(path)).stdout
    for part in ("SITEKEY", "SECRET"):
        monkeypatch.setenv(f"REALPAD_FORM_CAPTCHA_HCAPTCHA_{part}", "x")
    fine = terminal.run("check", str(path)).stdout

    assert "warning: captcha hcaptcha has no keys here" in warned
    assert "REALPAD_FORM_CAPTCHA_HCAPTCHA_SECRET" in warned
    assert "captcha" not in fine


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [("https://forms.example.com", True), ("", False), ("http://127.0.0.1:8000", False)],
)
def test_check_and_doctor_warn_of_local_origins_once_the_service_is_for_the_world(
    terminal, environ, monkeypatch, url, is_warned
):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", url)
    terminal.run("db", "upgrade")

    said = terminal.run("check", "projects/riverside.yaml").stdout
    diagnosed = CliRunner().invoke(main, ["doctor"]).stdout

    what = "http://localhost:*, http://127.0.0.1:* are for trying out; now that PUBLIC_URL is"
    lines = [line for line in said.splitlines() if what in line]
    assert len(lines) == is_warned
    assert all(line.startswith("projects/riverside.yaml:") and ": warning: " in line for line in lines)
    assert (what in diagnosed) == is_warned


def test_check_says_when_there_is_nothing_to_check(terminal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "no project files" in terminal.run("check", status=2).stderr


def test_check_looks_at_the_files_that_serve_reads(terminal, environ, tmp_path):
    folder = tmp_path / "projects"
    (folder / "riverside.yaml").rename(folder / "RIVERSIDE.YAML")
    (folder / ".hidden.yaml").write_text("no project")
    (folder / "folder.yaml").mkdir()
    os.mkfifo(folder / "pipe.yaml")

    lines = terminal.run("check", status=1).stdout.splitlines()

    assert lines
    assert all(line.startswith("projects/RIVERSIDE.YAML:") for line in lines)


def test_check_online_knows_the_tenants_consents(terminal, environ, tmp_path):
    terminal.run("check", "--online")
    path = tmp_path / "projects" / "riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("39268430", "1234"), encoding="utf-8")

    result = terminal.run("check", "--online", str(path), status=1)

    assert "Realpad has no consent 1234" in result.stdout


def test_schema_is_json(terminal):
    assert json.loads(terminal.run("schema").stdout)["type"] == "object"


def test_a_dry_run_prints_the_exact_body(terminal, environ, sandbox):
    fields = [
        "name=Jan",
        "surname=Novák",
        "phone=777 123 456",
        "rooms=1+kk",
        "rooms=2+kk",
        "note=a*b",
        "consent_39268430=true",
    ]

    result = terminal.run("payload", "riverside", *(word for field in fields for word in ("--field", field)))

    body = parse_qs(result.stdout.strip(), strict_parsing=True)
    assert result.stdout.endswith("&password=***\n")
    assert "&note=a%2Ab&" in result.stdout
    assert body["phone"] == ["+420777123456"]
    assert body["preferencerooms"] == ["1+kk|2+kk"]
    assert list(body.items())[-2:] == [("login", ["riverside"]), ("password", ["***"])]  # as they are sent
    assert sandbox.control.get("/sandbox/journal").get_json() == []


def test_a_dry_run_tells_what_the_form_would(terminal, environ):
    result = terminal.run("payload", "riverside", "--field", "name=Jan", status=1)

    assert "error: surname:" in result.stderr
    assert result.stdout == ""


def test_a_dry_run_of_a_broken_file_tells_what_is_wrong_in_it(terminal, environ, tmp_path):
    (tmp_path / "projects" / "broken.yaml").write_text("version: 1\nnam: Broken\n")

    lines = terminal.run("payload", "broken", status=1).stderr.splitlines()

    assert any(line.startswith("projects/broken.yaml:2: ") for line in lines)
    assert all(line.startswith("projects/broken.yaml:") for line in lines)


def test_a_dry_run_of_nothing_is_one_clean_line(terminal, environ):
    assert terminal.run("payload", "nobody", status=1).stderr == "error: no project 'nobody'\n"


@pytest.mark.parametrize(
    "words", [["leads", "list"], ["serve"], ["relay", "--once"], ["payload", "x"], ["db", "check"]]
)
def test_missing_settings_are_one_list_and_status_2(terminal, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REALPAD_FORM_SECRET_KEY", raising=False)

    result = terminal.run(*words, status=2)

    assert "REALPAD_FORM_SECRET_KEY is not set" in result.stderr


def test_a_traceback_is_shown_only_on_request(terminal, environ):
    from click.testing import CliRunner

    from realpad_form.cli import main

    result = CliRunner().invoke(main, ["--debug", "payload", "nobody"])

    assert type(result.exception).__name__ == "ProjectNotFoundError"
