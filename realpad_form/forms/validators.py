"""Validators: each judges one thing about an answer, and tells the page what it may show of that."""

from decimal import Decimal
from typing import Any

from wtforms.form import BaseForm
from wtforms.validators import StopValidation, ValidationError

from realpad_form.domain.text import units
from realpad_form.forms.messages import _


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
