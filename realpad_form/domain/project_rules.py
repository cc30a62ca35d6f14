"""Single rules of the project file's grammar and texts; each error says what to write instead."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationInfo

from realpad_form.domain.message import RuleError, _
from realpad_form.domain.receiver import receiver_of
from realpad_form.domain.retention import Period
from realpad_form.domain.text import LANGUAGES, Text, line, pieces, wordings

SLUG: Final = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
ATTRIBUTE: Final = r"^[a-z][a-z0-9_]{0,99}$"
REGION: Final = r"^[A-Z]{2}$"
CURRENCY: Final = r"^[A-Z]{3}$"
COLOUR: Final = r"^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"
FONT: Final = r"^[A-Za-z][A-Za-z0-9 -]{0,59}(?:, ?[A-Za-z][A-Za-z0-9 -]{0,59}){0,7}$"
DAY: Final = r"^(?:today(?:\+[0-9]{1,4})?|[0-9]{4}-[0-9]{2}-[0-9]{2})$"
FILE: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.(?:%s)$"
"""The name of a file beside the project file, by its possible endings."""
LENGTH: Final = r"^(?:0|[0-9]{1,2}(?:\.[0-9]{1,2})?(?:px|rem|em))$"
PLACEHOLDERS: Final = ("ip", "page", "time", "project", "language", "form_version")
BESIDE: Final = ("language", "unit", "unit_id", "campaign", "page", "referrer")
"""What a form takes that its project need not ask for."""
VISIT: Final = ("page", "referrer")
"""Names in `capture` that are no parameters of the page's address."""

CREATE_LEAD: Final = frozenset(
    {"login", "password", "name", "surname", "email", "phone", "project", "salesman", "preferencerooms",
     "preferencepricemax", "internalid", "unitid", "referral", "campaign", "language", "tags", "note",
     "consentsource", "consents", "updateconsents"}
)  # fmt: skip
"""Realpad's own parameters. Source: Realpad docs, "Sending leads"."""

TRAPS: Final = ("hp_url", "hp_text")
"""Fields of the form's page that people do not see, named so that no browser fills them in by itself."""

PROJECT: Final = "project"
"""The name of the question which project a visitor of a company page asks about."""

PHONE_PREFIX: Final = "phone_prefix"
"""The name in a POST of the country that was chosen for a phone number: a region, or `other`."""

POST: Final = frozenset(
    {
        "full_name", "rooms", "price_max", "unit", "unit_id", "token", "captcha", "submission",
        "form_version", PHONE_PREFIX,
    }
).union(VISIT, TRAPS)  # fmt: skip
"""Names in a POST that are the form's own."""

OF_CONSENTS: Final = ("consent_", "words_")
"""How names in a POST begin that tell whether a consent was given, and which words of it were shown."""

SCRIPTED: Final = frozenset({"constructor"})
"""Names that every object of the page's script has before any answer is put into it."""

ABOUT_THE_PAGE: Final = ("origin", "theme", "surface", "view", "lang")
PREFILL: Final = "prefill-"
"""Parameters that the form's page keeps to itself. Source: static/form/context.js."""

DIGITS: Final = 15
"""Most digits of a number; every system down the line takes as many exactly."""

LARGEST_PRICE: Final = 10**12 - 1
"""Nobody means more."""

_RATE: Final = r"[0-9]{1,6}/(?:second|minute|hour|day)"
_LIMIT = re.compile(rf"{_RATE}(?:;{_RATE})*")
_LOOPBACK: Final = ("localhost", "127.0.0.1")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = rf"(?:{_LABEL}\.)*{_LABEL}"
_HOST: Final = rf"https://(?:\*\.)?{_NAME}"
_HERE: Final = rf"http://(?:{'|'.join(map(re.escape, _LOOPBACK))})"
_ORIGIN = re.compile(rf"(?:{_HOST}|{_HERE})(?::[1-9][0-9]{{0,4}})?")
_PHONE = re.compile(r"(?:[ +()/.-]*[0-9]){5,}[ +()/.-]*")
LOOPBACK_ORIGINS: Final = tuple(f"http://{host}:*" for host in _LOOPBACK)
"""Origins with any port, for trying a form out."""


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_slug(text: str) -> bool:
    """Tell whether a project may be called so."""
    return re.fullmatch(SLUG, text) is not None


def kind_of(question: Any) -> str:
    """Return which kind of question it is: its field, or its attribute's type."""
    return str(getattr(question, "field", None) or question.type)


