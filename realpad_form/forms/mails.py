"""The mails about leads: to the sales team, and to the visitor in words of the project file alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_datetime

from realpad_form.domain.mail import Mail
from realpad_form.domain.project import Project
from realpad_form.domain.statistics import ZONE
from realpad_form.domain.text import Text, pick, pieces
from realpad_form.domain.webhook import WebhookEvent, WebhookMessage
from realpad_form.forms.messages import _, translations

TIMES: Final[Mapping[str, str]] = {"cs": "d. M. y H:mm", "sk": "d. M. y H:mm", "en": "d MMM y, H:mm"}
OTHER_TIMES: Final = "dd.MM.y, HH:mm"
"""How times are written; the short form of most languages has a year of two digits."""

SUBJECTS: Final[Mapping[WebhookEvent, str]] = {
    WebhookEvent.ACCEPTED: _("New enquiry: %(project)s"),
    WebhookEvent.DELIVERED: _("Enquiry now in Realpad: %(project)s"),
    WebhookEvent.REJECTED: _("Enquiry needs your attention: %(project)s"),
    WebhookEvent.DISCARDED: _("Enquiry discarded: %(project)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationText:
    """What the sales team is told of a lead, in plain text and the project's first language."""

    language: str
    about: str  # the project, and the unit if there is one
    title: str
    received: str
    link: str | None  # to the lead in the inbox


def notification_text(
    project: Project, message: WebhookMessage, *, created_at: datetime, unit: str | None, inbox: str | None
) -> NotificationText:
    """Return what the sales team is told of a lead, with nothing about the visitor.

    Args:
        project: the project of the lead.
        message: what is told.
        created_at: when the enquiry came, aware.
        unit: the unit asked about, by its name in Realpad.
        inbox: the address of the inbox, for the link to the lead.
    """
    language = project.language
    say = translations(language).gettext
    about = " · ".join(filter(None, [pick(project.name, language), unit]))
    time = format_datetime(created_at, TIMES.get(language, OTHER_TIMES), tzinfo=ZONE, locale=language)
    return NotificationText(
        language=language,
        about=about,
        title=say(SUBJECTS[message.event]) % {"project": about},
        received=say(_("Received: %(time)s")) % {"time": time},
        link=f"{inbox}leads/{message.lead_id}" if inbox else None,
    )


def notification(
    project: Project, message: WebhookMessage, *, created_at: datetime, unit: str | None, inbox: str | None
) -> Mail | None:
    """Return the mail that tells the sales team of a lead; None if the project file asks for none any more.

    The arguments are those of `notification_text`.
    """
    if project.notify is None or not project.notify.to:
        return None
    told = notification_text(project, message, created_at=created_at, unit=unit, inbox=inbox)
    lines = [told.about, told.received]
    if told.link:
        say = translations(told.language).gettext
        lines.append(say(_("Details: %(link)s")) % {"link": told.link})
    return Mail(subject=told.title, text="\n".join(lines), to=project.notify.to, id=message.webhook_id)


def confirmation(project: Project, message: WebhookMessage, *, to: str, language: str) -> Mail | None:
    """Return the mail that thanks a visitor; None if the project file asks for none any more.

    Args:
        project: the project of the lead.
        message: what is told.
        to: the visitor's address.
        language: the visitor's, in which the texts are if the file has them.
    """
    if project.confirm is None:
        return None

    def written(text: Text) -> str:
        words = pick(text, language, *project.languages)
        return "".join(f"{part.words} ({part.href})" if part.href else part.words for part in pieces(words))

    return Mail(
        subject=written(project.confirm.subject),
        text=written(project.confirm.message),
        to=(to,),
        reply_to=project.fallback.email,
        id=message.webhook_id,
    )
