"""Preview → Embed names the other systems that may post leads of the project, never their keys."""

import pytest
from lead_desk import says

KEY = "canary-key-" + "k" * 32


@pytest.fixture
def services(make_services, folder):
    with (folder / "projects/riverside.yaml").open("a", encoding="utf-8") as file:
        file.write("sources: [{name: cf7-main}, {name: ads}]\n")
    return make_services(PUBLIC_URL="http://localhost", SOURCE_CF7_MAIN_KEY=KEY, SOURCE_OTHER_KEY="o" * 32)


def test_each_source_has_its_address_and_says_whether_it_has_a_key(desk):
    page = says(desk("marketer").get("/preview/riverside/embed"))

    assert "with its key; whoever runs this service has the key. http://localhost/in/cf7-main" in page
    assert "It has no key in the settings yet, so its leads are refused. http://localhost/in/ads" in page
    assert "/in/other" not in page
    assert "canary" not in page


@pytest.mark.parametrize(
    ("language", "title"), [("cs", "Poptávky z jiných systémů"), ("sk", "Dopyty z iných systémov")]
)
def test_it_is_said_in_the_language_of_the_desk(desk, language, title):
    page = says(desk("marketer").get("/preview/riverside/embed", headers={"Accept-Language": language}))

    assert title in page


def test_without_sources_nothing_is_said(desk, folder, make_services, services):
    path = folder / "projects/riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[{name: cf7-main}, {name: ads}]", "[]"))

    assert "/in/" not in says(desk("marketer").get("/preview/riverside/embed"))
