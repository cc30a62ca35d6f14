"""A project's looks as CSS variables."""

from typing import Final

from realpad_form.domain.contrast import ink_on, secondary
from realpad_form.domain.project import Theme

_GENERIC: Final = ("serif", "sans-serif", "monospace", "system-ui", "ui-serif", "ui-sans-serif", "ui-rounded")
_DENSITY: Final = {"comfortable": "1", "compact": ".7"}


def theme_css(theme: Theme) -> str:
    """Return the style sheet that sets a theme's variables; its values were checked with the file."""
    variables = {
        "accent": theme.accent,
        "on-accent": ink_on(theme.accent),
        "text": theme.text,
        "secondary": secondary(theme),
        "background": theme.background,
        "border": theme.border,
        "radius": theme.radius,
        "density": _DENSITY[theme.density],
        **({"font": _family(theme.font)} if theme.font else {}),
    }
    return f":root{{{';'.join(f'--{name}:{value}' for name, value in variables.items())}}}"


def _family(font: str) -> str:
    """Return names of fonts as CSS takes them, the form's own ones last."""
    names = [name.strip() for name in font.split(",")]
    return ",".join([*(name if name in _GENERIC else f'"{name}"' for name in names), "var(--system)"])
