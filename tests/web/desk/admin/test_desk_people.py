"""Pages of admins: people, the audit log, the settings."""

import csv
import html
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from people_world import make_passkey

from realpad_form.config import Provenance, Settings
from realpad_form.domain.people import AuditAction, Particulars, Proof, Role
from realpad_form.web.desk.admin.settings import GROUPS, visible_settings
from realpad_form.web.desk.i18n import ZONE

NEW = {"email": "jana@firma.example", "name": "Jana Malá", "role": "operator"}


@pytest.fixture
def admin(desk):
    return desk("admin")


@pytest.fixture
def jana(services):
    return services.people.add("jana@firma.example", Particulars(name="Jana Malá", role=Role.OPERATOR))[0]


def test_added_person_gets_a_link_that_is_shown_once(admin, services):
    added = admin.post("/people/", {**NEW, "limited": "1", "projects": ["riverside"], "masked": "1"})

    secret = re.search(r"/account/link/([\w-]+)", added.text)[1]
    person = services.accounts.owner_of(secret)
    assert (person.projects, person.is_masked, person.role) == ({"riverside"}, True, "operator")
    assert secret not in admin.text("/people/")
    [entry] = services.audit.entries(subject=str(person.id))
    assert (entry.action, entry.by) == (AuditAction.PERSON_ADDED, admin.person.id)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "jana"}, "name@example.com"),
        ({"email": "admin@example.com"}, "is there already"),
        ({"name": " "}, "1 to 200 characters"),
    ],
)
def test_mistake_is_told_at_its_field_and_nothing_is_lost(admin, services, typed, told):
    refused = admin.post("/people/", {**NEW, **typed})

    assert refused.status_code == 422
    assert told in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert html.escape({**NEW, **typed}["email"]) in refused.text
    assert len(services.people.everybody()) == 1


def test_who_may_see_leads_and_has_no_passkey_is_marked(admin, services, jana):
    services.people.add("eva@firma.example", Particulars(name="Eva", role=Role.MARKETER))

    def marked():
        rows = admin.text("/people/").split("<tr")[1:]
        return [re.search(r"[a-z]+@[a-z.]+", row)[0] for row in rows if 'class="tag wait">no passkey<' in row]

    assert marked() == ["admin@example.com", "jana@firma.example"]
    services.roster.add_passkey(make_passkey(jana.id))
    assert marked() == ["admin@example.com"]


def test_role_that_is_none_becomes_the_least(admin, services):
    admin.post("/people/", {**NEW, "role": "king"})

    assert services.people.find("jana@firma.example").role is Role.MARKETER


def test_change_holds_at_once(admin, jana, services):
    admin.text(f"/people/{jana.id}")

    changed = admin.post(f"/people/{jana.id}", {"name": "Jana Nová", "role": "marketer", "limited": "1"})

    assert changed.location == "/people/"
    after = services.roster.get(jana.id)
    assert (after.name, after.role, after.projects) == ("Jana Nová", "marketer", frozenset())


def test_disabled_person_can_be_let_in_again(admin, jana, services):
    admin.post(f"/people/{jana.id}/disable")
    assert services.roster.get(jana.id).disabled_at
    assert "disabled" in admin.text("/people/")

    admin.post(f"/people/{jana.id}/enable")
    assert services.roster.get(jana.id).disabled_at is None


def test_reset_shows_a_new_link(admin, jana, services):
    shown = admin.post(f"/people/{jana.id}/reset")

    secret = re.search(r"/account/link/([\w-]+)", shown.text)[1]
    assert services.accounts.owner_of(secret) == jana


def test_forgotten_password_gets_a_link_that_leaves_the_passkeys(admin, jana, services):
    services.roster.add_passkey(make_passkey(jana.id))
    assert 'name="keep_passkeys" value="1"' in admin.text(f"/people/{jana.id}")

    shown = admin.post(f"/people/{jana.id}/reset", {"keep_passkeys": "1"})

    secret = re.search(r"/account/link/([\w-]+)", shown.text)[1]
    assert services.accounts.owner_of(secret) == jana
    assert len(services.roster.passkeys(jana.id)) == 1
    admin.post(f"/people/{jana.id}/reset")
    assert services.roster.passkeys(jana.id) == []


def test_person_is_signed_out_everywhere_by_a_button(admin, jana, services):
    session = services.sign_in.open(Proof(person=jana), address="192.0.2.1", how="test")
    assert f'action="/people/{jana.id}/sign-out"' in admin.text(f"/people/{jana.id}")

    done = admin.post(f"/people/{jana.id}/sign-out")

    assert done.location == f"/people/{jana.id}"
    assert "Jana Malá is signed out everywhere." in admin.text(done.location)
    assert services.sign_in.resume(session.token) is None
    entry = services.audit.entries(subject=str(jana.id))[0]
    assert (entry.action, entry.by) == (AuditAction.SESSION_ENDED, admin.person.id)


