"""What create-lead refuses, in the order it looks. Source: Realpad docs, "Sending leads".

The texts begin with words that Realpad is known to use; the reactions are the strict reading.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from realpad_form.domain.payload import LIMIT_UNITS, units
from realpad_form.domain.project_rules import CREATE_LEAD
from realpad_form.sandbox.behaviour import Switches
from realpad_form.sandbox.calls import RecordedCall
from realpad_form.sandbox.crm import INTEGER, Tenant

ISO_639_1: Final = frozenset({
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi",
    "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de",
    "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy",
    "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia",
    "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk",
    "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo",
    "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb", "nd",
    "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl",
    "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl",
    "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk",
    "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa",
    "wo", "xh", "yi", "yo", "za", "zh", "zu",
})  # fmt: skip


INTEGERS: Final = ("project", "salesman", "preferencepricemax", "unitid", "referral")
CONSENT_LISTS: Final = ("consents", "updateconsents")

_IDS: Final = re.compile(r"([0-9]{1,18}(,[0-9]{1,18})*)?")
_PATTERNS: Final = {**dict.fromkeys(INTEGERS, INTEGER), **dict.fromkeys(CONSENT_LISTS, _IDS)}
_NO_OBJECT: Final = "ID does not refer to a valid object"
_LOST_PLUS: Final = re.compile(r"\d (?:kk|\d)\b", re.IGNORECASE)


def first_problem(call: RecordedCall, tenant: Tenant, switches: Switches) -> str | None:
    """Return why this call of create-lead is refused; None if it is taken."""
    form, is_strict = call.parameters, switches.unknown_ids == "refuse"
    unexpected = [name for name in form if name not in CREATE_LEAD and not tenant.attributes_named(name)]
    if switches.unexpected == "ignore":
        unexpected = []
    problems = chain(
        (f"Incorrect parameter format: {name} is repeated" for name in call.repeated),
        [f"Unexpected parameters found: {', '.join(unexpected)}"] if unexpected else [],
        _missing(form),
        (
            f"Unexpected parameters found: {one} and {other} exclude each other"
            for one, other in (CONSENT_LISTS, ("unitid", "internalid"))
            if one in form and other in form
        ),
        (f"Parameter too long: {name}" for name, value in form.items() if units(value) > LIMIT_UNITS),
        (f"Incorrect parameter format: {name}" for name in _badly_formatted(form, tenant)),
        (f"{_NO_OBJECT}: {name}" for name in (_unknown(form, tenant) if is_strict else ())),
    )
    return next(iter(problems), None)


def warnings(form: Mapping[str, str]) -> Iterator[str]:
    """Yield what Realpad would store as it is, and somebody should look at."""
    rooms, phone, email = (form.get(name, "") for name in ("preferencerooms", "phone", "email"))
    if lost := _LOST_PLUS.search(rooms):
        yield f"preferencerooms: {lost[0]!r} looks like a lost plus"
    if phone and not re.fullmatch(r"\+[1-9][0-9]{6,14}", phone):
        yield "phone: this is not E.164, e.g. +420777123456"
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        yield "email: this is no address"
    for name, value in form.items():
        if "\ufffd" in value:
            yield f"{name}: this is not UTF-8"


def _missing(form: Mapping[str, str]) -> Iterator[str]:
    for name in ("name", "surname"):
        if not form.get(name, "").strip():
            yield f"Parameter missing: {name}"
    if not (form.get("email", "").strip() or form.get("phone", "").strip()):
        yield "Parameter missing: email or phone"


def _badly_formatted(form: Mapping[str, str], tenant: Tenant) -> Iterator[str]:
    """Yield the names of values that are not in their format; an empty one never is."""
    for name, value in form.items():
        formats = tenant.attributes_named(name)
        is_well_formed = [
            name not in _PATTERNS or _PATTERNS[name].fullmatch(value),
            name != "language" or value in ISO_639_1,
            not formats or any(attribute.takes(value) for attribute in formats),
        ]
        if not all(is_well_formed):
            yield name


def _unknown(form: Mapping[str, str], tenant: Tenant) -> Iterator[str]:
    """Yield the names of ids that nothing in this CRM has."""
    known = {
        "project": {str(project.id) for project in tenant.projects},
        "referral": set(map(str, tenant.referrals)),
        "salesman": set(map(str, tenant.salesmen)),
    }
    yield from (name for name, ids in known.items() if name in form and form[name] not in ids)
    yield from (name for name in ("unitid", "internalid") if name in form and not _has_unit(form, tenant))
    consents = set(map(str, tenant.consent_types))
    for name in CONSENT_LISTS:
        if not set(filter(None, form.get(name, "").split(","))) <= consents:
            yield name


def _has_unit(form: Mapping[str, str], tenant: Tenant) -> bool:
    """Tell whether the project has the unit; a project that lists no units has every unit."""
    project = tenant.project(int(form["project"])) if "project" in form else None
    for one in (project,) if project else tenant.projects:
        if one.units is None or form.get("internalid") in one.units:
            return True
        if form.get("unitid", "") in map(str, one.units.values()):
            return True
    return False
