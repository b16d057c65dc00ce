"""Takes an address about to be connected to, or a URL about to be asked, gives the reason to refuse it, or None.

Refused is everything that is not globally routable unicast, however it is written: what a name, a decimal or an octal host
means is known only once it is resolved, so the rule judges the resolved address. An IPv4 address inside an IPv6 one is judged
as well. An address in one of `allow_networks` is never refused.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from monitor.sources.networks import in_networks

LONGEST_URL = 8_000  #: characters; RFC 9110, section 4.1, asks for at least this much
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = IPv6Network("::/96")
# Not globally reachable by the IANA special-purpose registries, but not all Python versions in use know them as such.
SPECIAL = tuple(ip_network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20"))


def refusal(ip: str, allow_networks: tuple[str, ...] = ()) -> str | None:
    """Give the reason why this address must not be connected to, or None where it may."""
    try:
        address = ip_address(ip)
    except ValueError:
        return f"{ip[:60]!r} is no address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if in_networks(str(address), allow_networks):
        return None
    for judged in (address, *_embedded(address)):
        kind = _kind(judged)
        if kind:
            inside = "" if judged is address else f", which holds {judged}"
            return f"{address}{inside} is {kind}; such addresses are not asked unless `allow_networks` lists them"
    return None


def url_fault(url: str) -> str | None:
    """Give the reason why this URL is not asked, or None: only http and https, with a host, without a password."""
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0  # reading a port that is no number raises
    except ValueError:
        return "the address cannot be read"
    if parts.scheme not in ("http", "https"):
        return f"only http and https are followed, not {parts.scheme[:20] or 'an address without a scheme'}"
    if not usable:
        return "the address names no host"
    if "@" in parts.netloc:
        return "addresses with a user name or password are not asked"
    if len(url) > LONGEST_URL:
        return f"the address is longer than {LONGEST_URL} characters"
    return None


def _embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """Give the IPv4 addresses that an IPv6 one stands for: NAT64 (RFC 6052), 6to4, IPv4-compatible; Teredo is refused whole."""
    if isinstance(address, IPv4Address):
        return
    if address in NAT64 or address in IPV4_COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour:
        yield address.sixtofour


def _kind(address: IPv4Address | IPv6Address) -> str:
    """Name what keeps an address from being globally routable unicast; "" where nothing does."""
    if isinstance(address, IPv6Address) and address in NAT64:
        return ""  # the way of IPv6-only networks to the IPv4 web; the embedded address decides
    kinds = (
        (address.is_unspecified, "unspecified"),
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        (address.is_reserved, "reserved"),
        (address.is_private, "private"),
        (not address.is_global or any(address in network for network in SPECIAL), "not globally routable"),
        (isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST, "not globally routable"),
    )
    return next((kind for applies, kind in kinds if applies), "")
