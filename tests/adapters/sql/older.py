"""An older version at work: it knows the tables as its own last migration left them, and no more."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, insert, inspect, select, update

from realpad_form.adapters.sql.schema import metadata
from realpad_form.adapters.sql.upgrade import MIGRATIONS


def migrations():
    """Return Alembic's configuration for ours."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def versions():
    """Return the migrations' numbers, oldest first."""
    script = ScriptDirectory.from_config(migrations())
    return [each.revision for each in script.walk_revisions()][::-1]


def migrate(database, version):
    """Bring a database to a version's schema."""
    config = migrations()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


class OlderVersion:
    """Takes and sends leads on a database of its own schema, and goes on while that is upgraded."""

    def __init__(self, database):
        self._database = database
        with database.read() as connection:
            seen = inspect(connection)
            known = {name: {each["name"] for each in seen.get_columns(name)} for name in metadata.tables
                     if seen.has_table(name)}  # fmt: skip
        self.tables = {name: _only(metadata.tables[name], columns) for name, columns in known.items()}

    def append(self, credential="riverside"):
        """Store a lead, and return its id."""
        lead_id, now = uuid4(), datetime.now(UTC)
        row = {
            "id": lead_id, "project": "riverside", "credential": credential, "submission_key": uuid4(),
            "language": "cs", "status": "queued", "created_at": now, "due_at": now, "revision": 1,
            "failures": 0, "reasons": "[]", "attempts": 0,
            "context": '{"language":"cs","form_version":"1","submitted_at":"2026-01-01T00:00:00+00:00"}',
        }  # fmt: skip
        first = {
            "lead_id": lead_id, "number": 1, "author": "visitor", "created_at": now, "answers": "{}",
            "payload": '{"name":"Jana"}',
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(insert(self.tables["lead"]), row)
            connection.execute(insert(self.tables["revision"]), first)
        return lead_id

    def open_lane(self, key):
        """Make a lane."""
        row = {
            "credential": key.credential, "fingerprint": key.fingerprint, "host": key.host, "failures": 0,
            "next_send_at": datetime.now(UTC), "refusals": 0, "throttles": 0, "is_on_trial": False,
            "is_stopped": False,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(insert(self.tables["lane"]), row)

    def claim(self, key, *, lease_s=45):
        """Claim the oldest queued lead of a lane, and return its id, or None."""
        lane, lead = self.tables["lane"], self.tables["lead"]
        oldest = (
            select(lead)
            .where(lead.c.credential == key.credential, lead.c.status == "queued")
            .order_by(lead.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            connection.execute(
                select(lane).where(lane.c.fingerprint == key.fingerprint).with_for_update()
            ).one()
            row = connection.execute(oldest).first()
            if row is not None:
                self._open_attempt(connection, row, key=key, lease_s=lease_s)
        return row and row.id

    def close(self, lead_id, *, customer_id=1):
        """End a call that was accepted."""
        lead, attempt, now = self.tables["lead"], self.tables["attempt"], datetime.now(UTC)
        settled = {
            "status": "delivered",
            "customer_id": customer_id,
            "claim_token": None,
            "lease_until": None,
        }
        ended = {"ended_at": now, "outcome": "accepted", "status": 201, "answer": '"1"'}
        with self._database.write() as connection:
            connection.execute(update(lead).where(lead.c.id == lead_id).values(settled))
            connection.execute(update(attempt).where(attempt.c.lead_id == lead_id).values(ended))

    def status(self, lead_id):
        """Return where a lead stands, reading all that this version knows of it."""
        lead = self.tables["lead"]
        with self._database.read() as connection:
            return connection.execute(select(lead).where(lead.c.id == lead_id)).one().status

    def _open_attempt(self, connection, row, *, key, lease_s):
        lead, now = self.tables["lead"], datetime.now(UTC)
        marked = {
            "status": "sending", "attempts": row.attempts + 1, "claim_token": uuid4(),
            "lease_until": now + timedelta(seconds=lease_s),
        }  # fmt: skip
        opened = {
            "lead_id": row.id, "number": row.attempts + 1, "revision": row.revision,
            "fingerprint": key.fingerprint, "started_at": now, "answer": '""',
        }  # fmt: skip
        connection.execute(update(lead).where(lead.c.id == row.id).values(marked))
        connection.execute(insert(self.tables["attempt"]), opened)


def _only(table, names):
    """Return a table without the columns that a version did not know."""
    columns = (Column(each.name, each.type) for each in table.columns if each.name in names)
    return Table(table.name, MetaData(), *columns)
