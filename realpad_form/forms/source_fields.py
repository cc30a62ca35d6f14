"""What other systems send, with their names of fields: flattened, and sorted into ours and the rest.

Nothing of it is dropped but what the project file says is not wanted: what has no place of its own goes to
the lead's note, as `their name: value`.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from realpad_form.domain.errors import FieldsRefusedError
from realpad_form.domain.project import Project, Source
from realpad_form.domain.project_rules import BESIDE, PROJECT, SOURCE_IP
from realpad_form.domain.questions import (
    BooleanAttribute,
    MultiSelectAttribute,
    Question,
    RoomsField,
    StringAttribute,
)
from realpad_form.domain.text import line, paragraphs, wordings
from realpad_form.forms.messages import AnswerError
from realpad_form.forms.posted import CAPTURED_CHARS, UNASKED, Posted, is_web_address
from realpad_form.forms.readers import read_full_name

DEPTH: Final = 16
NAME_CHARS: Final = 1000
"""The longest name of a field: some systems call it by the whole question."""

MOST_FIELDS: Final = 5000
FLAT_CHARS: Final = 256 * 1024
"""The most characters of all fields, each with the names of what it is nested in."""

_NAMED_BY: Final = ("column_id", "name", "key")
_VALUED_BY: Final = ("string_value", "values", "value")
_LABELS: Final = frozenset({"column_name"})
"""Google Ads and Meta send their fields as `[{"name": …, "value": …}, …]`."""

_YES: Final = frozenset(
    {"true", "on", "1", "yes", "y", "checked", "accepted", "agree", "i agree"}
    | {"ano", "áno", "tak", "ja", "так", "souhlasím", "súhlasím"}
)
_NO: Final = re.compile(
    r"(?:0|false|off|none|null|n|no|ne|nie|nein|ni|ні|не)\b|.*\b(?:not|don.?t|nicht|keine?|nie|не)\b"
    r"|ne(?:souhlas|s[úu]hlas|přej|chci|žel)|.*(?:refus|declin|disagree|odm[ií]t|odmaw|ablehn|відмов)"
)
"""How a refusal reads that came as the text of a choice, in lower case."""

_PLAIN_NO: Final = frozenset(
    {"0", "false", "off", "no", "n", "none", "null", "ne", "nie", "nein", "ni", "ні", "не"}
)


class SentField(NamedTuple):
    """One field of another system; nested ones are named by their way, with periods between."""

    name: str
    texts: tuple[str, ...]  # those with something visible
    is_list: bool = False  # of several choices, as ticked boxes are sent

    @property
    def is_ticked(self) -> bool:
        """Whether this says yes: a plain yes, or the text of a ticked box that is no refusal."""
        said = [line(text).casefold() for text in self.texts]
        if any(text in _YES for text in said):
            return True
        return self.is_list and bool(said) and not any(_NO.match(text) for text in said)

    @property
    def is_refusal(self) -> bool:
        """Whether this says no, in whatever words."""
        return bool(self.texts) and all(_NO.match(line(text).casefold()) for text in self.texts)

    @property
    def says_more(self) -> bool:
        """Whether it says anything more than yes or no."""
        return not all(line(text).casefold() in _YES | _PLAIN_NO for text in self.texts)

    def __str__(self) -> str:
        name = line(self.name)
        text = ", ".join(filter(None, map(paragraphs, self.texts)))
        return f"{name}: {text}" if name else text


def flatten(body: Mapping[str, Any]) -> list[SentField]:
    """Return what was sent as single fields, in its order; those without a text have none.

    Args:
        body: a JSON object whose numbers were read as texts, or lists of texts by name.

    Raises: FieldsRefusedError.
    """
    found: list[SentField] = []
    _flatten("", body, found, DEPTH)
    if sum(len(each.name) + sum(map(len, each.texts)) for each in found) > FLAT_CHARS:
        raise FieldsRefusedError("the fields are too large; send fewer or shorter ones")
    return found


def _flatten(name: str, value: Any, found: list[SentField], depth: int) -> None:
    """Add the fields in a value to those that were found. Raises: FieldsRefusedError."""
    if len(name) > NAME_CHARS:
        raise FieldsRefusedError(f"the name of a field is longer than {NAME_CHARS} characters")
    parts: Iterable[tuple[str, Any]]
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        parts = (_named(each) or (str(index), each) for index, each in enumerate(value))
    else:
        texts = [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
        seen = tuple(text for text in texts if text[:1].isalnum() or line(text))
        found.append(SentField(name, seen, isinstance(value, list) or name.endswith("[]")))
        return
    if not depth:
        raise FieldsRefusedError(f"the fields are nested deeper than {DEPTH} levels")
    for key, part in parts:
        _flatten(f"{name}.{key}" if name else key, part, found, depth - 1)
        if len(found) > MOST_FIELDS:
            raise FieldsRefusedError(f"there are more than {MOST_FIELDS} fields")


def _text(value: Any) -> str:
    """Return a value of JSON that is neither list nor object as a form sends it."""
    if isinstance(value, str):
        return value
    return "" if value is None else str(value).lower()


def _named(part: Any) -> tuple[str, Any] | None:
    """Return an object that only says what a field is called and its value as the two, else None."""
    if not isinstance(part, dict):
        return None
    name = next((key for key in _NAMED_BY if isinstance(part.get(key), str)), None)
    value = next((key for key in _VALUED_BY if key in part), None)
    if name is None or value is None or part.keys() - {name, value} - _LABELS:
        return None
    return part[name], part[value]


def target_of(name: str, source: Source, own: Container[str]) -> str | bool | None:
    """Return what a field of a source is called here; False if it is not wanted, None if it has no place.

    PHP's `name[]` is `name`, too.
    """
    bare = name.removesuffix("[]")
    for each in (name, bare):
        if each in source.fields:
            return source.fields[each]
    return bare if bare in own and bare != SOURCE_IP else None


def named_projects(sent: Iterable[SentField], sources: Iterable[Source]) -> set[str]:
    """Return which projects were named, by any of the maps of those that may be meant, or without a map."""
    maps = [source.fields for source in sources] or [{}]
    names = {name for fields in maps for name, target in fields.items() if target == PROJECT}
    if any(PROJECT not in fields for fields in maps):
        names.add(PROJECT)
    return {line(text) for each in sent if each.name in names for text in each.texts}


@dataclass(slots=True)
class MappedFields:
    """The fields of a source in the words of a project; `rest` is what has no place there."""

    project: Project
    source: Source
    values: dict[str, list[str]] = field(default_factory=dict)
    consents: dict[str, SentField] = field(default_factory=dict)
    rest: list[SentField] = field(default_factory=list)
    address: str = ""  # the visitor's, if the project file says which field has it
    language: str = ""
    note: str = ""

    @classmethod
    def of(cls, project: Project, source: Source, sent: Iterable[SentField]) -> "MappedFields":
        """Return sent fields, sorted."""
        mapped = cls(project, source)
        by_target: dict[str, list[SentField]] = {}
        for each in sent:
            target = target_of(each.name, source, project.source_targets)
            if target is None:
                mapped.rest.append(each)
            elif isinstance(target, str) and target != PROJECT:
                by_target.setdefault(target, []).append(each)
        for target, fields in by_target.items():
            # What the file maps comes before what happens to be called alike.
            fields.sort(key=lambda each: each.name.removesuffix("[]") == target)
            mapped._take(target, [each for each in fields if each.texts])
        mapped._place_language()
        mapped._place_names()
        mapped._cut()
        mapped.rest = [each for each in mapped.rest if each.texts]
        return mapped

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        said = any(any(texts) for texts in self.values.values())
        return not (said or self.rest or self.note or self.consents)

    @property
    def posted(self) -> Posted:
        """What the project's form gets to read."""
        ticks = {key: ["true" if each.is_ticked else "false"] for key, each in self.consents.items()}
        return Posted({**self.values, **ticks})

    def _take(self, target: str, fields: list[SentField]) -> None:
        """Take what was sent for one of our fields; where one text fits, the others go to the rest."""
        question = self.project.questions.get(target)
        if not fields:
            return
        if isinstance(question, (RoomsField, MultiSelectAttribute)):
            self.values[target] = _chosen(question, [text for each in fields for text in each.texts])
            return
        first, *others = fields
        self.rest += [each for each in others if each.texts != first.texts]
        if target.startswith("consent_"):
            self.consents[target] = first
            if first.says_more:
                self.rest.append(first)  # what the visitor read beside the box, or why it is no yes
        elif target == SOURCE_IP:
            self._place_address(first)
        elif target == "note":
            self.note = paragraphs("\n".join(first.texts))
        else:
            self.values[target] = _answer(question, first)
            if isinstance(question, BooleanAttribute) and first.says_more:
                self.rest.append(first)

    def _place_address(self, sent: SentField) -> None:
        with suppress(ValueError):
            self.address = str(ip_address(line(sent.texts[0])))
        if not self.address:
            self.rest.append(sent)

    def _place_language(self) -> None:
        """Take the language if the project speaks it; `cs-CZ` is `cs`."""
        sent = self.values.pop("language", [])
        tag = line(sent[0]).casefold() if sent else ""
        self.language = re.split(r"[-_]", tag)[0]
        if self.language not in self.project.languages:
            self.language = self.project.language
            self._to_rest("language", sent)

    def _place_names(self) -> None:
        """Write names as the project asks for them: in one box or in two."""
        given = {key: line(" ".join(self.values.pop(key, []))) for key in ("full_name", "name", "surname")}
        whole, first, last = given.values()
        parts = " ".join(filter(None, (first, last)))
        is_whole = bool(whole) and not (first and last)  # else the two parts say more
        if "full_name" in self.project.questions:
            name = whole if is_whole else parts
            self.values["full_name"] = [name]
        elif is_whole or not (last or " " not in first):
            name = whole or first
            self.values["name"] = [name]
            with suppress(AnswerError):  # a single word is a name without a surname
                split = read_full_name(name)
                self.values |= {"name": [split[0]], "surname": [split[1]]}
        else:
            name = parts
            self.values |= {"name": [first], "surname": [last]}
        for key, text in given.items():
            self._to_rest(key, [text] if text not in name else [])

    def _cut(self) -> None:
        """Keep whole in the rest what the form cuts or drops, and let the note be as long as it is."""
        for key in {*BESIDE, *self.project.capture.parameters} & self.values.keys():
            text, is_address = line(self.values[key][0]), key in ("page", "referrer")
            if len(text) > UNASKED.get(key, CAPTURED_CHARS) or (is_address and not is_web_address(text)):
                self._to_rest(key, [text])
            self._to_rest(key, self.values[key][1:])
            self.values[key] = self.values[key][:1]
        limit = getattr(self.project.questions.get("note"), "max_length", 0)
        shown = self.note.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
        if shown:  # nobody is there who could shorten it
            self.values["note"] = [shown]

    def _to_rest(self, name: str, texts: Sequence[str]) -> None:
        if texts:
            self.rest.append(SentField(name=name, texts=tuple(texts)))


