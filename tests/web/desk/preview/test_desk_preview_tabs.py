"""What Realpad gets, how to embed a form, whether all is well, and a test lead."""

import html
import re

import pytest

from realpad_form.domain.project import Fallback
from realpad_form.ports import LeadFilter
from realpad_form.web.desk.preview.embed import Placement
from realpad_form.web.wordpress import plugin_archive

ANSWERS = {"name": "Eva", "surname": "Malá", "email": "eva@example.com", "language": "en"}


@pytest.fixture
def marketer(desk):
    return desk("marketer")


def test_call_is_shown_for_a_sample_with_login_and_password_masked(marketer):
    page = marketer.text("/preview/riverside/call")

    assert _parameters(page)["login"] == "***"
    assert _parameters(page)["password"] == "***"
    assert _parameters(page)["updateconsents"] == "39268430"
    assert "canary-password" not in page


def _parameters(page):
    return dict(re.findall(r"<code>(\w+)</code></th><td class=\"value\">([^<]*)<", page))


def test_call_is_shown_for_typed_answers(marketer):
    visit = {"utm_campaign": "spring", "page": "https://www.riverside.example/a"}

    answer = marketer.post("/preview/riverside/call", {**ANSWERS, **visit})

    sent = _parameters(answer.get_data(as_text=True))
    assert (sent["name"], sent["language"], sent["campaign"]) == ("Eva", "en", "spring")
    assert "updateconsents" not in sent


def test_answers_that_the_form_refuses_make_no_call(marketer):
    page = marketer.post("/preview/riverside/call", {**ANSWERS, "email": "eva@"}).get_data(as_text=True)

    assert _parameters(page) == {}
    assert 'id="w-email"' in page


def test_what_is_typed_is_shown_harmlessly(marketer):
    page = marketer.post("/preview/riverside/call", {**ANSWERS, "note": "<script>alert(1)</script>"})

    assert b"<script>alert" not in page.data


def test_tags_carry_unit_campaign_and_language(marketer):
    page = marketer.text("/preview/riverside/embed?unit=A-101&campaign=spring&lang=en")

    assert "data-unit=&#34;A-101&#34; data-campaign=&#34;spring&#34;" in page
    assert "/f/riverside/en?unit=A-101&amp;campaign=spring" in page
    assert " style=&#34;min-height: 900px&#34;&gt;&lt;/div&gt;" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("cs", "jen podle adresy"), ("sk", "len podľa adresy"), ("en", "by the address alone")],
)
def test_wordpress_is_told_of_the_service_in_one_line_of_php(marketer, language, words):
    page = html.unescape(marketer.text("/preview/riverside/embed", headers={"Accept-Language": language}))

    assert f"WordPress, {words}" in page
    assert "wp_oembed_add_provider( 'http://localhost/f/*', 'http://localhost/oembed' );" in page


def test_wordpress_plugin_can_be_downloaded(marketer):
    page = marketer.text("/preview/riverside/embed")

    answer = marketer.get("/preview/wordpress-plugin")

    assert 'href="/preview/wordpress-plugin"' in page
    assert answer.data == plugin_archive()
    assert answer.headers["Content-Disposition"] == "attachment; filename=lead-form-embed-for-realpad.zip"


def test_link_to_a_page_names_the_campaign_as_the_project_captures_it(marketer):
    page = marketer.text("/preview/riverside/embed?campaign=spring&page=https://www.riverside.example/a?b=1")

    assert "https://www.riverside.example/a?b=1&amp;utm_campaign=spring" in page


def test_a_frame_has_its_size_in_attributes_its_page_and_a_light_of_its_own(marketer):
    page = html.unescape(marketer.text("/preview/riverside/embed?page=https://www.riverside.example/a"))

    [frame] = re.findall(r"<iframe src=[^>]+>", html.unescape(page))
    assert 'width="100%" height="900"' in frame
    assert "page=https%3A%2F%2Fwww.riverside.example%2Fa" in frame
    assert "theme=light" in frame


def test_tags_name_the_contact_for_when_no_form_comes(project):
    contact = Fallback(phone="+420 777 123 456", email="sales@riverside.example")
    place = Placement(
        project=project.model_copy(update={"fallback": contact}), address="https://forms.example.com"
    )

    for tag in (place.script(), place.button("Ask"), place.element()):
        assert 'data-phone="+420 777 123 456" data-email="sales@riverside.example"' in tag
    assert '"phone": "+420 777 123 456", "email": "sales@riverside.example"' in place.tag_manager()


def test_snippets_cannot_be_broken_out_of(project):
    hostile = Placement(
        project=project, address="https://forms.example.com", unit='"><script>', campaign="</script>"
    )

    made = [hostile.script(), hostile.frame(), hostile.button("<b>"), hostile.element()]

    assert not any('"><script>' in text.replace('"></script>', "") for text in made)
    assert "</script>" not in hostile.tag_manager().removesuffix("</script>")


def test_check_tells_what_is_unwise(desk, folder):
    path = folder / "projects" / "riverside.yaml"
    unwise = path.read_text(encoding="utf-8") + 'theme: {accent: "#ffff00"}\n'
    path.write_text(unwise.replace("en: Thanks.", "sk: Vďaka."), encoding="utf-8")

    page = desk("marketer").text("/preview/riverside/check")

    assert "buttons stand out from a light page" in page
    assert "no text in en" in page


def test_real_realpad_gets_no_test_lead(marketer, services):
    page = marketer.text("/preview/riverside/test")

    marketer.post("/preview/riverside/test", {"confirmed": "true"})

    assert 'name="confirmed"' not in page
    assert list(services.log.records(LeadFilter())) == []
