"""What Realpad gets, how to embed a form, whether all is well, and a test lead."""

import html
import re

import pytest

from realpad_form.domain.project import Fallback
from realpad_form.ports import LeadFilter
from realpad_form.web.desk.preview.embed import Placement
from realpad_form.web.wordpress import plugin_archive

ANSWERS = {"name": "Eva", "surname": "Malá", "email": "eva@example.com", "language": "en"}


DRAFT_SHOWN = "You see the draft, not what is live."


@pytest.fixture
def source(folder):
    return (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")


@pytest.fixture
def post_draft(marketer):
    """Show a page with a draft, as its script does; `sent` are the fields of a form of that page."""

    def post(path, text, *, sent=None, by=marketer):
        fields = {"draft-only": "yes"} if sent is None else sent
        return by.post(f"/preview/riverside{path}", {"draft-text": text, **fields})

    return post


def text_of(answer):
    assert answer.status_code == 200, answer.status
    return html.unescape(answer.get_data(as_text=True))


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


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("https://www.other.example/a", "does not list this site"),
        ("http://www.riverside.example/a", "can only list sites with https"),
        ("www.riverside.example", "is not the address of a page"),
    ],
)
def test_page_that_cannot_show_the_form_is_named(marketer, page, words):
    assert words in marketer.text(f"/preview/riverside/embed?page={page}")


@pytest.mark.parametrize("page", ["https://WWW.riverside.example:443/a?b#c", "http://localhost/page", ""])
def test_page_that_may_show_the_form_is_not_warned_about(marketer, page):
    said = marketer.text(f"/preview/riverside/embed?page={page}")

    assert "told" not in said.partition("<main")[2].partition('id="kept-draft"')[2].partition("</div>")[2]


def test_site_that_is_missing_can_be_added_in_the_editor(marketer):
    embed = html.unescape(marketer.text("/preview/riverside/embed?page=https://www.other.example:8443/a"))

    [address] = re.findall(r'href="(/preview/riverside/edit\?[^"]+)"', embed)
    editor = marketer.text(address)

    assert 'data-origin="https://www.other.example:8443"' in editor


@pytest.mark.parametrize("origin", ["javascript:alert(1)", "https://a.example/path", "http://a.example", "*"])
def test_editor_adds_nothing_that_is_no_site(marketer, origin):
    assert 'id="add-origin"' not in marketer.text(f"/preview/riverside/edit?add-origin={origin}")


def test_every_page_about_a_project_shows_the_draft(post_draft, source):
    draft = source.replace("https://www.riverside.example]", "https://www.garden.example]")
    draft = draft.replace("name: Riverside Residences", "name: Riverside Gardens")
    unwise = draft.replace("en: Thanks.", "sk: Vďaka.")

    call, check = text_of(post_draft("/call", draft)), text_of(post_draft("/check", unwise))
    embed = text_of(post_draft("/embed?page=https://www.garden.example/a&unit=A-101", draft))
    shown, test = text_of(post_draft("", draft)), text_of(post_draft("/test", draft))

    for page in (call, check, embed, shown, test):
        assert DRAFT_SHOWN in page
        assert "<h1>Riverside Gardens</h1>" in page
    assert "no text in en" in check
    assert "https://www.garden.example" in check
    assert "does not list this site" not in embed
    assert 'data-unit="A-101"' in embed
    assert 'data-draft="/preview/riverside/draft/page"' in shown


def test_call_of_a_draft_takes_answers_to_its_questions(post_draft, source):
    draft = source.replace("  - field: phone", "  - field: phone\n  - field: price_max")

    answer = post_draft("/call", draft, sent={**ANSWERS, "price_max": "5000000"})

    assert _parameters(text_of(answer))["preferencepricemax"] == "5000000"


def test_draft_with_errors_shows_what_is_live_and_leads_to_the_editor(post_draft, source):
    page = text_of(post_draft("/call", source.replace("- field: email", "- field: emial")))

    assert "because the draft has errors" in page
    assert '<a href="/preview/riverside/edit">' in page
    assert _parameters(page)["email"] == "test@example.com"


def test_draft_that_says_what_is_live_is_not_called_a_draft(post_draft, source):
    assert DRAFT_SHOWN not in text_of(post_draft("/call", source))


@pytest.mark.parametrize("tab", ["", "/call", "/embed", "/check", "/test"])
def test_nothing_of_a_draft_is_stored_or_live(post_draft, source, services, marketer, tab):
    post_draft(tab, source.replace("Riverside Residences", "Riverside Gardens"))

    assert services.catalog.get("riverside").name == "Riverside Residences"
    assert "Riverside Gardens" not in marketer.text(f"/preview/riverside{tab}")


@pytest.mark.parametrize("tab", ["", "/call", "/embed", "/check", "/test"])
def test_third_draft_on_a_page_at_once_is_told_to_come_again(post_draft, source, services, tab):
    draft = source.replace("Riverside Residences", "Riverside Gardens")

    with services.draft_slots.take(), services.draft_slots.take():
        busy = post_draft(tab, draft)

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("tab", ["", "/call", "/embed", "/check", "/test"])
def test_drafts_of_others_projects_are_shown_to_nobody(desk, post_draft, source, tab):
    stranger = desk("marketer", projects=["elsewhere"], email="stranger@example.com")

    assert post_draft(tab, source, by=stranger).status_code == 404


def test_draft_of_another_project_is_no_draft_of_this_one(post_draft, source):
    page = text_of(post_draft("/call", source.replace("project: riverside", "project: elsewhere")))

    assert "because the draft has errors" in page


def test_longest_draft_is_shown(post_draft, source):
    assert DRAFT_SHOWN in text_of(post_draft("/call", f"{source}# {'a' * 250 * 1024}\n"))


def test_destination_in_a_draft_counts_only_for_who_may_publish_it(desk, post_draft, source):
    draft = source.replace("project: 39264441", "project: 7")

    refused = text_of(post_draft("/call", draft))
    shown = text_of(post_draft("/call", draft, by=desk("admin")))

    assert _parameters(refused)["project"] == "39264441"
    assert "only an administrator may publish another destination" in refused
    assert _parameters(shown)["project"] == "7"
    assert "another destination" not in shown


def test_draft_that_offers_other_projects_is_shown_only_to_who_may_publish_it(desk, post_draft, source):
    draft = source.replace("  - field: phone", "  - field: phone\n  - {field: project, options: [elsewhere]}")

    refused = text_of(post_draft("/test", draft))
    shown = text_of(post_draft("/test", draft, by=desk("admin")))

    assert "only an administrator may publish that" in refused
    assert DRAFT_SHOWN in shown


def test_real_realpad_gets_no_test_lead(marketer, services):
    page = marketer.text("/preview/riverside/test")

    marketer.post("/preview/riverside/test", {"confirmed": "true"})

    assert 'name="confirmed"' not in page
    assert list(services.log.records(LeadFilter())) == []
