from datetime import timedelta

import pytest

from realpad_form.domain.spam import WEIGHTS, Signs, is_spam, reasons_of, score

QUICK, SLOW = timedelta(seconds=2), timedelta(seconds=3)


def test_an_ordinary_enquiry_has_no_reasons():
    signs = Signs(names=("Jana", "Nováková"), note="Dobrý den, je byt volný?", filled_in=timedelta(minutes=2))

    assert reasons_of(signs) == ()
    assert not is_spam(())


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        (Signs(is_without_script=True), "no_script"),
        (Signs(is_captcha_failed=True), "captcha_failed"),
        (Signs(is_trapped=True), "honeypot"),
        (Signs(is_of_null_origin=True), "null_origin"),
        (Signs(is_in_burst=True), "burst"),
        (Signs(filled_in=QUICK), "too_fast"),
        (Signs(names=("Win at https://x.example", "Novák")), "link_in_name"),
        (Signs(names=("Jan", "casino.top")), "link_in_name"),
        (Signs(note="http://a.example and www.b.example"), "links_in_note"),
        (Signs(note="[url=http://a.example]here[/url]"), "markup_in_note"),
        (Signs(note='<a href="x">here</a>'), "markup_in_note"),
        (Signs(names=("Foo", "foo"), note="FOO "), "repeated_text"),
        (Signs(names=("aaaaaa", "Novák")), "repeated_text"),
    ],
)
def test_each_sign_has_its_reason(signs, reason):
    assert reasons_of(signs) == (reason,)


@pytest.mark.parametrize(
    "signs",
    [
        Signs(names=("Jan", "Novák"), note="Viděl jsem https://www.riverside.example/byt/A-101"),
        Signs(names=("O'Brien", "von der Leyen-Šmíd")),
        Signs(names=("Anna", "Nová"), note="Anna"),
        Signs(names=("Ing. arch. Jan", "Novák, Ph.D.")),
        Signs(filled_in=SLOW),
        Signs(filled_in=None),
    ],
)
def test_people_have_no_reasons(signs):
    assert reasons_of(signs) == ()


@pytest.mark.parametrize("reason", ["link_in_name", "no_script", "captcha_failed", "honeypot", "null_origin"])
def test_a_heavy_reason_quarantines_by_itself(reason):
    assert is_spam([reason])


@pytest.mark.parametrize("reason", ["too_fast", "burst", "repeated_text", "links_in_note", "markup_in_note"])
def test_a_light_reason_does_not(reason):
    assert not is_spam([reason])


def test_a_quick_person_with_a_password_manager_in_a_busy_office_passes():
    reasons = reasons_of(Signs(names=("Jana", "Nováková"), filled_in=QUICK, is_in_burst=True))

    assert reasons == ("too_fast", "burst")
    assert not is_spam(reasons)


def test_light_reasons_add_up():
    reasons = reasons_of(Signs(names=("Foo", "Foo"), filled_in=QUICK, is_in_burst=True))

    assert score(reasons) == 65
    assert is_spam(reasons)


def test_every_weight_counts():
    assert all(weight > 0 for weight in WEIGHTS.values())
