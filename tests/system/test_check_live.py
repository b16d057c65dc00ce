"""`monitor check --live` over HTTP: a row per source that says what lies at its address, and how much of it could be read."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

ENTRIES = 7
FEEDS = ("feed.xml", "atom.xml", "feed.rdf", "feed.json")
PLAIN_SITEMAP = """<?xml version="1.0"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>{base}/news/harbour-strike-ends</loc><lastmod>2026-03-01T08:00:00Z</lastmod></url>
<url><loc>{base}/news/ferry-timetable-restored</loc><lastmod>2026-03-02T09:30:00Z</lastmod></url>
<url><loc>{base}/about</loc></url>
</urlset>"""


@pytest.fixture
def place(news_web: Callable[..., Any], press: Any, desk: Callable[..., Any]) -> Any:
    """Give a desk with one source of every kind, and two that cannot work."""
    options = f"--sites 1 --hosts 0 --entries {ENTRIES} --crawl-delay-ratio 0 --members-ratio 0"
    place = desk([])
    place.web = news_web(*options.split())
    site = f"http://127.0.0.1:{place.web.port}/s0000/"
    press.documents["/sitemap.xml"] = PLAIN_SITEMAP.format(base=press.base_url)
    declared = [
        *({"id": path, "url": site + path} for path in FEEDS),
        {"id": "news-sitemap", "url": site + "news-sitemap.xml", "kind": "sitemap"},
        {"id": "front-page", "url": site, "kind": "page", "selector": ".card h2 a"},
        {"id": "plain-sitemap", "url": f"{press.base_url}/sitemap.xml", "kind": "sitemap"},
        {"id": "page-as-feed", "url": f"{site}?section=news"},
        {"id": "moved-away", "url": f"{press.base_url}/nothing-here"},
    ]
    (place.config / "sources.yaml").write_text(json.dumps({"sources": declared}), encoding="utf-8")
    return place


def test_every_kind_of_source_says_ok_with_its_entries_and_a_wrong_one_says_what_is_wrong(place: Any) -> None:
    """Feeds of four formats, both sitemaps and a front page are read in full; nothing is stored, and the exit code is 0."""
    done = place.run("check", "--live", "--json")

    rows = {row["source"]: row for row in map(json.loads, done.stdout.splitlines()[1:])}
    wanted = dict.fromkeys((*FEEDS, "news-sitemap", "front-page"), ENTRIES) | {"plain-sitemap": 3}
    assert done.returncode == 0, done.stderr
    assert {name: row["entries"] for name, row in rows.items() if row["result"] == "ok"} == wanted
    assert rows["page-as-feed"]["result"] == "not-a-feed"
    assert rows["moved-away"]["result"] == "http-404"
    assert not list(place.folder.rglob("*.db"))


def test_the_newest_date_of_every_dated_kind_is_told(place: Any) -> None:
    """Whoever reads the row sees whether the source is alive: the newest date, and that a front page has none."""
    newest = max(datetime.fromisoformat(row["published"]) for row in place.web.control("truth"))

    done = place.run("check", "--live")

    told = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": ok, " in line)
    for name in (*FEEDS, "news-sitemap"):
        assert told[name] == f"ok, {ENTRIES} entries. The newest is of {newest:%Y-%m-%d %H:%M} UTC."
    assert told["plain-sitemap"] == "ok, 3 entries. The newest is of 2026-03-02 09:30 UTC."
    assert told["front-page"] == f"ok, {ENTRIES} entries. None is dated."
