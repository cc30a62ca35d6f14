"""The page of the settings: what each is for, its value, and where that comes from.

Of secrets, it says only whether they are set.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, Final, NamedTuple

from flask.typing import ResponseReturnValue

from realpad_form.config import Provenance, Settings
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.forms.messages import _
from realpad_form.services.preview import KEYLESS
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.pages import render

PREFIX: Final = "REALPAD_FORM_"

GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    _("Keys"): {
        "SECRET_KEY": _("Signs form tokens, links and the desk’s cookie"),
        "DATA_KEY": _("Encrypts personal data in the database"),
    },
    _("Database and project files"): {
        "DATA": _("Folder of the embedded database"),
        "DATABASE_URL": _("Database of the leads"),
        "LIMITS_URL": _("Where limits by address are counted"),
        "PROJECTS": _("Folder of the project files"),
        "WRITE_PROJECTS": _("Whether what is published is written into that folder, too"),
    },
    _("Realpad"): {
        "REALPAD_URL": _("Address of Realpad"),
        "CREDENTIALS_<NAME>_LOGIN": _("Login for Realpad"),
        "CREDENTIALS_<NAME>_PASSWORD": _("Password for it"),
    },
    _("Forms"): {
        "PUBLIC_URL": _("Address of this service for the world"),
        "TRUSTED_PROXY_HOPS": _("Proxies of yours in front of the service"),
        "SPOOL": _("Where leads wait while the database is away"),
        "CAPTCHA_<TYPE>_SITEKEY": _("Site key of a captcha service"),
        "CAPTCHA_<TYPE>_SECRET": _("Secret key of a captcha service"),
    },
    _("Mails and messages"): {
        "SMTP_URL": _("Mail server"),
        "ALERT_TO": _("Who gets alerts by mail"),
        "ALERT_WEBHOOK": _("Where alerts are posted"),
        "ALERT_LANGUAGE": _("Language of alerts, where nobody has chosen one"),
        "WEBHOOK_<NAME>_SECRET": _("Signs a webhook"),
        "SLACK_<NAME>_URL": _("Address of a channel in Slack"),
        "TEAMS_<NAME>_URL": _("Address of a channel in Microsoft Teams"),
        "WEBHOOK_ALLOW": _("Hosts of your own network that webhooks may call"),
    },
    _("Sign-in"): {
        "OIDC_ISSUER": _("The company’s sign-in"),
        "OIDC_CLIENT_ID": _("Client id of this service there"),
        "OIDC_CLIENT_SECRET": _("Secret of this service there"),
        "OIDC_REPLACES_PASSKEY": _("Whether people from there need no passkey here"),
        "OIDC_ACR": _("What it calls a sign-in with two factors"),
        "REQUIRE_PASSKEY": _("Whether everybody who sees leads needs a passkey"),
    },
    _("Monitoring and other systems"): {
        "METRICS_TOKEN": _("Opens the metrics to monitoring"),
        "SOURCE_<NAME>_KEY": _("Key of another system that sends leads"),
    },
    _("Delivery"): {
        "TIMEOUT_S": _("Seconds that one call to Realpad may take"),
        "RELAY_CONCURRENCY": _("Calls to Realpad at once"),
        "RELAY_RATE": _("Most calls per login"),
        "RECONCILE_AFTER_S": _("Seconds between two looks at Realpad’s list"),
        "RETRY_FOR_H": _("Hours of outages after which a person decides"),
    },
}
"""What each setting is for, by heading and name without prefix, untranslated.

