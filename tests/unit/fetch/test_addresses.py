"""Takes addresses in every notation, gives that nothing but the public internet is connected to."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import refusal, url_fault

NOT_PUBLIC = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2001:10::/28", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "4000::/3", "e000::/4",
    )
]  # fmt: skip

private = st.sampled_from(NOT_PUBLIC).flatmap(lambda network: st.ip_addresses(network=network))
private_6 = st.sampled_from(NOT_PUBLIC_6).flatmap(lambda network: st.ip_addresses(network=network))


def notations(address: IPv4Address) -> list[str]:
    """Give the IPv6 addresses that lead to an IPv4 one."""
    high, low = int(address) >> 16, int(address) & 0xFFFF
    return [
        str(address), f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}", f"2002:{high:x}:{low:x}::1",
    ]  # fmt: skip


@given(private)
def test_a_private_ipv4_address_is_refused_in_every_notation(address: IPv4Address) -> None:
    """Plain, mapped, compatible, NAT64 or 6to4: the inner address decides."""
    assert all(refusal(written) for written in notations(address))


@given(private_6)
def test_a_private_ipv6_address_is_refused(address: IPv6Address) -> None:
    """Loopback, unique local, link-local, site-local, multicast, documentation, reserved, Teredo."""
    assert refusal(str(address))


@given(st.ip_addresses())
def test_what_is_taken_is_globally_routable(address: IPv4Address | IPv6Address) -> None:
    """Any address is either public by the standard library's account too, or refused with a reason."""
    if refusal(str(address)) is None:
        assert address.is_global
        assert not address.is_multicast


@given(st.text(max_size=40))
def test_what_is_no_address_is_refused(text: str) -> None:
    """Text never slips through, and never raises."""
    try:
        ip_address(text)
    except ValueError:
        assert refusal(text)


@pytest.mark.parametrize("public", ["93.184.215.14", "2606:4700::1111", "64:ff9b::93.184.215.14", "::ffff:1.1.1.1"])
def test_a_public_address_is_taken(public: str) -> None:
    """The open internet, and the way of IPv6-only networks to it, are allowed."""
    assert refusal(public) is None


def test_an_allowed_network_is_taken_and_its_neighbour_is_not() -> None:
    """The allow-list opens what it names, also in mapped notation, and nothing else."""
    allowed = ("127.0.0.1/32", "fd00::/8")

    assert refusal("127.0.0.1", allowed) is None
    assert refusal("::ffff:127.0.0.1", allowed) is None
    assert refusal("fd00::5", allowed) is None
    assert "loopback" in (refusal("127.0.0.2", allowed) or "")
    assert "127.0.0.1 is loopback" in (refusal("64:ff9b::127.0.0.1") or "")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("file:///etc/passwd", "file"), ("ftp://news.example/", "ftp"), ("news.example/feed", "without a scheme"),
        ("javascript:alert(1)", "javascript"), ("http://", "no host"), ("http:///feed", "no host"),
        ("http://user@news.example/", "password"), ("https://u:p@news.example/", "password"),
        ("http://news.example:port/", "cannot be read"), ("http://[::1", "cannot be read"), ("", "scheme"),
        ("http://news.example/" + "x" * 9000, "longer"), ("http://news.example:0/", "no host"),
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_asked_is_named(url: str, word: str) -> None:
    """Other schemes, no host, passwords and the unreadable are refused with a reason."""
    assert word in (url_fault(url) or "")


@pytest.mark.parametrize("url", ["http://news.example", "HTTPS://News.example:8443/feed?x=1", "http://2130706433/"])
def test_an_ordinary_address_is_asked(url: str) -> None:
    """What a host means is judged when connecting."""
    assert url_fault(url) is None


@given(st.text(max_size=60))
def test_reading_an_address_never_raises(text: str) -> None:
    """Any text gets an answer."""
    url_fault(text)
    url_fault(f"http://{text}")
