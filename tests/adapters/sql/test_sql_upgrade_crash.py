"""A migration whose process dies before it is committed."""

import os
import subprocess
import sys

from alembic import command
from alembic.config import Config
from older import OlderVersion
from opened import closing_database, make_sql_log

from realpad_form.adapters.sql import is_current, upgrade
from realpad_form.adapters.sql.upgrade import MIGRATIONS
from realpad_form.domain.crash import KILLED, SETTING, CrashPoint

UPGRADE = (
    "import sys; from realpad_form.adapters.sql import Database, upgrade; upgrade(Database(sys.argv[1]))"
)


def make_first_version(database):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")


def test_a_migration_that_dies_leaves_the_old_schema_and_every_lead(blank_url, clock):
    env = {**os.environ, SETTING: CrashPoint.IN_MIGRATION}
    with closing_database(blank_url) as database:
        make_first_version(database)
        lead_id = OlderVersion(database).append("x")

    died = subprocess.run([sys.executable, "-c", UPGRADE, blank_url], env=env, timeout=30, check=False)

    assert died.returncode == KILLED
    with closing_database(blank_url) as database:
        assert not is_current(database)
        upgrade(database)
        assert is_current(database)
        assert make_sql_log(database, clock).get(lead_id).lead.status == "queued"
