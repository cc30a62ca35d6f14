"""The builder: a form of the form, whose changes are edits of the draft's text."""

import gzip
import json

import pytest

from realpad_form.catalog import starters

JSON = {"Accept": "application/json"}
PLACE = "/preview/riverside/draft"

EVERYTHING = """\
version: 1
project: riverside
name: {cs: Řeka, en: River}
languages: [cs, en]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 1}
fields:
  - field: full_name
  - {field: email, help: Napište}
  - {field: phone, prefix: true}
  - section: {cs: Více, en: More}
    collapsed: true
  - {field: rooms, options: [1+kk, {value: 2+kk, label: {cs: dva, en: two}}], multiple: false}
  - {field: price_max, min: 1000000, max: 9000000, step: 100000, slider: true}
  - {field: unit, visible: true}
  - {field: note, max_length: 300}
  - {attribute: customer_pets, type: boolean, label: "Zvíře?"}
  - {attribute: customer_line, type: string, label: Řádek, show_if: {customer_pets: true}}
  - {attribute: customer_count, type: integer, label: Kolik, max: 9, show_if: {rooms: {not: 1+kk}}}
  - {attribute: customer_size, type: decimal, label: Velikost, show_if: {customer_count: {min: 2, max: 3}}}
  - {attribute: customer_day, type: date, label: Kdy, min: today}
  - {attribute: customer_one, type: single_select, label: Jedno, options: [a], show_if: {rooms: [1+kk, 2+kk]}}
  - attribute: customer_many
    type: multi_select
    label: Víc
    options: [a, b]
    show_if:
      any: [{customer_one: a}, {customer_pets: true}]
consents:
  - {id: 3, label: 'Souhlasím s [podmínkami](https://www.riverside.example/cs)', required: true}
thank_you:
  contact: {name: Jana Malá}
theme: {accent: "#ffee00", dark: {accent: "#112233"}}
"""


