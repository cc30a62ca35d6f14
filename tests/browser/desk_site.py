"""A desk of one test's own: web server, relay and sandbox CRM in this process, people signed in by cookie."""

import json
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from werkzeug.serving import make_server

from realpad_form.catalog import samples_folder
from realpad_form.config import Settings
from realpad_form.domain.lead import Consent, Context, Submission
from realpad_form.domain.people import Particulars, Proof, Role
from realpad_form.sandbox import start
from realpad_form.sandbox.app import create_app as create_sandbox
from realpad_form.sandbox.app import sample_projects
from realpad_form.sandbox.crm import CrmAccount, Tenant
from realpad_form.web import create_app
from realpad_form.wiring import Services

ANSWERS = {
    "name": "Žofie",
    "surname": "Šťastná",
    "email": "zofie.stastna@example.com",
    "phone": "+420777123456",
    "rooms": ["2+kk", "3+kk"],
    "price_max": 8000000,
    "note": "Dobrý den,\nměla bych zájem o prohlídku v sobotu dopoledne. Děkuji!",
    "unit": "A-101",
}
UNITS = {"A-101": 3350001, "A-102": 3350002}


@dataclass
class DeskSite:
    """Where the desk is, and what is behind it."""

    url: str
    crm: str
    app: Any
    services: Services

    def cookie(self, role="operator", **more):
        """Return the cookie of somebody who has just signed in."""
        particulars = Particulars(name=more.pop("name", "Petra Dvořáková"), role=Role(role), **more)
        person, _ = self.services.people.add(f"{uuid4().hex[:8]}@example.com", particulars)
        session = self.services.sign_in.open(Proof(person=person), address="192.0.2.9", how="test")
        signer = self.app.session_interface.get_signing_serializer(self.app)
        value = signer.dumps({"token": session.token})
        return {"name": "realpad-form", "value": value, "url": self.url}

    def state(self, role="operator", **more):
        """Return what a browser holds of somebody who has just signed in, for `new_context`."""
        cookie = self.cookie(role, **more)
        place = {"domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": True, "secure": False}
        kept = {"name": cookie["name"], "value": cookie["value"], "sameSite": "Lax", **place}
        return {"cookies": [kept], "origins": []}

    def add(self, *, suspicions=(), given=True, **answers):
        """Store a lead, which the relay sends within a moment; return its id."""
        typed = {key: value for key, value in {**ANSWERS, **answers}.items() if value is not None}
        consent = Consent(
            id=39268430, given=given, language="cs",
            wording="Chci dostávat novinky o projektu Riverside Residences. Souhlas mohu kdykoli"
            " [odvolat](https://www.riverside.example/cs/osobni-udaje).",
        )  # fmt: skip
        context = Context(
            language="cs", form_version="5f2c9a1be0d4", submitted_at=self.services.log.now(),
            address="192.0.2.7", page="https://www.riverside.example/cs/byty?utm_source=seznam",
            referrer="https://www.seznam.cz/", parameters={"utm_source": "seznam", "utm_medium": "cpc"},
        )  # fmt: skip
        submission = Submission(
            project="riverside", answers=typed, consents=(consent,), context=context,
            key=uuid4(), token=uuid4().hex, suspicions=suspicions,
        )  # fmt: skip
        project = self.services.catalog.get("riverside")
        return self.services.intake.accept(project, submission).lead_id

    def relay(self):
        """Send one lead that is due."""
        self.services.credentials.lanes()
        assert self.services.relay.run_once()

    def break_next_call(self, when):
        """Break the connection of the next call, before or after Realpad has stored the lead."""
        self._fail_next_call(drop=when)

    def refuse_next_call(self, words):
        """Let Realpad refuse the next lead."""
        self._fail_next_call(status=400, body=words)

    def _fail_next_call(self, **fault):
        request = Request(f"{self.crm}/sandbox/faults", json.dumps(fault).encode())  # noqa: S310 - ours
        request.add_header("Content-Type", "application/json")
        urlopen(request).close()  # noqa: S310 - our own server

    def arrived(self):
        """Return the inquiries that Realpad has."""
        with urlopen(f"{self.crm}/sandbox/state") as answer:  # noqa: S310 - our own server
            return json.load(answer)["inquiries"]

    def status(self, lead_id):
        return self.services.log.get(lead_id).lead.status


@contextmanager
def desk_site(folder, **settings):
    """Run a desk; Realpad knows two units of the project and no others."""
    projects = folder / "projects"
    projects.mkdir()
    for name in ("riverside.yaml", "jana.webp"):
        shutil.copy(samples_folder() / name, projects)
    crm = start(create_sandbox(_tenant()), 0)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    services = _services(folder, crm, server.port, settings)
    app = server.app = create_app(services)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        base = "http://127.0.0.1"
        yield DeskSite(f"{base}:{server.port}", f"{base}:{crm.port}", app, services)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        crm.shutdown()
        services.database.dispose()


def _tenant():
    accounts = [CrmAccount(login="riverside", password="riverside")]
    whole = Tenant.from_projects(sample_projects(), accounts)
    return replace(whole, projects=tuple(replace(each, units=UNITS) for each in whole.projects))


def _services(folder, crm, port, settings):
    values = {
        "SECRET_KEY": "s" * 32,
        "DATA": str(folder / "data"),
        "PROJECTS": str(folder / "projects"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "REALPAD_URL": f"http://127.0.0.1:{crm.port}/ws/v10/",
        "RELAY_RATE": "unlimited",
        "CREDENTIALS_RIVERSIDE_LOGIN": "riverside",
        "CREDENTIALS_RIVERSIDE_PASSWORD": "riverside",
        **settings,
    }
    environ = {f"REALPAD_FORM_{name}": value for name, value in values.items()}
    services = Services(Settings.load(environ, folder=folder))
    services.prepare()
    return services
