"""On PostgreSQL, a role that may use its own database and nothing else is enough for the whole service."""

from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine

from realpad_form.config import Settings
from realpad_form.web import create_app
from realpad_form.wiring import Services


@pytest.fixture
def on_own_database(postgresql_server, environ, monkeypatch):
    """Settings with an empty database of such a role."""
    name = f"plain_{uuid4().hex}"
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT")
        connection.exec_driver_sql(f"CREATE DATABASE {name} OWNER {name}")
        connection.exec_driver_sql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    url = postgresql_server.set(username=name, database=name)
    monkeypatch.setenv("REALPAD_FORM_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("REALPAD_FORM_PUBLIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("REALPAD_FORM_DATA_KEY", "k" * 32)


def test_a_role_without_other_rights_makes_its_tables_takes_leads_and_sends_them(
    on_own_database, terminal, request
):
    terminal.run("db", "upgrade")
    lead_id = request.getfixturevalue("accept")()
    terminal.run("relay", "--once")

    assert terminal.json("leads", "show", lead_id)["status"] == "delivered"
    assert "✗" not in terminal.run("doctor").stdout
    services = Services(Settings.load())
    try:
        assert create_app(services).test_client().get("/readyz").status_code == 200
    finally:
        services.close()
