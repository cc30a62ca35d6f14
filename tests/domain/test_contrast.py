import pytest

from realpad_form.domain.contrast import contrast, ink_on, secondary, unreadable
from realpad_form.domain.project import Theme


def by_key(theme):
    """Return what is wrong with each colour, by its place in the theme."""
    return {".".join(place): what for place, what in unreadable(theme)}


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000", "#ffffff", 21.0),
        ("#777777", "#fff", 4.48),
        ("#0000ff", "#fff", 8.59),
        ("#f00", "#fff", 4.0),
        ("#abc", "#aabbcc", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(
    ("accent", "ink"), [("#0b5fff", "#ffffff"), ("#ffcc00", "#111111"), ("#ef6c00", "#111111")]
)
def test_text_on_the_accent_takes_the_better_colour(accent, ink):
    assert ink_on(accent) == ink


@pytest.mark.parametrize(
    ("accent", "mode", "warnings"),
    [
        ("#0b5fff", "auto", 0),
        ("#ffcc00", "auto", 1),  # yellow on white
        ("#ffcc00", "dark", 0),
        ("#0a2540", "auto", 1),  # navy on near-black
        ("#0a2540", "light", 0),
        ("#767676", "auto", 0),
        ("#7a7a7a", "light", 1),  # neither white nor near-black can be read on it
    ],
)
def test_warnings_are_those_of_the_modes_in_use(accent, mode, warnings):
    assert len(list(unreadable(Theme(accent=accent, mode=mode)))) == warnings


@pytest.mark.parametrize(
    ("colours", "key", "what"),
    [
        ({"text": "#999"}, "text", "text stands out from the page by 2.8:1, 4.5:1 is needed"),
        ({"border": "#ddd"}, "border", "edges of boxes stand out from the page by 1.3:1, 3:1 is needed"),
        ({"background": "#eb9"}, "background", "errors stand out from the page by 3.7:1, 4.5:1 is needed"),
    ],
)
def test_every_colour_is_measured_on_the_page(colours, key, what):
    warnings = by_key(Theme(**colours))

    assert warnings[key].startswith(what)
    assert not list(unreadable(Theme(**colours, mode="dark")))


@pytest.mark.parametrize(
    "colours",
    [
        {"text": "#999999"},
        {"text": "#f3c6a5", "background": "#fff8ec"},
        {"border": "#dddddd"},
        {"accent": "#ffcc00"},
        {"accent": "#0a2540"},
        {"accent": "#7a7a7a", "mode": "light"},
    ],
)
def test_colour_that_is_suggested_will_do(colours):
    for key, what in by_key(Theme(**colours)).items():
        suggested = what.split('"')[1]

        assert key not in by_key(Theme(**{**colours, key: suggested}))


def test_hopeless_colours_get_no_suggestion():
    warnings = by_key(Theme(accent="#555", background="#999"))

    assert warnings["accent"].endswith("choose another colour")


@pytest.mark.parametrize("text", ["#171a1f", "#6b6b6b", "#757575", "#000"])
def test_secondary_text_is_fainter_only_as_long_as_it_can_be_read(text):
    theme = Theme(text=text)

    assert 4.5 <= contrast(secondary(theme), theme.background) <= contrast(text, theme.background)
