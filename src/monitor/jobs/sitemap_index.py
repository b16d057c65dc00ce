"""Takes an index of sitemaps as it answered, gives what those of its sitemaps that are worth asking hold, as one document.

Each sitemap is asked as a source is: conditionally, once a day for the whole, within the fetcher's rules of safety. They may lie on
any host, as those of large publishers do: whoever declared the index trusts it, and a poll makes a few requests at most. What
the source declares as headers may be a password, and is sent to the source's own origin only. An index inside an index is
refused, as the protocol does; so no index leads in a circle.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from monitor.errors import ParseFailure
from monitor.fetch import conditional_headers, headers_for
from monitor.fetch.outcome import naming
from monitor.parse import Changes, canonical_url
from monitor.parse.document import parse_sitemap
from monitor.parse.sitemap import says_nothing_new
from monitor.ports import Fetcher, Reader
from monitor.sources.sitemaps import choose, named, remember
from monitor.types import (
    Fetched,
    FetchOutcome,
    FetchRequest,
    FetchSettings,
    KnownSitemap,
    NotModified,
    ParsedEntry,
    ParsedFeed,
    SitemapLink,
    Source,
    SourceState,
    TryLater,
)

HISTORY = timedelta(days=1)  #: an archive may be read long after it was written: what is older then is no news
_LONGEST_NAME = 60
_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A source about to be asked, by what, and under which limits."""

    source: Source
    state: SourceState
    fetcher: Fetcher
    reader: Reader
    limits: FetchSettings
    clock: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was read at a source's address; of an index, the outcome as a whole and the document put together."""

    outcome: FetchOutcome
    feed: ParsedFeed | None = None  #: None where nothing was read
    known: tuple[KnownSitemap, ...] = ()  #: what to remember of an index's sitemaps
    index: Fetched | NotModified | None = None  #: the index's own answer; None where there is none or all failed
    sitemaps: int = 0  #: that the index names
    history: frozenset[str | None] = frozenset()  #: links of old entries from sitemaps read for the first time
    note: str = ""  #: what went wrong, in a sentence; "" where nothing did
    retry_after: datetime | None = None  #: the latest time that a sitemap's server asked to wait for


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    link: SitemapLink
    outcome: FetchOutcome
    feed: ParsedFeed | None = None

    @property
    def failure(self) -> TryLater | None:
        """Give what went wrong."""
        return self.outcome if isinstance(self.outcome, TryLater) else None


def follow(visit: Visit, index: Fetched | NotModified, links: Sequence[SitemapLink]) -> Reading:
    """Read those sitemaps of an index that are worth asking; `links` are what it names, empty where it did not change."""
    state, clock = visit.state, visit.clock
    links = links or named(state.sitemaps)
    choice = choose(links, state.sitemaps, clock())
    answers = _ask(visit, choice.ask)
    failures = [failure for answer in answers if (failure := answer.failure)]
    note = _note(answers)
    if failures and len(failures) == len(answers):
        outcome = replace(failures[0], detail=note, retry_after=_latest(failures))
        return Reading(outcome=outcome, known=state.sitemaps, sitemaps=len(links))
    known = {sitemap.url: sitemap for sitemap in state.sitemaps}
    first = [answer for answer in answers if (kept := known.get(answer.link.url)) is None or kept.read_at is None]
    feed = _together([answer.feed for answer in answers if answer.feed], visit.limits.max_entries)
    old = clock() - HISTORY
    return Reading(
        outcome=_outcome(index, visit, feed),
        feed=feed,
        index=index,
        sitemaps=len(links),
        known=remember(
            state.sitemaps,
            links,
            [_known(answer, known.get(answer.link.url), clock()) for answer in answers],
            (*choice.waiting, *choice.ask),
        ),
        history=frozenset(
            entry.link
            for answer in first
            if answer.feed
            for entry in answer.feed.entries
            if entry.published is None or entry.published < old
        ),
        note=note,
        retry_after=_latest(failures),
    )


def of_index(changes: Changes, history: Collection[str | None]) -> Changes:
    """Give the changes that an index brought: what is history is backlog, and no address replaces a written title.

    A page may stand in a sitemap of news with its title and in a plain one without.
    """
    return replace(
        changes,
        new=tuple(replace(entry, backlog=entry.backlog or entry.link in history) for entry in changes.new),
        changed=tuple((id_, entry) for id_, entry in changes.changed if not says_nothing_new(entry.title, entry.link)),
    )


