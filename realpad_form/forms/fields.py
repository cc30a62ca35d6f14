"""The form's WTForms fields: their classes and validators, and which of them each kind of question gets.

An answer is cleaned, then read (`readers`), then judged by the validators. A new kind of question gets an
entry in `_FIXED` or `_BUILDERS` here, and its control in `view`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from babel.dates import format_date
from babel.numbers import format_decimal
from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation, ValidationError

from realpad_form.domain import questions as grammar
from realpad_form.domain.project import Project
from realpad_form.domain.project_rules import LARGEST_PRICE, kind_of
from realpad_form.domain.questions import Question
from realpad_form.domain.statistics import ZONE
from realpad_form.domain.text import line, paragraphs, units
from realpad_form.forms.messages import AnswerError, Wording, _, money
from realpad_form.forms.readers import (
    EMAIL_CHARS,
    NAME_CHARS,
    example_phone,
    read_amount,
    read_boolean,
    read_consent,
    read_date,
    read_decimal,
    read_email,
    read_full_name,
    read_integer,
    read_name,
    read_phone,
    read_unit,
)

OTHER_PREFIX: Final = "other"
"""The choice in the list of prefixes for a country that is not in it."""


class AnswerField(Field):
    """One text, and what a reader makes of it.

    `given` holds the clean texts as they were sent, for showing them again; `data` is what they
    mean, or None.
    """

    def __init__(
        self,
        label: str,
        validators: Sequence[Callable[..., Any]] = (),
        *,
        clean: Callable[[str], str] = line,
        read: Callable[[str], Any] = str,
        **binding: Any,
    ) -> None:
        super().__init__(label, list(validators), **binding)
        self._clean, self._read = clean, read
        self.given: list[str] = []

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the texts that were sent. Raises: ValueError, as WTForms wants it."""
        self.given = [text for text in map(self._clean, valuelist) if text]
        try:
            self.data = self.interpret() if self.given else None
        except AnswerError as error:
            raise ValueError(self.explain(error.text, **error.values)) from None

    def interpret(self) -> Any:
        """Return what the texts mean. Raises: AnswerError."""
        if len(self.given) > 1:
            raise AnswerError(_("Please give only one answer."))
        return self._read(self.given[0])

    def pre_validate(self, form: BaseForm) -> None:
        """Leave alone what could not be read, and what is missing and may be."""
        if self.errors or (self.data is None and not self.flags.required):
            raise StopValidation

    def explain(self, text: str, **values: Any) -> str:
        """Return a msgid in the form's language, filled in with this field's label and `values`."""
        shown = {name: self._shown(value) for name, value in values.items()}
        return self.gettext(text) % {"label": self.label.text, **shown}

    def _shown(self, value: Any) -> Any:
        """Return a number as people write it."""
        if not isinstance(value, (int, Decimal)):
            return value
        return format_decimal(value, locale=self.meta.language, decimal_quantization=False)


class PhoneAnswer(AnswerField):
    """A phone number, read as one of the country that was chosen beside it."""

    region: str | None = None  # chosen from the list of prefixes: one of the project's, or `other`

    def __init__(
        self,
        label: str,
        validators: Sequence[Callable[..., Any]] = (),
        *,
        regions: Sequence[str],
        **binding: Any,
    ) -> None:
        super().__init__(label, validators, **binding)
        self._regions = regions

    def interpret(self) -> Any:
        """Return the number in E.164. Raises: AnswerError."""
        if len(self.given) > 1:
            return super().interpret()
        if self.region == OTHER_PREFIX and not self.given[0].startswith(("+", "00", "＋")):
            raise AnswerError(_("Write the number with its country code, e.g. +44 20 7946 0000."))
        # The first of the list may just have been left as it was; another one is a choice.
        chosen = [region for region in self._regions[1:] if region == self.region]
        return read_phone(self.given[0], regions=chosen or self._regions)


class AnyOf(AnswerField):
    """Some of the options offered, by the text that stands for each in a POST; just one if `is_single`."""

    def __init__(
        self,
        label: str,
        validators: Sequence[Callable[..., Any]] = (),
        *,
        options: Mapping[str, Any],
        is_single: bool = False,
        **binding: Any,
    ) -> None:
        super().__init__(label, validators, **binding)
        self._options, self._is_single = options, is_single

    def interpret(self) -> Any:
        """Return what was chosen, in the order offered. Raises: AnswerError."""
        if self._is_single and len(self.given) > 1:
            raise AnswerError(_("Please give only one answer."))
        chosen = set(self.given)
        if not chosen <= self._options.keys():
            raise AnswerError(_("Please choose from the options below."))
        return [value for text, value in self._options.items() if text in chosen]


