"""What the desk says: English msgids, with Czech and Slovak in `locale/<language>/<part>.po`."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = ("en", *sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()))


@cache
def translations(language: str) -> NullTranslations:
    """Return the desk's texts in one of its languages."""
    parts = sorted((LOCALE / language).glob("*.po")) if language != "en" else []
    return _compiled(language, parts) if parts else NullTranslations()


def _compiled(language: str, parts: list[Path]) -> NullTranslations:
    """Return the parts' texts together."""
    whole = Catalog(language)
    for part in parts:
        with part.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id:
                    whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return GNUTranslations(compiled)
