"""Takes what people do not want to hear of for a while, gives what of it still holds."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from monitor.adapters.store.schema import mutes
from monitor.types import Mute


def save(connection: Connection, new: Sequence[Mute]) -> None:
    """Store the latest word on each subject; one that is older than what is there changes nothing."""
    for one in sorted(new, key=lambda mute: mute.at):
        connection.execute(delete(mutes).where(mutes.c.subject == one.subject, mutes.c.at <= one.at))
        if connection.execute(select(mutes.c.subject).where(mutes.c.subject == one.subject)).first() is None:
            connection.execute(insert(mutes).values(asdict(one)))


def holding(connection: Connection, now: datetime) -> list[Mute]:
    """Give what still holds, what was said last first."""
    found = select(mutes).where(mutes.c.until > now).order_by(mutes.c.at.desc(), mutes.c.subject)
    return [Mute(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001 - public in SQLAlchemy
