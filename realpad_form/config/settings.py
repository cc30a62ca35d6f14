"""The settings of a deployment: read once, checked as a whole, never changed."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from realpad_form.config import addresses
from realpad_form.config import reader as read
from realpad_form.config.reader import Reader
from realpad_form.domain.errors import SettingsError
from realpad_form.ports import Credential

CAPTCHAS = ("turnstile", "hcaptcha", "recaptcha", "friendly")


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """What this service is at an OpenID provider."""

    issuer: str  # exactly as the provider writes it
    client_id: str
    secret: str = field(repr=False)
    replaces_passkey: bool = False  # whom the provider has asked for two factors needs no passkey here
    acr: tuple[str, ...] = ()  # what the provider calls a sign-in with two factors


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting by its name in lower case. Source: docs/configuration.md."""

    secret_key: tuple[str, ...] = field(repr=False)  # the first signs
    data_key: tuple[str, ...] = field(repr=False)  # the first encrypts
    data: Path
    database_url: str = field(repr=False)
    limits_url: str = field(repr=False)
    projects: Path
    realpad_url: str  # ends in a slash
    credentials: Mapping[str, Credential]  # by the name that project files use
    public_url: str | None  # without a slash at its end
    trusted_proxy_hops: int
    spool: Path | None
    captcha_keys: Mapping[str, tuple[str, str]] = field(repr=False)  # type → site key, secret
    smtp_url: str | None = field(repr=False)
    alert_to: tuple[str, ...]
    alert_webhook: str | None = field(repr=False)
    oidc: OidcClient | None
    require_passkey: bool  # nobody does anything but look after the own account without one
    metrics_token: str | None = field(repr=False)
    timeout_s: float
    relay_concurrency: int
    relay_pace_s: float  # between two calls of one credential pair
    reconcile_after_s: float
    retry_for_h: float

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Self:
        """Read the settings from the environment over the `.env` of the working folder.

        Raises: SettingsError, with every problem.
        """
        reader = _reader(environ, folder or Path.cwd())
        settings = cls._read(reader)
        reader.report_unknown()
        reader.report_crash_point()
        if reader.problems:
            raise SettingsError(list(dict.fromkeys(reader.problems)))  # some are asked for twice
        return settings

    @staticmethod
    def projects_folder(environ: Mapping[str, str] | None = None) -> Path:
        """Return the folder of project files, for commands that need no other setting."""
        return Path(_reader(environ, Path.cwd()).text("PROJECTS", "./projects"))

    @staticmethod
    def captcha_services(environ: Mapping[str, str] | None = None) -> frozenset[str]:
        """Return the captcha services that have keys, for commands that need no other setting."""
        return frozenset(_captcha_keys(_reader(environ, Path.cwd())))

    @staticmethod
    def public_address(environ: Mapping[str, str] | None = None) -> str | None:
        """Return where the world reaches the service, for commands that need no other setting."""
        return _reader(environ, Path.cwd()).parsed("PUBLIC_URL", addresses.public_address, None)

    @staticmethod
    def secret_files(environ: Mapping[str, str] | None = None) -> tuple[Path, ...]:
        """Return the files that secrets are read from: `.env`, and those that settings name."""
        named = _reader(environ, Path.cwd()).environ.items()
        paths = [Path(path) for key, path in named if re.fullmatch(rf"{read.PREFIX}\w+_FILE", key) and path]
        return (Path(".env"), *sorted(paths))

    @classmethod
    def _read(cls, r: Reader) -> Self:
        data = Path(r.text("DATA", "./data"))
        return cls(
            secret_key=r.secrets("SECRET_KEY", is_required=True),
            data_key=r.secrets("DATA_KEY", is_required=False),
            data=data,
            database_url=r.parsed("DATABASE_URL", addresses.database_url, f"sqlite:///{data / 'leads.db'}"),
            limits_url=r.parsed("LIMITS_URL", addresses.limits_url, "memory://"),
            projects=Path(r.text("PROJECTS", "./projects")),
            realpad_url=r.parsed("REALPAD_URL", addresses.api_address, "https://cms.realpad.eu/ws/v10/"),
            credentials=_credentials(r),
            public_url=r.parsed("PUBLIC_URL", addresses.public_address, None),
            trusted_proxy_hops=r.parsed("TRUSTED_PROXY_HOPS", read.whole(least=0, most=9), 0),
            spool=_spool(r, data),
            captcha_keys=_captcha_keys(r),
            smtp_url=r.parsed("SMTP_URL", addresses.mail_server, None),
            alert_to=_alert_to(r),
            alert_webhook=r.parsed("ALERT_WEBHOOK", addresses.webhook, None),
            oidc=_oidc(r),
            require_passkey=_require_passkey(r),
            metrics_token=r.parsed("METRICS_TOKEN", read.bearer_token, None),
            timeout_s=r.parsed("TIMEOUT_S", read.number(least=0.1, most=300), 15.0),
            relay_concurrency=r.parsed("RELAY_CONCURRENCY", read.whole(least=1, most=64), 4),
            relay_pace_s=r.parsed("RELAY_RATE", read.pace_s, 0.5),
            reconcile_after_s=r.parsed("RECONCILE_AFTER_S", read.number(least=0, most=86_400), 600.0),
            retry_for_h=r.parsed("RETRY_FOR_H", read.number(least=0, most=10_000), 120.0),
        )


