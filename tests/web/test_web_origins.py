"""Which pages may post a form."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from realpad_form.domain.errors import OriginRefusedError
from realpad_form.web.origins import check_origin, is_allowed

ALLOWED = ("https://www.riverside.example", "https://*.riverside.example", "http://localhost:*")


def request(**headers):
    builder = EnvironBuilder(method="POST", base_url="https://forms.example/", headers=headers)
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.riverside.example",
        "https://a.b.riverside.example",
        "http://localhost:8001",
        "http://localhost",
    ],
)
def test_a_listed_origin_is_allowed(origin):
    assert is_allowed(origin, ALLOWED)


@pytest.mark.parametrize(
    "origin",
    [
        "https://riverside.example",
        "http://www.riverside.example",
        "https://www.riverside.example.evil.example",
        "https://wwwxriverside.example",
        "https://evil.example/.riverside.example",
        "https://www.riverside.example:8443",
        "http://localhost.evil.example",
        "https://evil.example#.riverside.example",
    ],
)
def test_a_look_alike_is_not(origin):
    assert not is_allowed(origin, ALLOWED)


def test_an_origin_with_its_usual_port_is_what_browsers_send_without():
    assert is_allowed("https://www.riverside.example", ["https://www.riverside.example:443"])
    assert is_allowed("http://localhost", ["http://localhost:80"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://forms.example"},
        {"Origin": "https://public.example"},
        {"Origin": "https://www.riverside.example"},
        {"Origin": "https://behind.a.proxy.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_page_and_listed_ones_may_post(services, headers):
    check_origin(request(**headers), services.catalog.get("riverside"), public_url="https://public.example")


def test_a_strangers_page_may_not(services):
    with pytest.raises(OriginRefusedError):
        check_origin(
            request(Origin="https://evil.example"), services.catalog.get("riverside"), public_url=None
        )
