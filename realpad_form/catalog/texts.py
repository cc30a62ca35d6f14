"""The texts of a project file, and the languages they lack."""

from collections.abc import Iterator
from typing import Any, Final

from realpad_form.catalog.finding import Violation, at
from realpad_form.catalog.yaml_source import Place
from realpad_form.domain.text import LANGUAGES

TEXT_KEYS: Final = frozenset({"name", "label", "help", "notice", "message"})


def check_texts(value: Any) -> Iterator[Violation]:
    """Find texts that some of the form's visitors would read in another language."""
    languages = at(value, "languages")
    spoken = [language for language in LANGUAGES if isinstance(languages, list) and language in languages]
    for place, text in _translated(value):
        if text and (lacking := [language for language in spoken if language not in text]):
            what = f"no text in {', '.join(lacking)}; visitors in these languages read another one"
            yield Violation(place, what, is_warning=True)


def _translated(value: Any, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every text that is written by language, with its place."""
    if isinstance(value, dict):
        if place and place[-1] in TEXT_KEYS:
            yield place, value
            return
        steps: Iterator[tuple[str | int, Any]] = iter(value.items())
    else:
        steps = enumerate(value) if isinstance(value, list) else iter(())
    for step, inner in steps:
        yield from _translated(inner, (*place, step))
