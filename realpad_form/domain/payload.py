"""The create-lead body of one lead, an explicit map through which nothing passes; and its project.

Source: Realpad docs, "Sending leads"; every rule without a source of its own stands there.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from realpad_form.domain.lead import Answers, Consent, Context, LeadRecord
from realpad_form.domain.project import Project
from realpad_form.domain.questions import UnitField
from realpad_form.domain.text import LANGUAGES

CONSENT_LISTS: Final = ("consents", "updateconsents")
LIMIT_UNITS: Final = 5000
"""Most UTF-16 code units Realpad takes in a string."""

CONTEXT_UNITS: Final = 500
"""Most units of one captured value in a note."""

CONTACT: Final = ("name", "surname", "email", "phone")

UNIT_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
"""A database id; anything else would cost the lead its place in the CRM."""

UNIT_CHARS: Final = 100
"""The longest name of a unit; a longer text is something else."""

MARK: Final = " […]"
"""Stands where a text was shortened; the whole text stays in the lead log."""


def compose(
    project: Project, answers: Answers, *, consents: tuple[Consent, ...], context: Context
) -> dict[str, str]:
    """Return the create-lead body, without login and password; what is not set is absent.

    Free texts are shortened to what Realpad takes. Lists never are: a part of a value is another value.
    """
    routing = project.realpad
    body: dict[str, Any] = {
        "name": answers.get("name"),
        "surname": answers.get("surname"),
        "email": answers.get("email"),
        "phone": answers.get("phone"),
        "project": routing.project,
        "salesman": routing.salesman,
        "preferencerooms": "|".join(answers.get("rooms", ())),
        "preferencepricemax": answers.get("price_max"),
        **_unit(project, answers),
        "referral": routing.referral,
        "campaign": shorten(campaign(project, answers, context) or routing.campaign or "", LIMIT_UNITS),
        "language": context.language,
        "tags": ",".join(routing.tags),
        "note": shorten(_note(project, answers, context), LIMIT_UNITS),
        **_attributes(project, answers, context),
        **_consents(project, consents, context),
    }
    return {name: str(v) for name, v in body.items() if v not in (None, "")}


def amend(body: Mapping[str, str], *, before: Answers, after: Answers) -> dict[str, str]:
    """Return a composed body with the contact and the note of other answers; all else in it stays.

    `before` are the answers that it was composed of. This is for a lead whose project is not known any more.
    """
    changed = {key: after.get(key) for key in CONTACT if after.get(key) != before.get(key)}
    words, words_before = (str(answers.get("note") or "") for answers in (after, before))
    if words != words_before:
        note = _with_lines(words, _lines_below(words_before, body.get("note", "")))
        changed["note"] = shorten(note, LIMIT_UNITS)
    return {name: str(v) for name, v in {**body, **changed}.items() if v not in (None, "")}


def _lines_below(words: str, note: str) -> str:
    """Return what stands below the visitor's words in a composed note; all of it, if that cannot be told."""
    if note == shorten(words, LIMIT_UNITS):
        return ""
    lines = note.rpartition("\n\n")[2]
    return lines if note == _with_lines(words, lines) else note


def campaign(project: Project, answers: Answers, context: Context) -> str | None:
    """Return the visitor's own campaign: named by the host page, else captured from its address."""
    captured = project.capture.campaign
    named = answers.get("campaign") or (captured and context.parameters.get(captured))
    return str(named) if named else None


def unknown_units(project: Project, answers: Answers) -> list[str]:
    """Return what names a unit and cannot be sent as one: it goes to the note, never lost."""
    sent = _unit(project, answers)
    if "internalid" in sent:
        return []
    named = [str(answers.get(key) or "") for key in ("unit", "unit_id")]
    return [text for text in dict.fromkeys(named) if text and text != sent.get("unitid")]


def _unit(project: Project, answers: Answers) -> dict[str, str]:
    """Return the unit by its name if that is to be trusted, else by its database id; never both."""
    unit, unit_id = str(answers.get("unit") or ""), str(answers.get("unit_id") or "")
    question = project.questions.get("unit")
    is_known = not isinstance(question, UnitField) or question.knows(unit)
    if 0 < len(unit) <= UNIT_CHARS and is_known:
        return {"internalid": unit}
    return {"unitid": unit_id} if UNIT_ID.fullmatch(unit_id) else {}


