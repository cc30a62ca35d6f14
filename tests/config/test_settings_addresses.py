"""Addresses in settings: refused before they are used, and never quoted, as they may hold a secret."""

import pytest
from sqlalchemy import make_url

from realpad_form.config import Settings
from realpad_form.domain.errors import SettingsError

CANARY = "canary77"
MAIL = "smtp://mail.example"


def load(**settings):
    return Settings.load({f"REALPAD_FORM_{name}": value for name, value in settings.items()})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(**settings):
    with pytest.raises(SettingsError) as caught:
        load(SECRET_KEY="s" * 32, **settings)
    return caught.value.problems


@pytest.mark.parametrize(
    "url",
    [
        "https://prod-12.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=x_Y-z",
        "https://hooks.slack.com/services/T0/B0/x",
    ],
)
def test_webhook_may_have_its_key_in_the_query(url):
    assert load(SECRET_KEY="s" * 32, ALERT_WEBHOOK=url).alert_webhook == url


@pytest.mark.parametrize("url", ["https://a.example/#x", "https://user@a.example/", "http://a.example/?x=1"])
def test_webhook_has_neither_user_nor_fragment_nor_plain_http(url):
    assert problems(ALERT_WEBHOOK=url)[0].startswith("REALPAD_FORM_ALERT_WEBHOOK: must be an ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_WEBHOOK", f"http://hooks.example/?sig={CANARY}"),
        ("ALERT_WEBHOOK", f"https://a.example/{CANARY} x"),
        ("ALERT_WEBHOOK", f"https://[{CANARY}"),
        ("ALERT_WEBHOOK", f"https://u:{CANARY}\u2100@a.example/"),
        ("REALPAD_URL", f"https://u:{CANARY}@cms.realpad.eu/"),
        ("REALPAD_URL", f"{CANARY}"),
        ("PUBLIC_URL", f"https://forms.example/?key={CANARY}"),
        ("OIDC_ISSUER", f"http://u:{CANARY}@id.example"),
        ("SMTP_URL", f"smtp://u:{CANARY}@mail.example:99999"),
        ("SMTP_URL", f"{CANARY}"),
        ("ALERT_TO", f"{CANARY}@"),
        ("DATABASE_URL", f"mysql://u:{CANARY}@h/d"),
        ("DATABASE_URL", f"postgresql+psycopg://u:{CANARY}@h:abc/d"),
        ("SLACK_SALES_URL", f"hooks.slack.com/services/{CANARY}"),
        ("TEAMS_SALES_URL", f"https://u:{CANARY}@teams.example/"),
        ("TEAMS_SALES_URL", f"https://teams.example/#{CANARY}"),
        ("LIMITS_URL", f"redis://:{CANARY}@h:abc/0"),
        ("LIMITS_URL", f"{CANARY}"),
        ("SECRET_KEY_FILE", f"{CANARY}"),
        ("DATA_KEY", f"{CANARY}"),
    ],
)
def test_refused_value_is_not_quoted(name, value):
    told = "\n".join(problems(**{name: value}))

    assert f"REALPAD_FORM_{name}" in told
    assert CANARY not in told


@pytest.mark.parametrize(
    "url",
    [
        "smtp://127.0.0.1:99999",
        "smtp://x..y:25",
        "smtp://mail.example:0",
        "smtp://u:pa/ss@mail.example",
        "smtp://u:1#2@mail.example",
        "smtp://u:heslíčko@mail.example",
        "smtp://mail.example?form=a@example.com",
        "smtp://mail.example?from=nobody",
    ],
)
def test_mail_server_that_cannot_be_used_is_refused(url):
    assert problems(SMTP_URL=url, ALERT_TO="a@example.com")[0].startswith("REALPAD_FORM_SMTP_URL: ")


@pytest.mark.parametrize(
    "url",
    [MAIL, "smtp://u%40x:p%2Fw@mail.example:587?from=a@example.com", "smtps://[::1]:465", "smtp://mail/"],
)
def test_mail_server_that_can_be_used_is_taken_as_it_is(url):
    assert load(SECRET_KEY="s" * 32, SMTP_URL=url, ALERT_TO="a@example.com").smtp_url == url


@pytest.mark.parametrize("port", ["", "abc", "0", "65536", "-1", "5432x", "٥٤٣٢"])
def test_database_port_that_cannot_be_is_told_with_all_else(port):
    told = problems(DATABASE_URL=f"postgresql+psycopg://u:p@db.example:{port}/forms", TIMEOUT_S="soon")

    assert [line.partition(":")[0] for line in told] == [
        "REALPAD_FORM_DATABASE_URL",
        "REALPAD_FORM_TIMEOUT_S",
    ]


@pytest.mark.parametrize(
    "server",
    [
        "u:p@db.example:5432/forms",
        "u:p@db.example/forms",
        "u:a:b#c/d?e@db.example:5432/forms",
        "u:p@[::1]:5432/forms",
        "u@db.example/forms",
        "u:a/b@db.example/forms",
        "db.example:5432/forms",
        "/forms?host=/run/postgresql:x",
    ],
)
def test_database_server_is_taken_as_sqlalchemy_reads_it(server):
    url = f"postgresql+psycopg://{server}"

    assert load(SECRET_KEY="s" * 32, DATABASE_URL=url).database_url == url
    assert make_url(url).port in (5432, None)


@pytest.mark.parametrize("between", [",", ", ", "\n", "\r\n", ",\n"])
def test_commas_and_line_ends_part_mail_addresses(folder, between):
    path = folder / "people"
    path.write_text(f"a@example.com{between}b+x@čtvrť.example\n", encoding="utf-8", newline="")

    settings = load(SECRET_KEY="s" * 32, SMTP_URL=MAIL, ALERT_TO_FILE=str(path))

    assert settings.alert_to == ("a@example.com", "b+x@čtvrť.example")


@pytest.mark.parametrize(
    "text", ["nobody", "a@b@", "a b@example.com", "a@example.com;b@example.com", "a@x..y"]
)
def test_recipient_that_is_no_address_is_refused_by_its_number(text):
    assert problems(SMTP_URL=MAIL, ALERT_TO=f"a@example.com,{text}") == (
        "REALPAD_FORM_ALERT_TO: number 2 is no address; write e.g. sales@example.com, boss@example.com",
    )


@pytest.mark.parametrize("url", ["redis://127.0.0.1:abc/0", "redis://127.0.0.1:99999/0", "rediss://a..b/0"])
def test_store_of_limits_that_cannot_be_reached_is_refused(url):
    assert problems(LIMITS_URL=url)[0].startswith("REALPAD_FORM_LIMITS_URL: has a host or port")


@pytest.mark.parametrize(
    "url", ["memory://", "redis://:pw@limits:6379/0", "redis+unix:///run/redis.sock?db=1"]
)
def test_store_of_limits_that_may_be_there_is_taken(url):
    assert load(SECRET_KEY="s" * 32, LIMITS_URL=url).limits_url == url
