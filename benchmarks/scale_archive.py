"""Takes databases and numbers of articles, gives what search and stories cost among so many, and what an article takes on disk.

Not a command by itself: `scale.py articles` and `scale.py bytes`. The archive is that of `web_store.py`: two months of the real
stream, repeated, in 200 sources; what is flagged is drawn, two articles in five, far more than a newsroom's sources bring. New
articles, of the labelled news of other outlets, are then put into its stories one by one.
"""

import gzip
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from databases import KINDS, Databases, settle
from search import ask
from stories import articles, items
from web_store import STREAM, fill

from monitor.adapters.store import SqlStore, open_store
from monitor.config import load, shipped
from monitor.jobs.desk import Desk
from monitor.jobs.watch.presence import this_worker
from monitor.stories import shipped_idf
from monitor.types import Article, Judged, NewEntry, PollRecord, Reason, Source, TextOrigin, Verdict

SOURCES = [Source(id=f"feed-{n}", name=f"Feed {n}", url=f"https://{n}.example/feed") for n in range(200)]
WINDOW = timedelta(hours=72)
NEWCOMERS, NEW = 200, 10**9  #: how many, and numbers that no stored article has
PART = 2_000  #: articles in a transaction
WORDS = 400  #: of an article's page


def archives(making: Databases, numbers: Sequence[int]) -> None:
    """Fill, ask, and put new articles into stories, for each number and kind of database."""
    topics = load(shipped("config"), {}).topics
    for number in numbers:
        for kind in KINDS:
            url = making.fresh(kind)
            store = open_store(url)
            begun = time.perf_counter()
            fill(store, SOURCES, topics, "v1", (number, number // 5))
            seconds = time.perf_counter() - begun
            size = settle(url)
            print(
                f"{kind}, {number:,} articles: filled and indexed in {seconds:.0f} s, {size / number:,.0f} bytes each.\n"
            )
            ask(store)
            _place(store)
            store.close()
            making.drop(url)


def _place(store: SqlStore) -> None:
    """Put new articles into the open stories, one by one; print what it takes to load these, and what each article takes."""
    now = datetime.now(UTC)
    desk = Desk(shipped_idf(), WINDOW)
    begun = time.perf_counter()
    desk.reach(now, store.open_stories)
    loading = time.perf_counter() - begun
    spent = []
    for one in articles(items("stories/rss-2022-11-dev.jsonl"))[:NEWCOMERS]:
        newcomer = replace(one, entry_id=NEW + one.entry_id, published=now, seen_at=now)
        begun = time.perf_counter()
        desk.place([newcomer])
        spent.append(1e3 * (time.perf_counter() - begun))
    open_ = sum(len(story.articles) for story in store.open_stories(now - WINDOW))
    print(
        "\n| open articles | loading them s | putting one article into a story: median ms | worst ms |\n|---|---|---|---|"
    )
    print(f"| {open_:,} | {loading:.2f} | {statistics.median(spent):.1f} | {max(spent):.1f} |\n", flush=True)


def weights(making: Databases, number: int) -> None:
    """Print the bytes that an article takes, with and without its page's text, before and after it is indexed."""
    print("| database | what is kept of an article | bytes | with the index of words |\n|---|---|---|---|")
    for kind in KINDS:
        for words, what in (
            (0, "title, teaser, two verdicts"),
            (WORDS, f"the same and its page's text, {WORDS} words"),
        ):
            url = making.fresh(kind)
            store = open_store(url)
            empty = settle(url)
            _keep(store, number, words)
            plain = settle(url)
            while store.index(1_000):
                pass
            indexed = settle(url)
            cells = " | ".join(f"{(size - empty) / number:,.0f}" for size in (plain, indexed))
            print(f"| {kind} | {what} | {cells} |", flush=True)
            store.close()
            making.drop(url)


def _keep(store: SqlStore, number: int, words: int) -> None:
    """Store and judge so many articles, each with a page's text of so many words, made of other teasers."""
    now = datetime.now(UTC)
    worker = this_worker(now)
    store.join(worker)
    store.sync_sources(SOURCES[:1], now)
    store.lock("judge", worker)
    rows = [json.loads(line) for line in gzip.decompress(STREAM.read_bytes()).decode().splitlines()]
    running = " ".join(row["text"] or "" for row in rows).split()
    for start in range(0, number, PART):
        [state] = store.claim_sources(worker, now, 1, only=[SOURCES[0].id])
        record = PollRecord(source_id=state.source_id, at=now, result="ok", detail="", entries=0, new=0, seconds=0.2)
        store.save_poll(
            worker, state, record, list(_entries(rows, start, min(PART, number - start), now, read=not words))
        )
        if words:
            read = [
                Article(
                    entry=entry,
                    text=" ".join(running[at : at + words]),
                    origin=TextOrigin.PAGE,
                )
                for entry in store.claim_to_read(worker, now, PART)
                for at in [entry.id * words % (len(running) - words)]
            ]
            store.save_read(worker, read)
        store.save_judgements(worker, [_judged(one) for one in store.to_judge(PART)], now=now)
    store.bury([worker.id])


def _entries(rows: Sequence[Any], start: int, number: int, now: datetime, *, read: bool) -> Iterator[NewEntry]:
    for n in range(start, start + number):
        row = rows[n % len(rows)]
        yield NewEntry(
            source_id=SOURCES[0].id,
            identity=f"{row['url']}#{n}",
            url=f"{row['url'].partition('?')[0]}#{n}",
            link=f"{row['url']}#{n}",
            title=row["title"],
            summary=row["text"] or "",
            content="",
            published=now - timedelta(minutes=n),
            seen_at=now,
            digest=row["id"].rjust(32, "0"),
            complete=read,
        )


def _judged(one: Article) -> Judged:
    verdicts = [
        Verdict(
            topic=topic,
            probability=0.0123456,
            threshold=0.5,
            flagged=False,
            reason=Reason.SCORE,
            model="shipped-2026-11-29",
            contributions=(),
        )
        for topic in ("drug_policy", "bilateral_security")
    ]
    return Judged(entry_id=one.entry.id, digest=one.entry.digest, language="en", judged=True, verdicts=tuple(verdicts))
