"""Takes nothing, gives what jobs ask of the world outside: feeds and pages, channels, a language model, the files of models."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from monitor.parse.raw import RawFeed
from monitor.sources.discover import Leads
from monitor.types import (
    DeliveryKind,
    DeliveryOutcome,
    FetchOutcome,
    FetchRequest,
    Lookup,
    Message,
    MessageRef,
    PageText,
    Summary,
)

if TYPE_CHECKING:
    from monitor.classify import Model


class Fetcher(Protocol):
    """The one door to the web. Called by jobs poll and read; safe to call twice."""

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Make one GET within the rules of politeness and safety; waits its turn per host. Never raises."""

    def close(self) -> None:
        """Let go of all connections. Idempotent."""


class Reader(Protocol):
    """Work on hostile documents in a process that can be killed. Called by jobs poll and read; safe to call twice."""

    def page(self, html: bytes, url: str, content_type: str = "") -> PageText:
        """Read the article off a page.

        Raises:
            ChildFailed: it took too long or too much memory, or crashed the child.
        """

    def slow_feed(self, body: bytes) -> RawFeed:
        """Read a feed, in UTF-8, that the fast parser could not.

        Raises:
            ChildFailed: as for `page`.
        """

    def listing(self, html: bytes, url: str, selector: str | None) -> RawFeed:
        """Read the links off a listing page, in UTF-8: those the CSS selector finds, else those that look like headlines.

        Raises:
            ChildFailed: as for `page`.
        """

    def leads(self, html: bytes) -> Leads:
        """Read what a page, in UTF-8, says of feeds.

        Raises:
            ChildFailed: as for `page`.
        """

    def close(self) -> None:
        """End all children. Idempotent."""


class Writer(Protocol):
    """Writes summaries in words of its own. Called while judging; never raises, and gives up in time."""

    def summarise(self, title: str, text: str, *, outlet: str, language: str) -> Summary | None:
        """Give a checked summary of an article; None where there is none to be had. Asked again it gives the same."""


class Notifier(Protocol):
    """The way into a channel. Called by job deliver alone, after the delivery was marked `SENDING`."""

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Post, edit (`ref`) or reply (to `ref`), once and without repeating by itself. Never raises. An edit is idempotent."""

    def wait(self, channel: str) -> float:
        """Give the seconds for which the channel is to be left alone, 0 where a message may go out at once."""

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:
        """Look for the message with this delivery key among those posted since (in `ref`'s thread, where given)."""


class Models(Protocol):
    """The versions of the classifier. Called by job learn and by commands; every method raises `ModelError`."""

    def current(self) -> str:
        """Give the version in use."""

    def versions(self) -> list[str]:
        """Give all versions, sorted."""

    def shipped(self) -> str:
        """Give the version that travels with the package."""

    def load(self, version: str | None = None) -> "Model":
        """Give a version's model, by default the current one, proved whole and unaltered."""

    def card(self, version: str | None = None) -> Mapping[str, Any]:
        """Give a version's card."""

    def next_version(self, day: date) -> str:
        """Give a name that no version has."""

    def save(self, model: "Model", card: Mapping[str, Any]) -> object:
        """Write a new version, whole or not at all."""

    def promote(self, version: str, how: str, at: datetime) -> str:
        """Make a version the current one, after proving that it loads; give the one before. Atomic."""

    def prune(self, keep: int) -> list[str]:
        """Delete our own oldest versions beyond so many; give their names."""
