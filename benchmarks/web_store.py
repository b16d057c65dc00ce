"""Takes the real stream and addresses of feeds, gives a store as it stands after two months: articles, stories, answers, messages.

Not a benchmark by itself: `web.py` fills its database with it. What an article says is real; what it was flagged for, and which
story it belongs to, is drawn, for the stream holds too few articles on the shipped topics.
"""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.adapters.store import SqlStore
from monitor.jobs.watch.presence import this_worker
from monitor.notify import Alert, render
from monitor.types import (
    Article,
    Contribution,
    DeliveryKind,
    DeliveryState,
    Judged,
    Label,
    Narrowed,
    NewDelivery,
    NewEntry,
    PollRecord,
    Reason,
    Source,
    SourceState,
    Story,
    Summary,
    Topic,
    Verdict,
    Via,
    Worker,
)

STREAM = Path(__file__).parents[2] / "shared/data/stream/rss-2022-11.jsonl.gz"
SPAN, POLLS = timedelta(days=60), 30  #: polls of each source in that time
JUDGED_AT_ONCE = 10  #: polls
STORY_LASTS = timedelta(hours=8)  #: on average, from its first article to any other
THRESHOLD = 0.5
LABELS, PEOPLE = 3_000, ("ana", "ben", "cara")
POSTS = 1_000
#: How many articles stories have, with how many stories of a hundred.
SIZES = (((1, 1), 75), ((2, 2), 18), ((3, 5), 5.5), ((10, 50), 1.5))


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is to be filled, with what."""

    store: SqlStore
    sources: Sequence[Source]
    topics: Sequence[Topic]
    model: str  #: version by which all verdicts are said to be
    now: datetime
    worker: Worker
    chance: random.Random


def fill(
    store: SqlStore, sources: Sequence[Source], topics: Sequence[Topic], model: str, sizes: tuple[int, int]
) -> None:
    """Fill an empty store with so many articles and stories, all of the last 60 days."""
    now = datetime.now(UTC)
    kept = Kept(
        store=store,
        sources=sources,
        topics=topics,
        model=model,
        now=now,
        worker=this_worker(now),
        chance=random.Random(7),
    )
    store.join(kept.worker)
    store.sync_sources(sources, now - SPAN)
    store.lock("judge", kept.worker)
    _articles(kept, *sizes)
    while store.index(1_000):
        pass
    _answers(kept, sizes[0])
    _posts(kept)
    # Their pages are nowhere: the service must not look whether they still stand.
    while store.claim_to_check(now - SPAN, now, now, 10_000):
        pass
    store.bury([kept.worker.id])


def _articles(kept: Kept, number: int, stories: int) -> None:
    """Store articles in the order of time, poll by poll, and judge them."""
    rows = [json.loads(line) for line in gzip.decompress(STREAM.read_bytes()).decode().splitlines()]
    numbers = _stories(kept.chance, stories)
    flagged = sorted(kept.chance.sample(range(number), min(number, len(numbers))))
    story_of = dict(zip(flagged, numbers, strict=False))
    first: dict[int, int] = {}  # entry that gave each story its id
    polls, each = POLLS * len(kept.sources), SPAN / number
    states: dict[str, SourceState] = {}
    for poll in range(polls):
        source = kept.sources[poll % len(kept.sources)]
        if not poll % len(kept.sources):
            ids = [one.id for one in kept.sources]
            states = {one.source_id: one for one in kept.store.claim_sources(kept.worker, kept.now, len(ids), only=ids)}
        inside = range(number * poll // polls, number * (poll + 1) // polls)
        at = kept.now - SPAN + each * inside.stop
        entries = [_entry(rows[n % len(rows)], n, source.id, at - each * (inside.stop - n), at) for n in inside]
        _save_poll(kept, states[source.id], at, entries)
        if not (poll + 1) % JUDGED_AT_ONCE or poll + 1 == polls:
            waiting = kept.store.to_judge(number)
            judged = [_judged(kept, one, story_of.get(_number(one)), first) for one in waiting]
            kept.store.save_judgements(kept.worker, judged, now=at)


def _stories(chance: random.Random, number: int) -> list[int]:
    """Give the number of the story of each flagged article, in the order of time."""
    spans, shares = zip(*SIZES, strict=True)
    found = []
    for story in range(number):
        begin = chance.random() * SPAN.total_seconds()
        size = chance.randint(*chance.choices(spans, shares)[0])
        later = (chance.expovariate(1 / STORY_LASTS.total_seconds()) for _ in range(size - 1))
        found += [(begin, story), *((begin + seconds, story) for seconds in later)]
    return [story for at, story in sorted(found) if at < SPAN.total_seconds()]


def _entry(row: dict[str, Any], number: int, source: str, published: datetime, seen: datetime) -> NewEntry:
    return NewEntry(
        source_id=source,
        identity=str(number),
        url=f"https://outlet.example/{number}",
        link=f"https://outlet.example/{number}",
        title=row["title"],
        summary=row["text"] or "",
        content="",
        published=published,
        seen_at=seen,
        digest=str(number),
        complete=True,
    )


def _number(article: Article) -> int:
    return int((article.entry.link or "").rpartition("/")[2])


def _save_poll(kept: Kept, state: SourceState, at: datetime, entries: Sequence[NewEntry]) -> None:
    record = PollRecord(
        source_id=state.source_id, at=at, result="ok", detail="", entries=40, new=len(entries), seconds=0.2
    )
    polled = replace(state, next_poll_at=kept.now, last_poll_at=at, last_ok_at=at, last_full_at=at, result="ok")
    kept.store.save_poll(kept.worker, polled, record, entries)


def _judged(kept: Kept, one: Article, story: int | None, first: dict[int, int]) -> Judged:
    entry = one.entry
    topics = {kept.chance.randrange(len(kept.topics))} if story is not None else set()
    return Judged(
        entry_id=entry.id,
        language="en",
        judged=True,
        verdicts=tuple(_verdict(kept, topic, entry.title, flagged=n in topics) for n, topic in enumerate(kept.topics)),
        story_id=first.setdefault(story, entry.id) if story is not None else None,
        digest=entry.digest,
    )


def _verdict(kept: Kept, topic: Topic, title: str, *, flagged: bool) -> Verdict:
    drawn = kept.chance.betavariate(3, 1.5) if flagged else kept.chance.betavariate(0.3, 6)
    words = title.split()[:12] if flagged else []
    return Verdict(
        topic=topic.id,
        probability=THRESHOLD + drawn * (1 - THRESHOLD) if flagged else drawn * THRESHOLD,
        threshold=THRESHOLD,
        flagged=flagged,
        reason=Reason.SCORE,
        model=kept.model,
        contributions=tuple(Contribution(feature=f"word: {word}", value=1 / n) for n, word in enumerate(words, 1)),
    )


def _answers(kept: Kept, number: int) -> None:
    """Have people answer about articles; one in seven is answered by two of them."""
    chance, labels = kept.chance, []
    while len(labels) < min(LABELS, number):
        entry, at = chance.randint(1, number), kept.now - SPAN * chance.random()
        for who in chance.sample(PEOPLE, 2 if chance.random() < 1 / 7 else 1):
            labels += [
                Label(
                    entry_id=entry,
                    topic=topic.id,
                    value=chance.choice((True, False, None)),
                    who=who,
                    at=at,
                    via=Via.WEB,
                )
                for topic in kept.topics
            ]
    kept.store.save_labels(labels)


def _posts(kept: Kept) -> None:
    """Have the latest stories posted to the channels of two topics."""
    latest = kept.store.story_lines(Narrowed(), POSTS)
    kept.store.tell([new for story in kept.store.stories([one.id for one in latest]) for new in _told(kept, story)])
    for channel in {topic.routes[0].channel for topic in kept.topics}:
        while delivery := kept.store.claim_delivery(kept.worker, channel, kept.now):
            kept.store.save_delivery(kept.worker, delivery, DeliveryState.SENT, now=kept.now)


def _told(kept: Kept, story: Story) -> Iterator[NewDelivery]:
    for topic in kept.topics:
        if topic.id in story.topics:
            key = f"{story.id}-{topic.id}"
            alert = Alert(story=story, topics=(topic,), summary=Summary(sentences=(story.articles[0].text[:300],)))
            yield NewDelivery(
                key=key,
                subject=f"story:{story.id}",
                channel=topic.routes[0].channel,
                kind=DeliveryKind.POST,
                message=render(alert, key=key, now=kept.now, zone=UTC),
                created_at=story.articles[-1].seen_at,
                not_before=kept.now,
            )