def family_of(value: Any) -> str:
    """Return whether an entry of `fields` is a built-in field or a custom attribute."""
    names = value if isinstance(value, Mapping) else vars(value) if hasattr(value, "__dict__") else ()
    if "field" in names:
        return "field"
    return next((name for name in ("attribute", "section") if name in names), "field")


def condition_kind(value: Any) -> str:
    """Return whether a condition compares an answer, or names the answers that fulfil it."""
    return "answer" if isinstance(value, bool | int | str | list) else "comparison"


def clause_kind(value: Any) -> str:
    """Return whether a value in `show_if` lists alternatives, each with conditions of its own."""
    is_list = isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    return "alternatives" if is_list else "condition"


def check_comparison(unwanted: Any, low: Any, high: Any) -> None:
    """Take `not`, or `min` and `max`."""
    if (unwanted is None) == (low is None and high is None):
        raise RuleError("write not, or min and max, e.g. {min: 5000000} or {not: investice}")


def check_version(version: Any) -> Any:
    """Take the whole number 1 only: `true` and `1.0` are equal to it."""
    if type(version) is not int:
        raise RuleError("write version: 1")
    return version


def to_code(value: Any) -> Any:
    """Take a whole number for a code, as YAML reads an unquoted `4`."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def to_length(value: Any) -> Any:
    """Take the number 0 for a length; others need a unit."""
    return "0" if value == 0 and isinstance(value, int) and not isinstance(value, bool) else value


def check_distinct(values: Sequence[Any]) -> Sequence[Any]:
    """Refuse the same value twice."""
    seen = set()
    for value in (getattr(v, "value", getattr(v, "id", v)) for v in values):
        if value in seen:
            raise RuleError("%(value)s stands here twice; leave one out", value=repr(value))
        seen.add(value)
    return values


def check_no_comma(option: Any) -> Any:
    """Refuse a comma in a value that Realpad takes in one comma-separated list."""
    return _check_without(",", option)


def check_no_pipe(option: Any) -> Any:
    """Refuse `|` in a value that Realpad takes in one list separated by it."""
    return _check_without("|", option)


def _check_without(separator: str, option: Any) -> Any:
    if separator in option.value:
        raise RuleError(
            "value %(value)s has a %(separator)s; Realpad would make two values of it",
            value=repr(option.value),
            separator=repr(separator),
        )
    return option


def check_tag(tag: str) -> str:
    """Refuse a comma, which would make two tags."""
    if "," in tag:
        raise RuleError(
            "tag %(tag)s has a comma; write two tags: [%(tags)s]",
            tag=repr(tag),
            tags=", ".join(tag.split(",")),
        )
    return tag


def check_attribute_key(key: str) -> str:
    """Refuse a custom attribute that is called like one of Realpad's own parameters, or of the form's."""
    if key in CREATE_LEAD:
        raise RuleError(
            "%(name)s is Realpad's own parameter; a custom attribute is called e.g. customer_%(key)s",
            name=repr(key),
            key=key,
        )
    if key in POST | SCRIPTED or key.startswith(OF_CONSENTS):
        raise RuleError(
            "%(name)s is the form's own parameter; a custom attribute is called e.g. customer_%(key)s",
            name=repr(key),
            key=key,
        )
    return key


def check_placeholders(pattern: str) -> str:
    """Allow the placeholders that we fill, and nothing else in braces."""
    try:
        fields = [
            (name, spec, convert) for _, name, spec, convert in Formatter().parse(pattern) if name is not None
        ]
    except ValueError:
        fields = [("", None, None)]
    if any(name not in PLACEHOLDERS or spec or convert for name, spec, convert in fields):
        names = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise RuleError("placeholders are %(names)s", names=names)
    return pattern


def check_origin(origin: str) -> str:
    """Take `https://host[:port]` and `https://*.host`; plain http, on any port, only on this machine."""
    if origin not in LOOPBACK_ORIGINS and not (_ORIGIN.fullmatch(origin) and _split(origin)):
        raise RuleError(
            "an origin is written https://www.example.com or https://*.example.com, without a path"
        )
    return origin


def check_url(url: str) -> str:
    """Take an https address; plain http only on this machine."""
    parts = _split(url)
    host = parts.hostname if parts else None
    is_safe = parts and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
    is_host = re.fullmatch(_NAME, host or "") and "@" not in parts.netloc
    if not (is_safe and is_host and re.fullmatch(r"[!-~]+", url)):
        raise RuleError("write a whole address, e.g. https://www.example.com/thanks")
    return url


def check_receiver(url: str) -> str:
    """Take what a webhook can be sent to; what is refused is not quoted: it may hold a password."""
    if receiver_of(url) is None:
        raise RuleError(
            "write where it is sent, without user, password and #, e.g. https://hooks.example.com/leads"
        )
    return url


def _split(url: str) -> Any:
    """Return a URL in parts, or None where it has no parts, e.g. for a port that is no number."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def check_period(text: str) -> str:
    """Take a number of days or months."""
    Period.parse(text)
    return text


