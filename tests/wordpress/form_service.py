"""The service as people run it, with the sandbox CRM behind it; it can go down and come back."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from ports import free_port

SOURCES = {
    "cf7-main": {"your-name": "full_name", "your-email": "email", "your-tel": "phone"},
    "gravity-7": {"input_1_3": "name", "input_1_6": "surname", "input_2": "phone", "input_4": "unit"},
    "wpforms-8": {"field_1_first": "name", "field_1_last": "surname", "field_2": "phone", "field_3": "unit"},
    "fluent-9": {"names.first_name": "name", "names.last_name": "surname"},
    "elementor-abc12": {"tel": "phone"},
}
"""What other forms call their fields, by source."""


def key_of(source):
    """Return the key of a source."""
    return f"{source}-key-".ljust(40, "k")


class Service:
    """Web server, relay and sandbox, each a process."""

    def __init__(self, folder):
        self.folder, self._port, self._crm_port = folder, free_port(), free_port()
        self.url, self.crm = (f"http://127.0.0.1:{port}" for port in (self._port, self._crm_port))
        self._command = [sys.executable, "-m", "realpad_form"]
        self._web = self._crm = None
        (folder / "projects").mkdir()
        sample = Path(__file__).parents[2] / "realpad_form/catalog/samples/riverside.yaml"
        project = yaml.safe_load(sample.read_text(encoding="utf-8"))
        sources = [{"name": name, "fields": fields} for name, fields in SOURCES.items()]
        project |= {"sources": sources, "captcha": "none"}
        project["limits"] = {"per_address": "9999/minute", "per_project": "9999/minute"}
        (folder / "projects/riverside.yaml").write_text(
            yaml.safe_dump(project, allow_unicode=True), encoding="utf-8"
        )
        settings = {
            "SECRET_KEY": secrets.token_urlsafe(32),
            "PUBLIC_URL": self.url,
            "REALPAD_URL": f"{self.crm}/ws/v10/",
            "RELAY_RATE": "unlimited",
            "CREDENTIALS_RIVERSIDE_LOGIN": "riverside",
            "CREDENTIALS_RIVERSIDE_PASSWORD": "riverside",
        }
        settings |= {f"SOURCE_{name.upper().replace('-', '_')}_KEY": key_of(name) for name in SOURCES}
        others = {key: value for key, value in os.environ.items() if not key.startswith("REALPAD_FORM_")}
        self._environment = others | {f"REALPAD_FORM_{name}": value for name, value in settings.items()}

    def start(self):
        """Start the service, and the sandbox before it."""
        if self._crm is None:
            self._crm = self._run("sandbox", self._crm_port)
            _wait(f"{self.crm}/sandbox/state")
        self._web = self._run("serve", self._port)
        _wait(f"{self.url}/readyz")
        assert fetch(f"{self.url}/embeddable?origin=http://127.0.0.1:1")["projects"], (
            "the project file is broken"
        )

    def stop(self):
        """Take the service down; the sandbox stays."""
        self._web.terminate()
        assert self._web.wait(40) == 0

    def close(self):
        """End everything."""
        self.stop()
        self._crm.terminate()
        self._crm.wait(40)

    def arrived(self, surname, *, expected=1, wait_s=10.0):
        """Return the inquiries of a person that the CRM got, waiting a while for those expected."""
        deadline = time.monotonic() + wait_s
        while True:
            state = fetch(f"{self.crm}/sandbox/state")
            found = [i["parameters"] for i in state["inquiries"] if i["parameters"]["surname"] == surname]
            if len(found) >= expected or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def leads(self):
        """Return the ids of all leads, oldest first."""
        listed = sorted(self._ask("list"), key=lambda lead: lead["created_at"])
        return [lead["id"] for lead in listed]

    def lead(self, number):
        """Return a lead as `leads show` has it."""
        return self._ask("show", number)

    def _ask(self, *words):
        command = [*self._command, "leads", *words, "--json"]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, check=True
        )
        return json.loads(done.stdout)

    def _run(self, what, port):
        log = (self.folder / f"{what}.log").open("ab")
        with log:
            command = [*self._command, what, "--port", str(port)]
            return subprocess.Popen(command, cwd=self.folder, env=self._environment, stdout=log, stderr=log)


def fetch(url):
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def _wait(url, wait_s=60):
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return fetch(url)
        except (OSError, urllib.error.URLError):
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.2)