@pytest.fixture
def source(folder):
    return (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")


@pytest.fixture
def change(marketer, source):
    def change(*edits, text=source):
        return marketer.post(f"{PLACE}/change", {"text": text, "edits": json.dumps(edits)}, headers=JSON)

    return change


def built(person, text):
    return person.post(f"{PLACE}/builder", {"text": text})


def test_every_kind_of_question_can_be_edited(marketer):
    page = built(marketer, EVERYTHING)

    assert page.status_code == 200
    shown = page.get_data(as_text=True)
    kinds = ("Full name", "Phone", "Heading", "Room layouts", "Budget", "Unit", "Message", "Yes or no", "Day")
    for words in (*kinds, "Line of text", "Whole number", "Number with decimals", "One of several options"):
        assert f'<span class="tag">{words}</span>' in shown
    for condition in ("is yes", "is “1+kk” or “2+kk”", "is not “1+kk”", "is at least 2", "is at most 3"):
        assert condition in shown
    assert "There are alternatives, which are changed in the text." in shown


@pytest.mark.parametrize("name", starters())
def test_every_starter_can_be_edited(marketer, name):
    assert built(marketer, starters()[name]["riverside"]).status_code == 200


def test_what_people_write_is_shown_as_they_wrote_it_and_does_nothing(marketer, source):
    text = source.replace("name: Riverside", "name: '\"><script>alert(1)</script>'", 1)

    shown = built(marketer, text).get_data(as_text=True)

    assert "<script>alert" not in shown


def test_a_builder_of_a_long_form_is_small_on_its_way(marketer, source):
    answer = marketer.post(f"{PLACE}/builder", {"text": EVERYTHING}, headers={"Accept-Encoding": "gzip, br"})

    assert answer.content_encoding == "gzip"
    assert len(answer.data) < 20_000
    assert gzip.decompress(answer.data).decode() == built(marketer, EVERYTHING).get_data(as_text=True)


def test_a_draft_with_errors_shows_them_instead(marketer, source):
    page = built(marketer, source.replace("- field: email", "- field: emial"))

    assert page.status_code == 422
    assert "emial" in page.get_data(as_text=True)
    assert "data-do" not in page.get_data(as_text=True)


def test_a_draft_too_long_for_it_says_so(marketer, source):
    page = built(marketer, source + "# a long comment\n" * 4_000)

    assert page.status_code == 422
    assert "too long for the builder" in page.get_data(as_text=True)


def test_a_change_is_made_in_the_text(change, source):
    said = change({"do": "words", "place": ["name"], "language": "cs", "text": "Zátoka"}).get_json()

    assert said["text"] != source
    assert "Zátoka" in said["text"]
    assert said["languages"] == ["cs", "en"]
    assert said["problems"] == []


def test_a_change_that_makes_the_file_wrong_is_refused_with_the_reason(change):
    answer = change({"do": "set", "place": ["fields", 0], "value": {"field": "emial"}})

    assert answer.status_code == 422
    assert "emial" in answer.get_json()["error"]
    assert "text" not in answer.get_json()


def test_what_is_unwise_is_made_and_told(change):
    said = change({"do": "set", "place": ["theme", "accent"], "value": "#ffff00"}).get_json()

    assert "#ffff00" in said["text"]
    assert [each["is_warning"] for each in said["problems"]] == [True]
    wrong = [each for each in said["contrasts"] if not each["is_met"]]
    assert [(each["ratio"], each["what"]) for each in wrong] == [
        ("1", "buttons stand out from a light page: at least 3 : 1 is needed")
    ]


@pytest.mark.parametrize(
    "edits",
    [
        "", "{", "null", "{}", "[{}]", '[{"do": "set", "place": [], "value": 1}]',
        '[{"do": "move", "place": ["fields", 0], "to": 99}]', '[{"do": "remove", "place": ["fields", "0"]}]',
        '[{"do": "set", "place": ["name", "x", "y"], "value": 1}]', '[{"do": "set", "place": ["name"]}]',
        '[{"do": "insert", "place": ["realpad"], "value": []}]',
    ],
)  # fmt: skip
def test_nonsense_changes_nothing(marketer, source, edits):
    answer = marketer.post(f"{PLACE}/change", {"text": source, "edits": edits}, headers=JSON)

    if answer.status_code == 200:  # what is not there is gone already
        assert answer.get_json()["text"] == source
    else:
        assert (answer.status_code, answer.get_json()["error"]) == (
            422,
            "This cannot be changed here; change it in the text.",
        )


def test_lines_that_a_browser_ended_its_way_count_as_ours(marketer, source):
    edits = json.dumps([{"do": "set", "place": ["currency"], "value": "EUR"}])

    answer = marketer.post(
        f"{PLACE}/change", {"text": source.replace("\n", "\r\n"), "edits": edits}, headers=JSON
    )

    assert "\r" not in answer.get_json()["text"]


@pytest.mark.parametrize("path", ["builder", "change"])
def test_third_draft_is_told_to_come_again_if_none_of_the_others_ends(marketer, source, services, path):
    content = {"text": source, "edits": '[{"do": "set", "place": ["currency"], "value": "EUR"}]'}
    with services.draft_slots.take(), services.draft_slots.take():
        busy = marketer.post(f"{PLACE}/{path}", content, headers=JSON)
    free = marketer.post(f"{PLACE}/{path}", content, headers=JSON)

    assert (busy.status_code, free.status_code) == (503, 200)


@pytest.mark.parametrize("path", ["builder", "change"])
def test_a_project_of_others_is_built_by_nobody(desk, source, path):
    limited = desk("marketer", projects=frozenset({"harbour"}))

    answer = limited.post(f"{PLACE}/{path}", {"text": source, "edits": "[]"}, headers=JSON)

    assert answer.status_code == 404


def test_words_are_in_the_language_of_the_person(marketer, services):
    services.roster.set_language(marketer.person.id, "cs")

    shown = built(marketer, EVERYTHING).get_data(as_text=True)

    for english in ("Add a question", "Required", "Move up", "is yes", "Line of text", "stands out"):
        assert english not in shown
