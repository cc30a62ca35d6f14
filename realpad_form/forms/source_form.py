"""The form as other systems fill it in: the same questions and rules, and what is more goes to the note."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from realpad_form.domain.lead import Consent, Submission
from realpad_form.domain.project import Project, Source
from realpad_form.domain.questions import MultiSelectAttribute, RoomsField
from realpad_form.forms.form import ProjectForm
from realpad_form.forms.source_fields import MappedFields, SentField
from realpad_form.forms.token import Tokens


class SourceForm(ProjectForm):
    """A project's form with what a source sent."""

    def __init__(
        self, project: Project, source: Source, sent: Iterable[SentField], *, tokens: Tokens
    ) -> None:
        """Read the fields of a source as the project's form reads its own."""
        self.source, self._mapped = source, MappedFields.of(project, source, sent)
        super().__init__(project, language=self._mapped.language, tokens=tokens, posted=self._mapped.posted)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent but for which project it is, and what the map says is not wanted."""
        return self._mapped.is_empty

    @property
    def consents(self) -> tuple[Consent, ...]:
        """The consents that the source asks for, given or not, in the words of the project file.

        A consent that its map does not name and that it did not send was not asked for there.
        """
        asked = {*self.source.fields.values(), *self._mapped.consents}
        keys = {box.id: box.key for box in self.project.consents}
        return tuple(each for each in super().consents if keys[each.id] in asked)

    @property
    def mistakes(self) -> dict[str, str]:
        """What a person would have to correct, by the names under which answers are kept."""
        texts = {key: " ".join(errors) for key, errors in self.errors_by_field.items()}
        if "full_name" in texts:
            whole = texts.pop("full_name")
            texts |= {"surname": whole} if self._typed("full_name") else {"name": whole, "surname": whole}
        return texts

    def taken(self, *, key: UUID, token: str | None, submitted_at: datetime) -> Submission:
        """Return what was sent; if `validate` has not passed it, with what has to be corrected.

        `key` is used up in the project, and `token`, if there is one, in all of them.
        The address is the visitor's own or none, never the source's.
        """
        sent = self.submission(key=key, address=self._mapped.address, submitted_at=submitted_at)
        context = replace(sent.context, source=self.source.name)
        answers = self._all_answers()
        return replace(sent, answers=answers, context=context, mistakes=self.mistakes, token=token)

    def _all_answers(self) -> dict[str, Any]:
        """Return every answer, wrong ones as they were typed; what has no place of its own is in the note."""
        answers = {key: value for key, value in self.answers.items() if key != "note"}
        for key in self.errors_by_field.keys() & self.asked.keys() - {"note"}:
            kept = "name" if key == "full_name" else key
            answers.pop(kept, None)
            if typed := self._typed(key):
                is_list = isinstance(self.asked[key], (RoomsField, MultiSelectAttribute))
                answers[kept] = typed if is_list else ", ".join(typed)
        hidden = "\n".join(text for key, text in self.hidden_lines() if key != "note")
        rest = "\n".join(map(str, self._mapped.rest))
        parts = (self._mapped.note, self.with_remark(answers).get("note"), hidden, rest)
        note = "\n\n".join(filter(None, parts))
        return {**answers, "note": note} if note else answers

    def _typed(self, key: str) -> list[str]:
        given: list[str] = self[key].given  # type: ignore[attr-defined]
        return given