def test_last_admin_can_be_signed_out(admin, services):
    assert admin.post(f"/people/{admin.person.id}/sign-out").status_code == 303

    assert services.sessions.of(admin.person.id) == []


def test_last_admin_cannot_give_up(admin, services):
    me = admin.person.id

    for path, typed in ((f"/people/{me}/disable", {}), (f"/people/{me}", {"name": "A", "role": "operator"})):
        refused = admin.post(path, typed)
        assert refused.status_code == 422
        assert "last administrator" in refused.text
    assert services.roster.get(me) == admin.person


def test_nobody_is_a_404(admin):
    assert admin.get(f"/people/{uuid4()}").status_code == 404
    assert admin.post(f"/people/{uuid4()}/disable").status_code == 404


def test_audit_log_is_filtered_and_paged(admin, jana, services):
    for number in range(120):
        services.audit.record(AuditAction.VIEWED, by=jana.id, subject=f"lead-{number}")

    pages = [admin.text(f"/people/audit?by={jana.id}")]
    while older := re.search(r'href="(/people/audit\?[^"]+)">Older<', pages[-1]):
        pages.append(admin.text(html.unescape(older[1])))

    shown = [re.findall(r"<bdi>lead-(\d+)<", page) for page in pages]
    assert [len(each) for each in shown] == [50, 50, 20]
    assert [int(number) for page in shown for number in page] == list(range(119, -1, -1))
    assert ">lead-7<" in admin.text("/people/audit?subject=lead-7")
    assert ">lead-8<" not in admin.text("/people/audit?subject=lead-7")


def test_strange_filters_of_the_audit_log_find_nothing_and_break_nothing(admin):
    for query in ("by=x&before=y", "subject=%00", "subject=" + "x" * 300, f"before={'9' * 30}"):
        assert admin.get(f"/people/audit?{query}").status_code == 200, query


def test_every_deed_has_words_and_can_be_chosen(admin, services):
    for action in AuditAction:
        services.audit.record(action, by=None, subject=f"about-{action}")

    assert "revoked a consent" in admin.text("/people/audit")
    for action in AuditAction:
        shown = abouts(admin.text(f"/people/audit?what={action}"))
        assert [each for each in shown if each.startswith("about-")] == [f"about-{action}"]


def abouts(page):
    """Return what the entries of a page are about, as people read it."""
    return re.findall(r'class="about"[^>]*><bdi>([^<]*)<', page)


def test_audit_log_is_filtered_by_kind_and_day(admin, services):
    for action, subject in [(AuditAction.CORRECTED, "a"), (AuditAction.PERSON_RESET, "b")]:
        services.audit.record(action, by=admin.person.id, subject=subject)
    today = datetime.now(ZONE).date()

    assert abouts(admin.text("/people/audit?what=leads")) == ["a"]
    assert abouts(admin.text(f"/people/audit?since={today}&what=leads")) == ["a"]
    assert abouts(admin.text(f"/people/audit?until={today - timedelta(days=1)}")) == []
    assert "a" in abouts(admin.text("/people/audit?what=nonsense&since=yesterday&until=2026-13-01"))


def test_looks_at_lists_are_shown_only_if_asked_for(admin):
    admin.text("/inbox/")

    assert "viewed a list of leads" not in admin.text("/people/audit")
    assert "viewed a list of leads" in admin.text("/people/audit?lists=1")


def test_audit_log_names_people_projects_and_leads_instead_of_their_ids(admin, jana, services):
    lead_id = uuid4()
    services.sign_in.sign_in(jana.email, "wrong", address="192.0.2.1")
    services.audit.record(AuditAction.TESTED, by=jana.id, subject="riverside")
    services.audit.record(AuditAction.DISCARDED, by=jana.id, subject=str(lead_id))

    page = admin.text("/people/audit")

    assert abouts(page)[:4] == [f"lead {lead_id.hex[:8]}", "Riverside Residences", "Jana Malá", "Jana Malá"]
    assert f'href="/inbox/leads/{lead_id}"' in page
    assert "nobody signed in" in page
    assert len(abouts(admin.text("/people/audit?about=jana@firma.example"))) == 2
    assert abouts(admin.text("/people/audit?about=jana malá")) == abouts(
        admin.text(f"/people/audit?about={jana.id}")
    )


