"""The WTForms fields and validators of the form: an answer is cleaned, then read, then judged."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation, ValidationError

from realpad_form.domain.text import line, units
from realpad_form.forms.messages import AnswerError, _


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
            raise AnswerError(_("Please give one answer only."))
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
            raise AnswerError(_("Please give one answer only."))
        chosen = set(self.given)
        if not chosen <= self._options.keys():
            raise AnswerError(_("Please choose from the options offered."))
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
    """Limits a number at either end, or at both."""

    def __init__(self, low: Decimal | int | None, high: Decimal | int | None) -> None:
        self.low, self.high = low, high

    def __call__(self, form: BaseForm, field: Any) -> None:
        """Refuse a number that is too small or too large."""
        if self.low is not None and field.data < self.low:
            raise ValidationError(field.explain(_("Enter at least %(limit)s."), limit=self.low))
        if self.high is not None and field.data > self.high:
            raise ValidationError(field.explain(_("Enter at most %(limit)s."), limit=self.high))
