"""The questions that a form may ask, as pydantic models. Source: docs/project-file.md."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    Tag,
    model_validator,
)

from realpad_form.domain import project_rules as rules
from realpad_form.domain.text import LANGUAGES, Text

Words = Annotated[Text, AfterValidator(rules.check_text)]
Label = Annotated[Words, AfterValidator(rules.check_label)]
"""What a question is called."""
Filled = Annotated[str, Field(min_length=1), AfterValidator(rules.check_not_blank)]
"""A text that can be seen."""
Line = Annotated[Filled, AfterValidator(rules.check_line)]
"""A text as the form would read it from a visitor."""
Code = Annotated[
    Line, Field(max_length=200), BeforeValidator(rules.to_code, json_schema_input_type=int | str)
]
"""A value as Realpad knows it; `4` and `"4"` are the same."""
Language = Annotated[
    str, AfterValidator(rules.check_language), Field(json_schema_extra={"enum": list(LANGUAGES)})
]
Slug = Annotated[str, Field(pattern=rules.SLUG)]
AttributeKey = Annotated[str, Field(pattern=rules.ATTRIBUTE), AfterValidator(rules.check_attribute_key)]
RealpadId = Annotated[int, Field(gt=0, le=10**18 - 1, strict=True)]
"""A database id; a longer one may not fit into Realpad's integers."""
Price = Annotated[int, Field(gt=0, le=rules.LARGEST_PRICE, strict=True)]
Count = Annotated[int, Field(ge=0, le=10**rules.DIGITS - 1, strict=True)]
Bound = Annotated[Decimal, AfterValidator(rules.check_digits)]
Day = Annotated[
    str,
    BeforeValidator(rules.to_day, json_schema_input_type=str | date),
    Field(pattern=rules.DAY),
    AfterValidator(rules.check_day),
]
"""A day of the calendar, `today`, or `today+N`, N days later."""
Scalar = StrictBool | StrictInt | str
Wanted = Scalar | Annotated[list[Scalar], Field(min_length=1)]
"""One answer to another question, or any of these."""


class Model(BaseModel):
    """The manners all parts of a project file share: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerCondition(Model):
    """What the answer to another question must not be, or the range that it must be in."""

    model_config = ConfigDict(populate_by_name=True)

    unwanted: Wanted | None = Field(default=None, alias="not")
    min: StrictInt | Decimal | str | None = None
    max: StrictInt | Decimal | str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        rules.check_comparison(self.unwanted, self.min, self.max)
        return self


Condition = Annotated[
    Annotated[Wanted, Tag("answer")] | Annotated[AnswerCondition, Tag("comparison")],
    Discriminator(rules.condition_kind),
]
Conditions = Annotated[dict[str, Condition], Field(min_length=1)]
"""Conditions by the question they are about; all of them must hold."""
Clause = Annotated[
    Annotated[Condition, Tag("condition")]
    | Annotated[list[Conditions], Field(min_length=1), Tag("alternatives")],
    Discriminator(rules.clause_kind),
]
ShowIf = Annotated[dict[str, Clause], Field(min_length=1)]
"""When a question is shown: conditions, and under `any` alternatives of which one must hold."""


class Option(Model):
    """One choice: what Realpad stores, and what the visitor reads if that differs."""

    value: Code
    label: Words | None = None


class PriceOption(Model):
    """One budget, in the project's currency."""

    value: Price
    label: Words | None = None


def _bare(value: Any) -> Any:
    """Let a bare value stand for an option without a label of its own."""
    return value if isinstance(value, dict) else {"value": value}


Choice = Annotated[Option, BeforeValidator(_bare, json_schema_input_type=int | str | Option)]
PriceChoice = Annotated[PriceOption, BeforeValidator(_bare, json_schema_input_type=Price | PriceOption)]
Item = TypeVar("Item")
ListOf = Annotated[tuple[Item, ...], Field(min_length=1), AfterValidator(rules.check_distinct)]


EmptyChoice = Literal[False] | Words | None
"""What choosing nothing is called where one option may be chosen; False for no such choice."""


MOST_SIDE_BY_SIDE: Final = 8
"""Most options of which one may be chosen that are all shown; more are a list with an empty entry on top."""


class Section(Model):
    """A heading above the questions that follow, up to the next one."""

    section: Label
    collapsed: StrictBool = False  # until the visitor opens it


class Question(Model):
    """What every question of a form has."""

    label: Label | None = None
    help: Words | None = None
    required: StrictBool = False
    show_if: ShowIf | None = None
    width: Literal["half", "full"] | None = None  # of the form; None: as its kind needs

    @property
    def key(self) -> str:
        """The name in a POST, in `show_if` and in the lead's answers."""
        return str(getattr(self, "field", None) or getattr(self, "attribute", ""))


class NameField(Question):
    """First name; always demanded, since Realpad demands it."""

    field: Literal["name"]
    required: Literal[True] = True


class SurnameField(Question):
    """Last name; always demanded, since Realpad demands it."""

    field: Literal["surname"]
    required: Literal[True] = True


class FullNameField(Question):
    """Both names in one box, split at the last space."""

    field: Literal["full_name"]
    required: Literal[True] = True


class EmailField(Question):
    """E-mail address."""

    field: Literal["email"]


