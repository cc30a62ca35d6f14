"""Bodies of submissions: JSON and URL-encoded, kind to forms, strict with nonsense."""

import pytest
from flask import Request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.test import EnvironBuilder

from realpad_form.web import body


def request(data, kind="application/json", accept=None):
    headers = {"Accept": accept} if accept else {}
    return Request(EnvironBuilder(method="POST", data=data, content_type=kind, headers=headers).get_environ())


def test_json_reads_like_a_form():
    posted = body.read(request('{"name": "Jan", "rooms": ["1+kk", 2], "pets": true, "n": 1.50, "x": null}'))

    assert posted.values == {"name": ["Jan"], "rooms": ["1+kk", "2"], "pets": ["true"], "n": ["1.50"]}


def test_repeated_fields_of_a_form_are_a_list():
    posted = body.read(request("rooms=1%2Bkk&rooms=2%2Bkk", body.FORM))

    assert posted.values == {"rooms": ["1+kk", "2+kk"]}


@pytest.mark.parametrize("value", ['{"a": 1}', '["a", ["b"]]', "[null]"])
def test_what_no_form_could_send_is_malformed(value):
    posted = body.read(request(f'{{"name": {value}}}'))

    assert (posted.values, posted.malformed) == ({}, {"name"})


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", '"x"', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 30_000, '{"a":' * 20_000, b"\xff\xfe{}"],
)
def test_what_is_not_a_json_object_is_a_400(data):
    with pytest.raises(BadRequest):
        body.read(request(data))


def test_a_huge_number_is_only_text():
    digits = "9" * 5000

    assert body.read(request(f'{{"a": {digits}}}')).values == {"a": [digits]}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
def test_other_content_types_are_a_415(kind):
    with pytest.raises(UnsupportedMediaType):
        body.read(request("x", kind))


@pytest.mark.parametrize(
    ("kind", "accept", "is_json"),
    [
        ("application/json", None, True),
        (body.FORM, "application/json", True),
        (body.FORM, "text/html,application/xhtml+xml,*/*;q=0.8", False),
        (body.FORM, "*/*", False),
        (body.FORM, None, False),
    ],
)
def test_a_script_gets_json_and_a_browser_a_page(kind, accept, is_json):
    assert body.wants_json(request("x", kind, accept)) is is_json
