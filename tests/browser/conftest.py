"""A real browser on the real demo: every part as a newcomer starts it."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from chromium import CHROMIUM, FLAGS
from engines import Firefox, WebKit
from hosting import Site
from playwright.sync_api import expect
from ports import free_port

LONG = """
version: 1
project: dlouhy
name: Dlouhý dotazník
languages: [cs, en]
origins: ["http://localhost:*", "http://127.0.0.1:*"]
phone_regions: [CZ, SK]
realpad: {credentials: riverside, project: 39264441}
fields:
  - field: full_name
  - field: email
  - {field: phone, prefix: false}
  - attribute: customer_wishes
    type: multi_select
    label: Co by byt měl mít?
    required: true
    options: [balkon, terasa, zahrada, sklep, garáž, výtah, krb, pracovna, šatna, kino, sauna, bazén, recepce]
  - attribute: customer_purpose
    type: single_select
    label: Účel
    required: true
    options: [bydlení, investice]
  - attribute: customer_source
    type: string
    label: Odkud nás znáte?
    max_length: 60
  - field: price_max
  - field: note
    max_length: 300
limits: {per_address: 9999/minute, per_project: 9999/minute}
"""
LIMITS = "limits: {per_address: 9999/minute, per_project: 9999/minute}"


def fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


expect.set_options(timeout=15_000)  # a busy machine takes its time


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
    projects = Path(re.search(r"(\S+/projects)", said)[1])
    token = re.search(r"/metrics  with `Authorization: (Bearer \S+)`", said)[1]
    _lift_limits(projects, web, Authorization=token)
    yield SimpleNamespace(web=web, crm=crm, projects=projects)
    process.terminate()
    assert process.wait(40) == 0
    process.stderr.close()


def _lift_limits(folder, web, **headers):
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
            said = fetch(f"{web}/readyz", **headers)
        except OSError as error:
            said = error
        else:
            break
    assert said["problems"] == []
    time.sleep(2)


@pytest.fixture
def open_page(chromium):
    """Open pages whose scripts fail with `may_fail` at most, and whose console has no red unless it may."""
    contexts, complaints = [], []

    def open_(url, *, may_complain=False, may_fail="nothing", **options):
        contexts.append(chromium.new_context(locale="cs-CZ", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: may_fail in str(error) or complaints.append(str(error)))
        if not may_complain:
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def strict_chromium(tmp_path, chromium):
    """Chromium as people have it who block third-party cookies, which takes frames their storage, too."""
    preferences = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default/Preferences").write_text(json.dumps(preferences), encoding="utf-8")
    launch = chromium.browser_type.launch_persistent_context
    with launch(tmp_path, executable_path=CHROMIUM, args=FLAGS, locale="cs-CZ") as context:
        yield context


@pytest.fixture
def arrived(demo):
    """Return the inquiries of a person that the sandbox CRM got, waiting a while for those expected."""

    def read(surname, wait_s=2.0, *, expected=1):
        deadline = time.monotonic() + wait_s
        while True:
            state = fetch(f"{demo.crm}/sandbox/state")
            found = [i["parameters"] for i in state["inquiries"] if i["parameters"]["surname"] == surname]
            if len(found) >= expected or time.monotonic() > deadline:
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


@pytest.fixture(scope="session")
def long_form(demo):
    """Publish a form with every kind of question that matters here, and return its address."""
    path = demo.projects / "dlouhy.yaml"
    path.write_text(LONG, encoding="utf-8")
    time.sleep(2.5)
    yield f"{demo.web}/f/dlouhy"
    path.unlink()


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=lambda engine: engine.__name__)
def engine(request, tmp_path_factory):
    """Return Firefox, and then WebKit."""
    kind = request.param
    if not kind.is_installed:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"no {kind.__name__} of Debian on this machine"
        )
    browser = kind(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()
