import pytest

from realpad_form.forms.messages import AnswerError
from realpad_form.forms.readers import example_phone, read_phone, says_more

CZECH = ("CZ", "SK")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("777 123 456", "+420777123456"),
        ("777123456", "+420777123456"),
        ("608 12 34 56", "+420608123456"),
        ("+420 777 123 456", "+420777123456"),
        ("00420777123456", "+420777123456"),
        ("(+420) 777-123-456", "+420777123456"),
        ("420777123456", "+420777123456"),
        ("0905 123 456", "+421905123456"),
        ("+421 905 123 456", "+421905123456"),
        ("+421 (0)905 123 456", "+421905123456"),
        ("02/5920 1234", "+421259201234"),
        ("221 111 122", "+420221111122"),
        ("+49 1512 3456789", "+4915123456789"),
        ("+44 20 7946 0958", "+442079460958"),
        ("Tel.: 777 123 456", "+420777123456"),
        ("777 123 456 ext. 12", "+420777123456"),
        ("777 123 456, linka 12", "+420777123456"),
        ("777 123 456#12", "+420777123456"),
        ("+420 777 123 456 klapka 12", "+420777123456"),
        ("777 123 456 (večer)", "+420777123456"),
        ("777 123 456 linka 12, jen dopoledne", "+420777123456"),
        ("777123456 (volat po 17h)", "+420777123456"),
        ("777 123 456 po 17. hodině", "+420777123456"),
        ("777 123 456 (9-17 hod)", "+420777123456"),
        ("(+48) 601 123 456 (po 17:30)", "+48601123456"),
        ("tel.: 777.123.456", "+420777123456"),
        ("٧٧٧ ١٢٣ ٤٥٦", "+420777123456"),
        ("＋４２０７７７１２３４５６", "+420777123456"),
        ("800 123 456", "+420800123456"),
    ],
)
def test_phone_is_read_as_people_write_it(text, number):
    assert read_phone(text, regions=CZECH) == number


def test_mobile_elsewhere_wins_over_premium_rate_here():
    assert read_phone("905123456", regions=CZECH) == "+421905123456"


def test_premium_rate_is_taken_if_nothing_else_fits():
    assert read_phone("905123456", regions=["CZ"]) == "+420905123456"


def test_first_region_wins_between_equals():
    assert read_phone("601 123 456", regions=["CZ", "PL"]) == "+420601123456"
    assert read_phone("601 123 456", regions=["PL", "CZ"]) == "+48601123456"


def test_00_is_the_way_abroad_in_every_region():
    assert read_phone("00420777123456", regions=["US"]) == "+420777123456"


@pytest.mark.parametrize(
    "text",
    [
        "777 123 45",
        "0777 123 456",
        "112",
        "+420 000 000 000",
        "+999 777 123 456",
        "1-800-FLOWERS",
        "777 ABC DEF",
        "777 123 456/457",
        "+48 mobil 601 123 456",
        "777 123 456,, 605111",
        "zavolejte mi",
        "+",
        "1" * 61,
        "7" * 100_000,
    ],
)
def test_what_is_no_phone_is_refused_with_an_example(text):
    with pytest.raises(AnswerError, match="doesn’t look right") as refused:
        read_phone(text, regions=CZECH)

    assert refused.value.values == {"example": example_phone("CZ")}


@pytest.mark.parametrize(
    "text",
    [
        "777 123 456 / 608 123 456",
        "777123456/608123456",
        "777 123 456; 605111222",
        "777 123 456, 605111222",
        "777 123 456 nebo 605 111 222 po 17h",
    ],
)
def test_of_two_numbers_just_one_is_asked_for(text):
    with pytest.raises(AnswerError, match="one phone number only"):
        read_phone(text, regions=CZECH)


@pytest.mark.parametrize(
    ("text", "is_more"),
    [
        ("(+420) 777-123-456", False),
        ("777 123 456#12", True),
        ("777 123 456 доб. 12", True),
        ("večer 777", True),
        ("tel.: 777.123.456", False),
        ("Mobil 777 123 456", False),
        ("T: 777 123 456", False),
        ("Tomáš 777 123 456", True),
        ("tel.: 777 123 456 večer", True),
    ],
)
def test_words_and_extensions_are_more_than_a_number(text, is_more):
    assert says_more(text) is is_more


@pytest.mark.parametrize("region", ["CZ", "SK", "DE", "PL", "UA", "AT"])
def test_example_of_a_region_is_accepted_there(region):
    assert read_phone(example_phone(region), regions=[region]).startswith("+")
