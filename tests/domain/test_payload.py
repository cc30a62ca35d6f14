"""Source of every rule: Realpad docs, "Sending leads"."""

from datetime import datetime, timedelta, timezone

import pytest

from realpad_form.domain.lead import Consent, Context
from realpad_form.domain.payload import LIMIT_UNITS, MARK, amend, compose, consent_source, shorten, units
from realpad_form.domain.project import Project

PERSON = {"name": "Žofie", "surname": "Šťastná", "email": "zofie@example.com", "phone": "+420777123456"}
PRAGUE = timezone(timedelta(hours=1))
NEWS, TERMS = ({"id": number, "label": "Souhlasím"} for number in (11, 22))


def make_project(*questions, realpad=None, **parts):
    return Project.model_validate(
        {
            "version": 1,
            "project": "riverside",
            "name": "Riverside",
            "languages": ["cs"],
            "origins": ["https://www.riverside.example"],
            "realpad": {"credentials": "riverside", "project": 39264441, **(realpad or {})},
            "fields": [{"field": "name"}, {"field": "surname"}, {"field": "email"}, *questions],
            **parts,
        }
    )


def make_context(**parts):
    values = {
        "language": "cs",
        "form_version": "abc123",
        "submitted_at": datetime(2026, 11, 23, 10, 30, tzinfo=PRAGUE),
        "address": "192.0.2.1",
    }
    return Context(**{**values, **parts})


def body_of(answers=None, *, project=None, ticked=(), **context):
    project = project or make_project()
    consents = tuple(Consent(id=n, given=n in ticked, wording="Souhlasím", language="cs") for n in (11, 22))
    return compose(project, {**PERSON, **(answers or {})}, consents=consents, context=make_context(**context))


def attribute(kind, **parts):
    return {"attribute": "customer_x", "type": kind, "label": "X", **parts}


def test_body_of_a_short_form_holds_nothing_that_is_not_set():
    assert body_of() == {**PERSON, "project": "39264441", "language": "cs"}


def test_routing_comes_from_the_project_file_alone():
    project = make_project(realpad={"referral": 12, "salesman": 77, "tags": ["web", "spring"]})
    hostile = {"referral": "1", "salesman": "2", "project": "3", "tags": "x", "login": "me", "password": "x"}

    body = body_of(hostile, project=project)

    assert (body["referral"], body["salesman"], body["project"], body["tags"]) == (
        "12",
        "77",
        "39264441",
        "web,spring",
    )
    assert not body.keys() & {"login", "password"}


def test_answers_nobody_asked_for_stay_out():
    assert body_of({"customer_gone": "x", "full_name": "x", "utm_source": "x"}).keys() == body_of().keys()


def test_rooms_and_budget_are_written_as_realpad_reads_them():
    body = body_of({"rooms": ["1+kk", "3+kk"], "price_max": 6_000_000})

    assert (body["preferencerooms"], body["preferencepricemax"]) == ("1+kk|3+kk", "6000000")


@pytest.mark.parametrize("key", ["email", "phone"])
def test_contact_that_is_missing_is_absent(key):
    answers = {k: v for k, v in PERSON.items() if k != key}

    body = compose(make_project(), answers, consents=(), context=make_context())

    assert key not in body


@pytest.mark.parametrize(
    ("answers", "captured", "campaign"),
    [
        ({}, {}, "default"),
        ({}, {"utm_campaign": "autumn"}, "autumn"),
        ({"campaign": "named"}, {"utm_campaign": "autumn"}, "named"),
        ({}, {"utm_source": "fb"}, "default"),
    ],
)
def test_campaign_of_the_visitor_wins(answers, captured, campaign):
    project = make_project(realpad={"campaign": "default"}, capture={"campaign": "utm_campaign"})

    assert body_of(answers, project=project, parameters=captured)["campaign"] == campaign


UNITS = make_project({"field": "unit", "known": ["A-101"]})
ANY_UNIT = make_project({"field": "unit"})


