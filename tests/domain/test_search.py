"""Words are the same however they are typed."""

import pytest

from realpad_form.domain.search import asked, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Šťastný", "stastny"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("Ёлка", "елка"),
        ("ﬁx ①", "fix 1"),
        ("𝕁𝕒𝕟", "jan"),
    ],
)
def test_accents_case_and_forms_of_letters_do_not_matter(text, folded):
    assert fold(text) == fold(folded) == folded


@pytest.mark.parametrize("text", ["777 123 456", "+420 777-123-456", "00420777123456", "(777) 123.456"])
def test_a_phone_number_is_one_thing_however_it_is_written(text):
    assert {"phone 777123456"} in [words & {"phone 777123456"} for words in asked(text)]


def test_words_beside_a_number_are_asked_for_too():
    assert [sorted(words) for words in asked("Jana 777 123 456")] == [
        ["777123456", "phone 777123456"],
        ["jana"],
    ]


def test_a_number_may_be_the_end_of_a_phone_or_a_customer():
    assert asked("39264441") == [frozenset({"39264441", "phone 264441"})]


def test_the_end_of_a_phone_may_be_typed_in_groups():
    assert asked("123 456") == [frozenset({"123456", "phone 123456"})]


@pytest.mark.parametrize(
    "text", ["f8598335-51be-476f-83e7-522512104512", "f859833551be476f83e7522512104512", "F8598335"]
)
def test_digits_of_an_id_are_no_phone_number(text):
    [words] = asked(text)

    assert "f8598335" in words
    assert not any(word.startswith("phone") for word in words)


def test_no_text_however_long_asks_for_more_than_a_few_words():
    assert len(asked(" ".join(f"w{n}x" for n in range(500)))) == 8
    assert all(
        len(word) <= 64 for text in ("x" * 100_000, "1" * 100_000) for words in asked(text) for word in words
    )
