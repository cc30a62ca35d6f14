"""What a template needs to show one question, with what was typed and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from phonenumbers import country_code_for_region

from realpad_form.domain import project_rules as rules
from realpad_form.domain import questions as grammar
from realpad_form.domain.project import ConsentBox
from realpad_form.domain.project_rules import kind_of
from realpad_form.domain.questions import Question
from realpad_form.domain.text import line
from realpad_form.forms.fields import OTHER_PREFIX
from realpad_form.forms.messages import Wording, _
from realpad_form.forms.readers import example_phone
from realpad_form.forms.visibility import conditions

SIDE_BY_SIDE: Final = dict.fromkeys(("price_max", "single_select", "project"), grammar.MOST_SIDE_BY_SIDE)
"""Most options that are radio buttons; of which several may be chosen, they are always checkboxes."""

SHORT: Final = ("name", "surname", "email", "phone", "price_max", "integer", "decimal", "date")
"""Kinds of question whose boxes need half a line."""

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
class SliderView:
    """A slider beside a number box, with what is written under its ends."""

    low: int
    high: int
    step: int
    low_label: str
    high_label: str


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
    show_if: dict[str, Any] | None = None  # see `visibility.conditions`
    is_wide: bool = True  # it takes a whole line; two that are not share one
    is_clearable: bool = False  # choosing the chosen option again takes the answer back
    hint: str = ""  # which answers are taken, in the form's words
    slider: SliderView | None = None
    prefixes: Sequence[OptionView] = ()  # countries to choose for a phone number


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """Questions under a heading, ready to be shown."""

    heading: str = ""  # '' for those before the first heading; may hold links
    is_collapsed: bool = False
    questions: list[QuestionView] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether something in it was answered, or has to be corrected."""
        return any(each.errors or each.value or _is_chosen(each) for each in self.questions)


def _is_chosen(question: QuestionView) -> bool:
    return any(choice.is_chosen and choice.value for choice in question.choices)


def paired(
    questions: Sequence[QuestionView], widths: Mapping[str, str | None], *, apart: str | None
) -> list[QuestionView]:
    """Return questions with short boxes side by side, two on a line, where the project file does not say.

    One short box alone, or with help under it, takes its line whole. `apart` is a question above which a
    sentence stands, so it begins a line.
    """
    narrow = {question.key for question in questions if widths.get(question.key) == "half"}
    before: QuestionView | None = None
    for question in questions:
        is_free = question.key not in narrow and widths.get(question.key) is None
        is_short = is_free and question.kind in SHORT and question.control == "input"
        is_short = is_short and not (question.help or question.hint or question.slider or question.prefixes)
        if is_short and before and question.key != apart and before.show_if == question.show_if:
            narrow |= {before.key, question.key}
            before = None
        elif question.control != "hidden":
            before = question if is_short else None
    return [replace(question, is_wide=question.key not in narrow) for question in questions]


