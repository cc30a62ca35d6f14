import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from itertools import takewhile

import pytest
import requests
from people_world import make_passkey
from ports import free_port
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from realpad_form.config import Settings
from realpad_form.domain.people import Role
from realpad_form.services.sign_in import SecondStep
from realpad_form.wiring import Services

LINK = re.compile(r"https://forms\.example/account/link/([\w-]{43})\n")
PASSWORD = "canary: tři domy u řeky"


@pytest.fixture(autouse=True)
def address(environ, monkeypatch):
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "https://forms.example")


@pytest.fixture
def services(address):
    services = Services(Settings.load())
    services.prepare()
    yield services
    services.database.dispose()


def test_added_person_sets_a_password_by_the_printed_link(terminal, services):
    printed = terminal.run("operators", "add", "Jana@firma.example", "--role", "admin", "--name", "Jana Malá")

    secret = LINK.fullmatch(printed.stdout)[1]
    person = services.accounts.set_password(secret, PASSWORD)
    assert (person.email, person.name, person.role) == ("jana@firma.example", "Jana Malá", Role.ADMIN)
    assert secret not in printed.stderr


def test_person_is_limited_as_said(terminal):
    words = ("--role", "operator", "--project", "riverside", "--project", "jantar", "--masked")
    terminal.run("operators", "add", "jana@firma.example", *words)

    [row] = terminal.json("operators", "list")

    assert (row["projects"], row["is_masked"], row["disabled_at"]) == (["jantar", "riverside"], True, None)
    assert (row["name"], row["role"]) == ("jana", "operator")
    assert "jana@firma.example" in terminal.run("operators", "list").stdout


def test_nobody_is_there_by_default(terminal):
    assert terminal.json("operators", "list") == []


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["add", "jana"], 1, "name@example.com"),
        (["add", "jana@firma.example", "--project", "nowhere"], 1, "no project 'nowhere'"),
        (["add", "jana@firma.example", "--role", "king"], 2, "'marketer'"),
        (["add", "jana@firma.example", "--password", "x"], 2, "No such option"),
        (["disable", "nobody@firma.example"], 1, "error: no such person"),
        (["reset", "nobody@firma.example"], 1, "error: no such person"),
        (["sign-out", "nobody@firma.example"], 1, "error: no such person"),
        (["sign-out"], 2, "either EMAIL or --all"),
        (["sign-out", "nobody@firma.example", "--all"], 2, "either EMAIL or --all"),
    ],
)
def test_mistake_is_told_in_one_line_and_nothing_is_done(terminal, words, status, told):
    assert told in terminal.run("operators", *words, status=status).stderr
    assert terminal.json("operators", "list") == []


def test_second_person_of_an_email_is_refused(terminal):
    terminal.run("operators", "add", "jana@firma.example")

    assert "there already" in terminal.run("operators", "add", "JANA@firma.example", status=1).stderr


def test_link_needs_an_address(terminal, monkeypatch):
    monkeypatch.delenv("REALPAD_FORM_PUBLIC_URL")

    assert "REALPAD_FORM_PUBLIC_URL" in terminal.run("operators", "add", "a@firma.example", status=2).stderr
    assert terminal.json("operators", "list") == []


def test_disabled_person_is_out_and_a_reset_lets_in_again(terminal, services):
    terminal.run("operators", "add", "boss@firma.example", "--role", "admin")
    first = LINK.fullmatch(terminal.run("operators", "add", "jana@firma.example").stdout)[1]
    services.accounts.set_password(first, PASSWORD)
    token = services.sign_in.sign_in("jana@firma.example", PASSWORD, address="192.0.2.1").token

    terminal.run("operators", "disable", "jana@firma.example")
    assert services.sign_in.resume(token) is None
    assert terminal.json("operators", "list")[1]["disabled_at"]

    secret = LINK.fullmatch(terminal.run("operators", "reset", "jana@firma.example").stdout)[1]
    services.accounts.set_password(secret, PASSWORD + " nově")
    assert services.sign_in.sign_in("jana@firma.example", PASSWORD + " nově", address="192.0.2.1").token


