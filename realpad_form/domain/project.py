"""The grammar of a project file, as pydantic models. Source: docs/project-file.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from realpad_form.domain import project_rules as rules
from realpad_form.domain.questions import (
    AnyEntry,
    Attribute,
    AttributeKey,
    Filled,
    Language,
    Line,
    ListOf,
    Model,
    Question,
    RealpadId,
    Section,
    Slug,
    Words,
)


class Routing(Model):
    """Where in Realpad the leads of a project go. Source: Realpad docs, "Sending leads"."""

    credentials: Slug
    project: RealpadId
    referral: RealpadId | None = None
    salesman: RealpadId | None = None
    campaign: Annotated[Line, Field(max_length=500)] | None = None
    tags: tuple[Annotated[Line, Field(max_length=200), AfterValidator(rules.check_tag)], ...] = ()
    consents: Literal["update", "replace"] = "update"
    consent_source: Annotated[Filled, AfterValidator(rules.check_placeholders), Field(max_length=1000)] = (
        "{ip} {page}"
    )


class ConsentBox(Model):
    """One consent to ask for; never pre-ticked."""

    id: RealpadId
    label: Words
    required: StrictBool = False

    @property
    def key(self) -> str:
        """The name in a POST."""
        return f"consent_{self.id}"


class Capture(Model):
    """Which parameters of the visit go where in Realpad."""

    campaign: rules.Parameter | None = None
    attributes: dict[AttributeKey, rules.Parameter] = Field(default_factory=dict)
    note: tuple[rules.Parameter, ...] = ()

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Every parameter to take from a POST, besides page and referrer."""
        named = {self.campaign, *self.attributes.values(), *self.note}
        return frozenset(p for p in named if p and p not in rules.VISIT)


Address = Annotated[str, AfterValidator(rules.check_url)]
Phone = Annotated[str, AfterValidator(rules.check_phone), Field(max_length=40)]


class Salesperson(Model):
    """Who will call the visitor."""

    name: Annotated[Line, Field(max_length=100)]
    role: Words | None = None
    phone: Phone | None = None
    photo: Annotated[str, Field(pattern=rules.FILE % "webp|jpg|jpeg|png|avif")] | None = None


class Link(Model):
    """A link with its words."""

    label: Words
    url: Address


class ThankYou(Model):
    """What the visitor sees once the lead is on disk."""

    message: Words | None = None
    redirect: Address | None = None
    contact: Salesperson | None = None
    link: Link | None = None


class Closed(Model):
    """What stands instead of a form that takes no enquiries any more."""

    message: Words


MailAddress = Annotated[str, AfterValidator(rules.check_email), Field(max_length=254)]


class Fallback(Model):
    """Shown when nothing else works."""

    phone: Phone | None = None
    email: MailAddress | None = None


class Notify(Model):
    """Mails to the sales team, one for each lead, with nothing about the visitor in them."""

    to: Annotated[tuple[MailAddress, ...], Field(min_length=1), AfterValidator(rules.check_distinct)]
    when: Literal["accepted", "delivered", "rejected", "discarded"] = "accepted"


class Confirm(Model):
    """A mail to the visitor, in words of the project alone: nothing that was typed is quoted."""

    subject: Words
    message: Words


Colour = Annotated[str, Field(pattern=rules.COLOUR)]
FONT_BYTES: Final = 60_000
PHOTO_BYTES: Final = 100_000
"""The largest files beside a project file that visitors are sent."""


Length = Annotated[
    str,
    BeforeValidator(rules.to_length, json_schema_input_type=Literal[0] | str),
    Field(pattern=rules.LENGTH),
]


class DarkPalette(Model):
    """The colours of the dark mode; those left out are derived from the light ones."""

    accent: Colour | None = None
    text: Colour | None = None
    background: Colour | None = None
    border: Colour | None = None


class Theme(Model):
    """Looks, as CSS variables; text, background and border are those of the light mode."""

    accent: Colour = "#0b5fff"
    text: Colour = "#171a1f"
    background: Colour | Literal["transparent"] = "#ffffff"
    border: Colour = "#858d98"
    dark: DarkPalette = DarkPalette()
    page: Colour | None = None  # what is behind a transparent background
    radius: Length = "8px"
    padding: Length | None = None  # of the form in a frame
    frame_radius: Length | None = None
    font_file: Annotated[str, Field(pattern=rules.FILE % "woff2")] | None = None
    font: Annotated[str, Field(pattern=rules.FONT)] | None = None
    density: Literal["comfortable", "compact"] = "comfortable"
    mode: Literal["auto", "light", "dark"] = "auto"

    @property
    def paper(self) -> str:
        """The colour behind the form in the light mode, also where its own background lets it through."""
        return (self.page or "#ffffff") if self.background == "transparent" else self.background


class Limits(Model):
    """How many submissions are taken, each `count/period`, several joined with `;`."""

    per_address: Annotated[str, AfterValidator(rules.check_limit)] = "5/minute;30/hour"
    per_project: Annotated[str, AfterValidator(rules.check_limit)] = "60/minute"
    per_source: Annotated[str, AfterValidator(rules.check_limit)] = "120/minute"


