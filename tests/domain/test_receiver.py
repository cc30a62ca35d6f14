"""Which addresses webhooks may be sent to."""

import pytest

from realpad_form.domain.receiver import AllowedHosts, ReceiverRefusal, is_public, receiver_of

NOBODY = AllowedHosts()

OURS = [
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "0.1.2.3", "10.1.1.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"),
    *("fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"),
    # An IPv4 address inside: mapped, compatible, NAT64, 6to4, Teredo.
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:808:808::1", "2001::1"),
    *("2a00:1450:4001::1%eth0", "", "localhost", "2130706433", "0x7f000001", "127.1"),
]  # fmt: skip

PUBLIC = [
    *("8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.1"),
    *("2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"),
]  # fmt: skip


@pytest.mark.parametrize("address", OURS)
def test_address_of_our_own_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("https://user:password@hooks.example/", "https://user@hooks.example/", "ftp://hooks.example/"),
        *("https://hooks.example/#x", "https://hooks.example:0/", "https://hooks.example:99999/"),
        *("https://", "https:///x", "hooks.example/x", "//hooks.example/", "javascript:alert(1)"),
        *("https://hooks .example/", "https://hooks.example/\n", "https://hooks.example\\@evil.example/"),
        *("https://a..b/", "https://[::1/", "https://[nonsense]/", "https://ho%6fks.example/", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_called_or_holds_a_login_is_no_receiver(url):
    assert receiver_of(url) is None
    assert NOBODY.refusal(url) is ReceiverRefusal.WRONG


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://127.0.0.1./", "https://2130706433/", "https://0x7f.1/", "https://127.1/"),
        *("https://0177.0.0.1/", "https://0/", "https://0x7f000001/", "https://[::1]/", "https://[::]/"),
        *("https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[fe80::1]/"),
        *("https://localhost/", "https://LOCALHOST./", "https://x.localhost/", "https://169.254.169.254/"),
        "https://①②⑦.⓪.⓪.①/",
    ],
)  # fmt: skip
def test_address_of_our_own_network_is_refused_in_every_spelling(url):
    assert NOBODY.refusal(url) is ReceiverRefusal.PRIVATE


def test_plain_http_is_refused():
    assert NOBODY.refusal("http://hooks.example/") is ReceiverRefusal.NOT_HTTPS


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/",
        "https://HOOKS.example.:8443/a?b=c",
        "https://háček.example/",
        "https://8.8.8.8/",
    ],
)
def test_public_https_address_is_taken(url):
    assert NOBODY.refusal(url) is None


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("n8n.internal", "http://n8n.internal/x"),
        ("n8n.internal", "https://N8N.internal.:99/x"),
        ("127.0.0.1:5678", "http://127.0.0.1:5678/webhook"),
        ("n8n.internal:443", "https://n8n.internal/"),
        ("n8n.internal:80", "http://n8n.internal/"),
        ("[::1]:8080", "http://[::1]:8080/"),
        ("háček.internal", "http://xn--hek-ela4t.internal/"),
    ],
)
def test_allowed_host_may_be_plain_http_or_private(entry, url):
    allowed = AllowedHosts.parse([entry])

    assert allowed.holds(url)
    assert allowed.refusal(url) is None


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:5678", "http://127.0.0.1/"),
        ("127.0.0.1:5678", "http://127.0.0.1:56780/"),
        ("127.0.0.1:5678", "http://127.0.0.2:5678/"),
        ("n8n.internal", "http://evil.n8n.internal/"),
        ("n8n.internal", "http://n8n.internal.evil.example/"),
        ("n8n.internal:443", "http://n8n.internal/"),
        ("n8n.internal", "http://user@n8n.internal/"),
    ],
)
def test_nothing_but_the_allowed_host_and_port_is(entry, url):
    assert AllowedHosts.parse([entry]).refusal(url) is not None


@pytest.mark.parametrize(
    "entry", ["http://n8n.internal", "n8n.internal/x", "a b", "user@host", "host:0", "*", ""]
)
def test_entry_that_is_no_host_is_told(entry):
    with pytest.raises(ValueError, match="number 2 is no host"):
        AllowedHosts.parse(["fine.internal", entry])
