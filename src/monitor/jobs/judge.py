"""Takes a batch of articles, gives verdicts, stories and messages for the outbox, all in one transaction.

One worker judges at a time (the store's lock `judge`): which story an article joins depends on those that came before it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.extract import detect_all
from monitor.jobs.context import Context
from monitor.jobs.desk import Desk
from monitor.jobs.telling import Telling, rules_of
from monitor.notify import Newcomer
from monitor.types import Article, Decided, Judged, Reason, StoryArticle, Verdict

NOTHING = Decided(articles=0, flagged=0, alerts=0, held=0)
MOST = 20_000  #: articles judged under one lock: the stories are read once, and other workers get their turn
BATCH = 500  #: articles to a transaction: large enough for speed, and nobody waits a second for the writer


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """An article with its verdicts."""

    article: Article
    language: str
    judged: bool
    verdicts: tuple[Verdict, ...]

    @property
    def flagged(self) -> tuple[str, ...]:
        """Give the topics it is flagged for."""
        return tuple(verdict.topic for verdict in self.verdicts if verdict.flagged)


def judge(ctx: Context) -> Decided | None:
    """Judge what waits, batch by batch; None where nothing waits or another worker is judging.

    Without topics all of it is passed over: a topic that is added later judges what comes from then on.

    Raises:
        StoreBusy, StoreFull, ClaimLost, StoreError: nothing of the batch was stored; it is judged again.
    """
    if not ctx.store.to_judge(1) or not ctx.store.lock("judge", ctx.worker):
        return None
    try:
        if not ctx.settings.topics:
            return Decided(articles=ctx.store.pass_over(ctx.clock()), flagged=0, alerts=0, held=0)
        desk, total = Desk(ctx.idf(), ctx.settings.alerts.story_window, ctx.store.rulings()), NOTHING
        while total.articles < MOST and (articles := ctx.store.to_judge(BATCH)):
            total += _judge(ctx, desk, articles)
        return total if total.articles else None
    finally:
        ctx.store.unlock("judge", ctx.worker)


def _judge(ctx: Context, desk: Desk, articles: Sequence[Article]) -> Decided:
    now = ctx.clock()
    scored = score(ctx, articles)
    flagged = [one for one in scored if one.flagged]
    telling = Telling(ctx, rules_of(ctx.settings, dry_run=ctx.dry_run), now)
    placed, moved = _place(ctx, desk, flagged, telling) if flagged else ({}, {})
    judged = [placed.get(one.article.entry.id) or _plain(one) for one in scored]
    deliveries, refreshes = telling.written()
    desk.tell(telling.stories)
    ctx.store.save_judgements(ctx.worker, judged, deliveries, refreshes, moved=moved, now=now)
    return Decided(articles=len(scored), flagged=len(flagged), alerts=telling.alerts, held=telling.held)


def score(ctx: Context, articles: Sequence[Article]) -> list[Scored]:
    """Give the articles' languages and verdicts; a source that names topics is judged by these alone."""
    sources = [ctx.sources.get(article.entry.source_id) for article in articles]
    stated = [
        article.entry.language or (source.language if source else None)
        for article, source in zip(articles, sources, strict=True)
    ]
    languages = detect_all(
        [
            (f"{article.entry.title}\n{article.text}", language, article.entry.source_id)
            for article, language in zip(articles, stated, strict=True)
        ]
    )
    texts = ((article.entry.title, article.text) for article in articles)
    verdicts = ctx.judge.verdicts_many((*text, language) for text, language in zip(texts, languages, strict=True))
    return [
        Scored(
            article=article,
            language=language,
            judged=ctx.judge.judged(language),
            verdicts=_wanted(found, source.topics) if source and source.topics else found,
        )
        for article, source, language, found in zip(articles, sources, languages, verdicts, strict=True)
    ]


def _wanted(verdicts: tuple[Verdict, ...], topics: Collection[str]) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in verdicts if verdict.topic in topics)


def _plain(one: Scored) -> Judged:
    entry = one.article.entry
    return Judged(
        entry_id=entry.id,
        language=one.language,
        judged=one.judged,
        verdicts=one.verdicts,
        story_id=entry.story_id,
        digest=entry.digest,
    )


def _place(
    ctx: Context, desk: Desk, flagged: Sequence[Scored], telling: Telling
) -> tuple[dict[int, Judged], Mapping[int, int]]:
    """Put the flagged articles into their stories, decide who hears of each, and give with them the earlier ones that moved."""
    articles = [_story_article(one) for one in flagged]
    desk.reach(min(article.at for article in articles), ctx.store.open_stories, telling.told_of)
    came = desk.place(articles)
    telling.follow(came.changed, came.ended)
    told: dict[str, int] = defaultdict(int)
    placed = {}
    for one in flagged:
        entry = one.article.entry
        story = came.stories[entry.id]
        backlog_told = ctx.store.backlog_alerts(entry.source_id) + told[entry.source_id] if entry.backlog else 0
        newcomer = Newcomer(
            topics=one.flagged,
            published=entry.published,
            backlog=entry.backlog,
            backlog_told=backlog_told,
            source=entry.source_id,
            entry=entry.id,
            sure={
                verdict.topic: 1.0 if verdict.reason is Reason.ALWAYS else verdict.probability
                for verdict in one.verdicts
            },
        )
        gate = telling.hear(story, newcomer)
        if entry.backlog and not gate:
            told[entry.source_id] += 1
        placed[entry.id] = replace(_plain(one), story_id=story.id, gate=gate)
    return placed, came.moved


def _story_article(one: Scored) -> StoryArticle:
    entry = one.article.entry
    return StoryArticle(
        entry_id=entry.id,
        outlet=entry.outlet,
        title=entry.title,
        text=one.article.text,
        link=entry.link,
        published=entry.published,
        seen_at=entry.seen_at,
        topics=one.flagged,
        language=one.language,
    )
