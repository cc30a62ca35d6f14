"""The builder: a form of the form, beside the text of the project file. Both are one document.

What is changed here is an edit of the draft's text, made by `catalog.editing`; a change that would make the
file wrong is refused with the reason, and the draft stays as it was.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from realpad_form.catalog import read_draft
from realpad_form.catalog.editing import EDITS, MOST_CHARS, edit_text
from realpad_form.catalog.yaml_source import parse
from realpad_form.domain.contrast import demands
from realpad_form.domain.errors import NotEditableError
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import ALTERNATIVES, kind_of
from realpad_form.domain.questions import Question, Section
from realpad_form.domain.text import LANGUAGES, pick
from realpad_form.forms.messages import _
from realpad_form.web.context import deps, open_form
from realpad_form.web.desk.access import blueprint, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import render
from realpad_form.web.desk.preview.draft import (
    draft_text,
    refused_parts,
    shown_problem,
    source_of,
    take_long_texts,
)

UNREADABLE: Final = _("This cannot be changed here; change it in the text.")

KINDS: Final = {
    "section": _("Heading"),
    "name": _("First name"),
    "surname": _("Surname"),
    "full_name": _("Full name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "project": _("Project"),
    "rooms": _("Room layouts"),
    "price_max": _("Budget"),
    "unit": _("Unit"),
    "note": _("Message"),
    "boolean": _("Yes or no"),
    "string": _("Line of text"),
    "integer": _("Whole number"),
    "decimal": _("Number with decimals"),
    "date": _("Day"),
    "single_select": _("One of several options"),
    "multi_select": _("Any of several options"),
}
"""What each kind of entry is called."""

BUILT_IN: Final = ("full_name", "name", "surname", "email", "phone", "rooms", "price_max", "unit", "note")
OWN: Final = ("string", "boolean", "single_select", "multi_select", "integer", "decimal", "date")
"""What can be added: what Realpad knows already, and custom attributes."""

WITH_OPTIONS: Final = ("rooms", "single_select", "multi_select")
"""Kinds that are nothing without options."""

bp = blueprint("preview_builder", "/preview")
bp.url_value_preprocessor(take_long_texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of `fields`, ready to be edited."""

    index: int
    kind: str
    key: str  # of the question, or one made up for a heading
    title: str  # as visitors read it in the first language
    value: Mapping[str, Any]  # as the file has it
    usual: Mapping[str, str]  # what visitors read where the file has no label, by language
    conditions: tuple[tuple[str, str], ...] = ()  # key of another question, and its condition in words
    has_alternatives: bool = False
    answers: tuple[str, ...] = ()  # its options, as Realpad stores them


@bp.post("/<slug:slug>/draft/builder")
@needs(Right.PREVIEW)
def show(slug: str) -> ResponseReturnValue:
    """Return the builder of a draft, as a part of the page; or what is wrong with the draft."""
    source_of(slug, may_be_new=True)
    text = draft_text()
    with deps().services.draft_slots.take():
        project, problems = read_draft(text, slug)
    if project is None or len(text) > MOST_CHARS:
        return render("desk/preview/builder_wrong.html", status=422, problems=problems, is_long=project)
    return _builder(text, project)


@bp.post("/<slug:slug>/draft/change")
@needs(Right.PREVIEW)
def change(slug: str) -> ResponseReturnValue:
    """Return a draft after edits, and what is unwise in it; or why they are refused, the draft as it was."""
    source_of(slug, may_be_new=True)
    before = draft_text()
    try:
        edits = EDITS.validate_json(request.form.get("edits", ""))
        with deps().services.draft_slots.take():
            text = edit_text(before, edits)
            project, problems = read_draft(text, slug)
    except (ValidationError, NotEditableError):
        return {"status": "invalid", "error": gettext(UNREADABLE)}, 422
    if project is None:
        # Without its location: it is said at the control that is to blame.
        wrong = [
            {"place": each.location.steps, "what": each.message.translated(gettext)}
            for each in problems
            if not each.is_warning
        ]
        words = dict.fromkeys(str(each["what"]) for each in wrong)
        return {"status": "invalid", "error": " ".join(words), "wrong": wrong}, 422
    return jsonify(
        text=text,
        languages=project.languages,
        problems=[shown_problem(each) for each in problems],
        needs_admin=refused_parts(slug, project),
        contrasts=list(_contrasts(project)),
    )


