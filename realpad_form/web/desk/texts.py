"""What the desk says: English msgids, with Czech and Slovak in `locale/<language>/<part>.po`."""

from functools import cache
from pathlib import Path
from typing import Final

from realpad_form.forms.messages import Translations, read_translations

LOCALE: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = ("en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))


@cache
def translations(language: str) -> Translations:
    """Return the desk's texts in one of its languages."""
    files = sorted((LOCALE / language).glob("*.po")) if language != "en" else []
    return read_translations(language, files) if files else Translations()