NOTIFY: Final = "notify"
CONFIRM: Final = "confirm"
"""Under these names mails about leads wait among the messages for webhooks."""

SLACK: Final = "notify.slack"
TEAMS: Final = "notify.teams"
"""Under these names, which no webhook can have, messages for chats wait there."""

FOR_SALES: Final = (NOTIFY, SLACK, TEAMS)
"""What the sales team gets, one for each lead and nothing about possible spam."""


def check_webhook_name(name: str) -> str:
    """Leave the names of the mails to the mails."""
    if name in (NOTIFY, CONFIRM):
        raise RuleError("mails have the name %(name)s; write another one, e.g. crm", name=name)
    return name


def check_chat_name(name: object) -> object:
    """Take the name of a setting; an address is refused without being quoted, as it is a secret."""
    if re.search(r"[:/]", str(name)):
        raise RuleError("write a name, e.g. sales; the address is a secret and belongs in the settings")
    return name


def check_recipients(*recipients: object) -> None:
    """Take notices that somebody gets."""
    if not any(recipients):
        raise RuleError("names nobody; write to, slack or teams, e.g. to: [prodej@riverside.example]")


_EMAIL: Final = re.compile(r"[^@\s<>\"()\[\]\\,;:]+@[\w-]+(?:\.[\w-]+)+")


def check_email(address: str) -> str:
    """Take what looks like one e-mail address; by commas and the like, a mail would go to several."""
    if line(address) != address or not _EMAIL.fullmatch(address):
        raise RuleError("write an e-mail address, e.g. sales@example.com")
    return address


def check_phone(number: str) -> str:
    """Take what can be dialled."""
    if not _PHONE.fullmatch(number):
        raise RuleError('write a phone number in digits, e.g. "+420 777 123 456"')
    return number


def check_limit(limit: str) -> str:
    """Take `5/minute` or `5/minute;30/hour`; anything else would silently mean no limit."""
    if not _LIMIT.fullmatch(limit) or re.search(r"(?:^|;)0+/", limit):
        raise RuleError("a limit is written 5/minute or 5/minute;30/hour (second, minute, hour, day)")
    return limit


def check_parameter(name: str) -> str:
    """Take the name of a parameter of a page's address that cannot be mistaken for a part of the form."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", name) or name in (
        "token",
        "captcha",
        "submission",
        "language",
    ):
        raise RuleError("write the name of a parameter of the page's address, e.g. utm_source")
    if name in ABOUT_THE_PAGE or name.startswith(PREFILL):
        raise RuleError(
            "%(name)s is for the form's page alone, which sends it nowhere; capture another one",
            name=repr(name),
        )
    return name


Parameter = Annotated[str, AfterValidator(check_parameter)]

SOURCE_KEY_CHARS: Final = 200


def check_source_key(key: str) -> str:
    """Take what a field may be called in another system."""
    if line(key) != key or not 0 < len(key) <= SOURCE_KEY_CHARS:
        raise RuleError(
            "write the name of their field on one line of at most %(most)s characters", most=SOURCE_KEY_CHARS
        )
    return key


SOURCE_IP: Final = "ip"
"""Our name of the visitor's address, which only a map can name; a field called so by chance is no proof."""


def source_targets(
    *, questions: Iterable[str], parameters: Iterable[str], consents: Iterable[str]
) -> frozenset[str]:
    """Return what the fields of a source may be called here, beside what every project takes."""
    names = ("name", "surname", "full_name", "note", PROJECT, SOURCE_IP)
    return frozenset((*questions, *parameters, *consents, *names, *BESIDE))


SourceKey = Annotated[str, AfterValidator(check_source_key)]


def check_one_way(options: Any, low: int | None, high: int | None, step: int | None) -> None:
    """Take choices or a number box for a budget, not both."""
    if options and (low or high or step):
        raise RuleError("write either options, or min, max and step for a number box")


