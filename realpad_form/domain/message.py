"""Messages as data: sentences in English that can be composed again in another language.

Commands and logs print them as they are; the desk translates them for who is signed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

Gettext = Callable[[str], str]
"""Returns what a msgid is in one language."""


def _(text: str) -> str:
    """Mark a text for translation; it is translated where it is shown."""
    return text


class Message(str):
    """A sentence, or a part of one: as a text it is English, and it keeps what it was made of.

    Args:
        msgid: the English template, with `%(name)s` for each parameter.
        detail: words of a library or of another system, which follow the sentence and stay as they are.
        params: what fills the template in; messages and locations among it are translated with it.
    """

    msgid: str
    detail: str
    params: Mapping[str, object]

    def __new__(cls, msgid: str, /, *, detail: str = "", **params: object) -> Self:
        message = super().__new__(cls, " ".join(filter(None, (msgid % params, detail))))
        message.msgid, message.detail, message.params = msgid, detail, params
        return message

    def translated(self, gettext: Gettext) -> str:
        """Return the sentence in another language, without `detail`."""
        values = {
            name: value.translated(gettext) if isinstance(value, Message | Location) else value
            for name, value in self.params.items()
        }
        return gettext(self.msgid) % values


class RuleError(ValueError):
    """A value breaks a rule of project files; the message says what to write instead."""

    def __init__(self, msgid: str, /, **params: object) -> None:
        self.message = Message(msgid, detail="", **params)
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands in a project file; commands write it `fields[3].type`, counting from 0."""

    steps: tuple[str | int, ...] = ()  # keys, and positions in lists
    question: str = ""  # the key of the question in whose entry of `fields` it stands, if it has one

    def __str__(self) -> str:
        written = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(written).lstrip(".")

    def translated(self, gettext: Gettext) -> str:
        """Return it in words: questions by their keys, entries of other lists counted from 1."""
        words, steps = [], self.steps
        if self.question:
            words, steps = [gettext(_("question %(key)s")) % {"key": self.question}], steps[2:]
        for step in steps:
            if isinstance(step, int):
                step = gettext(_("entry %(number)s")) % {"number": step + 1}
            words.append(step)
        return " › ".join(words)


NOWHERE: Final = Location()
"""Where what is wrong with a whole file stands."""
