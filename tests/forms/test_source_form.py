"""Whatever another system sends is read without a fault, and nothing that can be seen of it is lost."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realpad_form.domain.errors import FieldsRefusedError
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.domain.text import line, paragraphs
from realpad_form.forms import SentField, SourceForm, Tokens, flatten

PROJECT = Project.model_validate(
    {
        "version": 1,
        "project": "riverside",
        "name": "Riverside",
        "languages": ["cs", "en"],
        "origins": ["https://www.riverside.example"],
        "realpad": {"credentials": "riverside", "project": 1},
        "fields": [
            {"field": "name"},
            {"field": "surname"},
            {"field": "email"},
            {"field": "phone"},
            {"field": "rooms", "options": ["1+kk", {"value": "2+kk", "label": {"cs": "dva", "en": "two"}}]},
            {"field": "price_max", "min": 1_000_000, "max": 9_000_000},
            {"field": "note", "max_length": 50},
            {"attribute": "customer_pets", "type": "boolean", "label": "Pets"},
            {"attribute": "customer_when", "type": "date", "label": "When"},
            {
                "attribute": "customer_topics",
                "type": "multi_select",
                "label": "Topics",
                "options": ["1", "2"],
                "show_if": {"customer_pets": True},
            },
        ],
        "consents": [{"id": 7, "label": {"cs": "Souhlasím", "en": "I agree"}, "required": True}],
        "capture": {"campaign": "utm_campaign", "note": ["utm_source", "page"]},
        "sources": [
            {"name": "a", "fields": {"jméno": "full_name", "ip": "ip", "no": False, "gdpr": "consent_7"}}
        ],
    }
)
NAMES = sorted({*PROJECT.source_targets, "jméno", "no", "gdpr", "rooms[]", "x", "x.y", "", " ", "ž" * 300})
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *("1", "true", "ne", "777123456", "a@b.cz", "2+kk", "dva", "Jan Novák", "203.0.113.7", "5000000"),
            *("cs-CZ", "fr", "2026-12-24", "https://a.example/", "\ud800", "\0", "\u202e", "x" * 3000),
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(body):
    sent = flatten(body)
    form = SourceForm(PROJECT, PROJECT.sources[0], sent, tokens=Tokens(["s" * 32]))
    form.validate()
    return sent, form.taken(key=UUID(int=1), token=None, submitted_at=datetime(2026, 11, 29, tzinfo=UTC))


@QUICK
@given(BODIES)
def test_whatever_is_sent_makes_a_lead_that_can_be_stored_and_composed(body):
    _, taken = read(body)

    json.dumps(taken.answers).encode()  # as it is sealed
    call = compose(PROJECT, taken.answers, consents=taken.consents, context=taken.context)
    assert all(isinstance(text, str) for text in call.values())
    assert taken.mistakes or all(len(text) <= 5000 for text in call.values())


@QUICK
@given(BODIES)
def test_nothing_that_can_be_seen_is_lost(body):
    sent, taken = read(body)

    kept = json.dumps([taken.answers, vars_of(taken.context)], ensure_ascii=False).casefold()
    for each in sent:
        if each.name in ("no", "project") or each.name.startswith(("consent_7", "gdpr", "language")):
            continue
        if each.name.startswith("customer_pets") and set(each.texts) <= {"false", "ne", "0"}:
            continue  # a box that is not ticked is no answer
        for text in each.texts:
            assert is_kept(text, kept), (each, taken.answers)


def vars_of(context):
    return [context.page, context.referrer, context.address, *context.parameters.values()]


def is_kept(text, kept):
    """Tell whether a text is somewhere in a lead, in the words of it or as what it means."""
    means = {"dva": "2+kk", "777123456": "+420777123456", "1": "true"}
    said = [json.dumps(form, ensure_ascii=False)[1:-1].casefold() for form in (line(text), paragraphs(text))]
    words = line(text).casefold().split()
    is_name = all(json.dumps(word, ensure_ascii=False)[1:-1] in kept for word in words)
    return any(form in kept for form in said) or means.get(text, "\0") in kept or is_name


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"a": {"b": [1, {"c": "x"}]}}, [("a.b.0", ("1",)), ("a.b.1.c", ("x",))]),
        ({"a": [{"name": "b", "value": "c"}]}, [("a.b", ("c",))]),
        (
            {"a": [{"name": "b", "value": "c", "d": "e"}]},
            [("a.0.name", ("b",)), ("a.0.value", ("c",)), ("a.0.d", ("e",))],
        ),
        ({"a": [True, None, " "]}, [("a", ("true",))]),
        ({"a": [], "b": None, "c": "\u200b"}, [("a", ()), ("b", ()), ("c", ())]),
    ],
)  # fmt: skip
def test_nested_values_are_named_by_their_way(value, fields):
    assert [(each.name, each.texts) for each in flatten(value)] == fields


def test_more_fields_than_anybody_sends_are_refused():
    with pytest.raises(FieldsRefusedError):
        flatten({str(number): "x" for number in range(5001)})


def test_a_field_reads_as_a_line():
    assert str(SentField("Jak\nvelký", ("a", "b\nc"))) == "Jak velký: a, b\nc"
