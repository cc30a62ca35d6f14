"""The settings: read from the environment, refused as a whole."""

import re
from pathlib import Path

import pytest

from realpad_form.config import Settings
from realpad_form.config.settings import PREFIX, Reader
from realpad_form.domain.crash import CrashPoint
from realpad_form.domain.errors import SettingsError

SECRET = "s" * 32


def load(folder, **settings):
    environ = {f"REALPAD_FORM_{name}": value for name, value in settings.items()}
    return Settings.load(environ, folder=folder)


def problems(folder, **settings):
    with pytest.raises(SettingsError) as caught:
        load(folder, **settings)
    return caught.value.problems


def test_one_secret_is_all_it_takes(tmp_path):
    settings = load(tmp_path, SECRET_KEY=SECRET)

    assert settings.database_url == "sqlite:///data/leads.db"
    assert settings.realpad_url == "https://cms.realpad.eu/ws/v10/"
    assert settings.relay_pace_s == 0.5
    assert settings.spool == Path("data/spool")


def test_every_problem_is_reported_at_once(tmp_path):
    found = problems(tmp_path, SECRT_KEY=SECRET, REALPAD_URL="http://cms.realpad.eu/", TIMEOUT_S="soon")

    assert len(found) == 4
    assert "did you mean REALPAD_FORM_SECRET_KEY?" in found[-1]


def test_a_short_secret_is_refused(tmp_path):
    assert "at least 32" in problems(tmp_path, SECRET_KEY="short")[0]


def test_a_secret_may_come_from_a_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")

    assert load(tmp_path, SECRET_KEY_FILE=str(path)).secret_key == (SECRET,)


def test_an_unreadable_secret_file_is_a_problem(tmp_path):
    found = problems(tmp_path, SECRET_KEY_FILE=str(tmp_path / "missing"))

    assert "cannot read" in found[0]


def test_a_setting_and_its_file_together_are_a_problem(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET)

    assert "keep one" in problems(tmp_path, SECRET_KEY=SECRET, SECRET_KEY_FILE=str(path))[0]


def test_the_environment_wins_over_dotenv(tmp_path):
    (tmp_path / ".env").write_text(f"REALPAD_FORM_SECRET_KEY={SECRET}\nREALPAD_FORM_TIMEOUT_S=3\n")

    settings = load(tmp_path, TIMEOUT_S="7")

    assert (settings.secret_key, settings.timeout_s) == ((SECRET,), 7.0)


def test_a_comma_list_rotates_secrets(tmp_path):
    assert load(tmp_path, SECRET_KEY=f"{'a' * 32},{'b' * 32}").secret_key == ("a" * 32, "b" * 32)


def test_credentials_are_named_as_in_project_files(tmp_path):
    pair = {"CREDENTIALS_NORTH_SIDE_LOGIN": "l", "CREDENTIALS_NORTH_SIDE_PASSWORD": "p"}

    credential = load(tmp_path, SECRET_KEY=SECRET, **pair).credentials["north-side"]

    assert (credential.login, credential.password) == ("l", "p")


def test_half_a_pair_of_credentials_is_a_problem(tmp_path):
    found = problems(tmp_path, SECRET_KEY=SECRET, CREDENTIALS_A_LOGIN="l")

    assert found == ("REALPAD_FORM_CREDENTIALS_A_PASSWORD is not set",)


def test_a_blank_pair_is_as_good_as_none(tmp_path):
    settings = load(tmp_path, SECRET_KEY=SECRET, CREDENTIALS_A_LOGIN="", CREDENTIALS_A_PASSWORD="")

    assert settings.credentials == {}


def test_addresses_of_chats_are_found_by_kind_and_name_in_project_files(tmp_path):
    path = tmp_path / "teams"
    path.write_text("https://teams.example/b\n", encoding="utf-8")

    settings = load(
        tmp_path,
        SECRET_KEY="s" * 32,
        SLACK_SALES_TEAM_URL="https://hooks.slack.com/services/canary",
        TEAMS_SALES_URL_FILE=str(path),
    )

    assert settings.chat_addresses == {
        "slack:sales-team": "https://hooks.slack.com/services/canary",
        "teams:sales": "https://teams.example/b",
    }
    assert "canary" not in repr(settings)