def check_digits(bound: Decimal) -> Decimal:
    """Refuse a bound that no visitor could write, having more digits than the form reads."""
    if len(f"{bound.copy_abs():f}".lstrip("0").replace(".", "")) > DIGITS:
        raise RuleError(
            "%(bound)s has more than %(most)s digits, which the form does not read; write fewer",
            bound=bound,
            most=DIGITS,
        )
    return bound


def check_above_min(high: Any, context: ValidationInfo) -> Any:
    """Refuse a `max` that leaves nothing to choose above `min`."""
    low = context.data.get("min")
    if low is not None and high <= low:
        raise RuleError(
            "%(high)s is not above min %(low)s; write a larger max or a smaller min", high=high, low=low
        )
    return high


def check_step(step: int, context: ValidationInfo) -> int:
    """Refuse a `step` that leads from `min` beyond `max` at once."""
    low, high = context.data.get("min") or 0, context.data.get("max")
    if high is not None and step > high - low:
        raise RuleError("%(step)s is more than from min to max; write a smaller step", step=step)
    return step


def check_slider(slider: bool, low: int | None, high: int | None) -> None:
    """Refuse a slider without two ends."""
    if slider and (low is None or high is None):
        raise RuleError("a slider needs min and max")


def to_day(value: Any) -> Any:
    """Take a day that a reader of YAML made a date of."""
    return value.isoformat() if isinstance(value, date) else value


def check_day(day: str) -> str:
    """Refuse a day that no calendar has."""
    if not day.startswith("today"):
        try:
            date.fromisoformat(day)
        except ValueError:
            raise RuleError("%(day)s is no day of the calendar; write e.g. 2026-12-24", day=day) from None
    return day


def check_days(first: str | None, last: str | None) -> None:
    """Refuse a last day before the first, as far as both are of one kind."""
    if first is None or last is None or first.startswith("today") != last.startswith("today"):
        return
    if first.startswith("today"):
        is_wrong = int(last[len("today+") :] or 0) < int(first[len("today+") :] or 0)
    else:
        is_wrong = last < first
    if is_wrong:
        raise RuleError(
            "max %(last)s is before min %(first)s; no day is left to choose", last=last, first=first
        )


ALTERNATIVES: Final = "any"
"""The key in `show_if` under which alternatives stand."""

_SEEN: Final = "LNPS"
"""What can be seen by itself: letters, numbers, punctuation and symbols, as Unicode sorts characters."""


def check_language(language: str) -> str:
    """Take the code of a language that the form speaks."""
    if language not in LANGUAGES:
        raise RuleError(
            "no language %(language)s; write one of %(languages)s",
            language=repr(language),
            languages=", ".join(LANGUAGES),
        )
    return language


def check_text(text: Text) -> Text:
    """Allow known languages, and `[label](https://…)` as the only markup; all of it can be seen."""
    if text == {}:
        raise RuleError("write a text, or one per language, e.g. {cs: …, en: …}")
    for language in text if isinstance(text, dict) else ():
        check_language(language)
    for words in wordings(text):
        parts = list(pieces(words))
        if "](" in "".join(part.words for part in parts):
            raise RuleError("a link is written [label](https://…), without spaces in the address")
        if any(part.href and not _is_seen(part.words) for part in parts):
            raise RuleError("a link has no words to click; write some, e.g. [terms](https://…)")
        if not _is_seen(words):
            raise RuleError("a text is empty; write some words or leave the key out")
    return text


def check_label(label: Text) -> Text:
    """Refuse what no sentence can name a question by."""
    for words in wordings(label):
        if not any(map(str.isalnum, line("".join(part.words for part in pieces(words))))):
            raise RuleError("a label has neither letter nor digit; write what is asked for, e.g. Floor")
    return label


def check_not_blank(text: str) -> str:
    """Refuse a text in which nothing can be seen."""
    if not _is_seen(text):
        raise RuleError("a text is empty; write some words or leave it out")
    return text


def check_line(text: str) -> str:
    """Refuse a text that is not written as visitors' texts are read: no answer would ever equal it."""
    if (clean := line(text)) == text:
        return text
    template = _(
        "%(text)s has white space or invisible characters that the form never keeps; write %(clean)s"
    )
    if not unicodedata.is_normalized("NFC", text):
        template = _("%(text)s is not in Unicode's form NFC, in which the form keeps texts; write %(clean)s")
    raise RuleError(template, text=repr(text), clean=repr(clean))


def _is_seen(text: str) -> bool:
    return any(unicodedata.category(character)[0] in _SEEN for character in line(text))
