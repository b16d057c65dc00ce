"""Takes an address and the configured `allow_networks`, gives whether it lies in one of them.

Only literal addresses can be told apart without asking a name server; of names, `localhost` alone is known.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


@lru_cache(maxsize=64)
def _networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network, strict=False) for network in written)


def in_networks(host: str, networks: tuple[str, ...]) -> bool:
    """Tell whether a literal address, or `localhost`, lies in one of these networks (CIDR notation)."""
    if not networks:
        return False
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in _networks(networks))
