"""The weekly summary as a mail: what a week brought to the projects that a person sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from realpad_form.domain.mail import Mail
from realpad_form.domain.people import Person
from realpad_form.domain.project import Project
from realpad_form.domain.statistics import FunnelStep, ProjectWeek, Trend, Week, summed
from realpad_form.domain.text import pick
from realpad_form.forms.desk_texts import change, number, span, translations
from realpad_form.forms.messages import Translations, _

HELLO: Final = _("Hello %(name)s,")
INTRO: Final = _("this is the week of %(days)s in numbers.")
ALL_PROJECTS: Final = _("All projects together")
LEADS: Final = _("Leads: %(count)s (the week before: %(before)s)")
LEADS_CHANGED: Final = _("Leads: %(count)s (%(change)s, the week before: %(before)s)")
DELIVERED: Final = _("In Realpad: %(count)s")
WAITING: Final = _("Waiting for a person: %(count)s")
CAMPAIGNS: Final = _("Best campaigns: %(names)s")
NO_CAMPAIGN: Final = _("without a campaign")
REFUSED: Final = _("Submissions that were not taken: %(count)s")
QUIET: Final = _("Nothing happened in: %(names)s")
LEFT_OUT: Final = _("Test leads are left out.")
UNSUBSCRIBE: Final = _("You get this mail since you ticked it in your account. There you can switch it off.")


@dataclass(frozen=True, slots=True)
class SummaryMailWriter:
    """Writes the summary in a language of the desk; without a public address of ours there are no links."""

    public_url: str | None = None

    def mail(
        self, person: Person, week: Week, projects: Sequence[tuple[Project, ProjectWeek]], *, language: str
    ) -> Mail:
        """Return the mail to one person about the projects that they see, with nothing about visitors."""
        texts, days = translations(language), span(week.first, week.last, language)
        named = [(pick(project.name, language, project.language), found) for project, found in projects]
        named.sort(key=lambda pair: pair[0].casefold())
        leads = sum(found.trend.now.counts[FunnelStep.ACCEPTED] for _name, found in named)
        subject = texts.ngettext(
            "Weekly summary %(days)s: %(count)s lead", "Weekly summary %(days)s: %(count)s leads", leads
        )
        paragraphs = [
            texts.gettext(HELLO) % {"name": person.name},
            texts.gettext(INTRO) % {"days": days},
            *self._projects(named, week, language),
            texts.gettext(LEFT_OUT),
            "\n".join(filter(None, [texts.gettext(UNSUBSCRIBE), self._link("/account")])),
        ]
        return Mail(
            subject=subject % {"days": days, "count": number(leads, language)},
            text="\n\n".join(paragraphs) + "\n",
            to=(person.email,),
            id=f"summary-{week.first.isoformat()}-{person.id}",
        )

    def _projects(self, named: Sequence[tuple[str, ProjectWeek]], week: Week, language: str) -> Iterator[str]:
        """Yield a paragraph for each project, and one for all of which there is nothing to report."""
        texts = translations(language)
        busy = [(name, found) for name, found in named if not found.is_quiet]
        for name, found in busy:
            link = self._statistics(week, project=found.slug)
            yield "\n".join(filter(None, [name, *_lines(found, texts, language), link]))
        if len(busy) > 1:
            trends = [found.trend for _name, found in busy]
            total = Trend(
                now=summed(each.now for each in trends), before=summed(each.before for each in trends)
            )
            lines = [texts.gettext(ALL_PROJECTS), _leads(total, texts, language), self._statistics(week)]
            yield "\n".join(filter(None, lines))
        if quiet := [name for name, found in named if found.is_quiet]:
            yield texts.gettext(QUIET) % {"names": ", ".join(quiet)}

    def _statistics(self, week: Week, **which: str) -> str | None:
        """Return the address of the desk's statistics of a week."""
        days = {"since": week.first.isoformat(), "until": week.last.isoformat()}
        return self._link(f"/figures/?{urlencode({**which, **days})}")

    def _link(self, page: str) -> str | None:
        return f"{self.public_url}{page}" if self.public_url else None


def _lines(found: ProjectWeek, texts: Translations, language: str) -> Iterator[str]:
    """Yield what there is to say of a project."""
    yield _leads(found.trend, texts, language)
    for words, count in (
        (DELIVERED, found.trend.now.counts[FunnelStep.DELIVERED]),
        (WAITING, found.waiting),
        (REFUSED, found.refused),
    ):
        if count or words is DELIVERED:
            yield texts.gettext(words) % {"count": number(count, language)}
    if found.campaigns:
        names = ", ".join(
            f"{name or texts.gettext(NO_CAMPAIGN)} ({number(leads, language)})"
            for name, leads in found.campaigns
        )
        yield texts.gettext(CAMPAIGNS) % {"names": names}


def _leads(trend: Trend, texts: Translations, language: str) -> str:
    part = trend.change(FunnelStep.ACCEPTED)
    values = {
        "count": number(trend.now.counts[FunnelStep.ACCEPTED], language),
        "before": number(trend.before.counts[FunnelStep.ACCEPTED], language),
        "change": "" if part is None else change(part, language),
    }
    return texts.gettext(LEADS if part is None else LEADS_CHANGED) % values
