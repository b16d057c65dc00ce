"""Takes what was gathered for channels, gives each its digest when the time has come: one message that lists the stories.

It is written when it is due, not before, so that it tells stories as they stand then.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from monitor.jobs.context import Context
from monitor.notify import Gathered, render_digest
from monitor.notify.policy import GATHERED, source_subject, story_of, story_subject, topics_of, zone_of
from monitor.summarise import headline
from monitor.types import Delivery, DeliveryKind, NewDelivery, Story, Topic

MOST = 5_000  #: stories looked at together; more of them follow in a digest of their own
DAY = timedelta(days=1)  #: until what cannot be told is tried again
LONGEST = timedelta(hours=36)  #: after it was decided; then it is forgotten


def write(ctx: Context) -> int:
    """Write the digests that are due; give how many. Safe to call twice, and by two workers at once.

    What cannot be told (it is muted, its topic is gone, or not known here yet) waits a day or two, and is forgotten then: should
    others report it later, it is told like a new story.

    Raises:
        StoreBusy, StoreFull, StoreError: nothing was written.
    """
    due: dict[str, list[Delivery]] = defaultdict(list)
    for row in ctx.store.gathered(GATHERED, ctx.clock(), MOST):
        due[row.channel].append(row)
    return sum(_write(ctx, channel, rows) for channel, rows in due.items())


def _write(ctx: Context, channel: str, rows: Sequence[Delivery]) -> int:
    now = ctx.clock()
    muted = {mute.subject for mute in ctx.store.mutes(now)}
    topics = [topic for topic in ctx.settings.topics if topic.heard_in(channel)]
    found = _stories(ctx, [story_of(row.subject) for row in rows])
    stories = {story.id: story for story in found.values()}  # two that have become one are told once
    listed = {id_: one for id_, story in stories.items() if (one := _gathered(ctx, story, channel, topics, muted))}
    told = [row for row in rows if (story := found.get(story_of(row.subject))) and story.id in listed]
    ids = [row.id for row in told]
    if others := {row.id for row in rows} - {*ids}:
        ctx.store.leave_out(others, max(row.not_before for row in rows) + DAY, now - LONGEST)
    return ctx.store.save_digest(_digest(ctx, channel, told, [*listed.values()], topics), ids) if told else 0


def _digest(
    ctx: Context, channel: str, rows: Sequence[Delivery], stories: Sequence[Gathered], topics: Sequence[Topic]
) -> NewDelivery:
    now, key = ctx.clock(), ctx.key()
    due = max(row.not_before for row in rows)
    zone = zone_of(channel, topics, ZoneInfo(ctx.settings.timezone))
    return NewDelivery(
        key=key,
        subject=f"digest:{due:%Y-%m-%dT%H:%M}:{rows[0].id}",  # whoever writes a second one of that time lists others
        channel=channel,
        kind=DeliveryKind.POST,
        message=render_digest(stories, topics, key=key, now=now, zone=zone),
        created_at=now,
        not_before=now,
    )


def _stories(ctx: Context, ids: Sequence[int]) -> dict[int, Story]:
    """Give the stories as they are now, by what they were called: one that went into another since is told as part of that."""
    found = {story.id: story for story in ctx.store.stories(ids)}
    for gone in [id_ for id_ in ids if id_ not in found]:
        ledger = ctx.store.ledger(gone)  # a story bears the name of the entry that opened it
        if ledger and ledger.story:
            found[gone] = ledger.story
    return found


def _gathered(ctx: Context, story: Story, channel: str, topics: list[Topic], muted: Collection[str]) -> Gathered | None:
    heard = [topic.id for topic in topics_of(story, channel, topics)]
    if not heard or story_subject(story.id) in muted:
        return None
    judgements = ctx.store.judgements([article.entry_id for article in story.articles])
    if all(source_subject(one.article.entry.source_id) in muted for one in judgements):
        return None
    verdicts = (verdict for one in judgements for verdict in one.verdicts)
    return Gathered(
        story=story.id,
        lead=headline(story),
        outlets=len({article.outlet for article in story.articles}),
        topics=heard,
        probability=max((one.probability for one in verdicts if one.topic in heard and one.flagged), default=0.0),
    )
