import pytest

from realpad_form.domain.hints import RESTORED_FROM_BACKUP, Meaning, meaning_of

REFUSALS = [
    ("bad phone", "bad-phone"),
    ("Incorrect parameter format: phone", "bad-phone"),
    ("Invalid e-mail address", "bad-email"),
    ("Parameter missing: surname", "missing"),
    ("Parameter missing: email or phone", "missing-contact"),
    ("Parameter too long: note", "too-long"),
    ("Note exceeds 5000 characters", "too-long"),
    ("ID does not refer to a valid object: internalid", "unknown-unit"),
    ("ID does not refer to a valid object: unitid", "unknown-unit"),
    ("ID does not refer to a valid object: project", "unknown-project"),
    ("Project 4711 not found", "unknown-project"),
    ("ID does not refer to a valid object: updateconsents", "unknown-consent"),
    ("ID does not refer to a valid object: referral", "unknown-referral"),
    ("ID does not refer to a valid object: salesman", "unknown-salesman"),
    ("ID does not refer to a valid object.", "unknown-id"),
    ("Unexpected parameters found: customer_pets", "unexpected"),
    ("Unexpected parameters found: consents and updateconsents exclude each other", "contradiction"),
    ("Incorrect parameter format: customer_age", "bad-attribute"),
    ("Incorrect parameter format: language", "bad-language"),
    ("Incorrect parameter format: preferencepricemax", "bad-format"),
    ("Bad Request", "refused"),
    ("", "refused"),
    ("<!DOCTYPE html><html><title>400</title>", "html"),
]

OTHERS = [
    (200, "4711", "accepted", "accepted"),
    (None, "", None, "open"),
    (None, RESTORED_FROM_BACKUP, "unknown", "restored"),
    (200, "<!doctype html><html>", "unknown", "html"),
    (200, "", "unknown", "empty"),
    (200, "0", "unknown", "no-number"),
    (302, "", "account_refused", "redirected"),
    (401, "wrong login", "account_refused", "login"),
    (403, "accept the consent", "account_refused", "consent-in-web"),
    (404, "<html>", "account_refused", "address"),
    (405, "", "account_refused", "address"),
    (413, "", "refused", "too-long"),
    (415, "", "account_refused", "content-type"),
    (418, "", "account_refused", "outdated"),
    (429, "", "unavailable", "throttled"),
    (500, "bad phone", "unavailable", "broken"),
    (503, "", "unavailable", "broken"),
    (502, "", "unknown", "gateway"),
    (504, "", "unknown", "gateway"),
    (None, "connection refused", "unavailable", "never-left"),
    (None, "timed out", "unknown", "no-answer"),
]


@pytest.mark.parametrize(("text", "expected"), REFUSALS)
def test_a_refusal_is_read_for_what_it_complains_of(text, expected):
    assert meaning_of(400, text, outcome="refused") == expected


@pytest.mark.parametrize(("status", "text", "outcome", "expected"), OTHERS)
def test_every_other_answer_means_what_its_status_says(status, text, outcome, expected):
    assert meaning_of(status, text, outcome=outcome) == expected


def test_every_meaning_is_met():
    met = {expected for *_, expected in [*REFUSALS, *OTHERS]}

    assert met == {meaning.value for meaning in Meaning}
