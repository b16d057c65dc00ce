"""Takes messages, gives them to any of the services that Apprise knows: mail, Teams, Matrix, Telegram, ntfy and a hundred more.

Apprise says only whether it worked. What did not is tried again: such a channel may hear something twice, and loses nothing.
"""

import logging
from datetime import datetime

import apprise

from monitor.errors import ConfigError
from monitor.notify.plain import as_lines, calling_nobody
from monitor.types import Absent, DeliveryKind, DeliveryOutcome, Lookup, Message, MessageRef, Sent, Unreachable


class AppriseNotifier:
    """A `ports.Notifier` over an Apprise address, which is the channel's secret."""

    def __init__(self, url: str, named: str) -> None:
        """Take the address; `named` is the variable that it came from, for the error where Apprise does not know it.

        Raises:
            ConfigError: Apprise does not know such an address; it is not repeated.
        """
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # what it logs holds addresses, and with them secrets
        self._service = apprise.Apprise()
        if not self._service.add(url):
            raise ConfigError(f"{named} is no address that Apprise knows; see its list of services")

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Send a post or reply; an edit is let go, as most services cannot change what was sent."""
        if kind is DeliveryKind.EDIT:
            return Sent(ref=ref or MessageRef(channel=channel, ts=""))
        headline, *rest = map(calling_nobody, as_lines(message))  # words from the web: none of theirs may wake anybody
        try:
            taken = self._service.notify(title=headline, body="\n".join(rest) or headline)
        except Exception as fault:  # noqa: BLE001 - a hundred services, each with faults of its own
            return Unreachable(detail=f"the service failed: {type(fault).__name__}")
        return (
            Sent(ref=ref or MessageRef(channel=channel, ts=""))
            if taken
            else Unreachable(detail="the service did not take it")
        )

    def wait(self, channel: str) -> float:  # noqa: ARG002 - the port's
        """Let everything out at once: Apprise keeps each service's pace."""
        return 0.0

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:  # noqa: ARG002 - the port's
        """Say that it is to be sent again: better twice than not at all."""
        return Absent()