def view_question(question: Question, field: Any, *, wording: Wording) -> QuestionView:
    """Return what a template needs to show a question."""
    kind, control = kind_of(question), _control(question)
    return QuestionView(
        key=question.key,
        id=f"q-{question.key}",
        kind=kind,
        label=wording.label(question),
        control=control,
        help=wording.pick(question.help),
        required=wording.is_demanded(question),
        is_multiple=_is_multiple(question),
        attributes=_attributes(kind, field, question),
        choices=_choices(question, field.given, wording=wording) if control in ("chips", "select") else (),
        value=_value(field, is_tick=control == "checkbox"),
        sign=wording.currency if kind == "price_max" and control == "input" else "",
        example=example_phone(wording.project.phone_regions[0]) if kind == "phone" else "",
        errors=tuple(field.errors),
        show_if=conditions(question) or None,
        is_wide=question.width != "half",
        is_clearable=_has_empty_choice(question) and getattr(question, "none", None) is False,
        hint=_range(question, wording),
        slider=_slider(question, wording),
        prefixes=_prefixes(question, field, wording),
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
    if isinstance(question, grammar.UnitField) and question.visible is not True:
        return "select" if question.is_asked else "hidden"
    if options := getattr(question, "options", None):
        return "chips" if len(options) <= SIDE_BY_SIDE.get(kind, len(options)) else "select"
    return _CONTROLS.get(kind, "input")


def _is_multiple(question: Question) -> bool:
    """Tell whether a question takes several answers."""
    return isinstance(question, grammar.MultiSelectAttribute) or bool(getattr(question, "multiple", False))


def _attributes(kind: str, field: Any, question: Any = None) -> dict[str, str]:
    """Return the HTML attributes of a control; a text's limit as `data-limit`: `maxlength` cuts silently."""
    limits = {"data-limit": str(field.flags.maxlength)} if kind in ("note", "string") else {}
    for end in ("min", "max"):  # the page's script knows which day today is; the page is kept
        if kind == "date" and (bound := getattr(question, end)):
            limits["data-" + end if bound.startswith("today") else end] = bound
    return {**_ATTRIBUTES.get(kind, {}), **limits}


def _choices(question: Any, given: Sequence[str], *, wording: Wording) -> tuple[OptionView, ...]:
    """Return the options, those given marked; radio buttons can be taken back only by one of their own."""
    if isinstance(question, grammar.ProjectField):
        offered = [option for option in question.options if option.value in wording.choices]
        labels = {each.value: wording.pick(each.label) or wording.chosen(each.value) for each in offered}
    elif isinstance(question, grammar.UnitField):
        labels = {unit.id: unit_label(unit, wording) for unit in question.known or ()}
    else:
        labels = {line(str(option.value)): option_label(option, wording) for option in question.options}
    none = getattr(question, "none", None)
    if _has_empty_choice(question) and none is not False:
        ours = (
            _("Not specified") if isinstance(question, grammar.SingleSelectAttribute) else _("No preference")
        )
        labels[""] = wording.pick(none) or wording.gettext(ours)
    chosen = given or [""]
    return tuple(OptionView(value=v, label=label, is_chosen=v in chosen) for v, label in labels.items())


def _has_empty_choice(question: Question) -> bool:
    """Tell whether nothing may be chosen among options that are all shown, of which one may be chosen."""
    return not _is_multiple(question) and not question.required and _control(question) == "chips"


def option_label(option: grammar.Option | grammar.PriceOption, wording: Wording) -> str:
    """Return what an option is called."""
    ours = wording.budget(option.value) if isinstance(option, grammar.PriceOption) else option.value
    return wording.pick(option.label) or ours


def unit_label(unit: grammar.KnownUnit, wording: Wording) -> str:
    """Return a unit in one line: its name, what the project file says of it, its price."""
    price = wording.money(unit.price) if unit.price else ""
    return "\u00a0· ".join(filter(None, [unit.id, wording.pick(unit.label), price]))


def _range(question: Question, wording: Wording) -> str:
    """Return from where to where a budget box goes; '' without two ends."""
    if not isinstance(question, grammar.PriceMaxField):
        return ""
    if question.min is None or question.max is None:
        return ""
    text = wording.gettext(_("from %(low)s to %(high)s"))
    return text % {"low": wording.money(question.min), "high": wording.money(question.max)}


def _slider(question: Question, wording: Wording) -> SliderView | None:
    """Return the slider of a budget that has one."""
    if not isinstance(question, grammar.PriceMaxField) or not question.slider:
        return None
    low, high = question.min or 0, question.max or 0
    # Round, from one end to the other, and fine enough.
    steps = (digit * 10**zeros for zeros in range(rules.DIGITS, -1, -1) for digit in (5, 2, 1))
    round_step = next((each for each in steps if each * 50 <= high - low and (high - low) % each == 0), 1)
    return SliderView(
        low=low,
        high=high,
        step=question.step or round_step,
        low_label=wording.money(low),
        high_label=wording.money(high),
    )


def _prefixes(question: Question, field: Any, wording: Wording) -> tuple[OptionView, ...]:
    """Return the countries to choose for a phone number; none where there is no choice."""
    if not isinstance(question, grammar.PhoneField):
        return ()
    regions = wording.project.phone_regions
    if not (len(regions) > 1 if question.prefix is None else question.prefix):
        return ()
    chosen = field.region if field.region in (*regions, OTHER_PREFIX) else regions[0]
    labels = {region: f"{region} +{country_code_for_region(region)}" for region in regions}
    labels[OTHER_PREFIX] = wording.gettext(_("Other"))
    return tuple(OptionView(value=v, label=label, is_chosen=v == chosen) for v, label in labels.items())


def _value(field: Any, *, is_tick: bool) -> str:
    """Return what was typed, or `true` for a tick."""
    if is_tick:
        return "true" if field.data else ""
    return next(iter(field.given), "")
