"""Alerts as people read them: in their language, each with a link to the page where they act on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from realpad_form.domain.alert import ADVICE, Alert, AlertDetail, Kind
from realpad_form.domain.mail import Mail
from realpad_form.domain.project_rules import is_slug
from realpad_form.forms.desk_texts import moment, translations
from realpad_form.forms.messages import _

SUBJECT: Final = _("[realpad-form] %(what)s")
SUBJECT_OF_SEVERAL: Final = _("[realpad-form] %(what)s, and %(count)s more")
OVER: Final = _("over: %(what)s")
SENTENCE: Final = _("%(what)s: %(details)s. %(advice)s")
SENTENCE_SINCE: Final = _("%(what)s since %(since)s: %(details)s. %(advice)s")

INBOX_NAME: Final = _("Inbox")
INBOX: Final = "/inbox/"
PREVIEW: Final = "/preview/"
PAGES: Final = {
    Kind.LANE: "/inbox/lanes/{subject}",
    Kind.STRANDED: "/inbox/lanes",
    Kind.REJECTED: "/inbox/?status=rejected&project={subject}",
    Kind.BACKLOG: "/inbox/?status=queued&project={subject}",
    Kind.UNKNOWN: "/inbox/?status=unknown&project={subject}",
    Kind.QUARANTINE: "/inbox/?status=quarantined&project={subject}",
    Kind.MISSING: "/inbox/leads/{subject}",
    Kind.WEBHOOK: "/inbox/webhooks/{subject}",
    Kind.RESTORED: "/inbox/?status=unknown",
    Kind.CLOCK: "/inbox/?status=unknown",
    Kind.PROJECT: "/preview/{slug}/edit",
    Kind.ORIGIN: "/preview/{slug}/edit",
    Kind.CAPTCHA: "/preview/{slug}/edit",
    Kind.CONFLICT: "/preview/{slug}/folder",
    Kind.SCHEDULE: "/preview/{slug}/history",
    Kind.SPOOL: INBOX,  # what is to be done is done on the machine; the inbox shows what became of it
    Kind.DATA_KEY: INBOX,
}
"""Where a person acts on an alert, by its subject."""


@dataclass(frozen=True, slots=True)
class AlertWriter:
    """Writes alerts in the languages of the desk; without a public address of ours there are no links."""

    public_url: str | None = None

    @property
    def inbox(self) -> str | None:
        """The address of the inbox."""
        return f"{self.public_url}{INBOX}" if self.public_url else None

    def link(self, alert: Alert) -> str | None:
        """Return the address of the page where a person acts on an alert; None if it is over."""
        if self.public_url is None or alert.is_over:
            return None
        named = alert.subject if alert.kind is Kind.PROJECT else alert.subject.partition(",")[0]
        slug = PurePath(named).stem
        page = PAGES[alert.kind].format(subject=quote(alert.subject), slug=slug)
        return self.public_url + (page if "{slug}" not in PAGES[alert.kind] or is_slug(slug) else PREVIEW)

    def links(self, alerts: Sequence[Alert], language: str) -> list[tuple[str, str]]:
        """Return words and address of the inbox and of each page where a person acts; none without ours."""
        if self.inbox is None:
            return []
        found = {self.inbox: translations(language).gettext(INBOX_NAME)}
        for alert in alerts:
            if link := self.link(alert):
                found.setdefault(link, self.heading(alert, language))
        return [(words, address) for address, words in found.items()]

    def heading(self, alert: Alert, language: str) -> str:
        """Return what an alert is about, in a few words."""
        texts = translations(language)
        what = f"{texts.gettext(alert.kind)} ({alert.subject})"
        return texts.gettext(OVER) % {"what": what} if alert.is_over else what

    def sentence(self, alert: Alert, language: str) -> str:
        """Return an alert in whole; in English as receivers of webhooks know it, with times in UTC."""
        if language == "en":
            return str(alert)
        what = self.heading(alert, language)
        if alert.is_over:
            return what
        texts = translations(language)
        values = {
            "what": what,
            "since": moment(alert.since, language) if alert.since else "",
            # Without details, an older version has noted it, in English.
            "details": ", ".join(_phrase(each, language) for each in alert.details) or alert.text,
            "advice": texts.gettext(ADVICE[alert.kind]),
        }
        return texts.gettext(SENTENCE_SINCE if alert.since else SENTENCE) % values

    def lines(self, alerts: Sequence[Alert], language: str, *, has_links: bool) -> str:
        """Return alerts one below the other, and the way to the inbox at the end."""
        lines = [f"• {self.sentence(alert, language)}" for alert in alerts]
        for place, alert in enumerate(alerts if has_links else ()):
            if (link := self.link(alert)) and link != self.inbox:
                lines[place] += f"\n  {link}"
        return "\n\n".join([*lines, self.inbox] if self.inbox else lines)

    def mail(self, alerts: Sequence[Alert], *, to: str, language: str) -> Mail:
        """Return the mail that tells somebody of alerts, all in one."""
        values = {"what": self.heading(alerts[0], language), "count": len(alerts) - 1}
        subject = translations(language).gettext(SUBJECT_OF_SEVERAL if len(alerts) > 1 else SUBJECT) % values
        return Mail(subject=subject, text=self.lines(alerts, language, has_links=True), to=(to,))


def _phrase(detail: AlertDetail, language: str) -> str:
    """Return one thing that an alert says."""
    texts, values = translations(language), dict[str, str]()
    for name, value in detail.params.items():
        shown = moment(value, language) if isinstance(value, datetime) else str(value)
        values[name] = texts.gettext(shown) if name == "why" else shown
    return texts.gettext(detail.code) % values
