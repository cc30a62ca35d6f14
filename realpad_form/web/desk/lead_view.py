"""A lead as its page shows it: made ready for templates, hidden where it has to be."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from babel.numbers import format_decimal

from realpad_form.domain.delivery import Outcome
from realpad_form.domain.hints import Meaning, meaning_of
from realpad_form.domain.lead import Answers, Attempt, Consent, LeadRecord
from realpad_form.domain.project import Project
from realpad_form.forms import Answered, in_words
from realpad_form.forms.messages import _
from realpad_form.web.desk.frame import gettext, language
from realpad_form.web.desk.lead_hints import HINTS
from realpad_form.web.desk.lead_words import NAMES, OUTCOMES, Explanation
from realpad_form.web.desk.masking import Masking


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt, with what it means."""

    number: int
    attempt: Attempt
    outcome: str  # translated; '' while it is open
    colour: str
    hint: Explanation
    answer: str

    @property
    def duration_s(self) -> str:
        """How long the call took, in seconds, as people write it; '' while it is open."""
        ended_at = self.attempt.ended_at
        seconds = (ended_at - self.attempt.started_at).total_seconds() if ended_at else None
        return "" if seconds is None else format_decimal(round(seconds, 2), locale=language())


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """One line of a comparison; None stands for what is not there."""

    key: str
    label: str
    old: str | None
    new: str | None

    @property
    def kind(self) -> str:
        """How the two differ, as a word for the style sheet."""
        if self.old == self.new:
            return "same"
        return "added" if self.old is None else "gone" if self.new is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """One revision of the answers, and what it changed."""

    number: int
    is_by_visitor: bool
    at: datetime
    changes: list[AnswerChange]


def facts(project: Project | None, answers: Answers, veil: Masking) -> list[Answered]:
    """Return what was answered, in the words of the project."""
    return in_words(project, veil.answers(answers), language=language())


def label(fact: Answered) -> str:
    """Return what an answer is called; its key if nobody names it any more."""
    return fact.label or (gettext(NAMES[fact.key]) if fact.key in NAMES else fact.key)


def text(fact: Answered) -> str:
    """Return an answer in one text."""
    return gettext("yes") if fact.is_tick else ", ".join(fact.texts)


def attempts(record: LeadRecord, veil: Masking) -> list[AttemptView]:
    """Return the attempts, the last one first."""
    views = [_attempt(number, each, veil) for number, each in enumerate(record.attempts, 1)]
    return views[::-1]


def _attempt(number: int, attempt: Attempt, veil: Masking) -> AttemptView:
    words, colour = OUTCOMES.get(attempt.outcome or "", ("", "cool"))
    meaning = meaning_of(attempt.status, attempt.answer, outcome=attempt.outcome)
    if meaning is Meaning.RESTORED:  # nobody knows of a call, so it has neither an answer nor a duration
        attempt = replace(attempt, answer="", ended_at=None)
        words = _("not known")
    return AttemptView(
        number=number,
        attempt=attempt,
        outcome=gettext(words) if words else "",
        colour=colour,
        hint=HINTS[meaning],
        # Realpad's words may quote what was typed; a customer's number does not.
        answer=attempt.answer if attempt.outcome == Outcome.ACCEPTED else veil.hide(attempt.answer),
    )


def call_of(payload: Mapping[str, str], veil: Masking) -> list[tuple[str, str]]:
    """Return the call as key and value; login and password, which are never stored, as dots."""
    secrets = {"login": "••••••••", "password": "••••••••"}
    return list({**secrets, **veil.call(payload)}.items()) if payload else []


def compare_calls(old: Mapping[str, str], new: Mapping[str, str], veil: Masking) -> list[AnswerChange]:
    """Return two bodies of a call side by side, in the order of the new one."""
    old, new = veil.call(old), veil.call(new)
    keys = dict.fromkeys([*new, *old])
    return [AnswerChange(key=key, label=key, old=old.get(key), new=new.get(key)) for key in keys]


def compare_answers(project: Project | None, old: Answers, new: Answers, veil: Masking) -> list[AnswerChange]:
    """Return what differs between two sets of answers."""
    before = {fact.key: fact for fact in facts(project, old, veil)}
    after = {fact.key: fact for fact in facts(project, new, veil)}
    # Told apart by what they are, not by what is shown: two masked numbers may look alike.
    keys = [key for key in dict.fromkeys([*after, *before]) if old.get(key) != new.get(key)]
    return [_change(key, before.get(key), after.get(key)) for key in keys]


def _change(key: str, before: Answered | None, after: Answered | None) -> AnswerChange:
    fact = after or before
    return AnswerChange(
        key=key,
        label=label(fact) if fact else key,
        old=text(before) if before else None,
        new=text(after) if after else None,
    )


def revisions(project: Project | None, record: LeadRecord, veil: Masking) -> list[RevisionView]:
    """Return the revisions, the last one first, each with what it changed."""
    earlier: list[Answers] = [{}, *(each.answers for each in record.revisions)]
    views = [
        RevisionView(
            number=each.number,
            is_by_visitor=each.author == "visitor",
            at=each.created_at,
            changes=compare_answers(project, old, each.answers, veil),
        )
        for old, each in zip(earlier, record.revisions, strict=False)
    ]
    return views[::-1]


def fingerprint(consent: Consent) -> str:
    """Return what the log knows a consent's words by."""
    return hashlib.sha256(consent.wording.encode()).hexdigest()
