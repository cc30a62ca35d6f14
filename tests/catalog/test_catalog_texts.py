"""Texts in which nothing can be seen, wherever one stands."""

import json

import pytest

UNSEEN = ["\u200b", "\u200e", "\u2060", "\u3164 \u00a0"]
EMPTY = "a text is empty; write some words or leave"
NO_WORDS = "a link has no words to click; write some, e.g. [terms](https://…)"
NO_LETTER = "a label has neither letter nor digit; write what is asked for, e.g. Floor"


@pytest.mark.parametrize("text", UNSEEN)
@pytest.mark.parametrize(
    "part",
    [
        "notice: {}",
        "consents: [{{id: 5, label: {}}}]",
        "thank_you: {{message: {{cs: {}}}}}",
        "  - {{field: note, label: {}}}",
        "  - {{field: note, help: {}}}",
        "  - {{field: rooms, options: [{{value: a, label: {}}}]}}",
        "  - {{field: rooms, options: [{}]}}",
        "  - {{field: unit, known: [{}]}}",
    ],
)
def test_text_is_seen(check, minimal, part, text):
    [problem] = check(minimal + part.format(json.dumps(text)) + "\n")

    assert EMPTY in problem


@pytest.mark.parametrize("text", UNSEEN)
def test_name_of_a_project_is_seen(check, minimal, text):
    [problem] = check(minimal.replace("name: Riverside", f"name: {json.dumps(text)}"))

    assert EMPTY in problem


@pytest.mark.parametrize("words", [" ", "\u00a0", "\u2060"])
def test_link_has_words(check, minimal, words):
    text = json.dumps(f"See [{words}](https://x.y)")

    assert check(f"{minimal}notice: {text}\n") == [f"10: notice: {NO_WORDS}"]


@pytest.mark.parametrize("text", ["*", "?", ":", "* ?:", "…", "\u3164?"])
def test_label_names_its_question(check, minimal, text):
    label = json.dumps({"cs": text})

    assert check(f"{minimal}  - {{field: note, label: {label}}}\n") == [f"10: fields[2].label: {NO_LETTER}"]


@pytest.mark.parametrize("text", ["Floor?", "1 *", "Поверх:", "[階](https://x.y)"])
def test_label_in_any_script_will_do(check, minimal, text):
    assert check(f"{minimal}  - {{field: note, label: {json.dumps(text)}}}\n") == []


@pytest.mark.parametrize("text", ["★★★", "🏠", "—"])
def test_option_may_be_a_sign(check, minimal, text):
    option = json.dumps({"value": "a", "label": text}, ensure_ascii=False)

    assert check(f"{minimal}  - {{field: rooms, options: [{option}]}}\n") == []
