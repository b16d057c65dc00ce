"""Takes the name of a channel, gives which way it goes and where its address stands.

`webhook:NAME`, `slack-webhook:NAME` and `apprise:NAME` are ways of their own, whose address is a secret and so in the environment;
any other name is a channel of the usual way, Slack or the terminal.
"""

import re

KINDS = ("webhook", "slack-webhook", "apprise")


def variable(channel: str) -> str:
    """Give the environment variable that holds the address of a channel; "" where the channel needs none."""
    kind, _, name = channel.partition(":")
    return f"MONITOR_CHANNEL_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}" if kind in KINDS and name else ""
