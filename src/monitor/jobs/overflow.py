"""Takes what the hourly cap has held back, gives each channel's one post of the hour that lists it, new or written again."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from monitor.notify import Held, render_overflow
from monitor.notify.policy import OVER_THE_CAP, overflow_subject
from monitor.ports import Judgements
from monitor.types import DeliveryKind, Message, NewDelivery, Refresh

HOUR = timedelta(hours=1)


def overflow(
    store: Judgements,
    decided: Iterable[Held],
    new: Sequence[NewDelivery],
    *,
    key: Callable[[], str],
    max_per_hour: int,
    now: datetime,
) -> tuple[list[NewDelivery], list[Refresh]]:
    """Write the posts that list what is held back now and was in the same hour.

    Args:
        store: asked for what stands there already.
        decided: what this batch holds back.
        new: the messages of this batch, those held back among them.
        key: makes delivery keys.
        max_per_hour: the cap, which the post names.
        now: when.
    """
    posts, refreshes = [], []
    for channel, subject, not_before in {
        (one.channel, one.overflow, one.not_before) for one in decided if one.overflow
    }:
        held = [*_before(store, channel, subject, now), *(one.message for one in new if _over(one, channel))]
        post = next((one for one in store.posts([subject]) if one.channel == channel), None)
        own = post.key if post is not None else key()
        message = render_overflow(held, key=own, max_per_hour=max_per_hour)
        if post is not None:
            refreshes.append(Refresh(key=key(), subject=subject, channel=channel, message=message, at=now))
            continue
        posts.append(
            NewDelivery(
                key=own,
                subject=subject,
                channel=channel,
                kind=DeliveryKind.POST,
                message=message,
                created_at=now,
                not_before=not_before,
            )
        )
    return posts, refreshes


def _before(store: Judgements, channel: str, subject: str, now: datetime) -> list[Message]:
    """Give what the cap held back in this channel and hour in earlier batches, oldest first."""
    rows = store.held(channel, OVER_THE_CAP, now - HOUR)
    return [row.message for row in rows if overflow_subject(row.created_at) == subject]


def _over(one: NewDelivery, channel: str) -> bool:
    return one.channel == channel and one.held == OVER_THE_CAP
