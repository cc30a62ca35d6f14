"""Whether a theme can be read. Source: WCAG 2.2, "contrast ratio"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from realpad_form.domain.message import Message, _
from realpad_form.domain.project import Theme

DARK: Final = "#16181c"
"""What the form stands on in dark mode, about; `--paper` in its style sheet."""

WRONG: Final = "#b3261e"
"""What errors are written in, `--wrong` in the style sheet."""

WRONG_IN_DARK: Final = "#ffb0a8"
"""The same in dark mode."""

INKS: Final = ("#ffffff", "#111111")
"""What may be written on the accent colour."""

LEAST_FOR_TEXT: Final = 4.5
LEAST_FOR_SHAPES: Final = 3.0
"""Source: WCAG 2.2, 1.4.3 and 1.4.11, level AA."""

_STEPS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one colour of a theme has to reach."""

    place: tuple[str, ...]  # in the theme
    colour: str  # there now
    what: Message
    measure: Callable[[str], float]  # colour → contrast
    least: float
    remedy: str = ""  # another way out, as a template around the usual advice

    def is_met(self, colour: str) -> bool:
        """Tell whether a colour will do."""
        return self.measure(colour) >= self.least


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, of `#rgb` or `#rrggbb`."""
    channels = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(accent: str) -> str:
    """Return the colour of text that reads best on an accent colour."""
    return max(INKS, key=lambda ink: contrast(accent, ink))


def mix(colour: str, other: str, share: float) -> str:
    """Return a colour with a share, 0 to 1, of another one in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def secondary(theme: Theme) -> str:
    """Return the colour of secondary text: as faint as can still be read, and no fainter than usual."""
    return faint(theme.text, theme.paper)


def faint(text: str, paper: str) -> str:
    """Return a text colour as faint as can still be read on paper, and no fainter than usual."""
    colours = (mix(text, paper, share / _STEPS) for share in range(14, 0, -1))
    return next((colour for colour in colours if contrast(colour, paper) >= LEAST_FOR_TEXT), text)


def demands(theme: Theme) -> list[Demand]:
    """Return what the colours of a theme have to reach, in the modes that it has."""
    return [*_demands(theme), *_dark_demands(theme)]


def unreadable(theme: Theme) -> Iterator[tuple[tuple[str, ...], Message]]:
    """Yield the place of each colour that cannot be told apart, what is wrong and what to write instead."""
    every = demands(theme)
    for demand in every:
        if not demand.is_met(demand.colour):
            ratio = int(demand.measure(demand.colour) * 10) / 10  # cut, or 4.46 would pass for 4.5
            advice = _advice(demand.colour, [d for d in every if d.place == demand.place])
            what = Message(
                "%(what)s by %(ratio)s, %(least)s is needed; %(advice)s",
                what=demand.what,
                ratio=_to_one(f"{ratio}"),
                least=_to_one(f"{demand.least:g}"),
                advice=Message(demand.remedy, advice=advice) if demand.remedy else advice,
            )
            yield demand.place, what


def _to_one(ratio: str) -> str:
    """Return a contrast as people write it; in other languages, it has a comma."""
    whole, _point, tenths = ratio.partition(".")
    return Message("%(whole)s.%(tenths)s:1", whole=whole, tenths=tenths) if tenths else f"{whole}:1"


def _demands(theme: Theme) -> Iterator[Demand]:
    """Yield what the colours of the light mode have to reach, and the accent also in a derived dark mode."""
    yield _on_button(("accent",), theme.accent, Message("text stands out from buttons"))
    named_in_dark = theme.dark.accent or theme.dark.background
    if theme.mode != "light" and not named_in_dark:
        yield _on_paper(
            ("accent",),
            theme.accent,
            DARK,
            Message("buttons stand out from a dark page"),
            LEAST_FOR_SHAPES,
        )
    if theme.mode == "dark":
        return
    for key, colour, what, least in (
        ("accent", theme.accent, Message("buttons stand out from a light page"), LEAST_FOR_SHAPES),
        ("text", theme.text, Message("text stands out from the page"), LEAST_FOR_TEXT),
        ("border", theme.border, Message("edges of boxes stand out from the page"), LEAST_FOR_SHAPES),
    ):
        yield _on_paper((key,), colour, theme.paper, what, least)
    paper = ("page",) if theme.background == "transparent" else ("background",)
    errors = Message("errors stand out from the page")
    yield replace(
        _on_paper(paper, theme.paper, WRONG, errors, LEAST_FOR_TEXT),
        remedy=_("%(advice)s, or mode: dark for a dark page"),
    )


def _dark_demands(theme: Theme) -> Iterator[Demand]:
    """Yield what the colours have to reach that a theme names for the dark mode."""
    if theme.mode == "light":
        return
    dark = theme.dark
    page = dark.background or DARK
    errors = Message("errors stand out from the dark page")
    text = Message("text stands out from the dark page")
    buttons = Message("buttons stand out from the dark page")
    edges = Message("edges of boxes stand out from the dark page")
    for key, colour, other, what, least in (
        ("background", dark.background, WRONG_IN_DARK, errors, LEAST_FOR_TEXT),
        ("text", dark.text, page, text, LEAST_FOR_TEXT),
        ("accent", dark.accent, page, buttons, LEAST_FOR_SHAPES),
        ("border", dark.border, page, edges, LEAST_FOR_SHAPES),
    ):
        if colour:
            yield _on_paper(("dark", key), colour, other, what, least)
    if dark.accent:
        on_buttons = Message("text stands out from buttons in the dark mode")
        yield _on_button(("dark", "accent"), dark.accent, on_buttons)


def _on_paper(place: tuple[str, ...], colour: str, other: str, what: Message, least: float) -> Demand:
    return Demand(place=place, colour=colour, what=what, measure=partial(contrast, other), least=least)


def _on_button(place: tuple[str, ...], accent: str, what: Message) -> Demand:
    """Return the demand that text can be read on a button, in the better of our inks."""
    return Demand(
        place=place, colour=accent, what=what, measure=lambda c: contrast(c, ink_on(c)), least=LEAST_FOR_TEXT
    )


def _advice(colour: str, demands: list[Demand]) -> Message:
    """Return which colour to write instead: the nearest lighter or darker one that will do."""
    for share in range(1, _STEPS + 1):
        for pole in ("#000000", "#ffffff"):
            nearby = mix(colour, pole, share / _STEPS)
            if all(demand.is_met(nearby) for demand in demands):
                return Message('write e.g. "%(colour)s"', colour=nearby)
    return Message("choose another colour")


def _channels(colour: str) -> list[int]:
    """Return red, green and blue, 0 to 255, of `#rgb` or `#rrggbb`."""
    digits = colour.lstrip("#")
    pairs = [d * 2 for d in digits] if len(digits) == 3 else [digits[i : i + 2] for i in (0, 2, 4)]
    return [int(pair, 16) for pair in pairs]
