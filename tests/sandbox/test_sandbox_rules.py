"""What create-lead takes and refuses, row by row."""

import pytest

BAD_INTEGERS = ["5 000 000", "5000000.0", "-1", "", "x", "٣", "1" * 19]


def refused(response, text):
    assert (response.status_code, response.text) == (400, text)
    assert response.mimetype == "text/plain"


@pytest.mark.parametrize("name", ["name", "surname"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_both_names_are_mandatory(lead, name, value):
    refused(lead(**{name: value}), f"Parameter missing: {name}")


@pytest.mark.parametrize("blank", [None, "", " "])
def test_email_or_phone_is_mandatory(lead, blank):
    refused(lead(email=blank, phone=blank), "Parameter missing: email or phone")


@pytest.mark.parametrize("contact", [{"email": "a@b.cz"}, {"email": None, "phone": "+420777123456"}])
def test_one_contact_is_enough(lead, contact):
    assert lead(**contact).status_code == 200


@pytest.mark.parametrize("name", ["project", "salesman", "unitid", "referral", "preferencepricemax"])
@pytest.mark.parametrize("value", BAD_INTEGERS)
def test_integers_are_digits_only(lead, name, value):
    refused(lead(**{name: value}), f"Incorrect parameter format: {name}")


UNKNOWN = {
    "project": "1", "salesman": "1", "unitid": "1", "referral": "1", "consents": "1,3", "updateconsents": "9"
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_id_is_refused_unless_switched_off(lead, switch, name):
    wrong = {"project": "39264441", name: UNKNOWN[name]}

    refused(lead(**wrong), f"ID does not refer to a valid object: {name}")
    switch(unknown_ids="accept")
    assert lead(**wrong).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"project": "39264441", "internalid": "A-101"}, 200),
        ({"project": "39264441", "unitid": "3356898"}, 200),
        ({"project": "39264441", "internalid": "Z-999"}, 400),
        ({"project": "39264441", "internalid": ""}, 400),
        ({"project": "3356887", "internalid": "whatever"}, 200),
        ({"internalid": "A-101"}, 200),
    ],
)
def test_unit_belongs_to_the_project(lead, parameters, status):
    assert lead(**parameters).status_code == status


@pytest.mark.parametrize(
    "pair", [{"unitid": "3356898", "internalid": "A-101"}, {"consents": "", "updateconsents": ""}]
)
def test_some_parameters_exclude_each_other(lead, pair):
    one, other = sorted(pair, key=["consents", "unitid", "updateconsents", "internalid"].index)

    refused(lead(**pair), f"Unexpected parameters found: {one} and {other} exclude each other")


@pytest.mark.parametrize(
    ("text", "status"), [("x" * 5000, 200), ("x" * 5001, 400), ("😀" * 2500, 200), ("😀" * 2501, 400)]
)
@pytest.mark.parametrize("name", ["note", "campaign", "customer_google_campaign_id"])
def test_strings_are_limited(lead, name, text, status):
    assert lead(**{name: text}).status_code == status


@pytest.mark.parametrize("name", ["gdpr", "utm_source", "projectid", "customer_unheard_of"])
def test_unexpected_parameter_is_refused_unless_switched_off(lead, switch, name):
    refused(lead(**{name: "1"}), f"Unexpected parameters found: {name}")
    switch(unexpected="ignore")
    assert lead(**{name: "1"}).status_code == 200


def test_repeated_parameter_is_refused(lead):
    refused(lead(updateconsents=["1", "2"]), "Incorrect parameter format: updateconsents is repeated")


GOOD = {
    "customer_has_pets": ["true", "false"],
    "customer_google_campaign_id": ["summer-2024, 1"],
    "customer_age": ["42", "0"],
    "customer_share": ["12.5", "12", "-0.25"],
    "customer_voucher_date": ["2024-03-17"],
    "customer_ab_test_param": ["1"],
    "customer_preferred_dispositions": ["4", "4,7"],
}
BAD = {
    "customer_has_pets": ["True", "1", "on", ""],
    "customer_google_campaign_id": [""],
    "customer_age": ["1 000", "4.0", "-1", "+1", "x", ""],
    "customer_share": ["12,5", "1e3", ".5", ""],
    "customer_voucher_date": ["17. 3. 2024", "20240317", "2024-02-30", ""],
    "customer_ab_test_param": ["3", "first option", "1,2", ""],
    "customer_preferred_dispositions": ["4, 7", "4,9", "4,", ""],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in GOOD.items() for value in values]
)
def test_attribute_in_its_format_is_taken(lead, name, value):
    assert lead(**{name: value}).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_attribute_in_another_format_is_refused(lead, name, value):
    refused(lead(**{name: value}), f"Incorrect parameter format: {name}")


@pytest.mark.parametrize(
    ("language", "status"), [("cs", 200), ("uk", 200), ("cz", 400), ("ua", 400), ("CS", 400), ("", 400)]
)
def test_language_is_iso_639_1(lead, language, status):
    assert lead(language=language).status_code == status


@pytest.mark.parametrize("value", ["1;2", "1, 2", "1,", '["1"]'])
def test_consents_are_a_comma_list_of_ids(lead, value):
    refused(lead(updateconsents=value), "Incorrect parameter format: updateconsents")


@pytest.mark.parametrize(
    ("parameters", "warning"),
    [
        ({"preferencerooms": "1 kk"}, "preferencerooms: '1 kk' looks like a lost plus"),
        ({"preferencerooms": "1+kk|2 1"}, "preferencerooms: '2 1' looks like a lost plus"),
        ({"phone": " 420777123456"}, "phone: this is not E.164, e.g. +420777123456"),
        ({"phone": "777 123 456"}, "phone: this is not E.164, e.g. +420777123456"),
        ({"email": "jan"}, "email: this is no address"),
    ],
)
def test_what_realpad_would_store_as_it_is_is_taken_with_a_warning(lead, journal, parameters, warning):
    assert lead(**parameters).status_code == 200
    assert journal()[-1]["warnings"] == [warning]


def test_proper_lead_gets_no_warning(lead, journal):
    lead(phone="+420777123456", preferencerooms="1+kk|2+1")

    assert journal()[-1]["warnings"] == []


def test_other_encoding_than_utf_8_is_warned_about(client, journal):
    body = b"login=riverside&password=riverside&name=%8Eofie&surname=N&email=a%40b.cz"

    client.post("/ws/v10/create-lead", data=body, content_type="application/x-www-form-urlencoded")

    assert journal()[-1]["warnings"] == ["name: this is not UTF-8"]