class OneOf(AnyOf):
    """One of the options offered."""

    def __init__(self, label: str, validators: Sequence[Callable[..., Any]] = (), **binding: Any) -> None:
        super().__init__(label, validators, is_single=True, **binding)

    def interpret(self) -> Any:
        """Return what was chosen. Raises: AnswerError."""
        return super().interpret()[0]


class Required:
    """Demands an answer; a space or an unticked box is none."""

    def __init__(self, text: str, **values: Any) -> None:
        self.text, self.values = text, values
        self.field_flags = {"required": True}

    def __call__(self, form: BaseForm, field: Any) -> None:
        """Refuse an answer that is missing."""
        if field.data is None:
            raise StopValidation(field.explain(self.text, **self.values))


class Length:
    """Limits a text, counted as a browser counts it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.field_flags = {"maxlength": limit}

    def __call__(self, form: BaseForm, field: Any) -> None:
        """Refuse a text that is too long, telling by how much."""
        excess = max(map(units, field.given)) - self.limit
        if excess > 0:
            text = field.ngettext(
                "Please shorten this by %(count)d character.",
                "Please shorten this by %(count)d characters.",
                excess,
            )
            raise ValidationError(text % {"count": excess})


class Between:
    """Limits a number at either end, or at both; messages name an amount in its currency."""

    def __init__(
        self, low: Decimal | int | None, high: Decimal | int | None, *, currency: str | None = None
    ) -> None:
        self.low, self.high, self.currency = low, high, currency

    def __call__(self, form: BaseForm, field: Any) -> None:
        """Refuse a number that is too small or too large."""
        if self.low is not None and field.data < self.low:
            raise ValidationError(
                field.explain(_("Enter at least %(limit)s."), limit=self._formatted(self.low, field))
            )
        if self.high is not None and field.data > self.high:
            raise ValidationError(
                field.explain(_("Enter no more than %(limit)s."), limit=self._formatted(self.high, field))
            )

    def _formatted(self, limit: Decimal | int, field: Any) -> Any:
        return money(int(limit), self.currency, field.meta.language) if self.currency else limit


class WithinDays:
    """Limits a day at either end, or at both, counted from today where the project file says so."""

    def __init__(self, first: str | None, last: str | None) -> None:
        self.first, self.last = first, last

    def __call__(self, form: BaseForm, field: Any) -> None:
        """Refuse a day that is too early or too late."""
        today = datetime.now(ZONE).date()
        first, last = (bound and grammar.day_of(bound, today) for bound in (self.first, self.last))
        if first and field.data < first:
            raise ValidationError(self._message(field, _("Choose %(day)s or later."), first))
        if last and field.data > last:
            raise ValidationError(self._message(field, _("Choose %(day)s or earlier."), last))

    def _message(self, field: Any, text: str, day: date) -> str:
        return str(field.explain(text, day=format_date(day, "long", locale=field.meta.language)))


USUAL: Final = {"CZK": 5_000_000}
"""Budgets to show as an example, by currency."""

FILL_IN: Final = Required(_("Please fill in “%(label)s”."))
CHOOSE: Final = Required(_("Please choose one of the options."))
PICK_DAY: Final = Required(_("Please choose a date."))
CHOOSE_SOME: Final = Required(_("Please choose at least one option."))
TICK: Final = Required(_("Please tick “%(label)s”."))
AGREE: Final = Required(_("Please tick this box so that we can handle your enquiry."))

MAX_FORMS: Final = 500

_kept: dict[tuple[str, str], dict[str, "UnboundField[Any]"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What the field of a question is made of."""

    kind: type[AnswerField] = AnswerField
    missing: Required = FILL_IN
    rules: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def fields_of(project: Project, language: str) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound fields of a project's form; made once, they serve every visitor."""
    key = (project.form_version, language)
    if (fields := _kept.get(key)) is None:
        if len(_kept) >= MAX_FORMS:
            _kept.clear()
        asked = build_fields(project.questions.values(), Wording(project, language))
        fields = {**asked, **build_consents(project)}
        _kept[key] = fields
    return fields


