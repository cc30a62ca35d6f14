"""A project's looks as CSS variables."""

from realpad_form.domain.project import Theme


def theme_css(theme: Theme) -> str:
    """Return the style sheet that sets a theme's variables; its values were checked with the file."""
    on_accent = "#fff" if luminance(theme.accent) < 0.4 else "#111"
    return f":root{{--accent:{theme.accent};--on-accent:{on_accent};--radius:{theme.radius}}}"


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, of `#rgb` or `#rrggbb`. Source: WCAG 2.2."""
    digits = colour.lstrip("#")
    pairs = [d * 2 for d in digits] if len(digits) == 3 else [digits[i : i + 2] for i in (0, 2, 4)]
    channels = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