@pytest.mark.parametrize("words", [["jana@firma.example"], ["--all"]])
def test_signed_out_person_may_sign_in_again(terminal, services, words):
    link = LINK.fullmatch(terminal.run("operators", "add", "jana@firma.example", "--role", "admin").stdout)[1]
    services.accounts.set_password(link, PASSWORD)
    token = services.sign_in.sign_in("jana@firma.example", PASSWORD, address="192.0.2.1").token

    assert "signed out everywhere" in terminal.run("operators", "sign-out", *words).stderr

    assert services.sign_in.resume(token) is None
    assert services.sign_in.sign_in("jana@firma.example", PASSWORD, address="192.0.2.1").token


def test_forgotten_password_is_reset_without_the_passkeys(terminal, services):
    terminal.run("operators", "add", "jana@firma.example")
    jana = services.people.find("jana@firma.example")
    services.roster.add_passkey(make_passkey(jana.id))

    link = LINK.fullmatch(terminal.run("operators", "reset", jana.email, "--keep-passkeys").stdout)[1]

    services.accounts.set_password(link, PASSWORD)
    entered = services.sign_in.sign_in(jana.email, PASSWORD, address="192.0.2.1")
    assert entered == SecondStep(services.roster.get(jana.id))
    terminal.run("operators", "reset", jana.email)
    assert services.roster.passkeys(jana.id) == []


def test_last_admin_is_not_disabled(terminal):
    terminal.run("operators", "add", "boss@firma.example", "--role", "admin")

    assert "last admin" in terminal.run("operators", "disable", "boss@firma.example", status=1).stderr


@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize("limits", [[], ["--project", "riverside"], ["--masked"]])
def test_commands_look_after_everybody_as_the_owner_of_the_machine(terminal, services, role, limits):
    terminal.run("operators", "add", "boss@firma.example", "--role", "admin")

    terminal.run("operators", "add", "jana@firma.example", "--role", role, *limits)
    terminal.run("operators", "disable", "jana@firma.example")
    assert terminal.json("operators", "list")[1]["disabled_at"]
    terminal.run("operators", "reset", "jana@firma.example")

    jana = services.people.find("jana@firma.example")
    assert (jana.role, jana.disabled_at, jana.is_masked) == (role, None, "--masked" in limits)
    assert jana.projects == ({"riverside"} if "--project" in limits else None)
    actions = services.audit.entries(subject=str(jana.id))
    assert len(actions) == 4
    assert {entry.by for entry in actions} == {None}


def test_demo_prints_a_sign_in_that_works_beside_a_program_that_holds_the_next_port(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "realpad_form", "demo", "--port", str(port)]
    with (
        holding(port + 1),
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as demo,
    ):
        try:
            told = "".join(takewhile(lambda line: "Ctrl+C" not in line, demo.stderr))
            email, password = re.search(r"Sign in there with +(\S+) +(\S+)", told).groups()
            web = f"http://127.0.0.1:{port}"

            assert f"{web}/inbox\n" in told
            assert f"{web}/preview\n" in told
            assert _sign_in(web, email, password=password) == f"{web}/inbox/"
        finally:
            demo.terminate()
            demo.stderr.read()


@contextmanager
def holding(port):
    """Keep a port from everybody without listening on it, as an outgoing connection does."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        yield


def _sign_in(web, email, *, password):
    """Sign in as a browser would, and return where that leads."""
    with requests.Session() as browser:
        browser.mount("http://", HTTPAdapter(max_retries=Retry(total=20, backoff_factor=0.1)))
        page = browser.get(f"{web}/sign-in", timeout=10).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        typed = {"email": email, "password": password, "csrf_token": token}
        return browser.post(f"{web}/sign-in", data=typed, timeout=10).url
