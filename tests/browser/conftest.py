"""A real browser on the real demo: every part as a newcomer starts it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from hosting import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LIMITS = "limits: {per_address: 9999/minute, per_project: 9999/minute}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
        return json.load(answer)


@pytest.fixture(scope="session")
def demo():
    """Start the demo, lift the samples' limits, and return its addresses."""
    command = [sys.executable, "-m", "realpad_form", "demo", "--port", str(free_port())]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines = []
    while "Ctrl+C" not in (line := process.stderr.readline()):
        assert line, "the demo ended: " + "".join(lines)
        lines.append(line)
    said = "".join(lines)
    web = re.search(r"(http://127\.0\.0\.1:\d+)/f/", said)[1]
    crm = re.search(r"(http://127\.0\.0\.1:\d+)/site/", said)[1]
    _lift_limits(Path(re.search(r"(\S+/projects)", said)[1]), web)
    yield SimpleNamespace(web=web, crm=crm)
    process.terminate()
    assert process.wait(40) == 0
    process.stderr.close()


def _lift_limits(folder, web):
    """Let this machine send as many leads as it likes, by an edit that the running service picks up."""
    for path in folder.glob("*.yaml"):
        kept = [
            line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("limits:")
        ]
        path.write_text("\n".join([*kept, LIMITS, ""]), encoding="utf-8")
    said = None
    for _ in range(200):
        time.sleep(0.1)
        try:
            said = fetch(f"{web}/readyz")
        except OSError as error:
            said = error
        else:
            break
    assert said["problems"] == []
    time.sleep(2)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI needs Debian's chromium")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open pages that must not complain; whatever their console says in red fails the test."""
    contexts, complaints = [], []

    def open_(url, *, may_complain=False, **options):
        contexts.append(chromium.new_context(locale="cs-CZ", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        if not may_complain:
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def arrived(demo):
    """Return the inquiries of a person that the sandbox CRM got, waiting up to 2 s for the first."""

    def read(surname, wait_s=2.0):
        deadline = time.monotonic() + wait_s
        while True:
            state = fetch(f"{demo.crm}/sandbox/state")
            found = [i["parameters"] for i in state["inquiries"] if i["parameters"]["surname"] == surname]
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    return read


@pytest.fixture(scope="session")
def site():
    """Serve host pages of our own."""
    with Site().open() as site:
        yield site


@pytest.fixture(scope="session")
def tag(demo):
    """Write the script tag of a form."""

    def write(project="riverside", **attributes):
        named = {"data-project": project, **{f"data-{k.replace('_', '-')}": v for k, v in attributes.items()}}
        text = " ".join(f'{name}="{value}"' for name, value in named.items() if value is not None)
        return f'<script async src="{demo.web}/embed.js" {text}></script>'

    return write
