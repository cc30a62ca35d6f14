"""The page of the settings; of secrets, it says only whether they are set."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any, Final

from flask.typing import ResponseReturnValue

from realpad_form.config import Settings
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.pages import render

PREFIX: Final = "REALPAD_FORM_"
NAMES: Final = {"captcha_keys": "CAPTCHA_…", "relay_pace_s": "RELAY_RATE", "oidc": "OIDC_…"}

COUNTED: Final = ("credentials", "captcha_keys")
"""Maps of secrets, of which the names are shown."""

WORDS: Final = {
    "SECRET_KEY": _("Signs form tokens, links and the desk’s cookie"),
    "DATA_KEY": _("Encrypts personal data in the database"),
    "DATA": _("Folder of the embedded database"),
    "DATABASE_URL": _("Database of the leads"),
    "LIMITS_URL": _("Where limits by address are counted"),
    "PROJECTS": _("Folder of the project files"),
    "WRITE_PROJECTS": _("Whether what is published is written into that folder, too"),
    "REALPAD_URL": _("Address of Realpad"),
    "CREDENTIALS": _("Logins for Realpad, by name"),
    "PUBLIC_URL": _("Address of this service for the world"),
    "TRUSTED_PROXY_HOPS": _("Proxies of yours in front of the service"),
    "SPOOL": _("Where leads wait while the database is away"),
    "CAPTCHA_…": _("Keys of captcha services"),
    "SMTP_URL": _("Mail server"),
    "ALERT_TO": _("Who gets alerts by mail"),
    "ALERT_WEBHOOK": _("Where alerts are posted"),
    "ALERT_LANGUAGE": _("Language of alerts, where nobody has chosen one"),
    "WEBHOOK_SECRETS": _("Secrets that sign webhooks"),
    "WEBHOOK_ALLOW": _("Hosts of your own network that webhooks may call"),
    "OIDC_…": _("The company’s sign-in"),
    "REQUIRE_PASSKEY": _("Whether everybody who sees leads needs a passkey"),
    "METRICS_TOKEN": _("Opens the metrics to monitoring"),
    "SOURCE_KEYS": _("Keys of other systems that send leads"),
    "TIMEOUT_S": _("Seconds that one call to Realpad may take"),
    "RELAY_CONCURRENCY": _("Calls to Realpad at once"),
    "RELAY_RATE": _("Most calls per login"),
    "RECONCILE_AFTER_S": _("Seconds between two looks at Realpad’s list"),
    "RETRY_FOR_H": _("Hours of outages after which a person decides"),
}
"""What a setting is for, by its name without prefix, untranslated."""

SET: Final = _("set")
NOT_SET: Final = _("not set")

bp = blueprint("settings", "/people/settings")


@bp.get("")
@needs(Right.SETTINGS)
def show() -> ResponseReturnValue:
    """Show the settings, secrets only as set or not; to limited admins, those of their projects."""
    services, own = deps().services, me().projects
    if own is None:
        settings = visible_settings(services.settings)
    else:
        projects = services.catalog.projects()
        settings = visible_settings_of(services.settings, [projects[slug] for slug in own & projects.keys()])
    words = {PREFIX + name: text for name, text in WORDS.items()}
    return render("desk/admin/settings.html", settings=settings, words=words, is_limited=own is not None)


def visible_settings(settings: Settings) -> list[tuple[str, str]]:
    """Return name and value of each setting, in the order of the documentation.

    A field is secret unless its repr shows it, so a new one cannot be forgotten here.
    """
    return [
        (PREFIX + NAMES.get(each.name, each.name.upper()), _value(each.name, settings, is_open=each.repr))
        for each in fields(settings)
    ]


def visible_settings_of(settings: Settings, projects: Collection[Project]) -> list[tuple[str, str]]:
    """Return name and value of the settings that belong to some projects: their credentials and captchas.

    Everything else belongs to the whole service.
    """
    used: dict[str, set[str]] = {
        "credentials": {project.realpad.credentials for project in projects},
        "captcha_keys": {project.captcha for project in projects},
    }
    return [
        (
            PREFIX + NAMES.get(name, name.upper()),
            ", ".join(sorted(used[name] & set(getattr(settings, name)))) or NOT_SET,
        )
        for name in COUNTED
    ]


def _value(name: str, settings: Settings, *, is_open: bool) -> str:
    value: Any = getattr(settings, name)
    if name in COUNTED:
        return ", ".join(sorted(value)) or NOT_SET
    if name == "oidc":
        return value.issuer if value else NOT_SET
    if not is_open:
        return SET if value else NOT_SET
    if name == "relay_pace_s":  # seconds between two calls, here as the setting is written
        if not value:
            return "unlimited"
        return f"{1 / value:g}/second" if value <= 1 else f"{60 / value:g}/minute"
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None or value == ():
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, AllowedHosts):
        hosts = sorted(host if port is None else f"{host}:{port}" for host, port in value.entries)
        return ", ".join(hosts) or NOT_SET
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
