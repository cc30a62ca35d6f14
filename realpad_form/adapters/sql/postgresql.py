"""PostgreSQL as the database: time limits, and a warning where an acknowledged lead could get lost."""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, select, text

from realpad_form.domain.errors import SettingsError
from realpad_form.domain.loopback import is_loopback

STATEMENT_S: Final = 30
"""The longest a statement may take."""

GRACE_S: Final = 5
"""How much later than the server itself we give a statement up; it stands still if it has not by then."""

IDLE_S: Final = 60
"""The longest a transaction may hold locks while nobody speaks, as when its machine stands still."""

MOVED: Final = "realpad_form_moved"
"""What the triggers are called, and their function, that forbid writing."""

LOCK_S: Final = 5
"""How long a transaction that blocks all others waits for those that have begun."""

LONG_S: Final = 3_600
"""How long such a transaction waits for a word of the server, which may be sorting a large table."""

logger = logging.getLogger(__name__)


def exposure(url: URL) -> str:
    """Return what to warn of on the way to a server on another machine, or ''; by the rules of libpq."""
    options = url.get_dialect()().create_connect_args(url)[1]
    if options.get("service"):
        return "where a service of libpq leads to cannot be told; see that it has sslmode=verify-full"
    named = [options.get("hostaddr"), options.get("host")]
    named += [os.environ.get("PGHOSTADDR"), os.environ.get("PGHOST")]
    hosts = next((hosts for hosts in named if hosts), "").split(",")
    if all(not host or host.startswith("/") or is_loopback(host) for host in hosts):
        return ""
    mode = options.get("sslmode") or os.environ.get("PGSSLMODE", "prefer")
    if mode == "verify-full":
        return ""
    if mode in ("require", "verify-ca"):
        return f"nobody checks whether it is the right server (sslmode={mode}); write sslmode=verify-full"
    what = f"leads and the password may go to another machine unencrypted (sslmode={mode})"
    return f"{what}; write ?sslmode=verify-full&sslrootcert=… behind REALPAD_FORM_DATABASE_URL"


def engines(url: URL, *, wait_s: float) -> tuple[Engine, Engine]:
    """Return an engine that writes and one that reads one snapshot; both wait up to `wait_s`.

    Raises: SettingsError, if the driver is not there.
    """
    timeout = max(2, round(wait_s))
    try:
        writer = create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            pool_timeout=wait_s,
            max_overflow=20,
            hide_parameters=True,
            connect_args={"connect_timeout": timeout, "tcp_user_timeout": timeout * 1000},
        )
    except ModuleNotFoundError as error:
        raise SettingsError(["PostgreSQL needs its driver: pip install realpad-form[postgresql]"]) from error
    event.listen(writer, "first_connect", _warn_if_asynchronous)
    statement_s = max(STATEMENT_S, wait_s)
    event.listen(writer, "do_connect", _connecting(read_timeout_s=statement_s + GRACE_S))
    # The server ends what takes too long.
    limits_s = {"lock": wait_s, "statement": statement_s, "idle_in_transaction_session": IDLE_S}
    limits = "; ".join(f"SET {name}_timeout = {round(s * 1000)}" for name, s in limits_s.items())

    @event.listens_for(writer, "connect")
    def limit_times(connection: Any, _record: Any) -> None:
        connection.execute(limits)
        connection.commit()

    return writer, writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def block_others(connection: Connection, tables: Iterable[str], *, with_readers: bool) -> None:
    """Let nobody else write until the transaction ends, nor read if so wanted; it may take long itself."""
    limits = f"SET LOCAL lock_timeout = '{LOCK_S}s'; SET LOCAL statement_timeout = 0"
    driver_connection: Any = connection.connection.driver_connection
    driver_connection.read_timeout_s = LONG_S
    connection.exec_driver_sql(f"{limits}; SET LOCAL idle_in_transaction_session_timeout = 0")
    mode = "ACCESS EXCLUSIVE" if with_readers else "SHARE ROW EXCLUSIVE"
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(map(_quoted, tables))} IN {mode} MODE")


def forbid_writes(connection: Connection, tables: Iterable[str], why: str) -> None:
    """Let the database refuse every change from now on, whichever program tries it.

    With the code of a read-only server (25006), which older versions take for an outage, too.
    """
    body = f"BEGIN RAISE EXCEPTION USING MESSAGE = '{why}', ERRCODE = '25006'; END"
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {MOVED}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    )
    for table in tables:
        changes = "INSERT OR UPDATE OR DELETE OR TRUNCATE"
        on = f"BEFORE {changes} ON {_quoted(table)} FOR EACH STATEMENT EXECUTE FUNCTION {MOVED}()"
        connection.exec_driver_sql(f"CREATE TRIGGER {MOVED} {on}")


def allow_writes(connection: Connection, _tables: Iterable[str]) -> None:
    """Take that back."""
    connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {MOVED}() CASCADE")


def are_writes_forbidden(connection: Connection, table: str) -> bool:
    """Return whether the database refuses changes of a table."""
    query = text("SELECT 1 FROM pg_trigger WHERE tgname = :name AND tgrelid = to_regclass(:table)")
    return connection.execute(query, {"name": MOVED, "table": table}).first() is not None


def finish_load(connection: Connection, tables: Iterable[Table]) -> None:
    """Let numbers go on after the highest, and the planner know the tables, once rows were put in."""
    for table in tables:
        if (column := table.autoincrement_column) is not None:
            sequence = func.pg_get_serial_sequence(_quoted(table.name), column.name)
            next_number = func.coalesce(func.max(column), 0) + 1
            connection.execute(select(func.setval(sequence, next_number, False)).select_from(table))
        connection.exec_driver_sql(f"ANALYZE {_quoted(table.name)}")


def _quoted(table: str) -> str:
    return f'"{table}"'


def _connecting(*, read_timeout_s: float) -> Callable[..., Any]:
    """Return what connects, so that no server keeps us waiting for ever."""
    from realpad_form.adapters.sql.read_timeout import TimeoutConnection  # needs the driver

    def connect(_dialect: Any, _record: Any, words: Any, options: Any) -> Any:
        connection = TimeoutConnection.connect(*words, **options)
        connection.read_timeout_s = read_timeout_s
        return connection

    return connect


def _warn_if_asynchronous(connection: Any, _record: Any) -> None:
    """Warn where a commit returns before it is on disk. Source: postgresql.org, "Asynchronous Commit"."""
    level = connection.execute("SHOW synchronous_commit").fetchone()[0]
    connection.rollback()
    if level == "off":
        logger.warning("synchronous_commit is off: a crash of PostgreSQL can lose leads we thanked for")
