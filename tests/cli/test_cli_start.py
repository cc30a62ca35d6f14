"""The way from nothing to a service, and what commands say on it."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from realpad_form.catalog import samples_folder
from realpad_form.cli.main import COMMANDS, main
from realpad_form.config import Settings

README = Path(__file__).parents[2] / "README.md"
COMMAND = [sys.executable, "-m", "realpad_form"]


@pytest.fixture
def start(environ):
    """Start a command whose stderr can be read line by line."""
    started = []

    def run(*words):
        process = subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=40)


def answers(url):
    """Wait until somebody answers at an address."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                return answer.status == 200
        except OSError:
            time.sleep(0.05)
    return False


def on_terminal(*words):
    """Run a command whose stderr is a terminal, and return what that shows."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen([*COMMAND, *words], stderr=theirs, stdout=subprocess.DEVNULL)
        os.close(theirs)
        assert process.wait(30) == 0
        return screen.read(65_536).decode()


def test_the_help_of_all_commands_says_what_each_says_of_itself():
    said = {name: about for name, (_module, about) in COMMANDS.items()}

    of_themselves = {name: main.get_command(None, name).get_short_help_str(100) for name in COMMANDS}

    assert said == {name: f"{about.rstrip('.')}." for name, about in of_themselves.items()}


@pytest.mark.parametrize(("words", "unneeded"), [("--help", "yaml"), ("check", "sqlalchemy")])
def test_what_is_asked_for_often_imports_only_what_it_needs(tmp_path, words, unneeded):
    program = f"""
import sys
from realpad_form.cli import main
main([{words!r}], standalone_mode=False)
sys.exit({unneeded!r} in sys.modules)
"""
    shutil.copytree(samples_folder(), tmp_path / "projects")

    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr


def test_the_steps_of_the_readme_work_one_after_the_other(tmp_path):
    steps = README.read_text(encoding="utf-8").partition("## Use it")[2].split("```")[1].strip().splitlines()
    assert steps[-1].startswith("realpad-form serve ")
    script = "\n".join(["set -e", f'realpad-form() {{ {" ".join(COMMAND)} "$@"; }}', *steps[:-1]])
    clean = {key: value for key, value in os.environ.items() if not key.startswith("REALPAD_FORM_")}
    editor = "sed -i s/#.REALPAD_FORM_PUBLIC/REALPAD_FORM_PUBLIC/"
    root = {**clean, "PYTHONPATH": str(README.parent), "EDITOR": editor}

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=root, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert re.search(r"^https://forms\.example\.com/account/link/\S+$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("words", "relaying"), [([], "relaying"), (["--no-relay"], "not relaying")])
def test_serve_says_where_it_is_and_what_it_does(start, monkeypatch, words, relaying):
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "d" * 32)
    process = start("serve", "--port", "0", *words)

    line = process.stderr.readline()

    found = re.fullmatch(r"serving on (http://127\.0\.0\.1:[1-9]\d+), ([a-z ]+); forms: (.+)\n", line)
    assert (found[2], found[3]) == (relaying, "/f/jantar, /f/riverside, /f/sadova")
    with urllib.request.urlopen(f"{found[1]}/f/riverside", timeout=10) as answer:  # noqa: S310 - at once
        assert answer.status == 200


def test_serve_warns_of_what_is_not_protected_before_it_says_where_it_is(start, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "https://forms.example")
    process = start("serve", "--host", "0.0.0.0", "--port", "0", "--no-relay")

    lines = [process.stderr.readline() for _ in range(3)]

    assert lines[0].startswith("warning: data key: REALPAD_FORM_DATA_KEY is not set")
    assert lines[1].startswith("warning: 0.0.0.0 takes unencrypted requests")
    assert lines[2].startswith("serving on ")


def test_a_sandbox_on_any_port_says_which(start):
    process = start("sandbox", "--port", "0")

    found = re.match(r"sandbox CRM: (http://127\.0\.0\.1:[1-9]\d+/) ", process.stderr.readline())

    assert answers(found[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_in_the_background_of_a_script_ends_when_told_to(environ, number):
    """A shell lets what it starts there ignore Ctrl+C."""
    ignoring = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    words = [*COMMAND, "sandbox", "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, preexec_fn=ignoring) as process:
        found = re.match(r"sandbox CRM: (http://127\.0\.0\.1:[1-9]\d+/) ", process.stderr.readline())
        assert answers(found[1])

        process.send_signal(number)

        assert process.wait(30) == 0


def test_the_folder_one_is_in_is_not_entered(terminal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "Next: put the login" in terminal.run("init").stderr
    assert "Next: cd there, put the login" in terminal.run("init", "there").stderr


def test_what_init_writes_about_passkeys_is_off_and_works_when_it_is_turned_on(terminal, tmp_path):
    terminal.run("init", str(tmp_path))
    env = tmp_path / ".env"
    assert not Settings.load({}, folder=env.parent).require_passkey, "nobody is shut out of a first try"

    names = ("PUBLIC_URL", "REQUIRE_PASSKEY")
    text = re.sub(rf"(?m)^# (REALPAD_FORM_(?:{'|'.join(names)})=)", r"\1", env.read_text(encoding="utf-8"))
    env.write_text(text, encoding="utf-8")

    assert Settings.load({}, folder=env.parent).require_passkey


def test_one_project_file_is_told_as_one(terminal, environ, tmp_path):
    said = terminal.run("check", str(tmp_path / "projects" / "riverside.yaml")).stderr

    assert said == "1 project file is fine\n"


def test_an_answer_that_the_form_would_not_look_at_is_wrong_use(terminal, environ):
    said = terminal.run("payload", "riverside", "--field", "surename=Nov", status=2).stderr

    assert said.startswith("error: riverside has no field 'surename', but name, surname, ")
    assert "consent_39268430; and beside language, unit_id, campaign, page, referrer, utm_campaign" in said


def test_what_a_page_sends_along_is_no_wrong_use(terminal, environ):
    words = ["name=Jan", "surname=Malý", "phone=777123456", "language=en", "page=https://a.example/"]

    said = terminal.run("payload", "riverside", *(word for each in words for word in ("--field", each)))

    assert "surname=Mal%C3%BD" in said.stdout


def test_long_work_shows_how_far_it_is_on_a_terminal_only(environ, accept):
    accept()

    assert "Exporting" in on_terminal("leads", "export")
    done = subprocess.run([*COMMAND, "leads", "export"], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_sealing_anew_shows_how_far_it_is_on_a_terminal(environ, accept, monkeypatch):
    accept()
    accept.close()
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "n" * 32)

    shown = on_terminal("keys", "rotate", "--yes")

    assert "Sealing" in shown
    assert "100%" in shown


def test_migrations_show_how_far_they_are_on_a_terminal(environ):
    shown = on_terminal("db", "upgrade")

    assert "Migrating" in shown
    assert "100%" in shown
    assert "Migrating  [####" not in on_terminal("db", "upgrade")
