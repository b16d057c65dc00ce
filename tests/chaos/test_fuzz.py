"""Takes sound documents, gives them damaged in 20,000 ways to the entry points of the product: each is read or refused, soon.

Feeds with the slow reader in its real child, sitemaps, listing pages and article pages in the child, robots.txt. Case N is made
from N alone (`case(N)`), so what is found can be made again; its smallest form goes to `tests/golden/fuzz`. FUZZ_FIRST and
FUZZ_CASES in the environment choose other cases.
"""

import faulthandler
import gzip
import os
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.fetcher.manners import Robots
from monitor.adapters.fetcher.trouble import Trouble
from monitor.adapters.reader import ChildReader
from monitor.errors import ChildFailed, ParseFailure
from monitor.parse import compare, identify, parse, parse_feed
from monitor.parse.raw import RawFeed
from monitor.parse.slow_feed import read_slowly
from monitor.types import Fetched, FetchSettings, ParsedFeed, Source, SourceKind

pytestmark = pytest.mark.chaos

URL = "https://outlet.example/news/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[1] / "golden"
CASES = int(os.environ.get("FUZZ_CASES", "20000"))
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))
SECONDS = 5.0  #: the requirement: of processor time here, of the clock in a child
PEAK_MB = 700  #: of this process, with the whole corpus in it
LONGEST = 100_000  #: bytes of most documents, so that 20,000 of them are read in a quarter of an hour
SHARES = {"feed": 9, "sitemap": 3, "listing": 2, "page": 3, "robots": 3}

SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://outlet.example/2026/quay-reopens-1</loc>
 <lastmod>2026-11-22</lastmod><news:news><news:publication><news:name>The Outlet</news:name><news:language>en</news:language>
 </news:publication><news:publication_date>2026-11-22T08:30:00Z</news:publication_date><news:title>Quay &amp; ferry</news:title>
 </news:news></url><url><loc>https://outlet.example/%7Ea/%C3%A9t%C3%A9?id=7&amp;utm_source=x#top</loc></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://outlet.example/1.xml</loc>
 <lastmod>2026-11-22T10:00:00+01:00</lastmod></sitemap><sitemap><loc>/2.xml.gz</loc></sitemap></sitemapindex>"""
PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Quay reopens - The Outlet</title><base href="/x/">
<meta property="og:title" content="Quay reopens"><meta property="article:published_time" content="2026-11-22T08:30:00Z">
<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-11-22T08:30:00Z"}</script></head><body>
<header><nav><a href="/world">World</a></nav></header><main><article><h2><a href="/a/quay">Quay reopens after two years</a></h2>
<time datetime="2026-11-22">today</time><p>The old quay opened again on Saturday after two years of work, and the first ferry left
before dawn with forty lorries.</p><table><tr><td>1<td>2</table><ul><li>One<li>Two</ul><img alt="A crane" src="q.jpg"></article>
<article><h2><a href="../a/ferry?utm_source=front">Ferry back in service for good</a></h2><p>Twice a day it crosses the sound,
weather permitting, said the harbour master on the pier.</p></article></main><footer><a href="/terms">Terms</a></footer></html>"""
ROBOTS = b"""# The Outlet
User-agent: *
Disallow: /private/*/draft$
Allow: /private/press
Crawl-delay: 2.5
Request-rate: 1/10s 0800-1700
Visit-time: 0600-0845

User-agent: topic-monitor
User-agent: other
Disallow: /caf%C3%A9?*q=
Sitemap: https://outlet.example/sitemap.xml
Host: outlet.example
"""
TOKENS = [
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"--!>", b"<?xml version='1.0' encoding='utf-7'?>", b"<?php ", b"?>", b"<!DOCTYPE x [",
    b'<!ENTITY a "&b;&b;">', b"]>", b"&", b"&amp;", b"&amp;amp;lt;", b"&colon;", b"&nbsp", b"&#x110000;", b"&#0;", b"&#xD800;",
    b"&#99999999999999999999;", b"&a;", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0", b"\0\0<\0", b"\x1b[31m",
    b"\x80\x93\xff", b"\xed\xa0\x80", "\u202e\u2028\ufffe".encode(), b"charset=utf-16", b"charset=idna", b"encoding='koi8-r'",
    b"<html>", b"<rss>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<item>", b"</item>", b"<entry>", b"<channel>", b"</rss>",
    b"<link>", b"<link href='//[::1'/>", b"<guid isPermaLink='true'>", b"<title type='xhtml'>",
    b"<content mode='base64'>@</content>",
    b"<x:y>", b"xmlns:x='", b" xml:base='http://[/'", b"<author>", b"<pubDate>Mon, 99 Foo 10000 25:61:61 +9999</pubDate>", b"<svg>",
    b"<script>", b"</script>", b"<p>", b"<table>", b"<a href=\"", b"'", b'"', b">", b"<", b"/>", b"http://\xc3\xa9.example:99999/",
    b"https://xn--.example/", b"2026-11-22T24:00:60+99:99", b"User-agent: *", b"Disallow: /" + b"*a" * 40 + b"$",
    b"Crawl-delay: nan",
    b"Crawl-delay: 1e999", b"Request-rate: 0/0", b"http://", b"&#" + b"9" * 5_000 + b";",
    b"{", b'{"items":[', b'"date_published": 1e400', b"[[[", b"\r", b"\n", b"\x85",
]  # fmt: skip
TYPES = [
    "",
    "text/xml",
    "text/html; charset=windows-1252",
    "application/rss+xml; charset=utf-8",
    "x; charset=utf-16",
    "\0;charset=\xff",
]


class Case(NamedTuple):
    """One damaged document."""

    kind: str
    body: bytes
    content_type: str


class Outcome(NamedTuple):
    """What became of a case; `busy` is processor time of the calling thread, `clock` what the caller waited."""

    number: int
    kind: str
    word: str
    busy: float
    clock: float


def corpus(shared: Path | None) -> dict[str, list[bytes]]:
    """Give the sound documents by kind: invented ones, and real ones where they are at hand."""
    golden = [*sorted(GOLDEN.glob("feeds/*")), *sorted(GOLDEN.glob("fuzz/*"))]
    feeds = [path.read_bytes() for path in golden if not path.name.endswith("expected.json")]
    pages = [PAGE]
    if shared:
        feeds += [path.read_bytes() for path in sorted((shared / "data/feeds").iterdir())]
        pages += [gzip.decompress(path.read_bytes()) for path in sorted((shared / "data/pages/html").iterdir())]
    sitemaps = [SITEMAP, INDEX, gzip.compress(SITEMAP, mtime=0)]
    return {"feed": feeds, "sitemap": sitemaps, "listing": pages, "page": pages, "robots": [ROBOTS]}


def case(number: int, documents: dict[str, list[bytes]]) -> Case:
    """Make the case of this number."""
    rng = random.Random(number)
    kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
    body = rng.choice(documents[kind])
    if rng.random() < 0.95:
        body = body[:LONGEST]
    for _ in range(rng.choice([1, 1, 2, 3, 5, 8, 20])):
        body = rng.choice(DAMAGES)(body, rng, documents)
    return Case(kind, body[: FetchSettings().max_feed_bytes], rng.choice(TYPES))


def flipped(body: bytes, rng: random.Random, _: object) -> bytes:
    """Change single bytes."""
    changed = bytearray(body)
    for _ in range(rng.randint(1, 10) if body else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def shortened(body: bytes, rng: random.Random, _: object) -> bytes:
    """Take a piece out, or the end away."""
    start, end = span(body, rng)
    return body[:start] + (body[end:] if rng.random() < 0.8 else b"")


def doubled(body: bytes, rng: random.Random, _: object) -> bytes:
    """Repeat a piece in its place, seldom many times."""
    start, end = span(body, rng)
    times = rng.choice([1, 1, 1, 2, 10, 1 + 50_000 // (end - start + 1)])
    return body[:end] + body[start:end] * times + body[end:]


def swapped(body: bytes, rng: random.Random, _: object) -> bytes:
    """Exchange two neighbouring pieces."""
    a, b, c = sorted(rng.randint(0, len(body)) for _ in range(3))
    return body[:a] + body[b:c] + body[a:b] + body[c:]


def inserted(body: bytes, rng: random.Random, _: object) -> bytes:
    """Put a token somewhere, seldom a flood of it."""
    start = rng.randint(0, len(body))
    token = rng.choice(TOKENS)
    times = min(rng.choice([1] * 12 + [3, 300, 30_000]), 1 + 500_000 // len(token))
    return body[:start] + token * times + body[start:]


def attributed(body: bytes, rng: random.Random, _: object) -> bytes:
    """Give an element a huge attribute, or a flood of them."""
    start = body.find(b">", rng.randint(0, len(body)))
    many = rng.choice([1, 10, 1_000, 10_000])
    flood = b' a="' + b"x" * 100_000 + b'"' if many == 1 else b"".join(b' a%d="1"' % n for n in range(many))
    return body[:start] + flood + body[start:] if start > 0 else body


def nested(body: bytes, rng: random.Random, _: object) -> bytes:
    """Wrap a piece in many elements, closed or not."""
    start, end = span(body, rng)
    name, depth = rng.choice([b"a", b"b", b"div", b"item", b"x:y", b"table"]), rng.choice([50, 300, 5_000])
    close = b"</" + name + b">" if rng.random() < 0.5 else b""
    return body[:start] + (b"<" + name + b">") * depth + body[start:end] + close * depth + body[end:]


def spliced(body: bytes, rng: random.Random, documents: dict[str, list[bytes]]) -> bytes:
    """Go on with the end of another document, of whatever kind."""
    other = rng.choice(documents[rng.choice(list(documents))])[:LONGEST]
    return body[: rng.randint(0, len(body))] + other[rng.randint(0, len(other)) :]


def recoded(body: bytes, rng: random.Random, _: object) -> bytes:
    """Write it in another encoding than it says."""
    return body.decode("utf-8", "replace").encode(
        rng.choice(["utf-16", "utf-16-be", "utf-32", "cp1252", "utf-8-sig"]), "replace"
    )


DAMAGES: list[Callable[[bytes, random.Random, dict[str, list[bytes]]], bytes]] = [
    *[flipped, shortened, doubled, swapped, inserted] * 4, attributed, nested, spliced, spliced, recoded,
]  # fmt: skip


def span(body: bytes, rng: random.Random) -> tuple[int, int]:
    """Give a piece, mostly a short one."""
    start = rng.randint(0, len(body))
    return start, min(len(body), start + rng.choice([1, 5, 20, 100, 1_000, 20_000]))


def read(document: Case, reader: ChildReader) -> str:
    """Read a document as the product does; give the word for what came of it. Anything but a refusal is raised."""
    page = Fetched(url=URL, headers={"content-type": document.content_type}, body=document.body)
    try:
        match document.kind:
            case "robots":
                Robots(lambda *_: page).crawl_delay(URL, "topic-monitor (+https://example.org/contact)", NOW)
            case "page":
                reader.page(document.body, URL, document.content_type)
            case kind:
                source = Source(id="outlet", name="Outlet", url=URL, kind=KINDS[kind])
                feed = parse(
                    source, page, limits=FetchSettings(), slow=reader.slow_feed, listing=reader.listing, now=NOW
                )
                compare(identify(sound(feed)), (), source=source, now=NOW, backlog=False)
    except ParseFailure as failure:
        return failure.result
    except (ChildFailed, Trouble) as failure:
        return type(failure).__name__
    return "read"


UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e]")
KINDS = {"feed": SourceKind.FEED, "sitemap": SourceKind.SITEMAP, "listing": SourceKind.PAGE}


def sound(feed: ParsedFeed) -> ParsedFeed:
    """Hold a reading to what the rest of the product relies on."""
    for entry in feed.entries:
        assert entry.link is None or entry.link.lower().startswith(("http://", "https://"))
        assert entry.published is None or (entry.published.tzinfo is UTC and 1995 <= entry.published.year <= 2026)
        texts = entry.title + entry.summary + entry.content
        assert not UNPRINTABLE.search(texts)
        assert len(texts) <= 206_000
    return feed


ELEMENT_NAMES = """
rss feed rdf:RDF channel item entry title link guid id description content:encoded summary pubDate updated a p dc:date x:y
"""
NAMES = st.sampled_from(ELEMENT_NAMES.split())
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["href", "rel", "type", "mode", "isPermaLink", "xml:base", "xml:lang", "xmlns", "xmlns:x"]),
    st.sampled_from(
        ["", "alternate", "true", "base64", "xhtml", "/1", "http://[", "http://www.w3.org/2005/Atom", "urn:x"]
    )
    | st.text(max_size=5),
    max_size=3,
)
LEAVES = st.text(max_size=20) | st.sampled_from([token.decode("utf-8", "replace") for token in TOKENS])


def element(name: str, attributes: dict[str, str], inner: list[str]) -> str:
    """Write an element without asking whether it may be written so."""
    stated = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{stated}>{''.join(inner)}</{name}>"


ELEMENTS = st.recursive(
    LEAVES, lambda inner: st.builds(element, NAMES, ATTRIBUTES, st.lists(inner, max_size=5)), max_leaves=30
)


@given(st.sampled_from(["rss", "feed", "rdf:RDF", "channel"]), ATTRIBUTES, st.lists(ELEMENTS, max_size=6))
@settings(max_examples=3_000)
def test_no_document_made_of_the_words_of_feeds_breaks_a_reader(
    name: str, attributes: dict[str, str], inner: list[str]
) -> None:
    """Both readers, one after the other, on elements in places that no standard foresees."""
    body = element(name, attributes, inner).encode("utf-8", "replace")
    with suppress(ParseFailure):
        identify(sound(parse_feed(body, url=URL, slow=read_here, now=NOW)))


def read_here(body: bytes) -> RawFeed:
    """Read slowly in this process; what feedparser raises is the child's failure, as with the real one."""
    try:
        return read_slowly(body)
    except Exception as odd:
        raise ChildFailed(str(odd)) from odd


@pytest.fixture
def reader() -> Iterator[ChildReader]:
    """Give a reader of two children with the required bound."""
    reader = ChildReader(workers=2, timeout=SECONDS)
    yield reader
    reader.close()


def say(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    """Show how far the run is, whoever captures the output."""
    with capsys.disabled():
        sys.stdout.write("".join(f"\n{line}" for line in lines))
        sys.stdout.flush()


def test_every_damaged_document_is_read_or_refused_soon(
    reader: ChildReader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A value or a failure the product knows, within the bound, in bounded memory; the finds lie in the test's folder."""
    beside = Path(__file__).parents[3] / "shared"
    documents = corpus(beside if beside.is_dir() else None)
    finds: list[str] = []

    def tried(number: int) -> Outcome:
        document = case(number, documents)
        busy, clock = time.thread_time(), time.monotonic()
        try:
            word = read(document, reader)
        except Exception as odd:  # noqa: BLE001 - what is looked for
            word = f"{type(odd).__name__}: {odd}"[:200]
            finds.append(f"{number} {document.kind} {word}")
            (tmp_path / f"{number}.{document.kind}").write_bytes(document.body)
        return Outcome(number, document.kind, word, time.thread_time() - busy, time.monotonic() - clock)

    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(2) as pool, (tmp_path / "hang").open("w") as hang:
        for outcome in pool.map(tried, range(FIRST, FIRST + CASES)):
            outcomes.append(outcome)
            # A pattern that hangs holds the GIL, so no other watchdog would run.
            faulthandler.dump_traceback_later(90, exit=True, file=hang)
            if len(outcomes) % 500 == 0:
                say(capsys, f"{len(outcomes):6,} of {CASES:,}: {len(finds)} finds")
        faulthandler.cancel_dump_traceback_later()

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    slowest = sorted(outcomes, key=lambda outcome: outcome.clock, reverse=True)[:10]
    counts = sorted(Counter(f"{outcome.kind} {outcome.word}" for outcome in outcomes).items())
    say(capsys, "; ".join(f"{what}: {number:,}" for what, number in counts), f"peak {peak:.0f} MB; the slowest:")
    say(
        capsys,
        *(
            f"  {case.number} {case.kind} {case.word} {case.clock:.2f} s, busy here {case.busy:.2f} s"
            for case in slowest
        ),
    )
    assert not finds, f"inputs in {tmp_path}"
    assert not [outcome for outcome in outcomes if outcome.busy > SECONDS]
    assert peak < PEAK_MB