@pytest.mark.parametrize(
    ("project", "answers", "sent", "note"),
    [
        (make_project(), {"unit": "F11"}, {"internalid": "F11"}, None),
        (ANY_UNIT, {"unit": "F11"}, {"internalid": "F11"}, None),
        (UNITS, {"unit": "A-101", "unit_id": "48504"}, {"internalid": "A-101"}, None),
        (UNITS, {"unit": "F11"}, {}, "unit: F11"),
        (UNITS, {"unit": "F11", "unit_id": "48504"}, {"unitid": "48504"}, "unit: F11"),
        (UNITS, {"unit_id": "48504"}, {"unitid": "48504"}, None),
        (UNITS, {"unit_id": "F11"}, {}, "unit: F11"),
        (UNITS, {"unit": "F11", "unit_id": "12x"}, {}, "unit: F11\nunit: 12x"),
        (UNITS, {"unit": "F11", "unit_id": "F11"}, {}, "unit: F11"),
        (UNITS, {"unit": "A-101", "unit_id": "12x"}, {"internalid": "A-101"}, None),
        (UNITS, {"unit_id": "٤٨"}, {}, "unit: ٤٨"),
        (UNITS, {"unit_id": "9" * 19}, {}, f"unit: {'9' * 19}"),
        (UNITS, {"unit_id": "-1"}, {}, "unit: -1"),
        (UNITS, {"unit_id": "0"}, {}, "unit: 0"),
        (UNITS, {"unit_id": "048504"}, {}, "unit: 048504"),
        (ANY_UNIT, {"unit": "F" * 100}, {"internalid": "F" * 100}, None),
        (ANY_UNIT, {"unit": "F" * 101}, {}, f"unit: {'F' * 101}"),
        (UNITS, {"unit": "F11" * 500}, {}, f"unit: {('F11' * 500)[:496]}{MARK}"),
    ],
)
def test_unit_is_sent_in_one_way_or_noted(project, answers, sent, note):
    body = body_of(answers, project=project)

    assert {key: body[key] for key in ("internalid", "unitid") if key in body} == sent
    assert body.get("note") == note


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        (attribute("boolean"), True, "true"),
        (attribute("boolean"), False, None),
        (attribute("string"), "a, b", "a, b"),
        (attribute("string"), "", None),
        (attribute("integer"), 1234, "1234"),
        (attribute("integer"), 0, "0"),
        (attribute("decimal"), "52.50", "52.50"),
        (attribute("date"), "2026-12-24", "2026-12-24"),
        (attribute("single_select", options=["1", "2"]), "2", "2"),
        (attribute("multi_select", options=["4", "7"]), ["4", "7"], "4,7"),
        (attribute("multi_select", options=["4", "7"]), [], None),
        (attribute("integer"), None, None),
    ],
)
def test_attribute_is_written_as_realpad_reads_it(question, answer, text):
    assert body_of({"customer_x": answer}, project=make_project(question)).get("customer_x") == text


def test_captured_parameter_fills_an_attribute():
    project = make_project(capture={"attributes": {"customer_click": "gclid", "customer_page": "page"}})

    body = body_of(project=project, parameters={"gclid": "EAIa"}, page="https://a.example/")

    assert (body["customer_click"], body["customer_page"]) == ("EAIa", "https://a.example/")


def test_answer_wins_over_what_was_captured():
    project = make_project(attribute("string"), capture={"attributes": {"customer_x": "gclid"}})

    assert body_of(project=project, parameters={"gclid": "captured"})["customer_x"] == "captured"
    assert (
        body_of({"customer_x": "said"}, project=project, parameters={"gclid": "captured"})["customer_x"]
        == "said"
    )


NOTING = make_project(capture={"note": ["utm_source", "page", "referrer"]})


def test_note_is_the_visitor_s_words_then_the_visit():
    body = body_of(
        {"note": "Dobrý den"},
        project=NOTING,
        parameters={"utm_source": "fb", "other": "x"},
        page="https://a.example/",
    )

    assert body["note"] == "Dobrý den\n\nutm_source: fb\npage: https://a.example/"


def test_note_without_words_is_the_visit_alone():
    assert body_of(project=NOTING, parameters={"utm_source": "fb"})["note"] == "utm_source: fb"
    assert "note" not in body_of(project=NOTING)


def test_long_words_are_shortened_and_the_visit_stays_whole():
    body = body_of({"note": "ž" * 6000}, project=NOTING, parameters={"utm_source": "fb"})

    assert body["note"].endswith(f"ž{MARK}\n\nutm_source: fb")
    assert units(body["note"]) == LIMIT_UNITS


def test_long_visit_never_crowds_out_the_words():
    names = [f"p{number}" for number in range(50)]
    project = make_project(capture={"note": names})

    note = body_of({"note": "a" * 2400}, project=project, parameters=dict.fromkeys(names, "x" * 2000))["note"]

    assert note.startswith("a" * 2400 + "\n\np0: ")
    assert units(note) <= LIMIT_UNITS


def test_one_captured_value_is_cut_to_its_share():
    line = body_of(project=NOTING, parameters={"utm_source": "x" * 2000})["note"]

    assert line == f"utm_source: {'x' * 496}{MARK}"


