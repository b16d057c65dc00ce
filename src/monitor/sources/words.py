"""Takes a number of entries or a time, gives it in words, for people."""

from datetime import datetime


def counted(entries: int) -> str:
    """Write how many entries."""
    return "1 entry" if entries == 1 else f"{entries:,} entries"


def moment(time: datetime) -> str:
    """Write a time to the minute; it is in UTC."""
    return f"{time:%Y-%m-%d %H:%M} UTC"
