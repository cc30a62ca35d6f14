"""Edits of project files by program keep comments, order and formatting."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from realpad_form.catalog import samples_folder, starters
from realpad_form.catalog.editing import EDITS, edit_text
from realpad_form.catalog.yaml_source import parse
from realpad_form.domain.errors import NotEditableError

FILE = """\
# Ours
version: 1
project:   riverside    # as the file
languages: [cs, sk, en]

fields:
  # who
  - field: name   # first
  - field: email
    width: half  # beside the phone

  # what
  # and how
  - field: rooms
    label: {cs: A,   en: B}  # short
    options: [1+kk, 2+kk]
  # more
  - field: note
    label: X  # in all languages

# Consents
consents:
  - id: 3  # three
    label: a
# Looks
theme: {radius: 3px}
"""

TEXTS = {
    "file": FILE,
    **{path.stem: path.read_text() for path in samples_folder().glob("*.yaml")},
    **{f"starter {name}": next(iter(files.values())) for name, files in starters().items()},
}


def edited(text, *edits):
    return edit_text(text, EDITS.validate_python(list(edits)))


def changed(text, *edits):
    """Return the lines that went and those that came."""
    before, after = Counter(text.splitlines()), Counter(edited(text, *edits).splitlines())
    return list((before - after).elements()), list((after - before).elements())


def test_a_word_is_changed_in_its_place_and_nothing_else():
    edit = {"do": "words", "place": ["fields", 2, "label"], "language": "en", "text": "Layout: yours"}

    assert changed(FILE, edit) == (
        ["    label: {cs: A,   en: B}  # short"],
        ["    label: {cs: A, en: 'Layout: yours'} # short"],
    )


def test_a_text_for_all_languages_becomes_one_for_each_when_one_is_changed():
    edit = {"do": "words", "place": ["fields", 3, "label"], "language": "sk", "text": "Y"}

    assert changed(FILE, edit) == (
        ["    label: X  # in all languages"],
        ["    label: {cs: X, sk: Y, en: X} # in all languages"],
    )


def test_a_first_text_is_written_for_its_language_alone():
    edit = {"do": "words", "place": ["fields", 1, "help"], "language": "cs", "text": "Nikomu ji nedáme."}

    assert changed(FILE, edit) == ([], ["    help: {cs: Nikomu ji nedáme.}"])


def test_where_there_is_one_language_a_text_stands_alone():
    text = FILE.replace("[cs, sk, en]", "[cs]")
    edit = {"do": "words", "place": ["fields", 1, "help"], "language": "cs", "text": "Nikomu ji nedáme."}

    assert changed(text, edit) == ([], ["    help: Nikomu ji nedáme."])


def test_languages_stand_in_one_order():
    edit = {"do": "words", "place": ["fields", 2, "label"], "language": "sk", "text": "S"}

    (line,) = changed(FILE, edit)[1]
    assert list(parse(line.encode()).value["label"]) == ["cs", "sk", "en"]


def test_a_text_that_is_emptied_goes_and_its_key_with_the_last_one():
    place = {"do": "words", "place": ["fields", 2, "label"], "text": ""}

    assert changed(FILE, {**place, "language": "cs"})[1] == ["    label: {en: B}           # short"]
    assert changed(FILE, {**place, "language": "cs"}, {**place, "language": "en"})[1] == []


@pytest.mark.parametrize(("index", "to"), [(0, 3), (3, 0), (1, 2), (2, 1), (1, 3)])
def test_an_item_takes_the_comments_above_and_beside_it_along(index, to):
    before = FILE.splitlines()

    after = edited(FILE, {"do": "move", "place": ["fields", index], "to": to}).splitlines()

    assert Counter(after) == Counter(before)
    above = {line: before[number - 1] for number, line in enumerate(before) if "#" in before[number - 1]}
    for line in ("  - field: name   # first", "  - field: rooms", "  - field: note"):
        assert after[after.index(line) - 1] == above[line]
    assert after[after.index("consents:") - 1] == "# Consents"


def test_what_is_removed_takes_the_comment_directly_above_it_along():
    gone, came = changed(FILE, {"do": "remove", "place": ["fields", 3]})

    assert (gone, came) == (
        ["  # more", "  - field: note", "    label: X  # in all languages"],
        [],
    )


def test_a_list_that_is_empty_goes_and_what_follows_keeps_its_comment():
    text = edited(FILE, {"do": "remove", "place": ["consents", 0]})

    assert "consents" not in text
    assert text.endswith("# Looks\ntheme: {radius: 3px}\n")


def test_a_new_item_stands_where_it_is_put_and_is_quoted_where_it_has_to_be():
    question = {"attribute": "customer_x", "type": "single_select", "label": {"cs": "A", "en": "B"}}
    value = {**question, "options": ["a: b", "#d", "true", "4", "x"]}

    assert changed(FILE, {"do": "insert", "place": ["fields"], "index": 1, "value": value})[1] == [
        "  - attribute: customer_x",
        "    type: single_select",
        "    label: {cs: A, en: B}",
        "    options: ['a: b', '#d', 'true', '4', x]",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("origins: [a]  # ours\n", "origins: [a, b] # ours\n"),
        ("origins:\n- a\nname: A\n", "origins:\n- a\n- b\nname: A\n"),
        ("origins: ['b']\n", "origins: ['b']\n"),
        ("origins: []\nname: A\n", "origins:\n  - b\nname: A\n"),
        ("name: A\n", "name: A\norigins: [b]\n"),
    ],
)
def test_a_value_is_added_to_a_list_that_lacks_it(before, after):
    assert edited(before, {"do": "include", "place": ["origins"], "value": "b"}) == after


def test_maps_on_the_way_are_made():
    text = edited(FILE, {"do": "set", "place": ["thank_you", "contact", "name"], "value": "Jana Malá"})

    assert text.endswith("thank_you:\n  contact:\n    name: Jana Malá\n")


def test_lists_that_are_not_indented_stay_so():
    text = "languages: [cs]\nfields:\n- field: name\n- field: note\n"

    assert edited(text, {"do": "move", "place": ["fields", 1], "to": 0}) == (
        "languages: [cs]\nfields:\n- field: note\n- field: name\n"
    )


@pytest.mark.parametrize(
    "edit",
    [
        {"do": "set", "place": ["fields", 9, "label"], "value": "x"},
        {"do": "set", "place": ["version", "x"], "value": "x"},
        {"do": "set", "place": ["fields", "x"], "value": "x"},
        {"do": "move", "place": ["fields", 0], "to": 4},
        {"do": "move", "place": ["theme"], "to": 0},
        {"do": "insert", "place": ["theme"], "value": "x"},
        {"do": "set", "place": ["name"], "value": "a\u0000b"},
    ],
)
def test_what_leads_nowhere_or_cannot_be_written_is_refused(edit):
    with pytest.raises(NotEditableError):
        edited(FILE, edit)


@pytest.mark.parametrize("text", ["a: [", "- a\n", "a: &x 1\nb: *x\n", ""])
def test_a_text_with_mistakes_is_edited_by_nobody(text):
    with pytest.raises(NotEditableError):
        edited(text, {"do": "set", "place": ["a"], "value": 1})


@pytest.mark.parametrize(
    "edit",
    [
        {"do": "set", "place": [], "value": 1},
        {"do": "remove", "place": ["fields", -1]},
        {"do": "move", "place": ["fields", -1], "to": 0},
        {"do": "move", "place": ["fields", 0], "to": -1},
        {"do": "set", "place": ["a"] * 17, "value": 1},
        {"do": "jump", "place": ["a"]},
    ],
)
def test_an_edit_that_is_none_is_refused(edit):
    with pytest.raises(ValidationError):
        EDITS.validate_json(json.dumps([edit]))


@pytest.mark.parametrize("name", TEXTS)
def test_an_edit_that_is_taken_back_leaves_the_text_as_it_was(name):
    text = TEXTS[name]
    count = len(parse(text.encode()).value["fields"])

    there = edited(text, {"do": "move", "place": ["fields", 0], "to": count - 1})

    assert there != text
    assert edited(there, {"do": "move", "place": ["fields", count - 1], "to": 0}) == text


def comments(text):
    return Counter(line[line.index("#") :] for line in text.splitlines() if " #" in f" {line}")


SEEN = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=40)
"""What people can type into a box."""


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_edit_but_a_removal_loses_a_comment_or_moves_a_line_that_it_does_not_concern(data):
    text = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))]
    count = len(parse(text.encode()).value["fields"])
    index, to = (data.draw(st.integers(0, count - 1)) for _ in "12")
    entry = st.fixed_dictionaries({"field": st.sampled_from(["unit", "note"]), "help": SEEN.filter(bool)})
    edits = data.draw(
        st.lists(
            st.one_of(
                st.just({"do": "move", "place": ["fields", index], "to": to}),
                st.just({"do": "set", "place": ["fields", index, "required"], "value": True}),
                st.builds(
                    lambda text: {
                        "do": "words", "place": ["fields", index, "help"], "language": "en", "text": text,
                    },
                    SEEN,
                ),
                st.builds(lambda value: {"do": "insert", "place": ["fields"], "value": value}, entry),
            ),
            min_size=1,
            max_size=4,
        )
    )  # fmt: skip
    after = edited(text, *edits)

    assert not comments(text) - comments(after)
    lost = Counter(text.splitlines()) - Counter(after.splitlines())
    concerned = {line for line in lost if any(each in line for each in ("required", "help", " en:"))}
    assert set(lost) == concerned


@pytest.mark.parametrize(
    "typed",
    [
        "Kdy?",
        "a? b",
        "a # b",
        "- x",
        "'",
        '"',
        "{a}",
        "[b]",
        "yes",
        "1.0",
        "null",
        "~",
        " x ",
        "a\nb",
        "\\n",
        "š: é",
    ],
)
def test_what_is_typed_into_a_box_comes_back_as_it_was_typed(typed):
    edit = {"do": "words", "place": ["fields", 1, "label"], "language": "cs", "text": typed}

    assert parse(edited(FILE, edit).encode()).value["fields"][1]["label"] == {"cs": typed}


ODD = """\
version:   1
title:     A   # aligned
languages: [cs, en]
allowed: [a,
  b, # why b
  c]
