"""What people write beside a phone number has no place in it, and goes to the note."""

import pytest

PHONE = {"field": "phone"}
NOTE = {"field": "note"}


@pytest.fixture
def note(make_project, fill):
    def read(*questions, **sent):
        form = fill(make_project(PHONE, *questions), sent)
        assert form.validate(), form.errors_by_field
        assert form.answers["phone"] == "+420777123456"
        return form.answers.get("note")

    return read


@pytest.mark.parametrize(
    "phone",
    [
        "777 123 456 klapka 12",
        "777 123 456#12",
        "777 123 456 (večer)",
        "po práci: 777 123 456",
        "777123456 (volat po 17h)",
    ],
)
def test_what_stands_beside_a_number_is_kept_in_the_note(note, phone):
    assert note(NOTE, phone=phone, note="Dobrý den") == f"Dobrý den\n\nphone: {phone}"
    assert note(NOTE, phone=phone) == f"phone: {phone}"


def test_it_is_kept_where_no_note_is_asked_for(note):
    assert note(phone="777 123 456 klapka 12") == "phone: 777 123 456 klapka 12"


def test_number_alone_adds_nothing_to_the_note(note):
    assert note(NOTE, phone="(+420) 777-123-456", note="Dobrý den") == "Dobrý den"
    assert note(NOTE, phone="777 123 456") is None
    assert note(NOTE, phone="tel.: 777.123.456") is None
