"""Takes stories as articles join them, gives the messages to write to the outbox once the batch is through.

Messages are written at the end, so that a story which ten articles of one batch joined is rendered once, with all ten.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from monitor.classify import words_of
from monitor.feedback.answers import differ, said
from monitor.jobs.overflow import overflow
from monitor.notify import (
    Alert,
    Held,
    Newcomer,
    Rules,
    Tell,
    decide,
    render,
    render_folded,
    render_news,
)
from monitor.notify.policy import GATHERED, awake, source_subject, story_of, story_subject, topics_of, zone_of
from monitor.notify.render import muted_by
from monitor.ports import Store, Writer
from monitor.stories import copies, facts_of, news
from monitor.summarise import best_text, headline, summary
from monitor.types import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    NewDelivery,
    Refresh,
    Settings,
    Story,
    StoryArticle,
    Summary,
    Verdict,
)

if TYPE_CHECKING:
    from monitor.classify import Judge

MOST_REPLIES = 3  #: in the thread of one message, ever: what comes after that is seen in the message itself
HOUR = timedelta(hours=1)
MOST_JUDGED = 20  #: articles of a story looked through for the strongest verdict and the words that carried it
MOST_ASKED = 10_000  #: subjects asked for at once: databases bound the parameters of a statement
FOLDED = "told with another story"


def rules_of(settings: Settings, *, dry_run: bool = False) -> Rules:
    """Give the operator's part of what is told."""
    return Rules(topics=settings.topics, alerts=settings.alerts, zone=ZoneInfo(settings.timezone), dry_run=dry_run)


class Means(Protocol):
    """What telling takes of the world: a job's context, or an editor."""

    @property
    def store(self) -> Store:
        """Give the store, of which only questions are asked."""

    @property
    def judge(self) -> "Judge":
        """Give the judge of the topics in force."""

    @property
    def key(self) -> Callable[[], str]:
        """Give what makes delivery keys."""

    @property
    def writer(self) -> Writer | None:
        """Give who writes summaries, if anybody does."""

    @property
    def answers(self) -> bool:
        """Tell whether buttons work."""


