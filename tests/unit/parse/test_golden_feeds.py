"""Takes the golden pairs, gives a test for each: a feed as an outlet might send it, and what is to be read off it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.parse import parse_feed
from monitor.parse.slow_feed import read_slowly

GOLDEN = Path(__file__).parents[2] / "golden" / "feeds"
FEEDS = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected.json"))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_a_feed_gives_exactly_the_entries_written_beside_it(path: Path) -> None:
    """Every field of every entry is as in the expected file."""
    expected = json.loads((GOLDEN / f"{path.name}.expected.json").read_text("utf-8"))

    feed = parse_feed(path.read_bytes(), url="https://feeds.example/outlet/feed", slow=read_slowly, now=NOW)

    entries = [
        {
            "guid": entry.guid,
            "title": entry.title,
            "link": entry.link,
            "published": entry.published.isoformat() if entry.published else None,
            "summary": entry.summary,
            "content": entry.content,
        }
        for entry in feed.entries
    ]
    assert entries == expected["entries"]
    assert (feed.title, feed.language) == (expected["title"], expected["language"])
    assert (feed.wishes.ttl.total_seconds() / 60 if feed.wishes.ttl else None) == expected["ttl_minutes"]
