"""A project's looks as CSS variables."""

from realpad_form.domain.contrast import ink_on
from realpad_form.domain.project import Theme


def theme_css(theme: Theme) -> str:
    """Return the style sheet that sets a theme's variables; its values were checked with the file."""
    return f":root{{--accent:{theme.accent};--on-accent:{ink_on(theme.accent)};--radius:{theme.radius}}}"
