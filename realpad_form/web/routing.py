"""What may stand in a path: a slug, a language; everything else is a 404 before any code runs."""

from werkzeug.routing import BaseConverter

from realpad_form.domain.text import LANGUAGES


class SlugConverter(BaseConverter):
    """A project's slug; unlike Werkzeug's own string it takes no `..`, NUL or dot."""

    regex = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"


class LanguageConverter(BaseConverter):
    """A language that the form speaks."""

    regex = "|".join(LANGUAGES)
