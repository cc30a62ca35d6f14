"""The languages of the desk: English msgids, with Czech and Slovak in `locale/<language>/<part>.po`."""

from functools import cache
from pathlib import Path
from typing import Final

from flask import request

from realpad_form.forms.messages import Translations, read_translations
from realpad_form.web.desk.auth import session

LOCALE: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = ("en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))


@cache
def translations(language: str) -> Translations:
    """Return the desk's texts in one of its languages."""
    files = sorted((LOCALE / language).glob("*.po")) if language != "en" else []
    return read_translations(language, files) if files else Translations()


def language() -> str:
    """Return the language of this request: the person's own, else the best one that the browser asks for."""
    found = session.current()
    chosen = found.person.language if found else None
    return chosen or request.accept_languages.best_match(LANGUAGES) or "en"


def gettext(text: str) -> str:
    """Return a text of the desk in the language of this request."""
    return translations(language()).gettext(text)
