"""Takes hosts and networks, gives that only what certainly lies in an allowed network is taken for it."""

import pytest

from monitor.sources.networks import in_networks

ALLOWED = ("127.0.0.1/8", "fd00::/8")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.9.9.9", True), ("localhost", True), ("[fd00::1]", True), ("fd00::1", True),
        ("128.0.0.1", False), ("2130706433", False), ("localhost.example", False), ("", False), ("fe80::1%eth0", False),
    ],
)  # fmt: skip
def test_a_literal_address_in_a_network_is_recognised(host: str, expected: bool) -> None:
    """Names are not looked up, and odd notations are not guessed at."""
    assert in_networks(host, ALLOWED) is expected
    assert not in_networks(host, ())
