import pytest

from realpad_form.domain.contrast import contrast, ink_on, unreadable


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
    assert len(list(unreadable(accent, mode))) == warnings