class Source(Model):
    """Another system that posts leads to `/in/<name>`, and what its fields are called here."""

    name: Slug
    fields: dict[rules.SourceKey, Literal[False] | str] = Field(default_factory=dict)
    """Their name → ours; False for what is not wanted. What is not mapped goes to the note."""


class Webhook(Model):
    """Another system that hears what becomes of the leads; the secret it trusts stands in the settings."""

    name: Annotated[Slug, AfterValidator(rules.check_webhook_name)]
    url: Annotated[str, Field(max_length=2000), AfterValidator(rules.check_receiver)]
    events: Annotated[
        tuple[Literal["accepted", "delivered", "rejected", "discarded"], ...],
        Field(min_length=1),
        AfterValidator(rules.check_distinct),
    ] = ("accepted", "delivered", "rejected", "discarded")
    payload: Literal["ids", "full"] = "ids"


@dataclass(frozen=True, slots=True)
class MailListener:
    """People who hear by mail what becomes of leads; it waits and is sent like a message for a webhook."""

    name: str
    url: str
    events: tuple[str, ...]


class Project(Model):
    """One development with its form, the sites that may embed it, and its way into Realpad."""

    WITH_CONTACT: ClassVar = ("email", "phone")

    version: Annotated[Literal[1], BeforeValidator(rules.check_version)]
    project: Slug
    name: Words
    title: Words | None = None
    intro: Words | None = None
    submit: Words | None = None
    closed: Closed | None = None
    languages: ListOf[Language]
    origins: Annotated[tuple[Annotated[str, AfterValidator(rules.check_origin)], ...], Field(min_length=1)]
    phone_regions: Annotated[tuple[Annotated[str, Field(pattern=rules.REGION)], ...], Field(min_length=1)] = (
        "CZ",
        "SK",
    )
    currency: Annotated[str, Field(pattern=rules.CURRENCY)] = "CZK"
    realpad: Routing
    fields: Annotated[tuple[AnyEntry, ...], Field(min_length=1)]
    consents: tuple[ConsentBox, ...] = ()
    notice: Words | None = None
    capture: Capture = Capture()
    thank_you: ThankYou = ThankYou()
    fallback: Fallback = Fallback()
    theme: Theme = Theme()
    captcha: Literal["altcha", "turnstile", "hcaptcha", "recaptcha", "friendly", "none"] = "altcha"
    limits: Limits = Limits()
    keep_draft: StrictBool = True
    webhooks: tuple[Webhook, ...] = ()
    notify: Notify | None = None
    confirm: Confirm | None = None
    sources: tuple[Source, ...] = ()

    @property
    def slug(self) -> str:
        """The project's name in addresses."""
        return self.project

    @property
    def language(self) -> str:
        """The default language."""
        return self.languages[0]

    @cached_property
    def form_version(self) -> str:
        """Tells this form from earlier and later ones of the project.

        What a file leaves at its default does not count: a key that a later release adds changes no version.
        Nor do webhooks, sources and mails, of which no visitor sees anything.
        """
        seen = self.model_dump_json(
            exclude_defaults=True, exclude={"webhooks", "sources", "notify", "confirm"}, by_alias=True
        )
        return rules.digest(seen)[:12]

    @cached_property
    def listeners(self) -> tuple[Webhook | MailListener, ...]:
        """Who hears of the leads besides Realpad: other systems, the sales team, the visitor."""
        mails = []
        if self.notify:
            to = f"mailto:{','.join(self.notify.to)}"
            mails.append(MailListener(rules.NOTIFY, to, (self.notify.when,)))
        if self.confirm:
            mails.append(MailListener(rules.CONFIRM, "mailto:", ("accepted",)))
        return (*self.webhooks, *mails)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """The questions by key, in the order shown."""
        return {entry.key: entry for entry in self.fields if not isinstance(entry, Section)}

    @property
    def choices(self) -> tuple[str, ...]:
        """The projects that visitors of a company page choose from, by slug; none on other pages."""
        question = self.questions.get(rules.PROJECT)
        return tuple(option.value for option in getattr(question, "options", ()))

    @property
    def attachments(self) -> Mapping[str, tuple[tuple[str, ...], int]]:
        """The files beside the project file that its page needs, by name: its place there, and its limit."""
        contact = self.thank_you.contact
        named = (
            (self.theme.font_file, ("theme", "font_file"), FONT_BYTES),
            (contact.photo if contact else None, ("thank_you", "contact", "photo"), PHOTO_BYTES),
        )
        return {name: (place, at_most) for name, place, at_most in named if name}

    @cached_property
    def source_targets(self) -> frozenset[str]:
        """What the fields of a source may be called here."""
        return rules.source_targets(
            questions=self.questions,
            parameters=self.capture.parameters,
            consents=(box.key for box in self.consents),
        )

    def source(self, name: str) -> Source | None:
        """Return the source of a name, or None if the file does not name it."""
        return next((source for source in self.sources if source.name == name), None)

    def attributes(self) -> Iterator[Attribute]:
        """Yield the custom attributes that the form asks for."""
        return (entry for entry in self.fields if isinstance(entry, Attribute))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectVersion:
    """The text of a project file that was good, and since when it was the project's file."""

    slug: str
    text: str
    adopted_at: datetime  # aware, UTC

    @property
    def hash(self) -> str:
        """The SHA-256 of the text, in hex: what tells versions apart."""
        return rules.digest(self.text)