def test_secrets_of_webhooks_are_found_by_the_name_in_project_files(tmp_path):
    path = tmp_path / "secret"
    path.write_text("whsec_" + "YmJi" * 8 + "\n")
    values = {
        "SECRET_KEY": SECRET,
        "WEBHOOK_CRM_SYNC_SECRET": "whsec_" + "YWFh" * 8 + ", whsec_" + "YmJi" * 8,
        "WEBHOOK_N8N_SECRET_FILE": str(path),
        "WEBHOOK_ALLOW": "n8n.internal, 127.0.0.1:5678",
    }
    environ = {f"REALPAD_FORM_{name}": value for name, value in values.items()}

    settings = Settings.load(environ, folder=tmp_path)

    assert settings.webhook_secrets == {"crm-sync": (b"a" * 24, b"b" * 24), "n8n": (b"b" * 24,)}
    assert settings.webhook_allow.holds("http://n8n.internal/x")
    assert "aaa" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REALPAD_URL", "http://cms.realpad.eu/"),
        ("REALPAD_URL", "ftp://localhost/"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("LIMITS_URL", "memcached://localhost"),
        ("TIMEOUT_S", "nan"),
        ("TIMEOUT_S", "-1"),
        ("RELAY_CONCURRENCY", "1.5"),
        ("RELAY_RATE", "fast"),
        ("RELAY_RATE", "0/second"),
        ("TRUSTED_PROXY_HOPS", "-1"),
        ("PUBLIC_URL", "https://forms.example.com/?x=1"),
        ("PUBLIC_URL", "https://forms .example.com/"),
        ("PUBLIC_URL", "https:///"),
        ("PUBLIC_URL", "https://www.example.com/forms/"),
        ("REALPAD_URL", "https://cms.realpad.eu:abc/"),
        ("REALPAD_URL", "https://cms.realpad.eu:99999/"),
        ("REALPAD_URL", "https://cms.realpad.eu:0/"),
        ("REALPAD_URL", "https://cms..realpad.eu/"),
        ("REALPAD_URL", "https://*.realpad.eu/"),
        ("REALPAD_URL", "https://[::g]/"),
        ("REALPAD_URL", "http://128.0.0.1/"),
        ("ALERT_WEBHOOK", "https://a\\b/"),
        ("WEBHOOK_CRM_SECRET", "whsec_" + "YQ" * 15),  # 22 bytes
        ("WEBHOOK_CRM_SECRET", "whsec_" + "YWFh" * 22),  # 66 bytes
        ("WEBHOOK_CRM_SECRET", "YWFh" * 8),
        ("WEBHOOK_CRM_SECRET", "whsec_%%%"),
        ("WEBHOOK_CRM_SECRET", "whsec_" + "YWFh" * 8 + ",whsec_short"),
        ("WEBHOOK_ALLOW", "http://n8n.internal"),
        ("WEBHOOK_ALLOW", "n8n.internal/hook"),
        ("WEBHOOK_ALLOW", "n8n.internal:0"),
        ("METRICS_TOKEN", "two words"),
        ("METRICS_TOKEN", "žluť"),
        ("METRICS_TOKEN", "="),
    ],
)
def test_a_bad_value_is_a_problem(tmp_path, name, value):
    found = problems(tmp_path, SECRET_KEY=SECRET, **{name: value})

    assert found[0].startswith(f"REALPAD_FORM_{name}:")


def test_a_crash_point_that_is_none_is_a_problem_with_those_that_are(tmp_path):
    [found] = problems(tmp_path, SECRET_KEY=SECRET, CRASH_AT="clamed")

    assert found.startswith("REALPAD_FORM_CRASH_AT: 'clamed' is no crash point; those are in-append, ")
    assert all(point in found for point in CrashPoint)


