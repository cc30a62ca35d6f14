"""Who sees leads masked finds them by whole values only, not too often, and leaves a trace each time."""

import hashlib
import json
import re
from dataclasses import replace

import pytest
from desk_leads import JANA, actions, keep, send
from fakes import LOST, REFUSED
from lead_desk import Leads, at, hidden, says
from sqlalchemy import text

from realpad_form.domain.delivery import Answer, Outcome, Status
from realpad_form.domain.errors import PartialSearchError
from realpad_form.domain.lead import Lead
from realpad_form.domain.reason import read_reason, reason_of
from realpad_form.domain.search import InboxQuery
from realpad_form.web.desk import labels
from realpad_form.web.desk.inbox import views

MOST = 30


@pytest.fixture
def masked(desk):
    return desk(is_masked=True)


def found(page):
    return re.findall(r'<a href="/inbox/leads/([^"?]+)[^"]*" id="[^"]+"><bdi>', page)


def search(person, typed, **more):
    return person.search(q=typed, **more)


@pytest.mark.parametrize(
    "typed",
    [
        "Jana", "jan", "novak", "Jana Nováková", "j", "jana@", "@example.com", "example.com", "jana@example",
        "123 456", "77 123 456", "+420 777 123", "x123456", "Jana 777 123 456",
        "777 123 456 jana@example.com", "jana@example.com Jana", "Volejte", "A-101", "*", "%", "…", "?@!.?",
    ],
)  # fmt: skip
def test_part_words_and_names_find_nothing_and_are_told_so(masked, services, typed):
    keep(services, {**JANA, "note": "Volejte kolegyni", "unit": "A-101"})

    answer = search(masked, typed)

    assert answer.status_code == 422
    assert "one whole e-mail, phone number or id" in answer.text
    assert found(answer.text) == []
    assert actions(services, "searched") == []


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("jana@example.com", "e-mail"),
        ("JANA@Example.com", "e-mail"),
        ("+420777123456", "phone"),
        ("+420 777 123 456", "phone"),
        ("00420 777-123-456", "phone"),
        ("777 123 456", "phone"),
        ("777123456", "phone or customer id"),
    ],
)
def test_whole_values_find_the_lead_and_are_written_down_without_the_value(masked, services, typed, kind):
    lead_id = keep(services)
    keep(services, {"name": "Karel", "phone": "+420602000111", "email": "karel@example.com"})

    page = search(masked, typed).text

    assert found(page) == [str(lead_id)]
    assert "Nováková" not in page
    [entry] = actions(services, "searched")
    assert (entry.by, entry.subject, entry.detail) == (masked.person.id, "", kind)


def test_ids_are_found_whole_and_not_by_their_beginning(masked, services):
    lead_id = keep(services)
    send(services, Answer(outcome=Outcome.ACCEPTED, status=201, text="4711777", customer_id=4711777))

    for whole in (str(lead_id), lead_id.hex, lead_id.hex.upper(), "4711777"):
        assert found(search(masked, whole).text) == [str(lead_id)], whole
    assert search(masked, f"{lead_id.hex[:7]}g").status_code == 422
    for part in ("4711", "711777", "471177", "47117770"):
        assert found(search(masked, part).text) == [], part


@pytest.mark.parametrize(
    "typed",
    [
        "3456",
        "123456",
        "7123456",
        "777123",
        "123456789",
        "jana@example.co",
        "ana@example.com",
        "x@jana.example",
    ],
)
def test_what_is_only_near_finds_nothing(masked, services, typed):
    keep(services, {**JANA, "note": "123456789 nebo x@jana.example, 777123 a 123456"})

    answer = search(masked, typed)

    assert answer.status_code == 200
    assert found(answer.text) == []


