import re

import pytest

from realpad_form.config import folder
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


def test_colours_of_the_dark_mode_come_with_what_is_readable_on_them():
    dark = {"background": "#000000", "text": "#f0e6d8", "accent": "#c9a55a"}

    found = variables(dark=dark)

    assert {key: found[key] for key in found if key.startswith("dark-")} == {
        "dark-background": "#000000",
        "dark-text": "#f0e6d8",
        "dark-accent": "#c9a55a",
        "dark-on-accent": "#111111",
        "dark-secondary": "#ada69c",
    }


def test_a_transparent_form_keeps_the_colour_of_the_page_for_its_boxes():
    css = theme_css(Theme(background="transparent", page="#faf6ee"))

    assert "--background:#faf6ee" in css
    assert ".framed:not(.opaque){--paper:transparent}" in css


def test_only_browsers_that_know_dark_colours_let_the_page_shine_through():
    style = (folder() / "static/built/form.css").read_text("utf-8")
    asked = re.search(r"@supports ([^{]*){:root", style)[1]
    css = theme_css(Theme(background="transparent"))

    assert f"@supports {asked}{{.framed:not(.opaque){{--paper:transparent}}}}" in css


def test_square_corners_are_a_length_that_sums_take():
    assert "--radius:0px" in theme_css(Theme(radius="0"))


@pytest.mark.parametrize("padding", [0, "12px"])
def test_the_padding_of_a_frame_is_the_projects(padding):
    assert f".framed .page{{padding:{padding}}}" in theme_css(Theme(padding=padding))


def test_the_projects_own_font_comes_before_those_of_devices():
    css = theme_css(Theme(font="Georgia, serif", font_file="brand.woff2"), slug="riverside")

    assert '--font:"project font","Georgia",serif,var(--system)' in css
    assert 'src:url("/f/riverside/files/brand.woff2") format("woff2")' in css