def test_audit_log_is_taken_as_a_file_in_local_time_and_that_is_written_down(admin, jana, services):
    services.audit.record(AuditAction.RELEASED, by=jana.id, subject="=1+1", detail="2")

    answer = admin.post("/people/audit/export", {"format": "csv", "what": "leads"})

    [row] = csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")))
    assert (row["Who"], row["What"], row["About"], row["Id of who"]) == (
        "Jana Malá",
        "released a lead",
        "'=1+1",
        str(jana.id),
    )
    written = datetime.fromisoformat(row["When"]).replace(tzinfo=ZONE)
    assert timedelta(0) <= datetime.now(ZONE) - written < timedelta(minutes=1)
    [entry] = services.audit.entries(actions=[AuditAction.AUDIT_EXPORTED])
    assert (entry.by, entry.detail) == (admin.person.id, "csv, 1")


def test_workbook_of_the_audit_log_has_times_to_reckon_with(admin):
    answer = admin.post("/people/audit/export", {"format": "xlsx"})

    sheet = load_workbook(io.BytesIO(answer.get_data())).worksheets[0]
    assert isinstance(sheet["A2"].value, datetime)


def test_audit_log_has_no_other_format(admin, services):
    assert admin.post("/people/audit/export", {"format": "exe"}).status_code == 400
    assert services.audit.entries(actions=[AuditAction.AUDIT_EXPORTED]) == []


def test_page_of_the_audit_log_stays_small(admin, jana, services):
    for number in range(60):
        services.audit.record(
            AuditAction.VIEWED,
            by=jana.id,
            subject=str(uuid4()),
            detail=f"{number} fields",
            project="riverside",
        )

    assert len(admin.get("/people/audit").get_data()) <= 60_000


def test_hostile_name_is_shown_as_text(admin, services):
    services.people.add("x@firma.example", Particulars(name="<script>alert(1)</script>", role=Role.OPERATOR))

    assert "&lt;script&gt;alert(1)" in admin.text("/people/")
    assert "<script>alert" not in admin.text("/people/") + admin.text("/people/audit")


@pytest.fixture
def visible(folder):
    """Return the settings as the page shows them, by the name without prefix."""

    def load(*, env_file="", limited_to=None, **settings):
        (folder / ".env").write_text(env_file, encoding="utf-8")
        values = {"SECRET_KEY": "s" * 32, **settings}
        environ = {f"REALPAD_FORM_{name}": value for name, value in values.items() if value}
        loaded = Settings.load(environ, folder=folder)
        shown = visible_settings(loaded, limited_to=limited_to)
        return {each.name.removeprefix("REALPAD_FORM_"): each for group in shown.values() for each in group}

    return load


def test_settings_are_said_in_words_with_their_names(admin):
    page = admin.text("/people/settings")

    assert 'Folder of the project files<br><code class="dim">REALPAD_FORM_PROJECTS</code>' in page
    assert "AllowedHosts" not in page


def test_settings_and_their_headings_are_those_of_the_documentation_in_its_order():
    documented, heading = {}, ""
    for line in Path("docs/configuration.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        if name := re.match(r"\| `REALPAD_FORM_([A-Z_<>]+)`", line):
            documented.setdefault(heading, []).append(name[1])

    assert list(documented.items()) == [(heading, list(names)) for heading, names in GROUPS.items()]


def test_defaults_are_those_of_the_documentation(visible):
    text = Path("docs/configuration.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `REALPAD_FORM_([A-Z_<>]+)` \| ([^|]+) \|", text, re.MULTILINE))
    plain = {
        name: re.sub("^none.*", "", default.strip("`").replace("{DATA}", "data").removeprefix("./"))
        for name, default in documented.items()
    }

    assert {name: each.default for name, each in visible().items()} == plain


@pytest.mark.parametrize(
    ("env_file", "given", "provenance"),
    [
        ("", {}, None),
        ("", {"TIMEOUT_S": " "}, None),
        ("", {"TIMEOUT_S": "3"}, Provenance(is_env_file=False, is_named_file=False)),
        ("REALPAD_FORM_TIMEOUT_S=3", {}, Provenance(is_env_file=True, is_named_file=False)),
        ("REALPAD_FORM_TIMEOUT_S=4", {"TIMEOUT_S": "3"}, Provenance(is_env_file=False, is_named_file=False)),
        ("REALPAD_FORM_TIMEOUT_S_FILE={file}", {}, Provenance(is_env_file=True, is_named_file=True)),
        ("", {"TIMEOUT_S_FILE": "{file}"}, Provenance(is_env_file=False, is_named_file=True)),
    ],
)
def test_setting_says_where_it_comes_from(visible, tmp_path, env_file, given, provenance):
    path = tmp_path / "timeout"
    path.write_text("3")
    given = {name: value.format(file=path) for name, value in given.items()}

    shown = visible(env_file=env_file.format(file=path), **given)["TIMEOUT_S"]

    assert (shown.provenance, shown.value, shown.default) == (provenance, "3" if provenance else "15", "15")


