"""The web application on a folder of its own."""

import json
import shutil
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from watching import METRICS, TOKEN

from realpad_form.adapters.passwords import ArgonHasher
from realpad_form.config import Settings
from realpad_form.domain.delivery import Status
from realpad_form.ports import LeadFilter
from realpad_form.web import create_app
from realpad_form.wiring import Services
from realpad_form.wiring import desk as wiring

PROJECT = """\
version: 1
project: riverside
name: Riverside Residences
languages: [cs, en]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 39264441}
fields:
  - field: name
  - field: surname
  - field: email
  - field: phone
  - {field: rooms, options: [1+kk, 2+kk]}
  - {field: note, max_length: 2000}
consents:
  - id: 39268430
    label: {cs: "Souhlasím s [podmínkami](https://www.riverside.example/p)", en: "I agree"}
capture: {campaign: utm_campaign, note: [utm_source, page]}
thank_you: {message: {cs: Děkujeme., en: Thanks.}, redirect: "https://www.riverside.example/thanks"}
fallback: {phone: "+420 777 123 456", email: prodej@riverside.example}
captcha: none
limits: {per_address: 5/minute, per_project: 8/minute}
"""

PERSON = {"name": "Jan", "surname": "Novák", "email": "jan@example.com", "phone": "777 123 456"}


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch):
    """Hash passwords at little cost; `tests/adapters/test_passwords.py` sees what they cost in earnest."""
    monkeypatch.setattr(wiring, "ArgonHasher", partial(ArgonHasher, memory_kib=64))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "riverside.yaml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def make_services(folder, sqlite_template):
    """Open the services of a process; the first one on a folder finds a database that is migrated already."""
    made = []

    def make(**settings):
        values = {
            "SECRET_KEY": "s" * 32,
            "DATA": str(folder / "data"),
            "PROJECTS": str(folder / "projects"),
            "CREDENTIALS_RIVERSIDE_LOGIN": "riverside",
            "CREDENTIALS_RIVERSIDE_PASSWORD": "canary-password",
            "METRICS_TOKEN": TOKEN,
            **settings,
        }
        path = Path(values["DATA"]) / "leads.db"
        if "DATABASE_URL" not in values and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sqlite_template, path)
        environ = {f"REALPAD_FORM_{name}": value for name, value in values.items()}
        made.append(Services(Settings.load(environ, folder=folder)))
        made[-1].prepare()
        return made[-1]

    yield make
    for services in made:
        services.database.dispose()


@pytest.fixture
def services(make_services):
    return make_services()


@pytest.fixture
def client(services):
    return create_app(services).test_client()


class Visitor:
    """Fills in the form as the page's script does."""

    def __init__(self, client):
        self.client = client

    def token(self):
        return self.client.get("/f/riverside/session").get_json()["token"]

    def send(self, answers=PERSON, *, headers=None, **more):
        body = {"token": self.token(), "submission": str(uuid4()), **answers, **more}
        body = {key: value for key, value in body.items() if value is not None}
        return self.client.post(
            "/f/riverside/leads",
            data=json.dumps(body),
            content_type="application/json",
            headers=headers or {},
        )

    def post_form(self, answers=PERSON, *, headers=None, **more):
        return self.client.post(
            "/f/riverside/leads", data={**answers, **more}, headers={"Accept": "text/html", **(headers or {})}
        )


@pytest.fixture
def watch(client):
    """Ask for a page as whoever watches the service does."""
    return lambda path: client.get(path, headers=METRICS)


@pytest.fixture
def visitor(client):
    return Visitor(client)


@pytest.fixture
def visit():
    """Open the form of other services, e.g. of another process."""
    return lambda services: Visitor(create_app(services).test_client())


@pytest.fixture
def stored(services):
    """Return everything the log holds, or only what has a status."""

    def read(status: Status | None = None):
        return list(services.log.records(LeadFilter(status=status)))

    return read