def test_a_number_of_another_country_is_another_number(masked, services):
    czech = keep(services, {"name": "Jana", "phone": "+420220850111"})

    assert found(search(masked, "+421 220 850 111").text) == []
    assert found(search(masked, "+420 220 850 111").text) == [str(czech)]
    slovak = keep(services, {"name": "Jana", "phone": "+421220850111"})
    assert found(search(masked, "+421 220 850 111").text) == [str(slovak)]
    assert found(search(masked, "220 850 111").text) == [str(slovak), str(czech)]


def test_a_phone_is_not_guessed_by_its_last_digits(masked, services):
    """The attack as it was found: six digits at a time, until the masked phone shows up."""
    keep(services, {"name": "Jana", "phone": "+420777987654"})

    answers = [search(masked, str(digits)) for digits in range(987_640, 987_640 + 40)]

    assert not any(found(answer.text) for answer in answers)
    assert [answer.status_code for answer in answers[MOST:]] == [429] * 10


def test_a_note_that_holds_the_value_tells_nothing_not_even_by_further_pages(masked, services, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    oldest = keep(services)
    for _ in range(5):
        keep(services, {"name": "Karel", "note": "pro jana@example.com, +420 777 123 456"})

    page = search(masked, "jana@example.com").text

    assert found(page) == [str(oldest)]
    nothing = search(masked, "karel@example.com").text
    assert found(nothing) == []
    for rel in ("next", "prev"):
        assert f'rel="{rel}"' not in page + nothing


def test_searches_are_limited_for_each_masked_person_and_for_nobody_else(desk, services):
    lead_id = keep(services)
    masked, other = (desk(email=f"{each}@example.com", is_masked=True) for each in "ab")
    for _ in range(MOST):
        assert search(masked, "nobody@example.com").status_code == 200

    refused = search(masked, "jana@example.com")

    assert refused.status_code == 429
    assert found(refused.text) == []
    assert re.search(r"You can search again in (59|60) min\.", refused.text)
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert len(actions(services, "searched")) == MOST
    assert "znovu za" in masked.search(q="a@b.cz", headers={"Accept-Language": "cs"}).text
    assert masked.get("/inbox/").status_code == masked.get(at(lead_id)).status_code == 200
    assert found(search(other, "jana@example.com").text) == [str(lead_id)]
    unmasked = desk(email="c@example.com")
    assert [search(unmasked, "novak").status_code for _ in range(MOST + 5)] == [200] * (MOST + 5)
    assert len(actions(services, "searched", by=unmasked.person.id)) == 0


def test_choosing_all_that_match_is_a_search_too(masked, services):
    keep(services, suspicions=("no_script",))
    chosen = {"act": "release", "all": "1"}

    def choose(typed):
        return masked.get("/inbox/bulk", query_string={**chosen, "search": masked.sealed(q=typed)})

    part = choose("novak")
    whole = choose("jana@example.com")
    for _ in range(MOST - 1):
        search(masked, "nobody@example.com")

    assert part.status_code == 422
    assert len(re.findall(r'name="lead" value="', whole.text)) == 1
    assert choose("jana@example.com").status_code == 429
    assert masked.get("/inbox/bulk", query_string=chosen).status_code == 200


def test_live_numbers_neither_search_nor_count(masked, services):
    page = search(masked, "jana@example.com").text
    query = re.search(r'data-query="([^"]+)"', page)[1].replace("&amp;", "&")
    keep(services)

    for typed in ("jana@example.com", "jan", "123456"):
        typed = masked.place(q=typed).partition("?")[2]
        changed = re.sub(r"search=[^&]*", typed, query)
        assert [masked.get(f"/inbox/counts{changed}").get_json()["new"] for _ in range(MOST)] == [0] * MOST

    assert len(actions(services, "searched")) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_exports_are_no_search(desk, services, method):
    masked = desk("admin", is_masked=True)
    keep(services)

    filters = {"search": masked.sealed(q="novak")}

    ways = {"get": lambda: masked.get("/inbox/export", query_string=filters)}
    answer = ways.get(method, lambda: masked.post("/inbox/export", {**filters, "format": "csv"}))()

    assert answer.status_code == 403


def test_no_search_leaves_its_value_in_the_database(masked, services):
    keep(services, {"name": "Karel"})
    for typed in ("canary@example.com", "+420 602 777 999"):
        search(masked, typed)

    with services.database.read() as connection:
        # All texts of an entry: its time and ids are made of any digits.
        kept = str(connection.execute(text("SELECT deed, subject, detail, project FROM deed")).all())

    assert "searched" in kept
    assert "canary@" not in kept
    assert "602" not in kept


def test_a_caller_that_is_no_page_is_held_to_the_same(services, masked):
    query = InboxQuery(text="novak")

    with pytest.raises(PartialSearchError):
        services.masked_search.permit(query, by=masked.person)


def test_searching_again_by_the_box_that_says_what_it_takes(masked, desk):
    assert 'placeholder="Whole e-mail, phone number or id"' in masked.text("/inbox/")
    assert 'placeholder="Name, e-mail, phone"' in desk(email="b@example.com").text("/inbox/")


def test_answers_to_a_hidden_lead_are_not_compared_with_what_is_guessed(masked, services):
    leads = Leads(services)
    lead_id = leads.refused()
    texts = {}

    for phone in ("+420777123456", "+420777123457"):
        typed = {**leads.seen(lead_id), "phone": phone}
        stale = {**typed, "status": "unknown"}
        pages = [
            masked.post(at(lead_id, "correct"), typed),
            masked.post(at(lead_id, "resubmit"), {**typed, "call": "x"}),
            masked.post(at(lead_id, "correct"), stale),
        ]
        assert [each.status_code for each in pages] == [200, 200, 409]
        # A CSRF token holds the second it was made in.
        texts[phone] = [
            re.sub(rf'{re.escape(phone)}|csrf[-_]token" \w+="[^"]*"', "", each.text) for each in pages
        ]

    first, second = texts.values()
    assert first == second
    assert leads.get(lead_id).lead.revision == 1


def test_what_was_typed_stays_when_the_lead_is_revealed(masked, services):
    leads = Leads(services)
    lead_id = leads.refused()
    typed = {**leads.seen(lead_id), "phone": "+420608123456"}

    veiled = masked.post(at(lead_id, "correct"), typed)
    form = masked.post(at(lead_id, "correct"), {**typed, "reveal": "1"})

    assert hidden(veiled, "phone") == "+420608123456"
    assert 'name="phone" value="+420608123456"' in form.text


def test_the_call_of_a_hidden_lead_cannot_be_guessed_by_its_hash(masked, services):
    leads = Leads(services)
    lead_id = leads.refused()

    page = masked.post(at(lead_id, "correct"), leads.seen(lead_id))

    route = leads.get(lead_id).lead.route
    told = {
        **leads.get(lead_id).current.payload,
        "credentials": route.credential,
        "account": services.lane_keys["riverside"].account,
    }
    guessed = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    assert len(hidden(page, "call")) == 64
    assert hidden(page, "call") != guessed


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        (reason_of(replace(REFUSED, text="bad phone +420777123456")), "HTTP 400"),
        (read_reason("Jana Nováková is no customer"), "••••"),
        (reason_of(replace(LOST, text="Jana")), "Realpad did not answer"),
    ],
)
def test_reasons_that_may_quote_a_lead_are_hidden(app, reason, shown):
    lead = object.__new__(Lead)
    object.__setattr__(lead, "reasons", (reason,))

    with app.test_request_context("/inbox/"):
        assert labels.short_reason(lead, is_masked=True) == shown


def test_rejected_lead_says_no_word_of_realpads_answer(masked, services):
    keep(services)
    lead_id = send(services, REFUSED)

    assert services.log.get(lead_id).lead.status is Status.REJECTED
    assert "bad phone" not in masked.text("/inbox/") + says(masked.get(at(lead_id)))
