import codecs
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realpad_form.catalog.yaml_source import MAX_BYTES, parse


def value(text):
    document = parse(text.encode())
    assert document.mistakes == []
    return document.value


def mistakes(text):
    return [tuple(mistake) for mistake in parse(text.encode()).mistakes]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True), ("false", False), ("null", None), ("", None), ("7", 7), ("-7", -7), ("0", 0),
        ("0.50", Decimal("0.50")), ('"7"', "7"), ("''", ""),
    ],
)  # fmt: skip
def test_few_plain_words_are_more_than_texts(written, meant):
    assert value(f"key: {written}") == {"key": meant}


@pytest.mark.parametrize(
    "written",
    ["NO", "yes", "on", "True", "12:30", "0777", "0o17", "0x1F", "1_000", "2026-12-31", "1e3", ".5", "+420",
     "1+kk", ".inf", "9" * 5000],
)  # fmt: skip
def test_everything_else_is_the_text_as_written(written):
    assert value(f"key: {written}") == {"key": written}


def test_each_key_and_item_knows_its_line():
    document = parse(b"a: 1\nb:\n  c:\n    - x\n    - {d: 2}\n")

    assert document.lines == {
        ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "c", 0): 4, ("b", "c", 1): 5, ("b", "c", 1, "d"): 5,
    }  # fmt: skip


def test_all_duplicates_aliases_anchors_and_tags_are_found_at_once():
    text = "a: 1\na: 2\nb: &x 1\nc: *x\nd: !!python/object:os.system [ls]\n<<: {e: 1}\n"

    found = mistakes(text)

    assert [line for line, _ in found] == [2, 3, 4, 5, 6]
    words = ["duplicate key", "anchor", "alias", "tag", '"<<" is no key']
    assert all(word in what for word, (_, what) in zip(words, found, strict=True))


def test_duplicate_is_found_at_every_depth():
    assert mistakes("a:\n  - {b: 1, b: 2}\n") == [
        (2, "b: duplicate key, it stands in line 2 already; keep one of the two")
    ]


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{b: " * 5000, "- " * 5000])
def test_deep_nesting_is_a_mistake_and_not_a_crash(text):
    assert mistakes(text) == [(1, "too many levels inside each other; check the brackets")]


def test_bomb_of_aliases_never_grows():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

    assert len(mistakes(bomb)) == 6


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "[a, {b: c}]: 1\n"])
def test_key_is_a_word(text):
    assert mistakes(text) == [(1, "a key is one word; put a value that starts with [ or { in quotes")]


def test_byte_order_mark_is_no_part_of_the_first_key():
    assert parse(codecs.BOM_UTF8 + b"a: 1").value == {"a": 1}


def test_bytes_that_are_not_utf_8_are_found_with_their_line():
    found = parse("a: 1\nb: š".encode("cp1250")).mistakes

    assert found == [(2, "this is not UTF-8; save the file with the encoding UTF-8")]


def test_file_in_utf_16_is_a_mistake():
    assert "not UTF-8" in parse("a: 1".encode("utf-16")).mistakes[0].what


def test_each_line_with_an_unseen_character_is_found():
    assert mistakes("a: 1\x00\nb: 2\nc: \x07") == [
        (1, "the character U+0000 cannot be seen; delete it"),
        (3, "the character U+0007 cannot be seen; delete it"),
    ]


@pytest.mark.parametrize("escape", [r"\0", r"\ud800", r"\U00110000"])
def test_escape_cannot_smuggle_an_odd_character_in(escape):
    assert mistakes(f'a: 1\nb: "{escape}"')[0][0] == 2


def test_too_large_file_is_not_even_looked_at():
    assert mistakes("#" * (MAX_BYTES + 1)) == [(1, "the file is larger than 256 KiB; shorten it")]
    assert value("a: 1 #" + "#" * (MAX_BYTES - 6)) == {"a": 1}


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_file_without_a_value_is_a_mistake(text):
    assert mistakes(text) == [(1, "the file is empty; start with version: 1")]


def test_second_document_is_a_mistake():
    assert mistakes("a: 1\n---\nb: 2\n") == [(2, "a second document starts here; write one project per file")]


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ("a: 1\n\tb: 2", 2, "indent with spaces"),
        ("a: b: c", 1, "put a text with `: ` in quotes"),
        ('a: 1\nb: "c\nd: 2\n', 2, "never closed"),
        ("a: 1\nb\nc: 2", 2, "a colon is missing"),
        ("a: *.example.com", 1, "cannot start a value"),
        ("a: @x", 1, "cannot start a value"),
        ("a: [words](https://www.example.com)", 1, "quotes are missing"),
        ("a: {ip} {page}", 1, "quotes are missing"),
        ("a: {cs: Kdy?, en: When?}", 1, "a text with a ? in it needs quotes"),
        ("a: [b\nc: d", 2, "a list opened with [ is not closed"),
        ("a: {b: c\n", 2, "a map opened with { is not closed"),
        ("a: [", 1, "a closing bracket is missing"),
        ("a: - b", 1, "each item as `- …`"),
        (r'a: "C:\Users"', 1, "use single quotes"),
        ("%YAML 2.0\n---\na: 1", 1, "this is not YAML"),
    ],
)
def test_broken_syntax_is_told_with_what_to_write(text, line, advice):
    [(found, what)] = mistakes(text)

    assert found == line
    assert advice in what


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab01.:-?[]{},&*!|>'\"%@`#\\U~<\n\t xé\u2028", max_size=60))
def test_no_text_makes_it_crash(text):
    document = parse(text.encode())

    assert all(1 <= mistake.line <= len(text.splitlines()) + 1 for mistake in document.mistakes)
