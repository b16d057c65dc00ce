"""Takes what has changed in the configuration, gives the log of it; one row a change, whoever notices it first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from monitor.adapters.store.schema import config_changes
from monitor.types import ConfigChange

_SHOWN = ("at", "digest", "who", "summary")


def latest(connection: Connection) -> tuple[str, Mapping[str, Any]]:
    """Give digest and settings of the last configuration that was noted; "" and nothing before the first."""
    found = select(config_changes.c.digest, config_changes.c.settings).order_by(config_changes.c.id.desc()).limit(1)
    row = connection.execute(found).first()
    return (row.digest, row.settings) if row else ("", {})


def note(connection: Connection, change: ConfigChange, settings: Mapping[str, Any]) -> bool:
    """Store a change, unless that very configuration is the last one noted; tell whether it was stored."""
    if connection.dialect.name == "postgresql":  # SQLite's writers are one at a time anyway
        connection.execute(text("LOCK TABLE config_changes IN EXCLUSIVE MODE"))
    if latest(connection)[0] == change.digest:
        return False
    connection.execute(update(config_changes).values(settings={}))
    row = {name: getattr(change, name) for name in _SHOWN}
    connection.execute(insert(config_changes).values(**row, settings=dict(settings)))
    return True


def since(connection: Connection, start: datetime, limit: int) -> list[ConfigChange]:
    """Give up to `limit` changes noted at or after a time, the latest first."""
    found = select(*(config_changes.c[name] for name in _SHOWN)).where(config_changes.c.at >= start)
    rows = connection.execute(found.order_by(config_changes.c.id.desc()).limit(limit))
    return [ConfigChange(**row._mapping) for row in rows]  # noqa: SLF001 - public in SQLAlchemy
