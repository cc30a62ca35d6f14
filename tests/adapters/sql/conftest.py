"""A lane, and leads in the log."""

from uuid import uuid4

import pytest
from fakes import new_lead
from sqlalchemy import NullPool, create_engine

from realpad_form.domain.lane import LaneKey

PAYLOAD = {"name": "Jana", "surname": "Nováková", "project": "39264441"}


@pytest.fixture
def key():
    return LaneKey(credential="riverside", fingerprint="f1", host="https://crm.example")


@pytest.fixture
def append(log, submission):
    """Store a submission and return its receipt."""

    def store(credential="riverside", **changes):
        return log.append(new_lead(submission(**changes), credential=credential, payload=PAYLOAD))

    return store


@pytest.fixture
def claim(log, key):
    """Claim a lead of the lane."""

    def take(*keys, width=1, pace_s=0.0):
        log.open_lanes(keys or [key])
        return log.claim(keys or [key], lease_s=45, pace_s=pace_s, width=width)

    return take


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request, tmp_path):
    """The URL of a database without any tables, on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'blank.db'}"
    server, name = request.getfixturevalue("postgresql_server"), f"blank_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server.set(database=name).render_as_string(hide_password=False)
