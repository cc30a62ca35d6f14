"""Messages as data: English as they stand, and composed again in another language."""

import pytest

from realpad_form.domain.errors import Problem
from realpad_form.domain.message import Location, Message

CZECH = {
    "no field %(name)s; %(advice)s": "pole %(name)s neexistuje; %(advice)s",
    "did you mean `%(word)s`?": "nemysleli jste `%(word)s`?",
    "this is not YAML:": "toto není YAML:",
    "question %(key)s": "otázka %(key)s",
    "entry %(number)s": "%(number)s. položka",
    "asked for in %(where)s": "je v %(where)s",
    "100 %%": "100 procent, %%",
}


def test_a_message_is_its_english_sentence():
    message = Message("no field %(name)s; %(advice)s", name="emial", advice=Message("leave it out"))

    assert message == "no field emial; leave it out"
    assert "emial" in message


def test_a_message_is_translated_with_the_messages_in_it():
    advice = Message("did you mean `%(word)s`?", word="email")
    message = Message("no field %(name)s; %(advice)s", name="emial", advice=advice)

    assert message.translated(CZECH.get) == "pole emial neexistuje; nemysleli jste `email`?"


def test_words_of_others_follow_and_are_not_translated():
    message = Message("this is not YAML:", detail="found a tab, 5 % of it")

    assert message == "this is not YAML: found a tab, 5 % of it"
    assert (message.translated(CZECH.get), message.detail) == ("toto není YAML:", "found a tab, 5 % of it")


def test_values_are_never_taken_for_templates():
    message = Message("no field %(name)s; %(advice)s", name="%(advice)s %", advice="%s")

    assert message.translated(CZECH.get) == "pole %(advice)s % neexistuje; %s"
    assert Message("100 %%").translated(CZECH.get) == "100 procent, %"


@pytest.mark.parametrize(
    ("location", "written", "told"),
    [
        (Location(("theme", "dark", "text")), "theme.dark.text", "theme › dark › text"),
        (Location(("consents", 0, "id")), "consents[0].id", "consents › 1. položka › id"),
        (Location(("fields", 3), "rooms"), "fields[3]", "otázka rooms"),
        (Location(("fields", 3, "options", 1), "rooms"), "fields[3].options[1]",
         "otázka rooms › options › 2. položka"),
        (Location(("fields", 3, "label")), "fields[3].label", "fields › 4. položka › label"),
    ],
)  # fmt: skip
def test_places_are_counted_from_one_and_questions_called_by_their_keys_for_people(location, written, told):
    assert str(location) == written
    assert location.translated(lambda text: CZECH.get(text, text)) == told


def test_a_place_within_a_sentence_is_translated_with_it():
    message = Message("asked for in %(where)s", where=Location(("fields", 0), "name"))

    assert message == "asked for in fields[0]"
    assert message.translated(CZECH.get) == "je v otázka name"


def test_a_problem_is_printed_for_commands_and_told_to_people():
    where = Location(("fields", 3, "type"), "customer_a")
    problem = Problem("a.yaml", 7, Message("did you mean `%(word)s`?", word="date"), True, where)

    assert str(problem) == "a.yaml:7: warning: fields[3].type: did you mean `date`?"
    assert problem.translated(CZECH.get) == "otázka customer_a › type: nemysleli jste `date`?"


def test_a_problem_of_a_whole_file_has_no_place():
    problem = Problem("a.yaml", 1, Message("this is not YAML:", detail="a tab"))

    assert str(problem) == "a.yaml:1: this is not YAML: a tab"
    assert (problem.translated(CZECH.get), problem.detail) == ("toto není YAML:", "a tab")
