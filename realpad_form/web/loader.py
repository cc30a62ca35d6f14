"""Gives the loader the form's languages: `embed.js` is written in English, the catalogues hold the rest."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from realpad_form.domain.text import LANGUAGES
from realpad_form.forms import translations
from realpad_form.forms.messages import _

TEXTS: Final = (_("Enquiry form"), _("Close"))
"""What the loader says, in the order of its `TEXTS`."""


def in_every_language(script: bytes) -> bytes:
    """Return the minified loader with its texts in all languages instead of English alone.

    Raises: RuntimeError, if the script does not hold the English texts exactly once.
    """
    english = _literal({"en": TEXTS})
    if script.count(english) != 1:
        raise RuntimeError(f"static/built/embed.js does not hold {english.decode()} once; run make assets")
    spoken = {language: [translations(language).gettext(text) for text in TEXTS] for language in LANGUAGES}
    return script.replace(english, _literal(spoken))


def _literal(texts: Mapping[str, Sequence[str]]) -> bytes:
    """Return texts by language as minified JavaScript writes them."""
    written = (f"{language}:{_compact(said)}" for language, said in texts.items())
    return f"{{{','.join(written)}}}".encode()


def _compact(said: Sequence[str]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
