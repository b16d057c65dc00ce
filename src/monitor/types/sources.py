"""Takes nothing, gives a declared source and what is remembered of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class SourceKind(StrEnum):
    """What lies at a source's address."""

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"


class FullText(StrEnum):
    """Whether an entry's page is fetched: when its score could matter, always, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A news source as declared in `sources.yaml`."""

    id: str
    name: str
    url: str  #: with `query` and the like put in where the declared address has places for them
    kind: SourceKind = SourceKind.FEED
    query: str | None = None  #: what a search feed is asked for
    template: str | None = None  #: the address as it was declared, where it has places to fill
    interval: timedelta = timedelta(minutes=60)
    full_text: FullText = FullText.AUTO
    tags: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None
    selector: str | None = None  #: CSS selector of the links on a listing page
    headers: tuple[tuple[str, str], ...] = ()
    user_agent: str | None = None
    topics: tuple[str, ...] = ()  #: judge only these topics; empty: all of them
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What a feed asks of those who poll it."""

    ttl: timedelta | None = None  #: RSS `ttl` or `sy:updatePeriod`: time to leave between two polls
    skip_hours: frozenset[int] = frozenset()  #: RSS `skipHours`: hours of the day, in UTC, in which nothing new comes
    skip_days: frozenset[int] = frozenset()  #: RSS `skipDays`: days of the week, Monday 0, in UTC


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapLink:
    """A sitemap as an index of sitemaps names it."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownSitemap:
    """A sitemap of an index as it was when it was last asked; validators byte for byte."""

    url: str
    read_at: datetime | None = None  #: when it last came whole; None: it waits to be read, or could not be
    modified: datetime | None = None  #: as the index stated it then
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceState:
    """What the monitor remembers of a source between polls."""

    source_id: str
    url: str  #: declared address; a change of it starts the state afresh
    next_poll_at: datetime
    moved_to: str | None = None  #: where a permanent redirect led
    moved_seen: int = 0  #: polls in a row that saw it; believed from the second on
    stopped: bool = False  #: the server said 410 Gone
    etag: str | None = None  #: byte for byte as the server sent it
    last_modified: str | None = None
    document_url: str | None = None  #: where the document of these validators lay, after redirects
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None  #: last 200 that parsed, or 304
    last_full_at: datetime | None = None  #: last 200 that parsed
    retry_after: datetime | None = None  #: the server asked not to come back before
    failures: float = 0.0  #: weighted failures in a row: hard 1, soft 0.5, transient 0.25
    failed_polls: int = 0  #: the same, each counted as one
    pace: float | None = None  #: learnt interval in seconds, not yet bounded; None: nothing learnt
    result: str = ""  #: word of the last poll: ok, not-modified, http-404, timeout …
    detail: str = ""  #: the same in a sentence
    wishes: Wishes = field(default_factory=Wishes)  #: of the last document that was read
    sitemaps: tuple[KnownSitemap, ...] = ()  #: of an index: those asked, latest first, and those that wait to be

    @property
    def first_poll(self) -> bool:
        """Whether this source has never yet given a document that could be read."""
        return self.last_full_at is None

    @property
    def poll_url(self) -> str:
        """Give the address to ask: the declared one, or the permanent redirect once it was seen twice."""
        return self.moved_to if self.moved_to and self.moved_seen >= 2 else self.url
