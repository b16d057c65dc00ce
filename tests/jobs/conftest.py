"""Takes a real store and the shipped model, gives a context whose web and channels are scripted in ten lines each."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import open_store
from monitor.classify import Judge
from monitor.config import load, shipped
from monitor.jobs.context import Context
from monitor.parse.raw import RawFeed
from monitor.stories import shipped_idf
from monitor.types import (
    DeliveryOutcome,
    Fetched,
    FetchOutcome,
    FetchRequest,
    Lookup,
    Message,
    MessageRef,
    PageText,
    Refused,
    Route,
    Sent,
    Settings,
    Source,
    Topic,
    TryLater,
    Worker,
)

from .newsroom import SOURCES, Newsroom

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


class Web:
    """Answers each address with what was put there; anything else is a 404."""

    def __init__(self) -> None:
        self.pages: dict[str, FetchOutcome] = {}
        self.asked: list[FetchRequest] = []

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        self.asked.append(request)
        return self.pages.get(request.url, TryLater(result="http-404", detail="the server answers 404"))

    def close(self) -> None:
        """Nothing to close."""

    def put(self, url: str, body: str, **headers: str) -> None:
        self.pages[url] = Fetched(url=url, headers=headers, body=body.encode())


class PlainReader:
    """Takes a page's body for its article."""

    def page(self, html: bytes, url: str, content_type: str = "") -> PageText:
        return PageText(title="", text=html.decode())

    def slow_feed(self, body: bytes) -> RawFeed:
        raise AssertionError("the feeds of these tests are sound")

    def listing(self, html: bytes, url: str, selector: str | None) -> RawFeed:
        raise AssertionError("the sources of these tests are feeds")

    def close(self) -> None:
        """Nothing to close."""


class Channel:
    """Takes messages as told by its script (then always `Sent`), and remembers what arrived."""

    def __init__(self) -> None:
        self.script: list[DeliveryOutcome] = []
        self.arrived: list[tuple[str, Message, MessageRef | None]] = []
        self.lookups: list[Lookup] = []
        self.looked: list[str] = []
        self._ts = count(1)

    def send(self, channel: str, kind: str, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        outcome = self.script.pop(0) if self.script else Sent(ref=MessageRef(channel="C1", ts=f"{next(self._ts)}.0"))
        if isinstance(outcome, Sent):
            self.arrived.append((kind, message, ref))
        return outcome

    def wait(self, channel: str) -> float:
        return 0.0

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:
        self.looked.append(key)
        return self.lookups.pop(0) if self.lookups else Refused(detail="no history here")


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands at a Monday noon."""
    return Clock()


@pytest.fixture
def web() -> Web:
    """Give an empty web."""
    return Web()


@pytest.fixture
def channel() -> Channel:
    """Give a channel that takes everything."""
    return Channel()


@pytest.fixture(scope="session")
def topics() -> tuple[Topic, ...]:
    """Give the starter topics, both told in one channel."""
    return tuple(replace(topic, routes=(Route(channel="#alerts"),)) for topic in load(shipped("config"), {}).topics)


@pytest.fixture(scope="session")
def judge(topics: tuple[Topic, ...]) -> Judge:
    """Give the shipped model over the starter topics."""
    return Judge(ModelFiles(shipped("models"), shipped=shipped("models")).load(), topics)


@pytest.fixture
def make_context(
    tmp_path: Path, clock: Clock, web: Web, channel: Channel, judge: Judge, topics: tuple[Topic, ...]
) -> Iterator[Callable[..., Context]]:
    """Give what builds a context over one store; keywords replace settings, `sources` declares some."""
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    numbers = iter(range(1, 1_000_000))

    def build(sources: tuple[Source, ...] = (), *, dry_run: bool = False, **settings: Any) -> Context:
        store.sync_sources(sources, clock.now)
        return Context(
            settings=Settings(sources=sources, topics=topics, **settings),
            store=store,
            fetcher=web,
            reader=PlainReader(),
            notifier=channel,
            open_judge=lambda: judge,
            idf=shipped_idf,
            worker=Worker(id="here/1", host="here", pid=1, started=0.0, seen_at=clock.now),
            clock=clock,
            dry_run=dry_run,
            chance=lambda: 0.5,
            key=lambda: f"key-{next(numbers)}",
            sources={source.id: source for source in sources},
        )

    yield build
    store.close()


def rss(*items: tuple[str, str, str, datetime | None]) -> str:
    """Write a feed of (guid, title, summary, published)."""
    rows = "".join(
        f"<item><guid>{guid}</guid><title>{title}</title><link>https://news.example/{guid}</link>"
        f"<description>{summary}</description>"
        + (f"<pubDate>{published:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if published else "")
        + "</item>"
        for guid, title, summary, published in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><language>en</language>{rows}</channel></rss>'


@pytest.fixture
def write_feed() -> Callable[..., str]:
    """Give what writes a feed."""
    return rss


@pytest.fixture
def newsroom(make_context: Callable[..., Context], web: Web, write_feed: Callable[..., str], clock: Clock) -> Newsroom:
    """Give four outlets and a desk that tells what they write."""
    return Newsroom(make_context(tuple(SOURCES.values())), web, write_feed, clock)