fields:
  - field: email
    help: > # asked by sales
      Napiste
    options:
      # about y
      - y  # eol y
  - field: note
    f:
      # about a
      a: 1
      # about b
      b: 2
"""


def test_lines_beside_an_edit_stay_as_they_were_typed():
    assert changed(ODD, {"do": "set", "place": ["title"], "value": "B"}) == (
        ["title:     A   # aligned"],
        ["title: B       # aligned"],
    )


def test_an_edit_that_would_cost_a_comment_of_a_list_in_brackets_is_refused():
    with pytest.raises(NotEditableError):
        edited(ODD, {"do": "insert", "place": ["allowed"], "value": "d"})


def test_a_list_of_one_item_has_it_changed_with_its_comments():
    place = ["fields", 0, "options", 0]

    assert changed(ODD, {"do": "set", "place": place, "value": "z"}) == (
        ["      - y  # eol y"],
        ["      - z  # eol y"],
    )
    named = edited(ODD, {"do": "set", "place": place, "value": {"value": "y", "label": {"cs": "Y"}}})
    assert "# about y" in named
    assert "# eol y" in named
    assert parse(named.encode()).value["fields"][0]["options"] == [{"value": "y", "label": {"cs": "Y"}}]
    assert edited("a:\n  - x\n", {"do": "set", "place": ["a", 0], "value": 1.5}) == "a:\n  - 1.5\n"


@pytest.mark.parametrize(
    ("item", "edit"),
    [
        ("2+kk", {"do": "set", "place": [], "value": None}),
        ("{value: 2+kk}", {"do": "set", "place": ["value"], "value": None}),
        ("{section: {cs: Více}}", {"do": "words", "place": ["section"], "language": "cs", "text": ""}),
        ("{section: Více}", {"do": "words", "place": ["section"], "language": "cs", "text": ""}),
    ],
)
def test_an_item_that_is_emptied_stays_where_it_is_without_a_value(item, edit):
    text = f"languages: [cs]\na:\n  - 1+kk\n  - {item}\n  - 3+kk\n"

    found = parse(edited(text, {**edit, "place": ["a", 1, *edit["place"]]}).encode()).value["a"]

    assert (len(found), found[0], found[2]) == (3, "1+kk", "3+kk")
    assert found[1] in ("", {"value": ""}, {"section": ""})


@pytest.mark.parametrize("value", [{"cs": "Napište", "en": "Write"}, "Napište", True, ["x" * 90, "y"]])
def test_a_comment_behind_the_sign_of_a_long_text_stays(value):
    after = edited(ODD, {"do": "set", "place": ["fields", 0, "help"], "value": value})

    assert "# asked by sales" in after
    assert parse(after.encode()).value["fields"][0]["help"] == value


def test_a_first_key_that_is_removed_takes_its_comment_along():
    assert changed(ODD, {"do": "remove", "place": ["fields", 1, "f", "a"]}) == (
        ["      # about a", "      a: 1"],
        [],
    )


@pytest.mark.parametrize(
    "text", ["a: 2026-02-30\n", "a: ._\n", "a: 0x_\n", "0x10: a\n16: b\n", "a: 2026-13-45\n"]
)
def test_a_text_that_the_library_stumbles_over_is_edited_by_nobody(text):
    with pytest.raises(NotEditableError):
        edited(text, {"do": "set", "place": ["b"], "value": 1})


def test_a_text_that_would_take_seconds_is_edited_by_nobody():
    text = "version: 1\n" + "".join(f"key_{number}: value\n" for number in range(4_000))

    with pytest.raises(NotEditableError):
        edited(text, {"do": "set", "place": ["version"], "value": 2})