def _ask(visit: Visit, links: Sequence[SitemapLink]) -> list[_Answer]:
    """Ask sitemaps one after the other, until a server asks to be left alone."""
    known = {sitemap.url: sitemap for sitemap in visit.state.sitemaps}
    answers: list[_Answer] = []
    for link in links:
        now = visit.clock()
        request = _request(visit, known.get(link.url, KnownSitemap(url=link.url)), now)
        outcome = naming(visit.fetcher.fetch(request, now), "fetch.max_feed_bytes")
        answers.append(_read(link, outcome, visit.limits, visit.clock()))
        if isinstance(outcome, TryLater) and outcome.retry_after:
            break
    return answers


def _request(visit: Visit, sitemap: KnownSitemap, now: datetime) -> FetchRequest:
    source, state = visit.source, visit.state
    as_read = replace(state, etag=sitemap.etag, last_modified=sitemap.last_modified, last_full_at=sitemap.read_at)
    return FetchRequest(
        url=sitemap.url,
        headers=(*headers_for(source, sitemap.url), *conditional_headers(as_read, source, now)),
        max_bytes=visit.limits.max_feed_bytes,
    )


def _read(link: SitemapLink, outcome: FetchOutcome, limits: FetchSettings, now: datetime) -> _Answer:
    if isinstance(outcome, Fetched):
        try:
            feed = parse_sitemap(outcome, limits, now)
        except ParseFailure as failure:
            return _Answer(link=link, outcome=TryLater(result=failure.result, detail=str(failure)))
        if not feed.sitemaps:
            return _Answer(link=link, outcome=outcome, feed=feed)
        nested = "An index inside an index is not followed: make it a source of its own."
        return _Answer(link=link, outcome=TryLater(result="not-a-feed", detail=nested))
    if isinstance(outcome, (NotModified, TryLater)):
        return _Answer(link=link, outcome=outcome)
    return _Answer(link=link, outcome=TryLater(result="http-410", detail="The server answered 410 Gone."))


def _known(answer: _Answer, before: KnownSitemap | None, now: datetime) -> KnownSitemap:
    """Give what to remember of a sitemap that was asked; one that failed is as if it had never been read."""
    link = answer.link
    if isinstance(answer.outcome, NotModified) and before:
        return replace(before, modified=link.modified)
    if not isinstance(answer.outcome, Fetched):
        return KnownSitemap(url=link.url, modified=link.modified)
    headers = answer.outcome.headers
    return KnownSitemap(
        url=link.url,
        read_at=now,
        modified=link.modified,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )


def _outcome(index: Fetched | NotModified, visit: Visit, feed: ParsedFeed | None) -> FetchOutcome:
    """Give the outcome of the poll: what counts is whether a sitemap changed, not whether the index did."""
    if feed is None:
        return NotModified(headers=index.headers, permanent_url=index.permanent_url)
    return Fetched(url=visit.state.poll_url, headers=index.headers, body=b"", permanent_url=index.permanent_url)


def _together(feeds: Sequence[ParsedFeed], most: int) -> ParsedFeed | None:
    """Put documents together, newest entries first, each page once: as the first of them, which is of news, has it."""
    if not feeds:
        return None
    found: dict[str, ParsedEntry] = {}
    for entry in (entry for feed in feeds for entry in feed.entries):
        if entry.link:
            found.setdefault(canonical_url(entry.link) or entry.link, entry)
    entries = sorted(found.values(), key=lambda entry: entry.published or _UNDATED, reverse=True)
    return ParsedFeed(
        title=_agreed(feed.title for feed in feeds) or "",
        language=_agreed(feed.language for feed in feeds),
        entries=tuple(entries[:most]),
        left_out=sum(feed.left_out for feed in feeds) + max(0, len(entries) - most),
        cut=next((feed.cut for feed in feeds if feed.cut), ""),
    )


def _agreed(values: Iterable[str | None]) -> str | None:
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _note(answers: Sequence[_Answer]) -> str:
    failed = [(answer.link, answer.failure) for answer in answers if answer.failure]
    if not failed:
        return ""
    reasons = " ".join(f"{_name(link)}: {failure.detail}" for link, failure in failed)
    return f"Read {len(answers) - len(failed)} of {len(answers)} sitemaps. {reasons}"


def _name(link: SitemapLink) -> str:
    parts = urlsplit(link.url)
    return (parts.path.rstrip("/").rpartition("/")[2] or parts.netloc)[:_LONGEST_NAME]


def _latest(failures: Sequence[TryLater]) -> datetime | None:
    return max((failure.retry_after for failure in failures if failure.retry_after), default=None)