@pytest.mark.parametrize("point", ["", *CrashPoint])
def test_a_crash_point_or_none_is_fine(tmp_path, point):
    load(tmp_path, SECRET_KEY=SECRET, CRASH_AT=point)


def test_http_is_fine_on_this_machine(tmp_path):
    settings = load(tmp_path, SECRET_KEY=SECRET, REALPAD_URL="http://127.0.0.1:8001/ws/v10")

    assert settings.realpad_url == "http://127.0.0.1:8001/ws/v10/"


@pytest.mark.parametrize(
    "url",
    ["http://127.8.9.10:8001/", "http://[::1]/", "https://čtvrť.example:8443/", "https://[2001:db8::1]/"],
)
def test_an_address_that_can_be_called_is_fine(tmp_path, url):
    assert load(tmp_path, SECRET_KEY=SECRET, REALPAD_URL=url).realpad_url == url


@pytest.mark.parametrize("below", ["", "/spool"])
def test_a_spool_that_cannot_be_a_folder_is_a_problem(tmp_path, below):
    path = tmp_path / "file"
    path.touch()

    found = problems(tmp_path, SECRET_KEY=SECRET, SPOOL=f"{path}{below}")

    assert found == (f"REALPAD_FORM_SPOOL: {path} is not a folder",)


def test_a_dotenv_that_is_no_text_is_a_problem(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\n")

    assert problems(tmp_path) == (f"{tmp_path / '.env'} cannot be read: not a text file in UTF-8",)


@pytest.mark.parametrize(("rate", "pace_s"), [("2/second", 0.5), ("30/minute", 2.0), ("unlimited", 0.0)])
def test_a_rate_becomes_a_pace(tmp_path, rate, pace_s):
    assert load(tmp_path, SECRET_KEY=SECRET, RELAY_RATE=rate).relay_pace_s == pace_s


def test_secrets_are_not_in_the_repr(tmp_path):
    settings = load(
        tmp_path,
        SECRET_KEY=SECRET,
        CREDENTIALS_A_LOGIN="l",
        CREDENTIALS_A_PASSWORD="canary",
        METRICS_TOKEN="canary",
    )

    assert SECRET not in repr(settings)
    assert "canary" not in repr(settings)


def test_the_documented_settings_are_the_ones_that_are_read():
    table = Path("docs/configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(REALPAD_FORM_[A-Z_<>]+)`", table, re.MULTILINE))
    named = ("CREDENTIALS_X_LOGIN", "CREDENTIALS_X_PASSWORD", "WEBHOOK_X_SECRET", "SOURCE_X_KEY")
    named += ("SLACK_X_URL", "TEAMS_X_URL")
    reader = Reader({f"{PREFIX}{name}": "x" for name in named})

    Settings._read(reader)

    plain = {name for name in reader.asked if not name.endswith("_FILE")}
    general = {re.sub(r"(TURNSTILE|HCAPTCHA|RECAPTCHA|FRIENDLY)", "<TYPE>", name) for name in plain}
    assert documented == {name.replace("_X_", "_<NAME>_") for name in general}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"ALERT_TO": "a@example.com"}, "REALPAD_FORM_SMTP_URL is not set"),
        ({"ALERT_TO": "a@example.com", "SMTP_URL": "mail.example:25"}, "smtp://user:password@host:587"),
        ({"ALERT_LANGUAGE": "de"}, "REALPAD_FORM_ALERT_LANGUAGE: 'de' is none of cs, sk, en"),
    ],
)
def test_alerts_by_mail_need_a_server(given, problem):
    environ = {"REALPAD_FORM_SECRET_KEY": "s" * 32, **{f"REALPAD_FORM_{k}": v for k, v in given.items()}}

    with pytest.raises(SettingsError, match=re.escape(problem)):
        Settings.load(environ, folder=Path("/nowhere"))


def test_a_mail_server_may_be_for_mails_about_leads_alone():
    environ = {
        "REALPAD_FORM_SECRET_KEY": "s" * 32,
        "REALPAD_FORM_SMTP_URL": "smtp://mail.example",
    }

    assert Settings.load(environ, folder=Path("/nowhere")).alert_to == ()


