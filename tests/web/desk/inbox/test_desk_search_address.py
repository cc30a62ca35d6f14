"""What was searched for stands in no address, header, cookie or log; all that follows a search works."""

import html
import logging
import re
from dataclasses import replace
from urllib.parse import unquote, urlencode

import pytest
from desk_leads import JANA, keep

from realpad_form.adapters.vault import Vault
from realpad_form.web.desk.inbox import views

CANARY = "zuzana.kanarkova@example.com"
TYPED = {"q": CANARY, "campaign": "kanarkova", "unit": "Kanarkova"}
ATTRIBUTES = re.compile(r'\s(href|action|src|data-[\w-]+)="([^"]*)"')


@pytest.fixture
def found(services, monkeypatch):
    """Two leads that a search finds, one a page, beside one that it does not."""
    monkeypatch.setattr(views, "PAGE", 1)
    keep(services)
    about = {"email": CANARY, "campaign": "kanarkova", "unit": "Kanarkova"}
    return [keep(services, {**JANA, **about}, suspicions=("no_script",)) for _ in range(2)]


def links(answer):
    """Return the attributes of a page that are sent, kept or followed; not those that call or write."""
    found = [html.unescape(text) for _, text in ATTRIBUTES.findall(answer.text)]
    return [text for text in found if not text.startswith(("mailto:", "tel:"))]


def link(answer, start):
    """Return the first address of a page that begins so and holds the search."""
    return next(text for text in links(answer) if text.startswith(start) and "search=" in text)


def assert_untold(somebody, *answers):
    """Assert that neither an address, nor a header, nor a cookie tells what was searched for."""
    with somebody.client.session_transaction("/account") as cookie:
        kept = str(dict(cookie))
    for answer in answers:
        told = [*links(answer), str(answer.headers), answer.request.full_path, kept]
        assert not [text for text in told if "kanarkova" in unquote(text).lower()]


def listed(answer):
    return re.findall(r'<a href="/inbox/leads/([^"?]+)[^"]*" id="[^"]+"><bdi>', answer.text)


def test_whatever_follows_a_search_works_and_tells_it_to_nobody(desk, found, caplog):
    caplog.set_level(logging.DEBUG)
    somebody = desk("admin")
    first = somebody.search(**TYPED, status="quarantined")
    second = somebody.get(link(first, "/inbox/?"))
    older = somebody.get(next(text for text in links(first) if "after=" in text and "back" not in text))
    export = somebody.get(link(first, "/inbox/export?"))
    counts = somebody.get("/inbox/counts" + link(first, "?"))
    sealed = dict(re.findall(r'type="hidden" name="(search|status)" value="([^"]+)"', export.text))
    file = somebody.post("/inbox/export", {**sealed, "format": "jsonl"})
    chosen = urlencode({**sealed, "act": "release", "all": "1"})
    bulk = somebody.get(f"/inbox/bulk?{chosen}")
    back = somebody.get(link(bulk, "/inbox/?"))

    assert f'value="{CANARY}"' in first.text
    assert [*listed(first), *listed(older)] == [str(lead_id) for lead_id in reversed(found)]
    assert listed(back) == listed(first)
    assert counts.get_json()["new"] == 0
    assert CANARY in export.text
    assert len(file.text.splitlines()) == 2
    assert len(re.findall(r'name="lead" value="', bulk.text)) == 2
    assert_untold(somebody, first, second, older, export, counts, file, bulk, back)
    assert "kanarkova" not in caplog.text.lower()


def test_a_sign_in_in_between_leads_on_to_the_search(desk, found, services):
    somebody = desk()
    place = somebody.place(**TYPED)
    services.sessions.end(next(iter(services.sessions.of(somebody.person.id))).id)

    asked = somebody.get(place)
    form = somebody.get(asked.location)

    assert asked.status_code == 303
    onward = html.unescape(re.search(r'name="next" value="([^"]+)"', form.text)[1])
    assert onward == place
    assert_untold(somebody, asked, form)


def test_who_searches_signed_out_keeps_what_he_typed(desk, services):
    somebody = desk()
    somebody.post("/sign-out")

    answer = somebody.post("/inbox/", TYPED, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 401
    assert f'<textarea name="q" hidden>\n{CANARY}</textarea>' in answer.text
    assert_untold(somebody, answer)


@pytest.mark.parametrize("page", ["", "bulk", "export", "counts"])
@pytest.mark.parametrize("name", ["q", "campaign", "unit"])
def test_what_is_typed_is_not_taken_from_an_address(desk, page, name):
    somebody = desk("admin")

    assert somebody.get(f"/inbox/{page}?act=release&{name}=jana").status_code == 400


def test_an_address_of_before_without_a_search_still_opens(desk, services):
    lead_id = keep(services)

    answer = desk().get("/inbox/?q=&status=queued&project=&campaign=&unit=&since=&until=")

    assert listed(answer) == [str(lead_id)]


def test_anothers_search_opens_nothing(desk, found):
    one, other = desk(), desk(email="other@example.com")
    place = one.place(q="jana")

    answer = other.get(place)

    assert one.get(place).status_code == 200
    assert answer.status_code == 400
    assert listed(answer) == []


@pytest.mark.parametrize("sealed", ["jana", '{"q": "jana"}', "v1.", "v1.00000000.AAAA", "v1.é.=", "\0"])
def test_what_we_did_not_seal_is_refused(desk, sealed):
    assert desk().get("/inbox/", query_string={"search": sealed}).status_code == 400


def test_a_search_of_another_purpose_or_key_is_refused(desk, services):
    somebody = desk()
    person_id = somebody.person.id
    texts = [
        Vault(services.settings.secret_key).seal('{"q": "jana"}', "lead", "search", person_id),
        Vault(["x" * 32]).seal('{"q": "jana"}', "inbox", "search", person_id),
    ]

    assert [somebody.get("/inbox/", query_string={"search": text}).status_code for text in texts] == [400] * 2


def test_searches_go_on_when_the_secret_key_is_changed_by_a_list(desk, found, services):
    somebody = desk()
    place = somebody.place(q=CANARY)
    keys = ("n" * 32, *services.settings.secret_key)
    object.__setattr__(services, "settings", replace(services.settings, secret_key=keys))

    assert listed(somebody.get(place)) == [str(found[-1])]


def test_a_search_needs_the_form_of_the_page(desk):
    """A link or a form of another site spends none of the searches that masked people have."""
    somebody = desk(is_masked=True)

    answer = somebody.client.post("/inbox/", data={"q": "a@example.com"})

    assert answer.status_code == 400


def test_equal_searches_cannot_be_told_by_their_addresses(desk):
    somebody = desk()

    assert somebody.place(q="jana") != somebody.place(q="jana")
