"""`doctor` and `serve` name what is not encrypted, not checked or open to others, and refuse nothing."""

import os
from importlib import import_module

import pytest

from realpad_form.cli.doctor import exposed, exposure_of_address
from realpad_form.config import Settings
from realpad_form.web.limits import storage_options
from realpad_form.wiring import Services

PUBLIC = {"PUBLIC_URL": "https://forms.example", "DATA_KEY": "d" * 32}
POSTGRESQL = "postgresql+psycopg://forms:canary@{}"


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Return what is said of settings: part → text, with whether it is bad news."""
    monkeypatch.chdir(tmp_path)
    for name in ("PGHOST", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)

    def look(**settings):
        for name, value in {"SECRET_KEY": "s" * 32, **settings}.items():
            monkeypatch.setenv(f"REALPAD_FORM_{name}", value)
        services = Services(Settings.load())
        try:
            return {
                each.part: (each.text, each.is_bad)
                for each in exposed(services)
                if each.is_bad or each.is_advice
            }
        finally:
            services.close()

    return look


def test_what_is_protected_is_not_spoken_of(found):
    assert found(**PUBLIC) == {}


def test_missing_data_key_is_said_and_bad_news_where_the_world_comes(found):
    text = "REALPAD_FORM_DATA_KEY is not set, so what visitors type is stored unencrypted"

    assert found(PUBLIC_URL="http://127.0.0.1:8000") == {"data key": (text, False)}
    assert found(PUBLIC_URL="https://forms.example") == {"data key": (text, True)}


@pytest.mark.parametrize(
    "place",
    [
        "localhost/forms",
        "127.0.0.1:5432/forms",
        "[::1]/forms",
        "/forms?host=/run/pg",
        "/forms?host=localhost:5432",
    ],
)
def test_database_on_this_machine_needs_no_encryption(found, place):
    assert found(**PUBLIC, DATABASE_URL=POSTGRESQL.format(place)) == {}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("db.example/forms", "unencrypted (sslmode=prefer)"),
        ("/forms?host=db.example", "unencrypted (sslmode=prefer)"),
        ("localhost/forms?host=db.example", "unencrypted (sslmode=prefer)"),
        ("localhost/forms?hostaddr=203.0.113.9", "unencrypted (sslmode=prefer)"),
        ("/forms?service=far", "where a service of libpq leads to cannot be told"),
        ("/forms?host=localhost,db.example", "unencrypted (sslmode=prefer)"),
        ("/forms?host=localhost&host=db.example", "unencrypted (sslmode=prefer)"),
        ("db.example/forms?sslmode=disable", "unencrypted (sslmode=disable)"),
        ("db.example/forms?sslmode=require", "whether it is the right server (sslmode=require)"),
        ("db.example/forms?sslmode=verify-ca", "whether it is the right server (sslmode=verify-ca)"),
    ],
)
def test_database_elsewhere_is_warned_of_unless_it_is_verified(found, place, said):
    text, is_bad = found(**PUBLIC, DATABASE_URL=POSTGRESQL.format(place))["database"]

    assert said in text
    assert "canary" not in text
    assert not is_bad


def test_verified_database_elsewhere_is_fine(found, monkeypatch):
    assert found(**PUBLIC, DATABASE_URL=POSTGRESQL.format("db.example/forms?sslmode=verify-full")) == {}
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert found(DATABASE_URL=POSTGRESQL.format("db.example/forms")) == {}


def test_database_that_the_environment_names_counts_too(found, monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example")

    assert "database" in found(**PUBLIC, DATABASE_URL="postgresql+psycopg:///forms")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://:canary@cache.example:6379/0", "write rediss://"),
        ("valkey://:canary@cache.example:6379/0", "write valkeys://"),
        ("rediss://:canary@cache.example/0?ssl_cert_reqs=none", "nobody checks whose server"),
        ("valkeys://:canary@cache.example/0?ssl_check_hostname=false", "nobody checks whose server"),
    ],
)
def test_store_of_limits_elsewhere_is_warned_of_unless_it_is_verified(found, url, said):
    text, is_bad = found(**PUBLIC, LIMITS_URL=url)["limits"]

    assert said in text
    assert "canary" not in text
    assert not is_bad


@pytest.mark.parametrize(
    "url",
    [
        "memory://",
        "redis://localhost:6379/0",
        "redis+unix:///run/redis.sock",
        "rediss://cache.example",
        "valkeys://c.example",
    ],
)
def test_store_of_limits_that_is_here_or_verified_is_fine(found, url):
    assert found(**PUBLIC, LIMITS_URL=url) == {}


def test_mail_server_that_may_not_encrypt_is_warned_of(found):
    mail = {**PUBLIC, "ALERT_TO": "boss@example.com"}

    assert "write smtps://" in found(**mail, SMTP_URL="smtp://mail.example")["mail"][0]
    for fine in ("smtps://mail.example", "smtp://user:canary@mail.example", "smtp://localhost"):
        assert found(SMTP_URL=fine) == {}


def test_files_of_secrets_that_others_can_read_are_bad_news(found, tmp_path, monkeypatch):
    env, secret = tmp_path / ".env", tmp_path / "metrics-token"
    env.write_text(f"REALPAD_FORM_METRICS_TOKEN_FILE={secret}\n", encoding="utf-8")
    secret.write_text("canary", encoding="utf-8")
    for path in (env, secret):
        path.chmod(0o640)
    assert found(**PUBLIC) == {}

    env.chmod(0o644)

    assert found() == {".env": (".env can be read by others on this machine: chmod 600", True)}


@pytest.mark.parametrize(("owner", "is_said"), [(1000, True), (0, False)])
def test_file_that_root_mounts_is_roots_to_guard(found, tmp_path, monkeypatch, owner, is_said):
    secret = tmp_path / "metrics-token"
    secret.write_text("canary", encoding="utf-8")
    secret.chmod(0o444)
    if secret.stat().st_uid == 0:
        os.chown(secret, owner, -1)
    monkeypatch.setattr(os, "getuid", lambda: 1000)

    assert (secret.name in found(**PUBLIC, METRICS_TOKEN_FILE=str(secret))) is is_said


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7"])
def test_serve_warns_where_it_is_open_to_others(address):
    assert address in exposure_of_address(address, "https://forms.example")


@pytest.mark.parametrize(
    ("address", "public_url"),
    [("127.0.0.1", "https://forms.example"), ("::1", "https://forms.example"), ("0.0.0.0", None)],
)
def test_serve_warns_of_nothing_else(address, public_url):
    assert exposure_of_address(address, public_url) == ""


@pytest.mark.parametrize(
    ("url", "is_checked"),
    [
        ("valkeys://localhost:1/0", True),
        ("valkeys://localhost:1/0?ssl_check_hostname=false", False),
        ("valkeys://localhost:1/0?ssl_cert_reqs=none", False),
        ("rediss://localhost:1/0", True),
    ],
)
def test_name_of_the_store_of_limits_is_checked(url, is_checked):
    options = storage_options(url)
    options.pop("wrap_exceptions")
    library = import_module(url.partition("s://")[0])

    connection = library.from_url(url, **options).connection_pool.make_connection()

    assert connection.check_hostname is is_checked
