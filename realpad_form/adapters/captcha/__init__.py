"""Captchas behind one port: our own, four services, and the two that ask nothing."""

from collections.abc import Mapping, Sequence

from realpad_form.adapters.captcha.altcha import AltchaCaptcha
from realpad_form.adapters.captcha.service import (
    SERVICES,
    KeylessCaptcha,
    NoCaptcha,
    Report,
    Service,
    ServiceCaptcha,
)
from realpad_form.ports import Captcha

__all__ = [
    "SERVICES", "AltchaCaptcha", "KeylessCaptcha", "NoCaptcha", "Report", "Service", "ServiceCaptcha",
    "make_captchas",
]  # fmt: skip


def make_captchas(
    secret_keys: Sequence[str], keys: Mapping[str, tuple[str, str]], *, host: str | None, report: Report
) -> dict[str, Captcha]:
    """Return a captcha for everything a project file may name.

    `keys` are site key and secret by service; `host` is where the forms are, if known;
    `report` hears of captchas that cannot tell.
    """
    captchas: dict[str, Captcha] = {"none": NoCaptcha(), "altcha": AltchaCaptcha(secret_keys)}
    for name, service in SERVICES.items():
        if name in keys:
            captchas[name] = ServiceCaptcha(service, keys[name], host=host, report=report)
        else:
            captchas[name] = KeylessCaptcha(report)
    return captchas
