"""Takes decided messages, gives them out in order, one at a time per channel; what was begun is never lost sight of.

A delivery is marked `SENDING` before it is handed to the channel. Found `SENDING` and unclaimed, it may or may not have
arrived: it comes back as `SENDING`, to be looked up. The number of attempts tells one claim from the next, so that an answer
that comes after the claim was lost changes nothing.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import HELD, UNFINISHED, Instant, deliveries, is_post
from monitor.adapters.store.tables import workers
from monitor.notify.outbox import ASKED_TO_WAIT
from monitor.notify.policy import GATHERED
from monitor.types import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    MessageRef,
    NewDelivery,
    Picture,
    Refresh,
    Worker,
)

_POST = deliveries.alias("post")
#: A request that outlived its worker has arrived or failed by then: the notifier gives up after 10 s.
LOOK_AFTER = timedelta(seconds=15)
#: What certainly has not arrived, and so may still be replaced. Neither state is ever claimed: a claim makes it `SENDING`.
_UNSENT = (DeliveryState.PENDING.value, DeliveryState.REFUSED.value)


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def add(connection: Connection, new: Sequence[NewDelivery]) -> int:
    """Store deliveries, passing over known keys and second posts for a subject and channel; give how many are new."""
    return insert_new(connection, deliveries, [_row(each) for each in new])


def refresh(connection: Connection, change: Refresh) -> int:
    """Replace the message of a pending post (or hold it) or edit, else add an edit; give how many deliveries are new.

    Of a post that never arrived, or of which nobody knows where it is, there is nothing to edit.
    """
    about = (deliveries.c.subject == change.subject, deliveries.c.channel == change.channel)
    found = select(deliveries.c.state).where(is_post(deliveries), *about).with_for_update()
    state = connection.execute(found).scalar()
    if state in {None, DeliveryState.HELD, DeliveryState.DEAD, DeliveryState.UNKNOWN}:
        return 0
    kind = DeliveryKind.POST if state in _UNSENT else DeliveryKind.EDIT
    pending = (
        select(deliveries.c.id, deliveries.c.key)
        .where(*about, deliveries.c.kind == kind.value, UNFINISHED, deliveries.c.state.in_(_UNSENT))
        .with_for_update()
    )
    row = connection.execute(pending).first()
    if row is None:
        return add(connection, [_edit(change)])
    if change.instead and kind is DeliveryKind.POST:
        held = {"state": DeliveryState.HELD.value, "error": change.instead}
        connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(held))
        return 0
    # It is by its own key that a lookup finds a post; an edit, which nobody looks up, leaves the message that of its post.
    message = row_message(_signed(change.message, row.key) if kind is DeliveryKind.POST else change.message)
    connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(message=message))
    return 0


def _edit(change: Refresh) -> NewDelivery:
    return NewDelivery(
        key=change.key,
        subject=change.subject,
        channel=change.channel,
        kind=DeliveryKind.EDIT,
        message=change.message,
        created_at=change.at,
        not_before=change.at,
    )


def _signed(message: Message, key: str) -> Message:
    """Give the message with the key of the row it goes into."""
    payload = message.metadata.get("event_payload")
    if not isinstance(payload, Mapping) or "delivery" not in payload:
        return message
    return replace(message, metadata={**message.metadata, "event_payload": {**payload, "delivery": key}})


def _row(new: NewDelivery) -> dict[str, object]:
    return {
        "key": new.key,
        "subject": new.subject,
        "channel": new.channel,
        "kind": new.kind.value,
        "message": row_message(new.message),
        "state": (DeliveryState.HELD if new.held else DeliveryState.PENDING).value,
        "attempts": 0,
        "not_before": new.not_before,
        "created_at": new.created_at,
        "error": new.held,
    }


def row_message(message: Message) -> dict[str, Any]:
    """Give a message as it is stored."""
    row = {"text": message.text, "blocks": list(message.blocks), "metadata": dict(message.metadata)}
    if message.picture is not None:
        row["picture"] = {"png": b64encode(message.picture.png).decode("ascii"), "alt": message.picture.alt}
    return row


def message_of(said: Mapping[str, Any]) -> Message:
    """Give the message that was stored."""
    shown = said.get("picture")
    picture = Picture(png=b64decode(shown["png"]), alt=shown["alt"]) if shown else None
    return Message(text=said["text"], blocks=tuple(said["blocks"]), metadata=said["metadata"], picture=picture)


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _in_line(now: datetime) -> ColumnElement[bool]:
    """Tell what keeps its place in a channel's line: all but what was decided for later and never tried.

    A digest or a message held for quiet hours lets others pass; one that was tried, and waits to be tried again, does not.
    """
    return and_(UNFINISHED, or_(deliveries.c.attempts > 0, deliveries.c.not_before <= now))


def _heads(now: datetime) -> Select[Any]:
    """Give the SELECT of each channel's next delivery, where nobody is at it."""
    heads = select(func.min(deliveries.c.id)).where(_in_line(now)).group_by(deliveries.c.channel)
    return select(deliveries).where(deliveries.c.id.in_(heads), deliveries.c.claimed_by.is_(None))


