"""Takes messages, gives each to the way that its channel's name says: `webhook:`, `slack-webhook:`, `apprise:`, else the usual one.

The address of such a channel is in the environment, in `MONITOR_CHANNEL_NAME`: it is a secret. What is missing there is told with
the first message, which waits until it is mended.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock

from monitor.errors import ConfigError
from monitor.notify.channels import variable
from monitor.ports import Notifier
from monitor.types import DeliveryKind, DeliveryOutcome, Lookup, Message, MessageRef, Refused


class RoutedNotifier:
    """A `ports.Notifier` in front of several."""

    def __init__(self, usual: Notifier, environ: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        self._usual, self._environ, self._clock = usual, environ, clock
        self._lock = Lock()
        self._others: dict[str, Notifier] = {}

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Send it the channel's way."""
        way = self._way(channel)
        return way if isinstance(way, Refused) else way.send(channel, kind, message, ref)

    def wait(self, channel: str) -> float:
        """Give the wait of the channel's way."""
        way = self._way(channel)
        return 0.0 if isinstance(way, Refused) else way.wait(channel)

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:
        """Look the channel's way."""
        way = self._way(channel)
        return way if isinstance(way, Refused) else way.find(channel, key, since, ref)

    def _way(self, channel: str) -> Notifier | Refused:
        named = variable(channel)
        if not named:
            return self._usual
        with self._lock:
            if channel not in self._others:
                url = self._environ.get(named, "").strip()
                if not url:
                    return Refused(detail=f"{named} is not set: put the channel's address there")
                try:
                    self._others[channel] = self._open(channel, url, named)
                except ConfigError as error:
                    return Refused(detail=str(error))
            return self._others[channel]

    def _open(self, channel: str, url: str, named: str) -> Notifier:
        kind = channel.partition(":")[0]
        if kind == "apprise":
            try:
                from monitor.adapters.notifier.others import AppriseNotifier  # noqa: PLC0415 - an extra
            except ImportError as missing:
                raise ConfigError(f'{channel} needs {missing.name}: pip install "topic-monitor[apprise]"') from missing
            return AppriseNotifier(url, named)
        from monitor.adapters.notifier.hooks import SlackWebhookNotifier, WebhookNotifier  # noqa: PLC0415 - few have any

        if not url.startswith(("https://", "http://")):
            raise ConfigError(f"{named} must begin with https:// (or http:// for a trial)")
        if kind == "webhook":
            return WebhookNotifier(url, self._environ.get(f"{named}_SECRET", ""), self._clock)
        return SlackWebhookNotifier(url)
