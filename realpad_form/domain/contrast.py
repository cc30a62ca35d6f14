"""Whether colours can be told apart. Source: WCAG 2.2, "contrast ratio"."""

from collections.abc import Iterator
from typing import Final

LIGHT: Final = "#ffffff"
DARK: Final = "#16181c"
"""What the form stands on in light and in dark mode, `--paper` in its style sheet."""

INKS: Final = ("#ffffff", "#111111")
"""What may be written on the accent colour."""

LEAST_FOR_TEXT: Final = 4.5
LEAST_FOR_SHAPES: Final = 3.0
"""Source: WCAG 2.2, 1.4.3 and 1.4.11, level AA."""


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, of `#rgb` or `#rrggbb`."""
    digits = colour.lstrip("#")
    pairs = [d * 2 for d in digits] if len(digits) == 3 else [digits[i : i + 2] for i in (0, 2, 4)]
    channels = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(accent: str) -> str:
    """Return the colour of text that reads best on an accent colour."""
    return max(INKS, key=lambda ink: contrast(accent, ink))


def unreadable(accent: str, mode: str) -> Iterator[str]:
    """Say where an accent colour cannot be read in a mode: auto, light or dark."""
    on_button = contrast(accent, ink_on(accent))
    if on_button < LEAST_FOR_TEXT:
        yield f"text on buttons has a contrast of {on_button:.1f}:1, readable is 4.5:1 and more"
    for name, background in (("light", LIGHT), ("dark", DARK)):
        on_page = contrast(accent, background)
        if mode in (name, "auto") and on_page < LEAST_FOR_SHAPES:
            yield f"buttons stand out from a {name} page by {on_page:.1f}:1, visible is 3:1 and more"