def _answer(question: Question | None, sent: SentField) -> list[str]:
    """Return the answer to a question that takes one, as its form would send it."""
    if isinstance(question, StringAttribute):
        return [", ".join(sent.texts)]
    if not isinstance(question, BooleanAttribute):
        return _chosen(question, sent.texts)
    if sent.is_ticked:
        return ["true"]
    return ["false"] if sent.is_refusal else list(sent.texts)


def _chosen(question: Question | None, texts: Sequence[str]) -> list[str]:
    """Return options by their values, whether the values or what they are called was sent."""
    options = getattr(question, "options", None)
    if not options:
        return list(texts)
    values = [str(option.value) for option in options]
    if all(text in values for text in texts):
        return list(texts)
    labels = {word: option for option in options if option.label for word in wordings(option.label)}
    known = {line(word).casefold(): str(option.value) for word, option in labels.items()}
    known |= {line(value).casefold(): value for value in values}

    def of(text: str) -> list[str]:
        if (folded := line(text).casefold()) in known:
            return [known[folded]]
        parts = [line(part).casefold() for part in re.split(r"[|,;]", text)]
        is_list = isinstance(question, (RoomsField, MultiSelectAttribute)) and all(p in known for p in parts)
        return [known[part] for part in parts] if is_list else [text]

    return [value for text in texts for value in of(text)]
