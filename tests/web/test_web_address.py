"""Addresses of visitors, as evidence and as keys of limits."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from realpad_form.web.address import client_address, limit_key


def request(address):
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
    assert client_address(request(remote)) == address


def test_an_ipv6_network_shares_one_key():
    assert limit_key(request("2001:db8:0:1::1")) == limit_key(request("2001:db8:0:1:ffff::9"))
    assert limit_key(request("2001:db8:0:1::1")) != limit_key(request("2001:db8:0:2::1"))


def test_what_cannot_be_read_still_has_a_key():
    assert limit_key(request("")) == limit_key(request("nonsense")) != ""
