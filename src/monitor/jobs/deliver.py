"""Takes the outbox of one channel, gives its messages to the notifier, one at a time and in order.

Before a message is handed over it is marked `SENDING` in a transaction of its own. Whoever finds it so later knows that it
may have arrived, and looks for it in the channel before anything is sent again.
"""

import structlog
from structlog.contextvars import bound_contextvars

from monitor.jobs.context import Context
from monitor.jobs.watch.ops import to_ops
from monitor.notify import Step, after_lookup, next_step
from monitor.types import Absent, Attempt, Came, Delivery, DeliveryKind, DeliveryState, NewDelivery

log = structlog.get_logger(__name__)

#: How an attempt ended, by the state it left; any other state means that the delivery is tried again.
CAME = {
    DeliveryState.SENT: Came.SENT,
    DeliveryState.REFUSED: Came.REFUSED,
    DeliveryState.UNKNOWN: Came.UNKNOWN,
    DeliveryState.DEAD: Came.DEAD,
}


def deliver(ctx: Context, channel: str) -> Attempt | None:
    """Make one attempt at the channel's oldest unfinished delivery; None where none is due, or the channel is to be left alone.

    Raises:
        StoreBusy, StoreFull, StoreError: what was sent is found by its key next time.
    """
    if ctx.notifier.wait(channel) > 0:
        return None
    delivery = ctx.store.claim_delivery(ctx.worker, channel, ctx.clock())
    if delivery is None:
        return None
    with bound_contextvars(delivery=delivery.key, subject=delivery.subject):
        return _attempt(ctx, channel, delivery)


def _attempt(ctx: Context, channel: str, delivery: Delivery) -> Attempt:
    if delivery.kind is not DeliveryKind.POST and delivery.ref is None:
        orphan = Step(state=DeliveryState.DEAD, error="the message it belongs to was never sent")
        return _save(ctx, delivery, orphan)
    if delivery.state is DeliveryState.SENDING and delivery.kind is not DeliveryKind.EDIT:
        found = ctx.notifier.find(channel, delivery.key, delivery.created_at, delivery.ref)
        if not isinstance(found, Absent):
            return _save(ctx, delivery, after_lookup(delivery, found, ctx.clock()))
    outcome = ctx.notifier.send(channel, delivery.kind, delivery.message, delivery.ref)
    step = next_step(delivery, outcome, ctx.clock())
    return _save(ctx, delivery, step)


def _save(ctx: Context, delivery: Delivery, step: Step) -> Attempt:
    ctx.store.save_delivery(
        ctx.worker,
        delivery,
        step.state,
        now=ctx.clock(),
        not_before=step.not_before,
        ref=step.ref,
        error=step.error,
        also=_told_to_ops(ctx, delivery, step),
    )
    return Attempt(delivery=delivery, came=CAME.get(step.state, Came.LATER), error=step.error)


def _told_to_ops(ctx: Context, delivery: Delivery, step: Step) -> list[NewDelivery]:
    """Say once that a channel has begun to refuse, and once that it takes messages again; elsewhere than in that channel.

    What is refused stays at the head of its channel, whatever else befalls it there, so that its key names the time of refusal.
    """
    refuses, again = f"{delivery.key}:refuses", f"{delivery.key}:again"
    refused_before, refused_now = (state is DeliveryState.REFUSED for state in (delivery.state, step.state))
    if refused_now:
        if not refused_before:
            log.warning("channel.refuses", channel=delivery.channel, reason=step.error)
        text = f"Alerts to {delivery.channel} are held: {step.error}. They go out by themselves once it is mended."
        return to_ops(ctx, text, refuses, not_in=delivery.channel)
    if step.state is DeliveryState.SENT and (refused_before or _was_told(ctx, delivery, f"ops:{refuses}")):
        log.info("channel.takes_again", channel=delivery.channel)
        return to_ops(ctx, f"Alerts to {delivery.channel} go out again.", again, not_in=delivery.channel)
    return []


def _was_told(ctx: Context, delivery: Delivery, subject: str) -> bool:
    return delivery.attempts > 0 and bool(ctx.store.posts([subject]))
