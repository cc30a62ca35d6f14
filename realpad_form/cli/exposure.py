"""What of a deployment is not encrypted, not checked, or open to others: `doctor` and `serve` say so.

Nothing here keeps the service from starting: settings that work go on working.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from realpad_form.cli.console import CheckResult
from realpad_form.config import Settings
from realpad_form.domain.loopback import is_loopback
from realpad_form.wiring import Services

OTHERS: Final = 0o007
"""The bits of a file's mode that are for everybody on the machine."""


def exposed(services: Services) -> Iterator[CheckResult]:
    """Yield what others could read or change: in the database, on the way, or in files of secrets."""
    settings = services.settings
    if not settings.data_key:
        text = "REALPAD_FORM_DATA_KEY is not set, so what visitors type is stored unencrypted"
        public_url = settings.public_url
        is_public = public_url is not None and not is_loopback(urlsplit(public_url).hostname)
        yield CheckResult("data key", text, is_bad=is_public, is_advice=not is_public)
    ways = {
        "database": services.database.exposure,
        "limits": _of_limits(settings.limits_url),
        "mail": _of_mail(settings.smtp_url),
    }
    yield from (CheckResult(part, text, is_advice=True) for part, text in ways.items() if text)
    for path in Settings.secret_files():
        if _is_open(path):
            yield CheckResult(
                path.name, f"{path} can be read by others on this machine: chmod 600", is_bad=True
            )


def of_address(host: str, public_url: str | None) -> str:
    """Return what to warn of where the forms are served, or ''."""
    if is_loopback(host) or not (public_url or "").startswith("https:"):
        return ""
    return f"{host} takes unencrypted requests; let nobody but the proxy that takes HTTPS reach it"


def _of_limits(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "valkey", "valkeys") or is_loopback(parts.hostname):
        return ""
    if parts.scheme in ("redis", "valkey"):
        return f"addresses and a password go to another machine unencrypted; write {parts.scheme}s://"
    options = parse_qs(parts.query)
    is_checked = options.get("ssl_cert_reqs", ["required"])[-1].lower() in ("required", "cert_required")
    is_named = options.get("ssl_check_hostname", ["yes"])[-1].lower() not in ("false", "0", "no", "n", "f")
    return (
        ""
        if is_checked and is_named
        else "nobody checks whose server answers; leave out ssl_cert_reqs and such"
    )


def _of_mail(url: str | None) -> str:
    parts = urlsplit(url or "")
    if parts.scheme != "smtp" or parts.username or is_loopback(parts.hostname):
        return ""
    return "alerts are encrypted only if the server offers it; write smtps:// where it can"


def _is_open(path: Path) -> bool:
    """Tell whether everybody on this machine can read a file of ours; what root mounts is root's to guard."""
    try:
        found = path.stat()
    except OSError:
        return False
    is_ours = path.name == ".env" or found.st_uid == os.getuid() != 0
    return is_ours and bool(found.st_mode & OTHERS)