@pytest.fixture
def env_file(folder):
    """A `.env` that sets one thing by itself and names a file for another."""
    (folder / "hook").write_text("https://hooks.example/canary")
    lines = (f"REALPAD_FORM_ALERT_WEBHOOK_FILE={folder / 'hook'}", "REALPAD_FORM_RELAY_CONCURRENCY=9")
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")


def test_page_says_where_settings_come_from_and_names_no_file_of_a_secret(env_file, admin, folder):
    page = admin.text("/people/settings")

    assert '.env<br><small class="dim">Default: <code>4</code></small>' in page
    assert "the file that <code>REALPAD_FORM_ALERT_WEBHOOK_FILE</code> names in .env" in page
    assert "the environment" in page
    assert "canary" not in page
    assert str(folder / "hook") not in page


def test_defaults_that_depend_on_the_data_folder_follow_it(visible, tmp_path):
    shown = visible(DATA=str(tmp_path))

    assert shown["DATA"].default == "data"
    assert shown["DATABASE_URL"].value == f"sqlite:///{tmp_path}/leads.db"
    assert shown["SPOOL"].value == f"{tmp_path}/spool"


def test_spool_that_is_off_is_not_called_unset(visible):
    assert visible(SPOOL="off")["SPOOL"].value == "off"


def test_each_of_several_settings_of_a_kind_is_shown(visible):
    shown = visible(
        CREDENTIALS_RIVERSIDE_LOGIN="a", CREDENTIALS_RIVERSIDE_PASSWORD="b",
        CREDENTIALS_SEA_SIDE_LOGIN="c", CREDENTIALS_SEA_SIDE_PASSWORD="d",
    )  # fmt: skip

    assert [name for name in shown if name.startswith("CREDENTIALS")] == [
        "CREDENTIALS_RIVERSIDE_LOGIN", "CREDENTIALS_SEA_SIDE_LOGIN",
        "CREDENTIALS_RIVERSIDE_PASSWORD", "CREDENTIALS_SEA_SIDE_PASSWORD",
    ]  # fmt: skip
    assert visible()["CREDENTIALS_<NAME>_LOGIN"].value == "not set"


def test_hosts_that_webhooks_may_call_are_listed(visible):
    shown = visible(WEBHOOK_ALLOW="n8n.internal,127.0.0.1:5678")

    assert shown["WEBHOOK_ALLOW"].value == "127.0.0.1:5678, n8n.internal"


def test_settings_show_no_secret(visible, tmp_path):
    shown = visible(
        SECRET_KEY="canary-secret" * 3,
        DATA_KEY="canary-data" * 4,
        DATABASE_URL=f"sqlite:///{tmp_path}/canary-leads.db",
        LIMITS_URL="redis://:canary-redis@localhost/0",
        SMTP_URL="smtp://me:canary-smtp@mail.example:587",
        ALERT_TO="boss@firma.example",
        ALERT_WEBHOOK="https://hooks.example/canary-hook",
        CAPTCHA_TURNSTILE_SITEKEY="site",
        CAPTCHA_TURNSTILE_SECRET="canary-captcha",
        CREDENTIALS_RIVERSIDE_LOGIN="canary-login",
        CREDENTIALS_RIVERSIDE_PASSWORD="canary-password",
        PUBLIC_URL="https://forms.example",
        OIDC_ISSUER="https://id.example",
        OIDC_CLIENT_ID="canary-client",
        OIDC_CLIENT_SECRET="canary-oidc",
        METRICS_TOKEN="canary-metrics",
        SLACK_SALES_URL="https://hooks.slack.com/services/canary",
        TEAMS_SALES_URL="https://x.webhook.office.com/canary",
        SOURCE_ADS_KEY="canary-source-key-of-32-bytes-at-least",
    )

    assert "canary" not in str(shown)
    assert shown["SECRET_KEY"].value == shown["SMTP_URL"].value == shown["SOURCE_ADS_KEY"].value == "set"
    assert shown["OIDC_ISSUER"].value == "https://id.example"
    assert shown["TIMEOUT_S"].value == "15"


@pytest.mark.parametrize(
    ("written", "shown_as"),
    [("2/second", "2/second"), ("30/minute", "30/minute"), ("90/hour", "1.5/minute"), ("unlimited",) * 2],
)
def test_rate_is_shown_as_it_is_written(visible, written, shown_as):
    assert visible(RELAY_RATE=written)["RELAY_RATE"].value == shown_as


@pytest.mark.parametrize("word", ["yes", "no"])
def test_switch_is_shown_as_it_is_written(visible, word):
    shown = visible(PUBLIC_URL="https://forms.example", REQUIRE_PASSKEY=word)

    assert shown["REQUIRE_PASSKEY"].value == word


def test_settings_are_shown_to_admins(admin):
    page = admin.text("/people/settings")

    assert "REALPAD_FORM_SECRET_KEY" in page
    assert "canary" not in page
