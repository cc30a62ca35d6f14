"""What a template needs to show one question, with what was typed and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from realpad_form.domain import questions as grammar
from realpad_form.domain.project import ConsentBox
from realpad_form.domain.project_rules import kind_of
from realpad_form.domain.questions import Question
from realpad_form.domain.text import line
from realpad_form.forms.messages import _
from realpad_form.forms.phone import example
from realpad_form.forms.visibility import conditions
from realpad_form.forms.wording import Wording

SIDE_BY_SIDE: Final = {"price_max": 8, "single_select": 8}
"""Most options that are radio buttons; of which several may be chosen, they are always checkboxes."""

_CONTROLS: Final = {"boolean": "checkbox", "note": "textarea"}

_TEXT: Final = {"type": "text", "autocomplete": "off", "enterkeyhint": "next"}
_NAME: Final = {**_TEXT, "autocapitalize": "words", "spellcheck": "false"}
_CODE: Final = {**_TEXT, "autocapitalize": "none", "spellcheck": "false"}
_ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    "name": {**_NAME, "autocomplete": "given-name"},
    "surname": {**_NAME, "autocomplete": "family-name"},
    "full_name": {**_NAME, "autocomplete": "name"},
    "email": {**_CODE, "type": "email", "autocomplete": "email", "inputmode": "email"},
    "phone": {**_TEXT, "type": "tel", "autocomplete": "tel", "inputmode": "tel"},
    "price_max": {**_TEXT, "inputmode": "numeric"},
    "unit": {**_CODE, "autocapitalize": "characters"},
    "string": _TEXT,
    "integer": {**_TEXT, "inputmode": "numeric"},
    "decimal": {**_TEXT, "inputmode": "decimal"},
    "date": {"type": "date"},
    # Or Firefox ticks it again after a reload. On the form, as HTML wants it, it would empty every box on the
    # way back.
    "consent": {"autocomplete": "off"},
}
"""HTML attributes of inputs by kind of question. Source: WCAG 2.2, 1.3.5 for `autocomplete`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One thing to choose; the empty value stands for no answer."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question or consent, ready to be shown."""

    key: str  # the name in a POST
    id: str  # of the HTML element, or of the group
    kind: str
    label: str  # may hold links
    control: str  # input, textarea, select, chips, checkbox or hidden
    help: str = ""
    required: bool = False
    is_multiple: bool = False
    attributes: dict[str, str]
    choices: Sequence[OptionView] = ()
    value: str = ""  # as typed; `true` for a tick
    sign: str = ""  # what the number counts, e.g. Kč
    example: str = ""  # a phone number as people write it
    errors: Sequence[str] = ()
    show_if: dict[str, list[str]] | None = None  # other key → texts of which it must have one


def view_question(question: Question, field: Any, *, wording: Wording) -> QuestionView:
    """Return what a template needs to show a question."""
    kind = kind_of(question)
    control = _control(question)
    return QuestionView(
        key=question.key,
        id=f"q-{question.key}",
        kind=kind,
        label=wording.label(question),
        control=control,
        help=wording.pick(question.help),
        required=wording.is_demanded(question),
        is_multiple=_is_multiple(question),
        attributes=_attributes(kind, field),
        choices=_choices(question, field.given, wording=wording) if control in ("chips", "select") else (),
        value=_value(field, is_tick=control == "checkbox"),
        sign=wording.currency if kind == "price_max" and control == "input" else "",
        example=example(wording.project.phone_regions[0]) if kind == "phone" else "",
        errors=tuple(field.errors),
        show_if=conditions(question) or None,
    )


def view_consent(box: ConsentBox, field: Any, *, wording: Wording) -> QuestionView:
    """Return what a template needs to show a consent; ticked only if the visitor ticked it just now."""
    return QuestionView(
        key=box.key,
        id=f"q-{box.key}",
        kind="consent",
        label=wording.pick(box.label),
        control="checkbox",
        required=box.required,
        attributes=_attributes("consent", field),
        value=_value(field, is_tick=True),
        errors=tuple(field.errors),
    )


def _control(question: Question) -> str:
    """Return how a question is answered."""
    kind = kind_of(question)
    if isinstance(question, grammar.UnitField) and not question.visible:
        return "hidden"
    if options := getattr(question, "options", None):
        return "chips" if len(options) <= SIDE_BY_SIDE.get(kind, len(options)) else "select"
    return _CONTROLS.get(kind, "input")


def _is_multiple(question: Question) -> bool:
    """Tell whether a question takes several answers."""
    return isinstance(question, grammar.MultiSelectAttribute) or bool(getattr(question, "multiple", False))


def _attributes(kind: str, field: Any) -> dict[str, str]:
    """Return the HTML attributes of a control; a text's limit as `data-limit`: `maxlength` cuts silently."""
    limit = {"data-limit": str(field.flags.maxlength)} if kind in ("note", "string") else {}
    return {**_ATTRIBUTES.get(kind, {}), **limit}


def _choices(question: Any, given: Sequence[str], *, wording: Wording) -> tuple[OptionView, ...]:
    """Return the options, those given marked; radio buttons can be taken back only by one of their own."""
    labels = {line(str(option.value)): option_label(option, wording) for option in question.options}
    is_free = not _is_multiple(question) and not question.required and _control(question) == "chips"
    none = {"": wording.gettext(_("No preference"))} if is_free else {}
    chosen = given or [""]
    return tuple(
        OptionView(value=v, label=label, is_chosen=v in chosen) for v, label in {**labels, **none}.items()
    )


def option_label(option: grammar.Option | grammar.PriceOption, wording: Wording) -> str:
    """Return what an option is called."""
    ours = wording.budget(option.value) if isinstance(option, grammar.PriceOption) else option.value
    return wording.pick(option.label) or ours


def _value(field: Any, *, is_tick: bool) -> str:
    """Return what was typed, or `true` for a tick."""
    if is_tick:
        return "true" if field.data else ""
    return next(iter(field.given), "")
