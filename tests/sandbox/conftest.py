"""A sandbox CRM of its own for each test, and a person who calls it."""

import pytest

from realpad_form.sandbox import create_app, start

LEAD = {"name": "Jan", "surname": "Novák", "email": "jan@example.com"}
LOGIN = {"login": "riverside", "password": "riverside"}


@pytest.fixture
def app():
    return create_app()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def call(client):
    """Calls an endpoint with good credentials; a parameter that is None is left out."""

    def call(endpoint, **parameters):
        form = {**LOGIN, **parameters}
        form = {name: value for name, value in form.items() if value is not None}
        return client.post(f"/ws/v10/{endpoint}", data=form)

    return call


@pytest.fixture
def lead(call):
    """Sends a lead that is taken unless changed."""
    return lambda **changes: call("create-lead", **{**LEAD, **changes})


@pytest.fixture
def state(client):
    """Reads customers, inquiries and all."""
    return lambda: client.get("/sandbox/state").get_json()


@pytest.fixture
def journal(client):
    """Reads the calls, oldest first."""
    return lambda: client.get("/sandbox/journal").get_json()


@pytest.fixture
def switch(client):
    """Changes how the sandbox behaves."""
    return lambda **values: client.post("/sandbox/switches", json=values)


@pytest.fixture
def fault(client):
    """Lets something go wrong with the next call."""
    return lambda **terms: client.post("/sandbox/faults", json=terms)


@pytest.fixture
def server(app):
    """The sandbox on a real socket."""
    server = start(app)
    yield server
    server.shutdown()