@pytest.mark.parametrize(
    "answers", [{"note": "🏠" * 5000}, {"note": "\n" * 4000 + "a"}, {"campaign": "č" * 6000}]
)
def test_no_text_is_longer_than_realpad_takes(answers):
    assert max(units(text) for text in body_of(answers).values()) <= LIMIT_UNITS


def test_list_is_never_cut_within_a_value():
    tags, rooms = [f"{n}{'x' * 197}" for n in range(100, 130)], [f"{n}+kk" for n in range(1000)]

    body = body_of({"rooms": rooms}, project=make_project(realpad={"tags": tags}))

    assert (body["tags"], body["preferencerooms"]) == (",".join(tags), "|".join(rooms))


def test_long_source_of_consents_is_shortened():
    project = make_project(realpad={"consent_source": "{page}" * 3}, consents=[NEWS])

    source = body_of(project=project, ticked=(11,), page="https://a.example/" + "x" * 1982)["consentsource"]

    assert source.endswith(MARK)
    assert units(source) == LIMIT_UNITS


def test_ticked_consents_are_added_to_those_on_record():
    body = body_of(project=make_project(consents=[NEWS, TERMS]), ticked=(11, 22))

    assert body["updateconsents"] == "11,22"
    assert "consents" not in body


def test_ticked_consents_replace_those_on_record_if_the_project_says_so():
    body = body_of(project=make_project(realpad={"consents": "replace"}), ticked=(22,))

    assert body["consents"] == "22"
    assert "updateconsents" not in body


@pytest.mark.parametrize("way", ["update", "replace"])
def test_nothing_about_consents_is_sent_if_none_is_ticked(way):
    body = body_of(project=make_project(realpad={"consents": way}))

    assert not body.keys() & {"consents", "updateconsents", "consentsource"}


def test_source_of_consents_is_worded_by_the_project():
    pattern = "{project} {language} {form_version} {time} {ip} {page}"
    project = make_project(realpad={"consent_source": pattern})

    source = consent_source(project, make_context(page="https://a.example/{ip}"))

    assert source == "riverside cs abc123 2026-11-23T09:30:00+00:00 192.0.2.1 https://a.example/{ip}"


def test_source_of_consents_leaves_no_gap_for_what_is_not_known():
    assert body_of(ticked=(11,))["consentsource"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("abc", 3), ("č", 1), ("🏠", 2), ("a\nb", 4), ("a\r\nb", 4), ("\ud800", 1)]
)
def test_units_are_the_most_any_server_would_count(text, count):
    assert units(text) == count


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abc", 3, "abc"),
        ("abcdefgh", 7, f"abc{MARK}"),
        ("a      b", 7, f"a{MARK}"),
        ("🏠🏠🏠🏠", 7, f"🏠{MARK}"),
    ],
)
def test_shortened_text_says_so(text, limit, short):
    assert shorten(text, limit) == short


def test_shortened_text_fits():
    for limit in range(4, 40):
        assert units(shorten("a\n🏠č" * 20, limit)) <= limit


VISIT = {"page": "https://www.riverside.example/byty", "parameters": {"utm_source": "novinky"}}
CAPTURED = {"capture": {"note": ["utm_source", "page"]}}


@pytest.mark.parametrize("visit", [{}, VISIT], ids=["bare", "with lines"])
@pytest.mark.parametrize("before", ["", "Dobrý den.", "Dobrý den,\n\nmám zájem.", "ž" * 9000, "x\n\n" * 3000])
@pytest.mark.parametrize("after", ["", "Volejte večer.", "Volejte,\n\nprosím.", "š" * 9000])
def test_amended_body_is_the_one_that_the_project_would_have_composed(visit, before, after):
    project = make_project({"field": "phone"}, {"field": "note"}, **CAPTURED)
    old = {**PERSON, "note": before, "unit": "A-101"}
    new = {**old, "phone": "+420608123456", "surname": "Nová", "note": after}
    body = body_of(old, project=project, ticked=(11,), **visit)

    amended = amend(body, before=old, after=new)

    assert amended == body_of(new, project=project, ticked=(11,), **visit)


def test_amended_body_of_the_same_answers_is_the_same():
    body = {"project": "7", "name": "Jana", "customer_x": "1", "note": "kept by another version"}

    assert amend(body, before={"name": "Jana", "note": "x"}, after={"name": "Jana", "note": "x"}) == body


def test_contact_that_is_taken_away_is_not_sent():
    assert "email" not in amend(body_of(), before=PERSON, after={**PERSON, "email": None})


def test_note_of_unknown_make_is_kept_below_the_new_words():
    amended = amend({"note": "old: words"}, before={"note": "other"}, after={"note": "new"})

    assert amended["note"] == "new\n\nold: words"
