"""Takes the news web's sitemaps and front pages through fetcher, child reader and `parse`, gives that every article is found."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.adapters.fetcher import HttpFetcher
from monitor.adapters.reader import ChildReader
from monitor.jobs.poll import read
from monitor.jobs.sitemap_index import Visit
from monitor.parse import canonical_url
from monitor.sources import fresh
from monitor.types import FetchSettings, ParsedFeed, Source, SourceKind

ENTRIES = 12
SETTINGS = FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(0))


@pytest.fixture(scope="module")
def newsweb(start_shared_tool: Callable[..., Any]) -> Any:
    """Give a news web of eight sites that publish by sitemap and front page."""
    options = f"--sites 8 --hosts 0 --kinds sitemap,html --entries {ENTRIES} --crawl-delay-ratio 0 --members-ratio 0"
    return start_shared_tool("newsweb.py", *options.split())


@pytest.fixture(scope="module")
def reader() -> Iterator[ChildReader]:
    """Give a reader with time enough for what is sound."""
    reader = ChildReader(timeout=20)
    yield reader
    reader.close()


def polled(port: int, reader: ChildReader, path: str, kind: SourceKind, selector: str | None = None) -> ParsedFeed:
    """Fetch and parse one address as a poll does."""
    now = datetime.now(UTC)
    source = Source(id="site", name="Site", url=f"http://127.0.0.1:{port}/{path}", kind=kind, selector=selector)
    fetcher = HttpFetcher(SETTINGS)
    visit = Visit(
        source=source,
        state=fresh(source, now),
        fetcher=fetcher,
        reader=reader,
        limits=SETTINGS,
        clock=lambda: datetime.now(UTC),
    )
    try:
        reading = read(visit)
    finally:
        fetcher.close()
    assert reading.feed, reading.outcome
    return reading.feed


@pytest.mark.parametrize("site", [f"s{number:04}" for number in range(8)])
def test_a_news_sitemap_holds_every_article(newsweb: Any, reader: ChildReader, site: str) -> None:
    """Titles, links and times are those published, newest first."""
    rows = newsweb.control(f"truth?site={site}")

    feed = polled(newsweb.port, reader, f"{site}/news-sitemap.xml", SourceKind.SITEMAP)

    times = [entry.published for entry in feed.entries if entry.published]
    found = {(entry.title, entry.link, entry.published) for entry in feed.entries}
    assert found == {(row["title"], row["link"], datetime.fromisoformat(row["published"])) for row in rows}
    assert len(feed.entries) == len(times) == ENTRIES
    assert times == sorted(times, reverse=True)
    assert feed.language == "en"


@pytest.mark.parametrize("site", [f"s{number:04}" for number in range(8)])
@pytest.mark.parametrize("selector", ["main h2 a", ".card", None])
def test_a_front_page_holds_every_article_and_no_menu(
    newsweb: Any, reader: ChildReader, site: str, selector: str | None
) -> None:
    """With a selector and without: the same links under the same titles, and nothing from around them."""
    rows = newsweb.control(f"truth?site={site}")

    feed = polled(newsweb.port, reader, f"{site}/", SourceKind.PAGE, selector)

    found = {(entry.title, canonical_url(entry.link or "")) for entry in feed.entries}
    assert found == {(row["title"], canonical_url(row["link"])) for row in rows}
    assert len(feed.entries) == ENTRIES


def test_an_index_of_sitemaps_is_followed_to_every_article(newsweb: Any, reader: ChildReader) -> None:
    """The index itself has none."""
    rows = newsweb.control("truth?site=s0000")

    feed = polled(newsweb.port, reader, "s0000/sitemap.xml", SourceKind.SITEMAP)

    assert {(entry.title, entry.link) for entry in feed.entries} == {(row["title"], row["link"]) for row in rows}
    assert feed.sitemaps == ()