def _reader(environ: Mapping[str, str] | None, folder: Path) -> Reader:
    """Return a reader of the environment over the `.env` of a folder. Raises: SettingsError."""
    dotenv = read.read_env_file(folder / ".env")
    return Reader({**dotenv, **(os.environ if environ is None else environ)})


def _credentials(r: Reader) -> dict[str, Credential]:
    """Return every complete login pair; half a pair is a problem."""
    found = {m[1] for m in r.names(r"CREDENTIALS_([A-Z0-9_]+)_(?:LOGIN|PASSWORD)(?:_FILE)?")}
    credentials = {}
    for name in sorted(found):
        login, password = (r.text(f"CREDENTIALS_{name}_{part}") for part in ("LOGIN", "PASSWORD"))
        if not (login and password):
            missing = "PASSWORD" if login else "LOGIN"
            r.problems.append(f"{read.PREFIX}CREDENTIALS_{name}_{missing} is not set")
        slug = name.lower().replace("_", "-")
        credentials[slug] = Credential(name=slug, login=login, password=password)
    return credentials


def _alert_to(r: Reader) -> tuple[str, ...]:
    """Return who gets alerts by mail; recipients and a mail server need each other."""
    nobody: tuple[str, ...] = ()
    recipients = r.parsed("ALERT_TO", addresses.mail_addresses, nobody)
    if bool(r.text("ALERT_TO")) != bool(r.text("SMTP_URL")):
        missing = "SMTP_URL" if r.text("ALERT_TO") else "ALERT_TO"
        r.problems.append(f"{read.PREFIX}{missing} is not set, so no alert would be mailed")
    return recipients


def _oidc(r: Reader) -> OidcClient | None:
    """Return what we are at the OpenID provider; all of it or nothing, and our own address."""
    issuer = r.parsed("OIDC_ISSUER", addresses.web_address, "")
    client_id, secret = r.text("OIDC_CLIENT_ID"), r.text("OIDC_CLIENT_SECRET")
    replaces_passkey = r.parsed("OIDC_REPLACES_PASSKEY", read.yes_or_no, False)
    acr = tuple(r.text("OIDC_ACR").split())
    if not (r.text("OIDC_ISSUER") or client_id or secret or r.text("OIDC_REPLACES_PASSKEY") or acr):
        return None
    for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PUBLIC_URL"):
        if not r.text(name):
            r.problems.append(f"{read.PREFIX}{name} is not set, which sign-in by OpenID Connect needs")
    return OidcClient(
        issuer=issuer, client_id=client_id, secret=secret, replaces_passkey=replaces_passkey, acr=acr
    )


def _require_passkey(r: Reader) -> bool:
    """Return whether everybody needs a passkey; nobody could add one without a host name of ours."""
    is_required = r.parsed("REQUIRE_PASSKEY", read.yes_or_no, False)
    public_url = r.parsed("PUBLIC_URL", addresses.public_address, None)
    if is_required and not addresses.has_host_name(public_url or ""):
        problem = "needs a host name, and no IP address, in REALPAD_FORM_PUBLIC_URL: passkeys are bound to it"
        r.problems.append(f"{read.PREFIX}REQUIRE_PASSKEY {problem}")
    return is_required


def _captcha_keys(r: Reader) -> dict[str, tuple[str, str]]:
    """Return site key and secret of each captcha service; half a pair is a problem."""
    keys = {}
    for kind in CAPTCHAS:
        site, secret = (r.text(f"CAPTCHA_{kind.upper()}_{part}") for part in ("SITEKEY", "SECRET"))
        if bool(site) != bool(secret):
            missing = "SECRET" if site else "SITEKEY"
            r.problems.append(f"{read.PREFIX}CAPTCHA_{kind.upper()}_{missing} is not set")
        if site and secret:
            keys[kind] = (site, secret)
    return keys


def _spool(r: Reader, data: Path) -> Path | None:
    """Return the spool folder, or None if it is off."""
    text = r.text("SPOOL")
    if text == "off":
        return None
    spool = Path(text or data / "spool")
    # found out later, it would cost the leads that the database cannot take
    there = next((path for path in (spool, *spool.parents) if path.exists()), spool)
    if there.exists() and not there.is_dir():
        r.problems.append(f"{read.PREFIX}SPOOL: {there} is not a folder")
    return spool