def _builder(text: str, project: Project) -> Response:
    value = parse(text.encode()).value
    entries = list(_entries(project, value))
    page = render(
        "desk/preview/builder.html",
        project=project,
        value=value,
        entries=entries,
        titles={entry.key: entry.title for entry in entries},
        kinds=KINDS,
        built_in=[kind for kind in BUILT_IN if kind not in project.questions],
        own=OWN,
        with_options=WITH_OPTIONS,
        all_languages=LANGUAGES,
        contrasts=list(_contrasts(project)),
    )
    if request.accept_encodings["gzip"]:  # a tenth; there is no secret in it that its size could reveal
        page.set_data(gzip.compress(page.get_data(), 5))
        page.content_encoding = "gzip"
    return page


def _entries(project: Project, value: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the questions and headings of a draft, in the order shown."""
    usual = {
        language: {each.key: each.label for each in open_form(project, language).questions}
        for language in project.languages
    }
    for index, (entry, written) in enumerate(zip(project.fields, value["fields"], strict=True)):
        if isinstance(entry, Section):
            title = pick(entry.section, project.language)
            yield Entry(
                index=index, kind="section", key=f"section-{index}", title=title, value=written, usual={}
            )
            continue
        worded = {language: labels.get(entry.key, "") for language, labels in usual.items()}
        yield Entry(
            index=index,
            kind=kind_of(entry),
            key=entry.key,
            title=worded[project.language] or gettext(KINDS[kind_of(entry)]),
            value=written,
            usual=worded,
            conditions=tuple(_conditions(entry, written)),
            has_alternatives=ALTERNATIVES in (entry.show_if or {}),
            answers=tuple(str(option.value) for option in getattr(entry, "options", None) or ()),
        )


def _conditions(entry: Question, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the questions that decide whether one is shown, and the answers that they must have."""
    for key in entry.show_if or {}:
        if key == ALTERNATIVES:
            continue
        clause = written["show_if"][key]
        if not isinstance(clause, dict):
            yield key, gettext(_("is %(answer)s")) % {"answer": _answers(clause)}
            continue
        if "not" in clause:
            yield key, gettext(_("is not %(answer)s")) % {"answer": _answers(clause["not"])}
        if "min" in clause:
            yield key, gettext(_("is at least %(answer)s")) % {"answer": clause["min"]}
        if "max" in clause:
            yield key, gettext(_("is at most %(answer)s")) % {"answer": clause["max"]}


def _answers(wanted: Any) -> str:
    each = wanted if isinstance(wanted, list) else [wanted]
    words = {True: gettext(_("yes")), False: gettext(_("no"))}
    return gettext(_(" or ")).join(
        words[one] if isinstance(one, bool) else gettext(_("“%(answer)s”")) % {"answer": one} for one in each
    )


def _contrasts(project: Project) -> Iterator[dict[str, object]]:
    """Yield how well each colour of a theme can be told apart, cut to tenths, or 4.46 would pass for 4.5."""
    for demand in demands(project.theme):
        is_met, ratio = demand.is_met(demand.colour), int(demand.measure(demand.colour) * 10) / 10
        what = demand.what.translated(gettext)
        if not is_met:
            what = gettext(_("%(what)s: at least %(ratio)s : 1 is needed")) % {
                "what": what,
                "ratio": f"{demand.least:g}",
            }
        yield {"what": what, "ratio": f"{ratio:g}", "is_met": is_met}
