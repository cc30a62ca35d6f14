import re

import pytest

from realpad_form.domain.project import Theme
from realpad_form.web.pages import theme_css


def variables(**theme):
    return dict(re.findall(r"--([\w-]+):([^;}]+)", theme_css(Theme(**theme))))


def test_every_look_is_a_variable():
    assert variables(accent="#ffcc00", text="#000", background="#fffaf0", border="#777777", radius="4px") == {
        "accent": "#ffcc00",
        "on-accent": "#111111",
        "text": "#000",
        "secondary": "#474643",
        "background": "#fffaf0",
        "border": "#777777",
        "radius": "4px",
        "density": "1",
    }


@pytest.mark.parametrize(
    ("font", "family"),
    [
        ("Georgia", '"Georgia",var(--system)'),
        ("Source Sans 3, Arial,sans-serif", '"Source Sans 3","Arial",sans-serif,var(--system)'),
    ],
)
def test_names_of_fonts_are_quoted_and_kinds_of_fonts_are_not(font, family):
    assert variables(font=font)["font"] == family


def test_compact_theme_is_denser():
    assert float(variables(density="compact")["density"]) < float(variables()["density"])