@pytest.mark.parametrize(
    "address", ["", "http://127.0.0.1:8000", "https://[2001:db8::1]", "https://192.0.2.7", "https://[", "/x"]
)
def test_passkeys_cannot_be_demanded_where_nobody_could_add_one(tmp_path, address):
    found = problems(tmp_path, SECRET_KEY=SECRET, REQUIRE_PASSKEY="yes", PUBLIC_URL=address)

    assert [each for each in found if each.startswith("REALPAD_FORM_REQUIRE_PASSKEY needs a host name")]


@pytest.mark.parametrize("address", ["http://localhost:8000", "https://forms.example"])
def test_passkeys_are_demanded_only_where_the_admin_says_so(tmp_path, address):
    settings = {"SECRET_KEY": SECRET, "PUBLIC_URL": address}

    assert load(tmp_path, **settings, REQUIRE_PASSKEY="yes").require_passkey
    assert not load(tmp_path, **settings, REQUIRE_PASSKEY="no").require_passkey
    assert not load(tmp_path, **settings).require_passkey
    assert problems(tmp_path, **settings, REQUIRE_PASSKEY="true")


@pytest.mark.parametrize("missing", ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PUBLIC_URL"])
def test_openid_provider_is_set_as_a_whole_or_not_at_all(tmp_path, missing):
    whole = {
        "OIDC_ISSUER": "https://id.example/tenant/", "OIDC_CLIENT_ID": "forms",
        "OIDC_CLIENT_SECRET": "canary", "PUBLIC_URL": "https://forms.example",
    }  # fmt: skip
    client = load(tmp_path, SECRET_KEY=SECRET, **whole).oidc
    assert (client.issuer, client.client_id, client.secret) == (
        "https://id.example/tenant/",
        "forms",
        "canary",
    )
    assert "canary" not in repr(client)
    assert load(tmp_path, SECRET_KEY=SECRET, **whole, OIDC_ACR="gold  urn:two").oidc.acr == (
        "gold",
        "urn:two",
    )

    found = problems(tmp_path, SECRET_KEY=SECRET, **{**whole, missing: ""})

    assert found == (f"REALPAD_FORM_{missing} is not set, which sign-in by OpenID Connect needs",)


def test_keys_of_sources_are_found_by_the_name_that_project_files_use(tmp_path):
    path = tmp_path / "key"
    path.write_text("f" * 40 + "\n")

    settings = load(
        tmp_path,
        SECRET_KEY=SECRET,
        SOURCE_CF7_MAIN_KEY=f"{'n' * 32}, {'o' * 32}",
        SOURCE_ADS_KEY_FILE=str(path),
    )

    assert settings.source_keys == {"cf7-main": ("n" * 32, "o" * 32), "ads": ("f" * 40,)}
    assert "nnn" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"SOURCE_ADS_KEY": "short"},
            "REALPAD_FORM_SOURCE_ADS_KEY is too short; use at least 32 random bytes",
        ),
        ({"SOURCE_ADS_KEY": "a b" * 20}, "REALPAD_FORM_SOURCE_ADS_KEY: it may hold ASCII letters, digits"),
        ({"SOURCE_ADS_KEY": ","}, "REALPAD_FORM_SOURCE_ADS_KEY is only commas"),
        (
            {"SOURCE_A_KEY": "k" * 32, "SOURCE_B_KEY": f"{'l' * 32},{'k' * 32}"},
            "REALPAD_FORM_SOURCE_B_KEY is another source's, too; give each its own",
        ),
        ({"SOURCE_ADS_SECRET": "k" * 32}, "REALPAD_FORM_SOURCE_ADS_SECRET is not a setting"),
    ],
)
def test_what_is_wrong_with_the_key_of_a_source_is_told_without_it(tmp_path, given, told):
    [problem] = problems(tmp_path, SECRET_KEY=SECRET, **given)

    assert problem.startswith(told)
    assert not any(value in problem for value in given.values() if len(value) > 20)
