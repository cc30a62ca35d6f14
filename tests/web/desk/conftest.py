"""People at the desk, signed in."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from lead_desk import Leads

from realpad_form.domain.people import Particulars, Person, Proof, Role
from realpad_form.web import create_app

CSRF = "c" * 40


@dataclass
class Desk:
    """One browser of one person."""

    client: FlaskClient
    person: Person
    csrf: str

    def get(self, path, **more):
        return self.client.get(path, **more)

    def post(self, path, data=None, **more):
        """Post a form as its page would, with the CSRF token of the session."""
        return self.client.post(path, data={"csrf_token": self.csrf, **(data or {})}, **more)

    def place(self, **filters):
        """Fill in the inbox's filters; return the address that their form leads to."""
        answer = self.post("/inbox/", filters)
        assert answer.status_code == 303, answer.status
        return answer.headers["Location"]

    def sealed(self, **filters):
        """Return what an address or a form holds instead of what was typed into the filters."""
        return parse_qs(urlsplit(self.place(**filters)).query)["search"][0]

    def search(self, *, headers=None, **filters):
        """Fill in the inbox's filters and follow where their form leads to."""
        return self.get(self.place(**filters), headers=headers)

    def text(self, path, **more):
        """Return a page that is there."""
        answer = self.client.get(path, **more)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)


@pytest.fixture
def services(make_services):
    """Services at an address of their own, which links need."""
    return make_services(PUBLIC_URL="http://localhost")


@pytest.fixture
def app(services):
    return create_app(services)


@pytest.fixture
def desk(app, services):
    """Sign somebody in, in a browser of his own."""

    def sign_in(role="operator", *, email=None, projects=None, is_masked=False):
        seen = frozenset(projects) if projects is not None else None
        particulars = Particulars(name=role.title(), role=Role(role), projects=seen, is_masked=is_masked)
        person, _ = services.people.add(email or f"{role}@example.com", particulars)
        signed_in = services.sign_in.open(Proof(person=person), address="192.0.2.9", how="test")
        client = app.test_client()
        with client.session_transaction("/account") as cookie:
            cookie.update(token=signed_in.token, csrf_token=CSRF)
        csrf = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(CSRF)
        return Desk(client, person, csrf)

    return sign_in


@pytest.fixture
def leads(services):
    """Leads, and what becomes of them."""
    return Leads(services)
