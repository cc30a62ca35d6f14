"""Bodies of submissions: JSON and URL-encoded, kind to forms, strict with nonsense."""

from io import BytesIO

import pytest
from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.test import EnvironBuilder

from realpad_form.web.request import FORM, JSON, read_body, wants_json


def request(data, kind="application/json", accept=None):
    headers = {"Accept": accept} if accept else {}
    return Request(EnvironBuilder(method="POST", data=data, content_type=kind, headers=headers).get_environ())


def test_json_reads_like_a_form():
    posted = read_body(request('{"name": "Jan", "rooms": ["1+kk", 2], "pets": true, "n": 1.50, "x": null}'))

    assert posted.values == {"name": ["Jan"], "rooms": ["1+kk", "2"], "pets": ["true"], "n": ["1.50"]}


def test_repeated_fields_of_a_form_are_a_list():
    posted = read_body(request("rooms=1%2Bkk&rooms=2%2Bkk", FORM))

    assert posted.values == {"rooms": ["1+kk", "2+kk"]}


@pytest.mark.parametrize("value", ['{"a": 1}', '["a", ["b"]]', "[null]"])
def test_what_no_form_could_send_is_malformed(value):
    posted = read_body(request(f'{{"name": {value}}}'))

    assert (posted.values, posted.malformed) == ({}, {"name"})


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", '"x"', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 30_000, '{"a":' * 20_000, b"\xff\xfe{}"],
)
def test_what_is_not_a_json_object_is_a_400(data):
    with pytest.raises(BadRequest):
        read_body(request(data))


@pytest.mark.parametrize("kind", [FORM, JSON])
def test_what_is_not_utf_8_is_a_400(kind):
    with pytest.raises(BadRequest):
        read_body(request("note=žluť".encode("cp1250"), kind))


def test_a_huge_number_is_only_text():
    digits = "9" * 5000

    assert read_body(request(f'{{"a": {digits}}}')).values == {"a": [digits]}


def raw(data, kind, **environ):
    """A body as a server hands it over, which has unpacked its chunks and noticed its end."""
    built = EnvironBuilder(method="POST", input_stream=BytesIO(data), content_type=kind).get_environ()
    del built["CONTENT_LENGTH"]
    request = Request({**built, "wsgi.input_terminated": True, **environ})
    request.max_content_length = 1000
    return request


@pytest.mark.parametrize(("kind", "data"), [(FORM, b"name=Jan&note=I "), (JSON, b'{"name": "Jan"} ')])
def test_a_body_that_was_cut_off_is_a_400(kind, data):
    with pytest.raises(BadRequest):
        read_body(raw(data, kind, CONTENT_LENGTH=str(len(data) + 5)))


def test_a_form_that_does_not_say_its_length_is_a_400():
    with pytest.raises(BadRequest):
        read_body(raw(b"name=Jan", FORM))


@pytest.mark.parametrize("spaces", [986, 2000])
def test_chunks_that_come_to_too_much_are_a_413(spaces):
    with pytest.raises(RequestEntityTooLarge):
        read_body(raw(b'{"name": "Jan"}' + b" " * spaces, JSON))


def test_chunks_up_to_the_limit_are_taken():
    assert read_body(raw(b'{"name": "Jan"}' + b" " * 985, JSON)).values == {"name": ["Jan"]}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
def test_other_content_types_are_a_415(kind):
    with pytest.raises(UnsupportedMediaType):
        read_body(request("x", kind))


@pytest.mark.parametrize(
    ("kind", "accept", "is_json"),
    [
        ("application/json", None, True),
        (FORM, "application/json", True),
        (FORM, "text/html,application/xhtml+xml,*/*;q=0.8", False),
        (FORM, "*/*", False),
        (FORM, None, False),
    ],
)
def test_a_script_gets_json_and_a_browser_a_page(kind, accept, is_json):
    assert wants_json(request("x", kind, accept)) is is_json
