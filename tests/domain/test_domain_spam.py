from datetime import timedelta

import pytest

from realpad_form.domain.spam import WEIGHTS, SpamSignals, is_spam, reasons_of, score

QUICK, SLOW = timedelta(seconds=2), timedelta(seconds=3)


def test_an_ordinary_enquiry_has_no_reasons():
    signals = SpamSignals(
        names=("Jana", "Nováková"), note="Dobrý den, je byt volný?", filled_in=timedelta(minutes=2)
    )

    assert reasons_of(signals) == ()
    assert not is_spam(())


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        (SpamSignals(is_without_script=True), "no_script"),
        (SpamSignals(is_captcha_failed=True), "captcha_failed"),
        (SpamSignals(is_trapped=True), "honeypot"),
        (SpamSignals(is_of_null_origin=True), "null_origin"),
        (SpamSignals(is_in_burst=True), "burst"),
        (SpamSignals(filled_in=QUICK), "too_fast"),
        (SpamSignals(names=("Win at https://x.example", "Novák")), "link_in_name"),
        (SpamSignals(names=("Jan", "casino.top")), "link_in_name"),
        (SpamSignals(note="http://a.example and www.b.example"), "links_in_note"),
        (SpamSignals(note="[url=http://a.example]here[/url]"), "markup_in_note"),
        (SpamSignals(note='<a href="x">here</a>'), "markup_in_note"),
        (SpamSignals(names=("Foo", "foo"), note="FOO "), "repeated_text"),
        (SpamSignals(names=("aaaaaa", "Novák")), "repeated_text"),
    ],
)
def test_each_sign_has_its_reason(signals, reason):
    assert reasons_of(signals) == (reason,)


@pytest.mark.parametrize(
    "signals",
    [
        SpamSignals(names=("Jan", "Novák"), note="Viděl jsem https://www.riverside.example/byt/A-101"),
        SpamSignals(names=("O'Brien", "von der Leyen-Šmíd")),
        SpamSignals(names=("Anna", "Nová"), note="Anna"),
        SpamSignals(names=("Ing. arch. Jan", "Novák, Ph.D.")),
        SpamSignals(filled_in=SLOW),
        SpamSignals(filled_in=None),
    ],
)
def test_people_have_no_reasons(signals):
    assert reasons_of(signals) == ()


@pytest.mark.parametrize("reason", ["link_in_name", "no_script", "captcha_failed", "honeypot", "null_origin"])
def test_a_heavy_reason_quarantines_by_itself(reason):
    assert is_spam([reason])


@pytest.mark.parametrize("reason", ["too_fast", "burst", "repeated_text", "links_in_note", "markup_in_note"])
def test_a_light_reason_does_not(reason):
    assert not is_spam([reason])


def test_a_quick_person_with_a_password_manager_in_a_busy_office_passes():
    reasons = reasons_of(SpamSignals(names=("Jana", "Nováková"), filled_in=QUICK, is_in_burst=True))

    assert reasons == ("too_fast", "burst")
    assert not is_spam(reasons)


def test_light_reasons_add_up():
    reasons = reasons_of(SpamSignals(names=("Foo", "Foo"), filled_in=QUICK, is_in_burst=True))

    assert score(reasons) == 65
    assert is_spam(reasons)


def test_every_weight_counts():
    assert all(weight > 0 for weight in WEIGHTS.values())
