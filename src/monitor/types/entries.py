"""Takes nothing, gives entries as parsed and as kept, and the articles made of them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.types.sources import SitemapLink, Wishes


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedEntry:
    """One item as a feed, sitemap or listing page states it: plain text, link absolute where a base is known."""

    guid: str | None
    title: str
    link: str | None
    published: datetime | None = None
    summary: str = ""
    content: str = ""  #: full text carried by the feed itself, "" where there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFeed:
    """A parsed document: its entries in document order, and what it asks of a poller."""

    title: str
    entries: tuple[ParsedEntry, ...]
    language: str | None = None
    wishes: Wishes = field(default_factory=Wishes)
    left_out: int = 0  #: entries beyond `max_entries`
    cut: str = ""  #: which limit ended the reading early, "" where none did
    sitemaps: tuple[SitemapLink, ...] = ()  #: of an index of sitemaps, which has no entries of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEntry:
    """An item about to be kept. Its identity within the source is the guid, else the canonical URL, else a digest."""

    source_id: str
    identity: str
    url: str | None  #: canonical
    link: str | None  #: as published, for people to follow
    title: str
    summary: str
    content: str
    published: datetime | None
    seen_at: datetime
    digest: str  #: of title, summary and content: tells an edit from a repetition
    language: str | None = None
    backlog: bool = (
        False  #: came with the source's first document, or is old and from a sitemap read for the first time
    )
    complete: bool = False  #: its page is not to be read: it is judged as it stands


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEntry:
    """What a poll needs to know of an entry already kept, to tell new from changed from same."""

    id: int
    identity: str
    url: str | None
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An item kept in the store."""

    id: int
    source_id: str
    outlet: str  #: the source's name for people
    url: str | None
    link: str | None
    title: str
    summary: str
    content: str
    published: datetime | None
    seen_at: datetime
    language: str | None = None  #: as stated by source or feed
    backlog: bool = False
    attempts: int = 0  #: tries to read its page so far
    story_id: int | None = None  #: the story it joined when it was judged before
    digest: str  #: of its words: other words have another


class TextOrigin(StrEnum):
    """Where the text that was judged came from."""

    PAGE = "page"
    FEED = "feed"
    TITLE = "title"


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """An entry with the text that is judged. `text` never repeats the title; it is "" where there is only a title."""

    entry: Entry
    text: str
    origin: TextOrigin
    note: str = ""  #: why the page was not used: below the gate, http-404, robots, login page …
    repeated: str = (
        ""  #: lines of the page that are its site's, not the article's; kept to know them again, not read back
    )