class PhoneField(Question):
    """Phone number, kept in E.164."""

    field: Literal["phone"]
    prefix: StrictBool | None = None  # whether the country is chosen from a list; None: if there are several


class ProjectChoice(Model):
    """A project that may be chosen: the name of its file, and what the visitor reads if not its name."""

    value: Slug
    label: Words | None = None


class ProjectField(Question):
    """The project that a visitor of a company page asks about; its file says where the lead goes."""

    field: Literal["project"]
    required: Literal[True] = True
    options: ListOf[
        Annotated[ProjectChoice, BeforeValidator(_bare, json_schema_input_type=str | ProjectChoice)]
    ]


class RoomsField(Question):
    """Preferred room layouts, Realpad's `preferencerooms`."""

    field: Literal["rooms"]
    multiple: StrictBool = True
    options: ListOf[Annotated[Choice, AfterValidator(rules.check_no_pipe)]]
    none: EmptyChoice = None


class PriceMaxField(Question):
    """Budget, Realpad's `preferencepricemax`: choices, or a number box."""

    field: Literal["price_max"]
    options: ListOf[PriceChoice] | None = None
    min: Price | None = None
    max: Annotated[Price, AfterValidator(rules.check_above_min)] | None = None
    step: Annotated[Price, AfterValidator(rules.check_step)] | None = None
    slider: StrictBool = False
    none: EmptyChoice = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        rules.check_one_way(self.options, self.min, self.max, self.step)
        rules.check_slider(self.slider, self.min, self.max)
        return self


class KnownUnit(Model):
    """A unit that exists, with what the visitor reads of it."""

    id: Code
    label: Words | None = None
    price: Price | None = None


def _bare_unit(value: Any) -> Any:
    return value if isinstance(value, dict) else {"id": value}


UnitChoice = Annotated[KnownUnit, BeforeValidator(_bare_unit, json_schema_input_type=int | str | KnownUnit)]


class UnitField(Question):
    """The unit asked about, Realpad's `internalid`; hidden unless `visible`."""

    field: Literal["unit"]
    known: Annotated[tuple[UnitChoice, ...], AfterValidator(rules.check_distinct)] | None = None
    visible: StrictBool | Literal["card"] = False

    @property
    def is_asked(self) -> bool:
        """Whether visitors can answer it: in a box, or from the list beside a card."""
        return self.visible is True or (self.visible == "card" and bool(self.known))

    def knows(self, unit: str) -> bool:
        """Tell whether a unit exists; every one does if the file lists none."""
        return self.known is None or any(known.id == unit for known in self.known)


class NoteField(Question):
    """Free text."""

    field: Literal["note"]
    max_length: int = Field(default=2000, ge=1, le=20_000, strict=True)


class Attribute(Question):
    """What every custom attribute has; its key must be set up in the CRM first."""

    label: Label
    attribute: AttributeKey


class BooleanAttribute(Attribute):
    """A tick; sent as `true`, absent when not ticked."""

    type: Literal["boolean"]


class StringAttribute(Attribute):
    """A line of text."""

    type: Literal["string"]
    max_length: int = Field(default=200, ge=1, le=5000, strict=True)


class IntegerAttribute(Attribute):
    """A whole number, never below zero: Realpad takes digits only."""

    type: Literal["integer"]
    min: Count | None = None
    max: Annotated[Count, AfterValidator(rules.check_above_min)] | None = None


class DecimalAttribute(Attribute):
    """A number with a fraction."""

    type: Literal["decimal"]
    min: Bound | None = None
    max: Annotated[Bound, AfterValidator(rules.check_above_min)] | None = None


class DateAttribute(Attribute):
    """A day."""

    type: Literal["date"]
    min: Day | None = None
    max: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        rules.check_days(self.min, self.max)
        return self


class SingleSelectAttribute(Attribute):
    """One of several options."""

    type: Literal["single_select"]
    options: ListOf[Choice]
    none: EmptyChoice = None


class MultiSelectAttribute(Attribute):
    """Any of several options."""

    type: Literal["multi_select"]
    options: ListOf[Annotated[Choice, AfterValidator(rules.check_no_comma)]]


AnyField = Annotated[
    NameField
    | SurnameField
    | FullNameField
    | EmailField
    | PhoneField
    | ProjectField
    | RoomsField
    | PriceMaxField
    | UnitField
    | NoteField,
    Field(discriminator="field"),
]
AnyAttribute = Annotated[
    BooleanAttribute
    | StringAttribute
    | IntegerAttribute
    | DecimalAttribute
    | DateAttribute
    | SingleSelectAttribute
    | MultiSelectAttribute,
    Field(discriminator="type"),
]
AnyEntry = Annotated[
    Annotated[AnyField, Tag("field")]
    | Annotated[AnyAttribute, Tag("attribute")]
    | Annotated[Section, Tag("section")],
    Discriminator(rules.family_of),
]
"""One entry of `fields`."""


def day_of(bound: str, today: date) -> date:
    """Return the day that a bound of a date question means today.

    Args:
        bound: a day as YYYY-MM-DD, `today`, or `today+N`.
        today: the day at the project.
    """
    if not bound.startswith("today"):
        return date.fromisoformat(bound)
    return today + timedelta(days=int(bound[len("today+") :] or 0))