def build_fields(questions: Iterable[Question], wording: Wording) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound field of each question, by key."""
    return {question.key: build_field(question, wording) for question in questions}


def build_field(question: Question, wording: Wording) -> "UnboundField[Any]":
    """Return the unbound field of one question."""
    kind = kind_of(question)
    spec = _FIXED[kind] if kind in _FIXED else _BUILDERS[kind](question, wording.project)
    demand = [spec.missing] if wording.is_demanded(question) else []
    return UnboundField(spec.kind, wording.name(question), [*demand, *spec.rules], **spec.options)


def build_consents(project: Project) -> dict[str, "UnboundField[Any]"]:
    """Return the unbound field of each consent, by key."""
    return {
        box.key: UnboundField(AnswerField, box.key, [AGREE] if box.required else [], read=read_consent)
        for box in project.consents
    }


def _phone(question: grammar.PhoneField, project: Project) -> Spec:
    regions = project.phone_regions
    missing = Required(_("Enter your phone number, e.g. %(example)s."), example=example_phone(regions[0]))
    return Spec(kind=PhoneAnswer, missing=missing, options={"regions": regions})


def _price_max(question: grammar.PriceMaxField, project: Project) -> Spec:
    if question.options:
        return _choice(OneOf, question.options)
    low, high = question.min or 1, question.max or LARGEST_PRICE
    example = min(max(USUAL.get(project.currency, 250_000), low), high)
    read = partial(read_amount, currency=project.currency, example=example)
    return Spec(rules=(Between(low, high, currency=project.currency),), options={"read": read})


def _date(question: grammar.DateAttribute, _project: Project) -> Spec:
    is_limited = question.min or question.max
    rules = (WithinDays(question.min, question.max),) if is_limited else ()
    return Spec(missing=PICK_DAY, rules=rules, options={"read": read_date})


def _number(question: Any, read: Callable[..., Any], *, usual: int | Decimal) -> Spec:
    limits = Between(question.min, question.max)
    return Spec(
        rules=(limits,), options={"read": partial(read, example=question.min or question.max or usual)}
    )


def _choice(kind: type[AnyOf], options: Iterable[grammar.Option | grammar.PriceOption], **more: bool) -> Spec:
    by_text = {line(str(option.value)): option.value for option in options}  # as they stand in a POST
    is_one = kind is OneOf or more.get("is_single")
    return Spec(kind=kind, missing=CHOOSE if is_one else CHOOSE_SOME, options={"options": by_text, **more})


_FIXED: Final[Mapping[str, Spec]] = {
    "name": Spec(
        missing=Required(_("Enter your first name.")),
        rules=(Length(NAME_CHARS),),
        options={"read": read_name},
    ),
    "surname": Spec(
        missing=Required(_("Enter your last name.")),
        rules=(Length(NAME_CHARS),),
        options={"read": read_name},
    ),
    "full_name": Spec(
        missing=Required(_("Enter your first and last name.")),
        rules=(Length(2 * NAME_CHARS),),
        options={"read": read_full_name},
    ),
    "email": Spec(
        missing=Required(_("Enter your email, e.g. name@example.com.")),
        rules=(Length(EMAIL_CHARS),),
        options={"read": read_email},
    ),
    "unit": Spec(options={"read": read_unit}),
    "boolean": Spec(missing=TICK, options={"read": read_boolean}),
}
"""The kinds of question whose field is the same in every project."""

_BUILDERS: Final[Mapping[str, Callable[[Any, Project], Spec]]] = {
    "phone": _phone,
    "project": lambda question, _: _choice(OneOf, question.options),
    "rooms": lambda question, _: _choice(AnyOf, question.options, is_single=not question.multiple),
    "price_max": _price_max,
    "date": _date,
    "note": lambda question, _: Spec(rules=(Length(question.max_length),), options={"clean": paragraphs}),
    "string": lambda question, _: Spec(rules=(Length(question.max_length),)),
    "integer": lambda question, _: _number(question, read_integer, usual=2),
    "decimal": lambda question, _: _number(question, read_decimal, usual=Decimal("52.5")),
    "single_select": lambda question, _: _choice(OneOf, question.options),
    "multi_select": lambda question, _: _choice(AnyOf, question.options),
}
"""What makes the field of the others, from the question and its project."""
