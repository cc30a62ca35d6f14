"""The examples of docs/webhooks.md, run against what is really sent."""

import base64
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from fakes import new_lead
from memory_log import MemoryLeadLog

from realpad_form.domain.project import Webhook
from realpad_form.services.webhooks import body_of, headers_of

DOCUMENT = Path("docs/webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
NODE, PHP = shutil.which("node"), shutil.which("php")


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return found


@pytest.fixture
def message(clock, submission):
    log = MemoryLeadLog(clock)
    log.outbox.webhooks = {"riverside": (Webhook(name="crm-sync", url="https://hooks.example/"),)}
    lead_id = log.append(new_lead(submission(key=uuid4()), payload={})).lead_id
    (message,) = log.outbox.of_lead(lead_id)
    return message, log.get(lead_id)


@pytest.fixture
def sent(message):
    """What is sent now: headers and body."""
    body = body_of(*message, payload="full", inbox="https://forms.example.com/inbox/")
    return headers_of(message[0], secrets=[b"z" * 24, KEY], at=datetime.now(UTC), body=body), body


def test_message_has_the_keys_that_the_document_shows(message):
    body = json.loads(body_of(*message, payload="ids", inbox="https://forms.example.com/inbox/"))
    shown = json.loads(block("json"))

    assert list(body) == list(shown)
    assert list(body["data"]) == list(shown["data"])


def test_receiver_in_python_takes_ours_and_no_other(sent):
    headers, body = sent
    names = {"__name__": "__main__"}
    exec(block("python"), names)  # noqa: S102 - the document's own example
    client = names["app"].test_client()

    assert client.post("/leads", data=body, headers=headers).status_code == 204
    forged = {**headers, "webhook-id": "msg_other"}
    with pytest.raises(Exception, match="No matching signature"):
        names["webhook"].verify(body, forged)


CHANGES = {
    "ours": lambda headers: headers,
    "another id": lambda headers: {**headers, "webhook-id": "msg_other"},
    "too old": lambda headers: {**headers, "webhook-timestamp": "1"},
}


def outcome(command, source, headers, body):
    given = json.dumps({"secret": SECRET, "headers": headers, "body": body.decode()})
    done = subprocess.run(
        [*command, source], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.skipif(not NODE, reason="no Node on this machine")
@pytest.mark.parametrize("change", CHANGES)
def test_receiver_in_node_takes_ours_and_no_other(sent, tmp_path, change):
    headers, body = sent
    script = tmp_path / "verify.mjs"
    script.write_text(
        'import { readFileSync } from "node:fs";\n'
        + block("js")
        + "const given = JSON.parse(readFileSync(0));\n"
        + "console.log(verify(given.secret, given.headers, given.body).type);\n",
        encoding="utf-8",
    )

    said = outcome([NODE], str(script), CHANGES[change](headers), body)

    assert (said == "lead.accepted") is (change == "ours"), said


@pytest.mark.skipif(not PHP, reason="no PHP on this machine")
@pytest.mark.parametrize("change", CHANGES)
def test_receiver_in_php_takes_ours_and_no_other(sent, tmp_path, change):
    headers, body = sent
    script = tmp_path / "verify.php"
    script.write_text(
        block("php")
        + "\n$given = json_decode(file_get_contents('php://stdin'), true);\n"
        + "echo verify($given['secret'], $given['headers'], $given['body'])['type'];\n",
        encoding="utf-8",
    )

    said = outcome([PHP], str(script), CHANGES[change](headers), body)

    assert (said == "lead.accepted") is (change == "ours"), said
