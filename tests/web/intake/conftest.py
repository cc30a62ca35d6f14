"""An application with a source, and a system that posts to it."""

from uuid import uuid4

import pytest
from posting import KEY, PERSON, add_sources

from realpad_form.web import create_app


@pytest.fixture
def services(make_services, folder):
    add_sources(folder)
    return make_services(SOURCE_CF7_MAIN_KEY=KEY, SOURCE_OTHER_KEY="o" * 43)


@pytest.fixture
def client(services):
    return create_app(services).test_client()


@pytest.fixture
def post(client):
    """Post a lead as another system does."""

    def send(fields=PERSON, *, key=None, source="cf7-main", token=KEY, query="", headers=None, **more):
        head = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex, **(headers or {})}
        head = {name: value for name, value in head.items() if value is not None}
        body = {} if "data" in more else {"json": fields}
        return client.post(f"/in/{source}{query}", headers=head, **body, **more)

    return send


@pytest.fixture
def only(stored):
    """Return the one lead that is stored."""

    def read():
        [record] = stored()
        return record

    return read
