"""Which pages may post a form, and addresses of visitors, as evidence and as keys of limits."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from realpad_form.domain.errors import OriginRefusedError
from realpad_form.web.request import check_origin, client_address, is_allowed, limit_key

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


def from_address(address):
    return Request(EnvironBuilder(environ_overrides={"REMOTE_ADDR": address}).get_environ())


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:5012", "203.0.113.7"),
        ("[2001:db8::1]:5012", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("unix:", ""),
        ("evil\r\n", ""),
    ],
)
def test_an_address_is_kept_without_port_and_zone(remote, address):
    assert client_address(from_address(remote)) == address


def test_an_ipv6_network_shares_one_key():
    assert limit_key(from_address("2001:db8:0:1::1")) == limit_key(from_address("2001:db8:0:1:ffff::9"))
    assert limit_key(from_address("2001:db8:0:1::1")) != limit_key(from_address("2001:db8:0:2::1"))


def test_what_cannot_be_read_still_has_a_key():
    assert limit_key(from_address("")) == limit_key(from_address("nonsense")) != ""
