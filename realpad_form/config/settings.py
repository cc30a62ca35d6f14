"""The settings of a deployment: read once from environment and `.env`, checked as a whole, never changed."""

import difflib
import io
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar

from dotenv.parser import Binding, parse_stream

from realpad_form.config import parsers
from realpad_form.domain import crash
from realpad_form.domain.errors import SettingsError
from realpad_form.domain.people import LANGUAGES
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.ports import Credential

CAPTCHAS = ("turnstile", "hcaptcha", "recaptcha", "friendly")

PREFIX: Final = "REALPAD_FORM_"

ALIKE: Final = 0.75
"""How close a name must be to be guessed at, from 0 to 1; the prefix, which all share, does not count."""

T = TypeVar("T")


class Provenance(NamedTuple):
    """Where the value of a setting comes from, if it is not its default."""

    is_env_file: bool  # from `.env`, and not from the environment
    is_named_file: bool  # from the file that NAME_FILE names there


class Reader:
    """Looks settings up by name, each also as `NAME_FILE`, and remembers what was asked for, and found where.

    `env_file` is what `.env` says; the environment wins.
    """

    def __init__(self, environ: Mapping[str, str], *, env_file: Mapping[str, str] | None = None) -> None:
        self.environ = {**(env_file or {}), **environ}
        self.problems: list[str] = []
        self.asked: set[str] = set()
        self.found: dict[str, Provenance] = {}  # by the name without prefix
        self._in_env_file = (env_file or {}).keys() - environ.keys()

    def text(self, name: str, default: str = "") -> str:
        """Return a setting, from `NAME` or the file that `NAME_FILE` names; blank counts as not set."""
        key = PREFIX + name
        self.asked |= {key, f"{key}_FILE"}
        given, path = self._value(key), self._value(f"{key}_FILE")
        if given and path:
            self.problems.append(f"{key} and {key}_FILE are both set; keep one")
        if given or path:
            is_env_file = (f"{key}_FILE" if path else key) in self._in_env_file
            self.found[name] = Provenance(is_env_file, is_named_file=bool(path))
        if not path:
            return given or default
        try:
            text = Path(path).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:  # quotes no path, which may be a secret by mistake
            reason = getattr(error, "strerror", None) or "not a text file"
            self.problems.append(f"{key}_FILE: cannot read the file it names: {reason}")
            return default
        if not text:
            self.problems.append(f"{key}_FILE: the file it names is empty")
        return text or default

    def parsed(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return a setting as `parse` reads it; what it says in a ValueError becomes a problem."""
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{PREFIX}{name}: {error}")
            return default

    def secrets(self, name: str, *, is_required: bool) -> tuple[str, ...]:
        """Return a comma list of secrets of at least 32 bytes each, the first one in use."""
        text = self.text(name)
        keys = tuple(key.strip() for key in text.split(",") if key.strip())
        if text and not keys:
            self.problems.append(f"{PREFIX}{name} is only commas; write at least 32 random bytes")
        elif is_required and not keys:
            self.problems.append(f"{PREFIX}{name} is not set; `realpad-form init` writes a fresh one")
        if any(len(key.encode()) < 32 for key in keys):
            self.problems.append(f"{PREFIX}{name} is too short; use at least 32 random bytes")
        return keys

    def names(self, pattern: str) -> list[re.Match[str]]:
        """Return the matches of `pattern` among the settings' names without prefix, sorted."""
        names = sorted(key.removeprefix(PREFIX) for key in self.environ if key.startswith(PREFIX))
        return [match for name in names if (match := re.fullmatch(pattern, name))]

    def report_unknown(self) -> None:
        """Add a problem for each setting that nobody asked for."""
        for key in sorted(self.environ):
            if key.startswith(PREFIX) and key not in self.asked | {crash.SETTING}:
                names = [name.removeprefix(PREFIX) for name in self.asked]
                near = difflib.get_close_matches(key.removeprefix(PREFIX), names, n=1, cutoff=ALIKE)
                hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
                self.problems.append(f"{key} is not a setting{hint}")

    def report_crash_point(self) -> None:
        """Add a problem if a process is to die at a point that is none: a test of it would prove nothing."""
        name = self.environ.get(crash.SETTING, "")
        if name.strip() and name not in tuple(crash.CrashPoint):
            known = ", ".join(crash.CrashPoint)
            self.problems.append(f"{crash.SETTING}: {name!r} is no crash point; those are {known}")

    def _value(self, key: str) -> str:
        """Return what the environment says, without the blanks around it."""
        value = self.environ.get(key, "").strip()
        try:
            value.encode()
        except UnicodeEncodeError:  # bytes that are no text come as lone surrogates
            self.problems.append(f"{key} is not text in UTF-8")
            return ""
        return value


def read_env_file(path: Path) -> dict[str, str]:
    """Return the settings of a `.env`, none if there is no file.

    A line that is no `NAME=value`, or that names a setting and gives it none, may be a key that is not used.

    Raises: SettingsError, if the file or a line of it cannot be read; no line is quoted.
    """
    if not path.exists() or path.is_dir():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file in UTF-8"
        raise SettingsError([f"{path} cannot be read: {reason}"]) from error
    settings, problems = dict[str, str](), list[str]()
    for binding in parse_stream(io.StringIO(text)):
        is_ours = (binding.key or "").startswith(PREFIX)
        if binding.error or (is_ours and binding.value is None):
            problems.append(f"{path}:{_line(binding)}: write NAME=value, or # before what is no setting")
        elif binding.key and binding.value is not None:
            settings[binding.key] = binding.value
    if problems:
        raise SettingsError(problems)
    return settings


def _line(binding: Binding) -> int:
    """Return the line on which a binding's text begins; blank lines before it are part of it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.count("\n")


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
    write_projects: bool  # what is published elsewhere is written into that folder, where it is writable
    realpad_url: str  # ends in a slash
    credentials: Mapping[str, Credential]  # by the name that project files use
    public_url: str | None  # without a slash at its end
    trusted_proxy_hops: int
    spool: Path | None
    captcha_keys: Mapping[str, tuple[str, str]] = field(repr=False)  # type → site key, secret
    smtp_url: str | None = field(repr=False)
    alert_to: tuple[str, ...]
    alert_webhook: str | None = field(repr=False)
    alert_language: str  # of alerts to who is no person of the desk, or has chosen none
    webhook_secrets: Mapping[str, tuple[bytes, ...]] = field(repr=False)  # by the name in project files
    chat_addresses: Mapping[str, str] = field(repr=False)  # by kind and name in project files: slack:sales
    webhook_allow: AllowedHosts  # hosts that may be plain http, or of our own network
    oidc: OidcClient | None
    require_passkey: bool  # nobody does anything but look after the own account without one
    metrics_token: str | None = field(repr=False)
    source_keys: Mapping[str, tuple[str, ...]] = field(repr=False)  # by the name that project files use
    timeout_s: float
    relay_concurrency: int
    relay_pace_s: float  # between two calls of one credential pair
    reconcile_after_s: float
    retry_for_h: float
    provenance: Mapping[str, Provenance] = field(repr=False, compare=False)  # by name; of defaults, nothing

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

    def defaults(self) -> Self:
        """Return the settings as they would be if nothing was set but the folder that some of them are in."""
        data = {} if "DATA" not in self.provenance else {f"{PREFIX}DATA": str(self.data)}
        nothing = self._read(Reader({}))
        return replace(self._read(Reader(data)), data=nothing.data)

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
        return _reader(environ, Path.cwd()).parsed("PUBLIC_URL", parsers.public_address, None)

    @staticmethod
    def allowed_receivers(environ: Mapping[str, str] | None = None) -> AllowedHosts:
        """Return the hosts that webhooks may be sent to, for commands that need no other setting."""
        return _reader(environ, Path.cwd()).parsed("WEBHOOK_ALLOW", parsers.webhook_hosts, AllowedHosts())

    @staticmethod
    def secret_files(environ: Mapping[str, str] | None = None) -> tuple[Path, ...]:
        """Return the files that secrets are read from: `.env`, and those that settings name."""
        named = _reader(environ, Path.cwd()).environ.items()
        paths = [Path(path) for key, path in named if re.fullmatch(rf"{PREFIX}\w+_FILE", key) and path]
        return (Path(".env"), *sorted(paths))

    @classmethod
    def _read(cls, r: Reader) -> Self:
        data = Path(r.text("DATA", "./data"))
        return cls(
            secret_key=r.secrets("SECRET_KEY", is_required=True),
            data_key=r.secrets("DATA_KEY", is_required=False),
            data=data,
            database_url=r.parsed("DATABASE_URL", parsers.database_url, f"sqlite:///{data / 'leads.db'}"),
            limits_url=r.parsed("LIMITS_URL", parsers.limits_url, "memory://"),
            projects=Path(r.text("PROJECTS", "./projects")),
            write_projects=r.parsed("WRITE_PROJECTS", parsers.yes_or_no, True),
            realpad_url=r.parsed("REALPAD_URL", parsers.api_address, "https://cms.realpad.eu/ws/v10/"),
            credentials=_credentials(r),
            public_url=r.parsed("PUBLIC_URL", parsers.public_address, None),
            trusted_proxy_hops=r.parsed("TRUSTED_PROXY_HOPS", parsers.whole(least=0, most=9), 0),
            spool=_spool(r, data),
            captcha_keys=_captcha_keys(r),
            smtp_url=r.parsed("SMTP_URL", parsers.mail_server, None),
            alert_to=_alert_to(r),
            alert_webhook=r.parsed("ALERT_WEBHOOK", parsers.webhook, None),
            alert_language=r.parsed("ALERT_LANGUAGE", parsers.one_of(*LANGUAGES), "en"),
            webhook_secrets=_webhook_secrets(r),
            chat_addresses=_chat_addresses(r),
            webhook_allow=r.parsed("WEBHOOK_ALLOW", parsers.webhook_hosts, AllowedHosts()),
            oidc=_oidc(r),
            require_passkey=_require_passkey(r),
            metrics_token=r.parsed("METRICS_TOKEN", parsers.bearer_token, None),
            source_keys=_source_keys(r),
            timeout_s=r.parsed("TIMEOUT_S", parsers.number(least=0.1, most=300), 15.0),
            relay_concurrency=r.parsed("RELAY_CONCURRENCY", parsers.whole(least=1, most=64), 4),
            relay_pace_s=r.parsed("RELAY_RATE", parsers.pace_s, 0.5),
            reconcile_after_s=r.parsed("RECONCILE_AFTER_S", parsers.number(least=0, most=86_400), 600.0),
            retry_for_h=r.parsed("RETRY_FOR_H", parsers.number(least=0, most=10_000), 120.0),
            provenance=r.found,  # filled in by all of the above
        )


def _reader(environ: Mapping[str, str] | None, folder: Path) -> Reader:
    """Return a reader of the environment over the `.env` of a folder. Raises: SettingsError."""
    env_file = read_env_file(folder / ".env")
    return Reader(os.environ if environ is None else environ, env_file=env_file)


def _credentials(r: Reader) -> dict[str, Credential]:
    """Return every complete login pair; half a pair is a problem, and a blank one is none."""
    found = {m[1] for m in r.names(r"CREDENTIALS_([A-Z0-9_]+)_(?:LOGIN|PASSWORD)(?:_FILE)?")}
    credentials = {}
    for name in sorted(found):
        login, password = (r.text(f"CREDENTIALS_{name}_{part}") for part in ("LOGIN", "PASSWORD"))
        if not (login or password):
            continue
        if not (login and password):
            missing = "PASSWORD" if login else "LOGIN"
            r.problems.append(f"{PREFIX}CREDENTIALS_{name}_{missing} is not set")
        slug = name.lower().replace("_", "-")
        credentials[slug] = Credential(name=slug, login=login, password=password)
    return credentials


def _webhook_secrets(r: Reader) -> dict[str, tuple[bytes, ...]]:
    """Return the secrets of each webhook by its name in project files."""
    found = {m[1] for m in r.names(r"WEBHOOK_([A-Z0-9_]+)_SECRET(?:_FILE)?")}
    nothing: tuple[bytes, ...] = ()
    secrets = {name: r.parsed(f"WEBHOOK_{name}_SECRET", parsers.webhook_secrets, nothing) for name in found}
    return {name.lower().replace("_", "-"): keys for name, keys in sorted(secrets.items()) if keys}


def _chat_addresses(r: Reader) -> dict[str, str]:
    """Return where messages for chats go, by kind and name in project files, as `slack:sales`."""
    found = sorted({(m[1], m[2]) for m in r.names(r"(SLACK|TEAMS)_([A-Z0-9_]+)_URL(?:_FILE)?")})
    addresses = {
        f"{kind.lower()}:{name.lower().replace('_', '-')}": r.parsed(
            f"{kind}_{name}_URL", parsers.chat_address, ""
        )
        for kind, name in found
    }
    return {name: address for name, address in addresses.items() if address}


def _alert_to(r: Reader) -> tuple[str, ...]:
    """Return who gets alerts by mail, which need a mail server; the server may be for other mails alone."""
    nobody: tuple[str, ...] = ()
    recipients = r.parsed("ALERT_TO", parsers.mail_addresses, nobody)
    if r.text("ALERT_TO") and not r.text("SMTP_URL"):
        r.problems.append(f"{PREFIX}SMTP_URL is not set, so no alert would be mailed")
    return recipients


def _oidc(r: Reader) -> OidcClient | None:
    """Return what we are at the OpenID provider; all of it or nothing, and our own address."""
    issuer = r.parsed("OIDC_ISSUER", parsers.web_address, "")
    client_id, secret = r.text("OIDC_CLIENT_ID"), r.text("OIDC_CLIENT_SECRET")
    replaces_passkey = r.parsed("OIDC_REPLACES_PASSKEY", parsers.yes_or_no, False)
    acr = tuple(r.text("OIDC_ACR").split())
    if not (r.text("OIDC_ISSUER") or client_id or secret or r.text("OIDC_REPLACES_PASSKEY") or acr):
        return None
    for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PUBLIC_URL"):
        if not r.text(name):
            r.problems.append(f"{PREFIX}{name} is not set, which sign-in by OpenID Connect needs")
    return OidcClient(
        issuer=issuer, client_id=client_id, secret=secret, replaces_passkey=replaces_passkey, acr=acr
    )


def _require_passkey(r: Reader) -> bool:
    """Return whether everybody needs a passkey; nobody could add one without a host name of ours."""
    is_required = r.parsed("REQUIRE_PASSKEY", parsers.yes_or_no, False)
    public_url = r.parsed("PUBLIC_URL", parsers.public_address, None)
    if is_required and not parsers.has_host_name(public_url or ""):
        problem = "needs a host name, and no IP address, in REALPAD_FORM_PUBLIC_URL: passkeys are bound to it"
        r.problems.append(f"{PREFIX}REQUIRE_PASSKEY {problem}")
    return is_required


def _captcha_keys(r: Reader) -> dict[str, tuple[str, str]]:
    """Return site key and secret of each captcha service; half a pair is a problem."""
    keys = {}
    for kind in CAPTCHAS:
        site, secret = (r.text(f"CAPTCHA_{kind.upper()}_{part}") for part in ("SITEKEY", "SECRET"))
        if bool(site) != bool(secret):
            missing = "SECRET" if site else "SITEKEY"
            r.problems.append(f"{PREFIX}CAPTCHA_{kind.upper()}_{missing} is not set")
        if site and secret:
            keys[kind] = (site, secret)
    return keys


def _source_keys(r: Reader) -> dict[str, tuple[str, ...]]:
    """Return the keys of each source that has any; each can be sent in a header, and is of one source."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted({match[1] for match in r.names(r"SOURCE_([A-Z0-9_]+)_KEY(?:_FILE)?")}):
        keys = r.secrets(f"SOURCE_{name}_KEY", is_required=False)
        for key in keys:
            try:
                parsers.bearer_token(key)
            except ValueError as error:
                r.problems.append(f"{PREFIX}SOURCE_{name}_KEY: {error}")
        if any(key in others for key in keys for others in found.values()):
            r.problems.append(f"{PREFIX}SOURCE_{name}_KEY is another source's, too; give each its own")
        if keys:
            found[name.lower().replace("_", "-")] = keys
    return found


def _spool(r: Reader, data: Path) -> Path | None:
    """Return the spool folder, or None if it is off."""
    text = r.text("SPOOL")
    if text == "off":
        return None
    spool = Path(text or data / "spool")
    # found out later, it would cost the leads that the database cannot take
    there = next((path for path in (spool, *spool.parents) if path.exists()), spool)
    if there.exists() and not there.is_dir():
        r.problems.append(f"{PREFIX}SPOOL: {there} is not a folder")
    return spool