class Telling:
    """What one batch has to tell, channel by channel."""

    def __init__(self, ctx: Means, rules: Rules, now: datetime) -> None:
        """Begin a batch."""
        self._mutes = {one.subject: one for one in ctx.store.mutes(now)}
        self._ctx = ctx
        self._rules = rules
        self._now = now
        self._stories: dict[int, Story] = {}
        self._posts: dict[int, dict[str, Delivery]] = {}
        self._decided: dict[tuple[int, str], Tell | Held] = {}
        self._recent: dict[str, int] = {}
        self._ended: dict[int, Story] = {}
        self._news: dict[int, dict[int, tuple[StoryArticle, tuple[str, ...]]]] = {}  # story → entry → what it adds

    @property
    def alerts(self) -> int:
        """Count the new messages decided."""
        return len(self._decided)

    @property
    def stories(self) -> set[int]:
        """Give the stories that a channel is told of now."""
        return {story_id for (story_id, _), one in self._decided.items() if isinstance(one, Tell)}

    @property
    def held(self) -> int:
        """Count those of them that are not to be sent."""
        return sum(isinstance(one, Held) for one in self._decided.values())

    def told_of(self, stories: Collection[int]) -> set[int]:
        """Give those of the stories that have a message which was sent or waits."""
        ids = sorted(stories)
        posts = chain.from_iterable(
            self._ctx.store.posts([story_subject(story_id) for story_id in ids[start : start + MOST_ASKED]])
            for start in range(0, len(ids), MOST_ASKED)
        )
        return {story_of(post.subject) for post in posts if post.state is not DeliveryState.HELD}

    def follow(self, changed: Iterable[Story], ended: Mapping[int, Story]) -> None:
        """Follow what became of stories told earlier: those that lost or won articles, and those that went into another."""
        for story in changed:
            self._stories[story.id] = story
            self._told(story.id)
        self._ended.update(ended)

    def hear(self, story: Story, newcomer: Newcomer) -> str:
        """Hear that an article has joined a story; give the gate that kept it from being told, "" where none did."""
        mute = self._mutes.get(source_subject(newcomer.source)) or self._mutes.get(story_subject(story.id))
        if mute:
            return f"muted by {mute.name} until {mute.until:%Y-%m-%d %H:%M} UTC ({mute.subject})"
        self._stories[story.id] = story
        self._note_news(story, newcomer.entry)
        told = [*self._told(story.id), *(channel for known, channel in self._decided if known == story.id)]
        for channel in {route.channel for topic in self._rules.topics for route in topic.routes} - self._recent.keys():
            self._recent[channel] = self._ctx.store.alerts_since(channel, self._now - HOUR)
        decision = decide(newcomer, self._rules, recent=self._recent, told=told, now=self._now)
        for one in decision.channels:
            self._decided[story.id, one.channel] = one
            self._recent[one.channel] += isinstance(one, Tell) and not one.gathered
        return decision.gate

    def written(self) -> tuple[list[NewDelivery], list[Refresh]]:
        """Write the messages: new ones for what was decided, refreshed ones for stories that had been told and have grown."""
        new = [self._new(self._stories[story_id], one) for (story_id, _), one in self._decided.items()]
        refreshes = [
            Refresh(
                key=self._ctx.key(),
                subject=post.subject,
                channel=channel,
                message=self._message(self._stories[story_id], channel, post.key),
                at=self._now,
            )
            for story_id, posts in self._posts.items()
            for channel, post in posts.items()
            if post.state is not DeliveryState.HELD
        ]
        over, grown = overflow(
            self._ctx.store,
            [one for one in self._decided.values() if isinstance(one, Held)],
            new,
            key=self._ctx.key,
            max_per_hour=self._rules.alerts.max_per_hour,
            now=self._now,
        )
        return [*new, *over, *self._replies()], [*refreshes, *self._folded(), *grown]

    def _note_news(self, story: Story, entry: int) -> None:
        """Keep what the article that has just come adds to a story that a channel knows already."""
        posts = self._told(story.id).values()
        article = next((one for one in story.articles if one.entry_id == entry), None)
        if article is None or not any(post.state is DeliveryState.SENT for post in posts):
            return
        before = [one for one in story.articles if one.entry_id != entry and one.seen_at <= article.seen_at]
        if added := news(before, article):
            self._news.setdefault(story.id, {})[entry] = (article, added)

    def _replies(self) -> Iterator[NewDelivery]:
        """Tell in the threads of messages that were sent what further articles add; of one story a few times at most."""
        for story_id, found in self._news.items():
            replied = Counter(one.channel for one in self._ctx.store.replies(story_subject(story_id)))
            for channel, post in self._posts[story_id].items():
                if post.state is not DeliveryState.SENT:
                    continue
                for entry, (article, added) in list(found.items())[: max(0, MOST_REPLIES - replied[channel])]:
                    key = f"{post.key}.{entry}"  # of its own making: an article judged again is not told again
                    yield NewDelivery(
                        key=key,
                        subject=story_subject(story_id),
                        channel=channel,
                        kind=DeliveryKind.REPLY,
                        message=render_news(article, added, key=key, story=story_id),
                        created_at=self._now,
                        not_before=awake(self._now, self._rules, channel),
                    )

    def _folded(self) -> Iterator[Refresh]:
        """Say in the messages of stories that are no more where their articles are now."""
        for gone, heir in self._ended.items():
            for post in self._ctx.store.posts([story_subject(gone)]):
                if post.state is not DeliveryState.HELD:
                    yield Refresh(
                        key=self._ctx.key(),
                        subject=post.subject,
                        channel=post.channel,
                        message=render_folded(headline(heir), key=post.key, story=gone),
                        at=self._now,
                        instead=FOLDED,
                    )

    def _told(self, story_id: int) -> Mapping[str, Delivery]:
        """Give the posts about a story by channel."""
        if story_id not in self._posts:
            self._posts[story_id] = {post.channel: post for post in self._ctx.store.posts([story_subject(story_id)])}
        return self._posts[story_id]

    def _new(self, story: Story, one: Tell | Held) -> NewDelivery:
        key = self._ctx.key()
        return NewDelivery(
            key=key,
            subject=story_subject(story.id),
            channel=one.channel,
            kind=DeliveryKind.POST,
            message=self._message(story, one.channel, key),
            created_at=self._now,
            not_before=one.not_before,
            held=one.reason if isinstance(one, Held) else GATHERED if one.gathered else "",
        )

    def _message(self, story: Story, channel: str, key: str) -> Message:
        topics = topics_of(story, channel, self._rules.topics)
        lead = headline(story)
        judge = self._ctx.judge
        found = judge.verdicts_many((one.title, one.text, one.language) for one in story.articles[:MOST_JUDGED])
        verdicts = [verdict for verdict in chain.from_iterable(found) if verdict.flagged]
        led = _led_by(story, lead)
        ids = [article.entry_id for article in story.articles]
        labels = self._ctx.store.labels(ids)
        alert = Alert(
            story=led,
            topics=topics,
            verdicts=tuple(verdict for verdict in verdicts if verdict.topic in {topic.id for topic in topics}),
            summary=_summary(story, verdicts, self._ctx.writer),
            facts=facts_of((one.title, one.text, one.language) for one in story.articles[:MOST_JUDGED]),
            copies=copies(led.articles).keys(),
            menu=self._rules.topics if self._ctx.answers else (),
            answers=tuple((one.who, one.words) for one in said(labels, topics, self._rules.topics)),
            differ=differ(labels),
            muted=self._muted(story),
            corrections={one.entry_id: one for one in self._ctx.store.corrections(ids)},
        )
        return render(alert, key=key, now=self._now, zone=zone_of(channel, self._rules.topics, self._rules.zone))

    def _muted(self, story: Story) -> str:
        mute = self._mutes.get(story_subject(story.id))
        return muted_by(mute.name) if mute else ""


def _led_by(story: Story, lead: StoryArticle) -> Story:
    """Put the article with the best headline first: a message begins with it."""
    return replace(story, articles=(lead, *(one for one in story.articles if one.entry_id != lead.entry_id)))


def _summary(story: Story, verdicts: Sequence[Verdict], writer: Writer | None) -> Summary:
    """Summarise the article with the best text, in its own sentences where no model's are to be had; a teaser is told as it is."""
    article, emphasis = best_text(story), {word for verdict in verdicts for word in words_of(verdict)}
    language = article.language or "en"
    own = summary(article.title, article.text, outlet=article.outlet, emphasis=emphasis, language=language)
    if writer is None or own.teaser_only:
        return own
    return writer.summarise(article.title, article.text, outlet=article.outlet, language=language) or own