def channels_due(connection: Connection, now: datetime) -> list[str]:
    """Give the channels whose next delivery may be sent now, longest waiting first."""
    due = _heads(now).where(deliveries.c.not_before <= now).order_by(deliveries.c.id)
    return list(connection.execute(due.with_only_columns(deliveries.c.channel)).scalars())


def next_due(connection: Connection) -> datetime | None:
    """Give the earliest time at which a delivery that nobody is at may be sent."""
    tried = deliveries.c.attempts > 0
    question = (
        select(
            func.min(case((tried, deliveries.c.not_before))).label("tried"),
            func.min(case((~tried, deliveries.c.not_before))).label("untried"),
        )
        .where(UNFINISHED, deliveries.c.claimed_by.is_(None))
        .group_by(deliveries.c.channel)
    )
    # What was tried and waits holds up what follows it in its channel.
    times = [row.tried if row.tried is not None else row.untried for row in connection.execute(question)]
    return min(times, default=None)


def overdue(connection: Connection, now: datetime) -> dict[int, DeliveryKind]:
    """Give the deliveries, by id, whose turn has come, which have not been sent and which nobody is sending now."""
    waiting = select(deliveries.c.id, deliveries.c.kind).where(_in_line(now), deliveries.c.claimed_by.is_(None))
    return {row.id: DeliveryKind(row.kind) for row in connection.execute(waiting)}


def claim(connection: Connection, worker: Worker, channel: str, now: datetime) -> Delivery | None:
    """Claim the next delivery in a channel's line and mark it `SENDING`; give it as it was before."""
    # Waits for a competing claim where entries skip it: the next one in the channel must not overtake.
    head = _with_ref().where(deliveries.c.channel == channel, _in_line(now)).order_by(deliveries.c.id).limit(1)
    row = connection.execute(head.with_for_update(of=deliveries)).first()
    if row is None or row.claimed_by is not None or row.not_before > now:
        return None
    workers.ensure(connection, worker)
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == row.id)
        .values(
            state=DeliveryState.SENDING.value,
            attempts=row.attempts + 1,
            claimed_by=worker.id,
            not_before=now + LOOK_AFTER,  # counts only if the worker dies now
        )
    )
    return _delivery(row)


def save(
    connection: Connection,
    worker: Worker,
    delivery: Delivery,
    state: DeliveryState,
    *,
    now: datetime,
    not_before: datetime | None,
    ref: MessageRef | None,
    error: str,
) -> bool:
    """Store how an attempt ended and free the claim, where that very claim still stands; tell whether it did."""
    values: dict[str, object] = {
        "state": state.value,
        "error": error,
        "claimed_by": None,
        "not_before": not_before or now,
    }
    if state == DeliveryState.SENT:
        values["sent_at"] = now
    if ref is not None:
        values |= {"ref_channel": ref.channel, "ref_ts": ref.ts}
    ours = (deliveries.c.claimed_by == worker.id, deliveries.c.attempts == delivery.attempts + 1)
    change = update(deliveries).where(deliveries.c.id == delivery.id, *ours).values(values)
    return bool(connection.execute(change).rowcount)


def retry_now(connection: Connection, now: datetime) -> None:
    """Make due what was refused or could not be handed over; what may have arrived is due for its look when that is safe."""
    tried = (UNFINISHED, deliveries.c.attempts > 0, deliveries.c.error != ASKED_TO_WAIT)
    due = {DeliveryState.REFUSED: now, DeliveryState.PENDING: now, DeliveryState.SENDING: now + LOOK_AFTER}
    for state, at in due.items():
        put_off = (*tried, deliveries.c.state == state.value, deliveries.c.not_before > at)
        connection.execute(update(deliveries).where(*put_off).values(not_before=at))