def _note(project: Project, answers: Answers, context: Context) -> str:
    """Return the visitor's words, shortened to leave room for the lines about the visit.

    The lines take half the room at most, so that they never crowd out the words.
    """
    lines = shorten("\n".join(_note_lines(project, answers, context)), LIMIT_UNITS // 2)
    return _with_lines(str(answers.get("note") or ""), lines)


def _with_lines(words: str, lines: str) -> str:
    if not (words and lines):
        return words or lines
    return f"{shorten(words, LIMIT_UNITS - units(lines) - 4)}\n\n{lines}"


def _note_lines(project: Project, answers: Answers, context: Context) -> Iterator[str]:
    """Yield `name: value` for an unknown unit and for what the project captures into notes."""
    visit = {"page": context.page, "referrer": context.referrer, **context.parameters}
    for unit in unknown_units(project, answers):
        yield f"unit: {shorten(unit, CONTEXT_UNITS)}"
    for name in project.capture.note:
        if value := visit.get(name):
            yield f"{name}: {shorten(value, CONTEXT_UNITS)}"


def _attributes(project: Project, answers: Answers, context: Context) -> dict[str, str]:
    """Return custom attributes in Realpad's formats: those captured, then those asked for."""
    visit = {"page": context.page, "referrer": context.referrer, **context.parameters}
    captured = {
        key: shorten(visit.get(name) or "", LIMIT_UNITS) for key, name in project.capture.attributes.items()
    }
    asked = {a.attribute: answers.get(a.attribute) for a in project.attributes()}
    values = {**captured, **{key: value for key, value in asked.items() if value is not None}}
    return {key: text for key, value in values.items() if (text := _format(value))}


def _format(value: Any) -> str:
    """Return one attribute as Realpad reads it, or '' for none; dates and decimals already are texts."""
    if value is None or isinstance(value, bool):
        return "true" if value else ""
    return ",".join(value) if isinstance(value, (list, tuple)) else str(value)


def _consents(project: Project, consents: tuple[Consent, ...], context: Context) -> dict[str, str]:
    """Return the ticked consents and their source; nothing at all if none is ticked.

    An empty `consents` would erase every consent the customer ever gave.
    """
    given = [str(consent.id) for consent in consents if consent.given]
    if not given:
        return {}
    parameter = "consents" if project.realpad.consents == "replace" else "updateconsents"
    return {"consentsource": consent_source(project, context), parameter: ",".join(given)}


def consent_source(project: Project, context: Context) -> str:
    """Return where the consents come from, as the project words it, and through which other system."""
    values: Mapping[str, str] = {
        "ip": context.address,
        "page": context.page,
        "time": context.submitted_at.astimezone(UTC).isoformat(timespec="seconds"),
        "project": project.slug,
        "language": context.language,
        "form_version": context.form_version,
    }
    told = project.realpad.consent_source.format_map(values).split()
    via = ["via", context.source] if context.source else []
    return shorten(" ".join([*told, *via]), LIMIT_UNITS)


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units, each line break as two.

    Realpad does not say how it counts; this is the largest count any server would make.
    """
    breaks = text.count("\n") - text.count("\r\n")
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + breaks


def shorten(text: str, limit: int) -> str:
    """Return the text in at most `limit` units, with a mark if something was cut off."""
    if 2 * len(text) <= limit or units(text) <= limit:  # no character counts more than two
        return text
    room, end = limit - units(MARK), 0
    for character in text:
        room -= units(character)
        if room < 0:
            break
        end += 1
    return text[:end].rstrip() + MARK


def consents_given(body: Mapping[str, str]) -> list[int]:
    """Return the ids of the consents that a create-lead body gives."""
    return [int(each) for key in CONSENT_LISTS if body.get(key) for each in body[key].split(",")]


def without_consents(body: Mapping[str, str], revoked: Collection[int]) -> dict[str, str]:
    """Return a create-lead body that gives none of these consents, so that it does not grant them anew."""
    lists = {key: body[key].split(",") for key in CONSENT_LISTS if body.get(key)}
    left = {key: [each for each in ids if int(each) not in revoked] for key, ids in lists.items()}
    if left == lists:
        return dict(body)
    given = {key: ",".join(ids) for key, ids in left.items() if ids}
    dropped = {*lists, *([] if given else ["consentsource"])} - given.keys()
    return {key: given.get(key, text) for key, text in body.items() if key not in dropped}


class Basis(StrEnum):
    """What a lead is corrected and composed with."""

    FILE = "file"  # the project file of today
    STORED = "stored"  # the newest version kept of a file that is gone
    CALL = "call"  # the call it was accepted with: no version of the file is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadProject:
    """The project that a lead is corrected and sent with, also when its file is gone."""

    project: Project
    basis: Basis = Basis.FILE
    as_of: datetime | None = None  # of the version, with STORED

    @property
    def is_gone(self) -> bool:
        """Whether the project's file is gone."""
        return self.basis is not Basis.FILE

    @property
    def credential(self) -> str | None:
        """Which credentials a lead is sent with; None for those it was accepted for."""
        return None if self.is_gone else self.project.realpad.credentials

    def compose(self, record: LeadRecord, answers: Answers) -> dict[str, str]:
        """Return the create-lead body of a lead with these answers."""
        if self.basis is Basis.CALL:
            return amend(record.current.payload, before=record.current.answers, after=answers)
        return compose(self.project, answers, consents=record.consents, context=record.context)


def from_call(record: LeadRecord) -> LeadProject | None:
    """Return what is left of a lead's project in its call; None if nothing is left of that, either."""
    lead, number = record.lead, record.current.payload.get("project")
    if not number:
        return None
    language = record.context.language
    project = Project.model_validate(
        {
            "version": 1,
            "project": lead.project,
            "name": lead.project,
            "languages": [language if language in LANGUAGES else LANGUAGES[0]],
            "origins": ["https://gone.invalid"],
            "realpad": {"credentials": lead.credential, "project": int(number)},
            "fields": [*({"field": key} for key in CONTACT), {"field": "note", "max_length": 20_000}],
        }
    )
    return LeadProject(project=project, basis=Basis.CALL)