Headings and settings are those of docs/configuration.md, in its order.
"""

SET: Final = _("set")
NOT_SET: Final = _("not set")

_OPEN: Final = {
    *(each.name.upper() for each in fields(Settings) if each.repr),
    *("RELAY_RATE", "OIDC_ISSUER", "OIDC_REPLACES_PASSKEY", "OIDC_ACR"),
}
"""What is no secret: the fields that the repr shows, so that a new one cannot be forgotten here."""

bp = blueprint("settings", "/people/settings")


class VisibleSetting(NamedTuple):
    """One setting as the page shows it."""

    name: str
    purpose: str  # untranslated
    value: str
    default: str  # "" if it has none
    provenance: Provenance | None  # None for what is not set

    @property
    def is_word(self) -> bool:
        """Whether the value is a word of ours, to be translated."""
        return self.value in (SET, NOT_SET)


@bp.get("")
@needs(Right.SETTINGS)
def show() -> ResponseReturnValue:
    """Show the settings, secrets only as set or not; to limited admins, those of their projects."""
    services, own = deps().services, me().projects
    projects = services.catalog.projects()
    limited_to = None if own is None else [projects[slug] for slug in own & projects.keys()]
    groups = visible_settings(services.settings, limited_to=limited_to)
    return render("desk/admin/settings.html", groups=groups, is_limited=own is not None)


def visible_settings(
    settings: Settings, *, limited_to: Collection[Project] | None = None
) -> dict[str, list[VisibleSetting]]:
    """Return the settings by heading, in the order of the documentation.

    With `limited_to`, only those that belong to some projects: their credentials and captchas. Everything
    else belongs to the whole service.
    """
    defaults = settings.defaults()
    groups = {}
    for heading, purposes in GROUPS.items():
        shown = [
            _visible(settings, name, purpose, default=_text(defaults, name))
            for pattern, purpose in purposes.items()
            for name in (_named(settings, pattern) if limited_to is None else _used(pattern, limited_to))
        ]
        if shown:
            groups[heading] = shown
    return groups


def _named(settings: Settings, pattern: str) -> list[str]:
    """Return the settings that a documented name stands for: those that are set, or itself."""
    regex = re.sub(r"<\w+>", "[A-Z0-9_]+", pattern)
    return sorted(name for name in settings.provenance if re.fullmatch(regex, name)) or [pattern]


def _used(pattern: str, projects: Collection[Project]) -> list[str]:
    """Return the settings that a documented name stands for and that projects need."""
    if pattern.startswith("CREDENTIALS_"):
        names = {project.realpad.credentials.upper().replace("-", "_") for project in projects}
    elif pattern.startswith("CAPTCHA_"):
        names = {project.captcha.upper() for project in projects if project.captcha not in KEYLESS}
    else:
        return []
    return sorted(re.sub(r"<\w+>", name, pattern) for name in names)


def _visible(settings: Settings, name: str, purpose: str, *, default: str) -> VisibleSetting:
    provenance = settings.provenance.get(name)
    given = _text(settings, name) if name in _OPEN else SET
    value = given if provenance else default or NOT_SET
    return VisibleSetting(PREFIX + name, purpose, value, default, provenance)


def _text(settings: Settings, name: str) -> str:
    """Return a setting as it is written; "" if it is not set, or one of many of its kind."""
    value: Any = getattr(settings, name.lower(), None)
    match name:
        case "RELAY_RATE":
            return _rate(settings.relay_pace_s)
        case "SPOOL":
            return str(value or "off")
        case "OIDC_REPLACES_PASSKEY":
            return _plain(settings.oidc is not None and settings.oidc.replaces_passkey)
        case "OIDC_ISSUER":
            return settings.oidc.issuer if settings.oidc else ""
        case "OIDC_ACR":
            return " ".join(settings.oidc.acr) if settings.oidc else ""
    return _plain(value)


def _rate(pace_s: float) -> str:
    """Return as a rate how many seconds are between two calls."""
    if not pace_s:
        return "unlimited"
    return f"{1 / pace_s:g}/second" if pace_s <= 1 else f"{60 / pace_s:g}/minute"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, AllowedHosts):
        return ", ".join(sorted(host if port is None else f"{host}:{port}" for host, port in value.entries))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