def readdress(connection: Connection, channels: Mapping[str, str], now: datetime) -> None:
    """Give what has certainly not arrived in a channel, and what is gathered for it, to the one that took its place."""
    unsent = and_(UNFINISHED, deliveries.c.state.in_(_UNSENT))
    which = deliveries.c.id == bindparam("which")
    for old, new in channels.items():
        told = deliveries.c.subject.in_(select(_POST.c.subject).where(is_post(_POST), _POST.c.channel == new))
        waiting = connection.execute(
            select(deliveries.c.id, deliveries.c.subject, deliveries.c.kind, told.label("told"))
            .where(deliveries.c.channel == old, or_(unsent, and_(HELD, deliveries.c.error == GATHERED)))
            .with_for_update()
        ).all()
        posts = {row.subject: row for row in waiting if row.kind == DeliveryKind.POST}
        # An edit or a reply follows its post: one that has arrived, or may have, stays where it was sent to.
        moved = [{"which": row.id} for row in waiting if row.subject in posts and not row.told]
        twice = [{"which": row.id} for row in posts.values() if row.told]
        # By the old channel: of the new one nothing is known yet.
        refused = deliveries.c.state == DeliveryState.REFUSED.value
        anew = {
            "state": case((refused, DeliveryState.PENDING.value), else_=deliveries.c.state),
            "not_before": case((refused, literal(now, Instant)), else_=deliveries.c.not_before),
        }
        if moved:
            connection.execute(update(deliveries).where(which).values(channel=new, **anew), moved)
        if twice:
            left = {"state": DeliveryState.HELD.value, "error": f"left to {new}"}
            connection.execute(update(deliveries).where(which).values(left), twice)


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def posts(connection: Connection, subjects: Collection[str]) -> list[Delivery]:
    """Give the posts of these subjects in whatever state."""
    return _listed(connection.execute(_POSTS, {"subjects": [*subjects]}))


def about(connection: Connection, subject: str) -> list[Delivery]:
    """Give all deliveries about a subject, oldest first."""
    return _listed(connection.execute(_with_ref().where(deliveries.c.subject == subject).order_by(deliveries.c.id)))


def latest(connection: Connection, states: Collection[DeliveryState], limit: int) -> list[Delivery]:
    """Give the latest deliveries in these states, latest first."""
    wanted = deliveries.c.state.in_([state.value for state in states])
    return _listed(connection.execute(_with_ref().where(wanted).order_by(deliveries.c.id.desc()).limit(limit)))


def gathered(connection: Connection, reason: str, now: datetime, limit: int) -> list[Delivery]:
    """Give the held story posts with a reason whose time has come, oldest first."""
    held = (HELD, deliveries.c.error == reason, deliveries.c.not_before <= now)
    return _listed(connection.execute(_with_ref().where(*held).order_by(deliveries.c.id).limit(limit)))


def held(connection: Connection, channel: str, reason: str, since: datetime) -> list[Delivery]:
    """Give what was decided for a channel at or after `since` and held for a reason, oldest first."""
    wanted = (HELD, deliveries.c.error == reason, deliveries.c.channel == channel, deliveries.c.created_at >= since)
    return _listed(connection.execute(_with_ref().where(*wanted).order_by(deliveries.c.id)))


def save_digest(connection: Connection, digest: NewDelivery, listed: Collection[int]) -> int:
    """Write a digest, where none of what it lists was told meanwhile, and note in each what told it; give how many were written."""
    waiting = (deliveries.c.id.in_([*listed]), deliveries.c.error == GATHERED)
    still = connection.execute(select(deliveries.c.id).where(*waiting).with_for_update()).all()
    if len(still) < len(listed) or not add(connection, [digest]):
        return 0
    connection.execute(update(deliveries).where(*waiting).values(error=f"told in {digest.subject}"))
    return 1


def leave_out(connection: Connection, ids: Collection[int], until: datetime, oldest: datetime) -> None:
    """Keep gathered posts for a later digest; those decided before `oldest` are forgotten, as if never decided."""
    waiting = (deliveries.c.id.in_([*ids]), deliveries.c.error == GATHERED)
    connection.execute(delete(deliveries).where(*waiting, deliveries.c.created_at < oldest))
    connection.execute(update(deliveries).where(*waiting).values(not_before=until))


def alerts_since(connection: Connection, channel: str, since: datetime) -> int:
    """Count the story posts decided for a channel at or after `since` and not held."""
    decided = select(func.count()).where(
        is_post(deliveries),
        deliveries.c.channel == channel,
        deliveries.c.created_at >= since,
        deliveries.c.subject.startswith("story:"),
        deliveries.c.state != DeliveryState.HELD.value,
    )
    return connection.execute(decided).scalar_one()


def _with_ref() -> Select[Any]:
    same = and_(_POST.c.subject == deliveries.c.subject, _POST.c.channel == deliveries.c.channel)
    place = (_POST.c.ref_channel.label("post_channel"), _POST.c.ref_ts.label("post_ts"))
    return select(deliveries, *place).outerjoin_from(deliveries, _POST, and_(same, is_post(_POST)))


# Built once, as it is asked for every story: to build it takes longer than to answer it.
_POSTS = (
    _with_ref()
    .where(is_post(deliveries), deliveries.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(deliveries.c.id)
)


def _listed(rows: Iterable[Row[Any]]) -> list[Delivery]:
    return [_delivery(row) for row in rows]


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        subject=row.subject,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        message=message_of(row.message),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        not_before=row.not_before,
        created_at=row.created_at,
        sent_at=row.sent_at,
        ref=None if row.post_ts is None else MessageRef(channel=row.post_channel, ts=row.post_ts),
        error=row.error,
    )
