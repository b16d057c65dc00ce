"""Takes the smallest forms of what damaged documents once broke, gives a test that each is read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.parse import identify, lookups, parse_feed
from monitor.parse.slow_feed import read_slowly

FINDS = sorted((Path(__file__).parents[2] / "golden" / "fuzz").iterdir())
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.name)
def test_what_once_broke_the_parser_is_read(path: Path) -> None:
    """One entry comes of each, with a title, with words that can be stored, and with a real address or none."""
    feed = parse_feed(path.read_bytes(), url="https://feeds.example/feed", slow=read_slowly, now=NOW)

    (item,) = identify(feed)
    assert lookups([item]).identities == {item.identity}
    entry = item.entry
    assert entry.title.startswith(("Quay", "Ferry"))
    assert entry.link is None or entry.link.startswith(
        ("https://outlet.example/", "http://outlet.example/", "https://feeds.example/")
    )
    assert "".join((entry.guid or "", entry.title, entry.link or "")).encode()


def test_the_slow_reader_gives_texts_even_where_feedparser_has_none() -> None:
    """A guid that is no address left `None` as the address of the feed."""
    assert read_slowly(b"<rss<item<guid<I</item</id>").link == ""
