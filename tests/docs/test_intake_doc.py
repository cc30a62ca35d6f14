"""The examples of docs/intake.md are loaded, posted and run with curl."""

import json
import re
import shutil
import subprocess
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from ports import free_port
from werkzeug.serving import make_server

from realpad_form.config import Settings
from realpad_form.domain.delivery import Status
from realpad_form.ports import LeadFilter
from realpad_form.web import create_app
from realpad_form.wiring import Services

DOCUMENT = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")
SOURCES = re.findall(r"^ *```yaml\n(.*?)^ *```", DOCUMENT, re.DOTALL | re.MULTILINE)
BODIES = [json.loads(each) for each in re.findall(r"^```json\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)]
[CURL] = re.findall(r"^ *```\n( *curl .*?)^ *```", DOCUMENT, re.DOTALL | re.MULTILINE)
NAMES = re.findall(r"- name: (\S+)", "\n".join(SOURCES))
KEY = "canary-key-" + "k" * 32
BEFORE = """\
version: 1
project: riverside
name: Riverside
languages: [cs, en]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 1}
captcha: none
fields:
  - field: name
  - field: surname
  - field: email
  - field: phone
    required: true
  - field: note
sources:
"""


def entries(block):
    """Return the entries of a block's `sources`, as lines of a project file."""
    lines = [line.removeprefix("   " if block.startswith("   ") else "") for line in block.splitlines()]
    assert lines[0] == "sources:"
    return "".join(f"{line}\n" for line in lines[1:])


@pytest.fixture
def services(tmp_path):
    (tmp_path / "projects").mkdir()
    text = BEFORE + "".join(map(entries, SOURCES))
    (tmp_path / "projects/riverside.yaml").write_text(text, encoding="utf-8")
    keys = {f"REALPAD_FORM_SOURCE_{n.upper().replace('-', '_')}_KEY": f"{n}-{KEY}" for n in NAMES}
    environ = {
        "REALPAD_FORM_SECRET_KEY": "s" * 32,
        "REALPAD_FORM_DATA": str(tmp_path / "data"),
        "REALPAD_FORM_PROJECTS": str(tmp_path / "projects"),
        **keys,
    }
    services = Services(Settings.load(environ, folder=tmp_path))
    services.prepare()
    yield services
    services.close()


@pytest.fixture
def only(services):
    def read():
        [record] = services.log.records(LeadFilter())
        return record

    return read


def test_the_maps_have_neither_problems_nor_warnings(services):
    assert list(services.catalog.problems()) == []
    assert NAMES == ["cf7-main", "google-ads", "meta"]


@pytest.mark.parametrize(("name", "body"), list(zip(NAMES[1:], BODIES, strict=True)), ids=NAMES[1:])
def test_what_a_platform_sends_becomes_a_lead_as_it_is(services, only, name, body):
    number = body.get("lead_id") or body["id"]
    head = {"Authorization": f"Bearer {name}-{KEY}", "Idempotency-Key": number}
    client = create_app(services).test_client()

    answers = [client.post(f"/in/{name}?lenient=1", json=body, headers=head) for _ in range(2)]

    record = only()
    assert [answer.status_code for answer in answers] == [201, 200]
    assert record.lead.status is Status.QUEUED
    assert {key: record.current.answers[key] for key in ("name", "surname", "email", "phone")} == {
        "name": "Jana", "surname": "Nováková", "email": "jana@example.com", "phone": "+420777123456"
    }  # fmt: skip
    assert record.current.payload["campaign"] in ("1234567890", "Podzim")
    assert "a-secret-of-your-own" not in str(record)


def test_meta_s_other_questions_are_in_the_note(services, only):
    head = {"Authorization": f"Bearer meta-{KEY}", "Idempotency-Key": uuid4().hex}
    create_app(services).test_client().post("/in/meta", json=BODIES[1], headers=head)

    assert "field_data.kdy_vám_zavolat: odpoledne" in only().current.answers["note"]


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine")
def test_the_call_with_curl_makes_one_lead(services, only):
    port = free_port()
    server = make_server("127.0.0.1", port, create_app(services), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    command = CURL.replace("https://forms.example.com", f"http://127.0.0.1:{port}")
    try:
        ran = [
            subprocess.run(
                ["bash", "-c", command],
                env={"KEY": f"cf7-main-{KEY}", "PATH": "/usr/bin:/bin"},
                capture_output=True,
                timeout=20,
                check=True,
            )
            for _ in range(2)
        ]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert json.loads(ran[0].stdout) == json.loads(ran[1].stdout)
    assert json.loads(ran[0].stdout)["id"] == str(only().lead.id)
    assert only().current.answers["note"] == "floor: as high as possible"
