"""Takes words for whoever runs the monitor, gives them as a message to the channel that is named for it; none where none is."""

from monitor.jobs.context import Context
from monitor.notify import render_ops
from monitor.types import DeliveryKind, NewDelivery


def to_ops(ctx: Context, text: str, subject: str = "", *, not_in: str = "") -> list[NewDelivery]:
    """Give the message; `subject`: a second one under the same is passed over; `not_in`: the channel it is about."""
    ops, now, key = ctx.settings.alerts.ops_channel, ctx.clock(), ctx.key()
    if not ops or ops == not_in:
        return []
    return [
        NewDelivery(
            key=key,
            subject=f"ops:{subject or key}",
            channel=ops,
            kind=DeliveryKind.POST,
            message=render_ops(text, key=key),
            created_at=now,
            not_before=now,
        )
    ]
