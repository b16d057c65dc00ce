"""Takes what people write for times, sizes and thresholds, gives values; refuses the rest with what to write instead.

Pure. Every refusal is a ValueError whose message completes the key's name.
"""

import math
import re
from datetime import time, timedelta

from monitor.types import ThresholdRule, Weekly

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_BYTES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_MOST = {"number": 1, "precision": 1, "per_day": 100_000}
_LONGEST = timedelta(days=3_650)
_DURATION = re.compile(r"([0-9]{1,12})\s*([smhd])")
_SIZE = re.compile(r"([0-9]{1,12})\s*([kmg]?)b?")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def duration(value: object) -> timedelta:
    """Read a length of time such as `90s`, `60m`, `24h` or `30d`; raises ValueError."""
    match = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"must be a length of time such as 90s, 60m, 24h or 30d, not {shown(value)}")
    seconds = int(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"must be at most 3650d, not {shown(value)}")
    return timedelta(seconds=seconds)


def duration_text(value: timedelta) -> str:
    """Write a length of time, whole seconds, in the largest unit that needs no fraction."""
    seconds = int(value.total_seconds())
    unit = next((unit for unit in "dhm" if seconds and seconds % _SECONDS[unit] == 0), "s")
    return f"{seconds // _SECONDS[unit]}{unit}"


def size(value: object) -> int:
    """Read a number of bytes such as `10MB`, `500KB` or `2000000`; raises ValueError."""
    written = str(value).strip().lower() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    match = _SIZE.fullmatch(written)
    size = int(match[1]) * _BYTES[match[2]] if match else 0
    if not 1_000 <= size <= 1_000_000_000:
        raise ValueError(f"must be a size from 1KB to 1GB such as 500KB or 10MB, not {shown(value)}")
    return size


def size_text(value: int) -> str:
    """Write a number of bytes in the largest unit that needs no fraction."""
    unit = next((unit for unit in "gmk" if value % _BYTES[unit] == 0), "")
    return f"{value // _BYTES[unit]}{unit.upper()}B" if unit else str(value)


def time_of_day(value: object) -> time:
    """Read a time of day such as `22:00`; raises ValueError."""
    match = _TIME_OF_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError(f'must be a time of day such as "22:00", not {shown(value)}')
    return time(int(match[1]), int(match[2]))


def weekly(value: object) -> Weekly | None:
    """Read a time of the week such as `mon 03:00`, or `off` (None); raises ValueError."""
    if value == "off":
        return None
    day, _, at = value.strip().lower().partition(" ") if isinstance(value, str) else ("", "", "")
    if day[:3] not in _DAYS or not day.isalpha():
        raise ValueError(f'must be a day and a time such as "mon 03:00", or off, not {shown(value)}')
    return Weekly(day=_DAYS.index(day[:3]), at=time_of_day(at))


def weekly_text(value: Weekly | None) -> str:
    """Write a time of the week, or `off`."""
    return f"{_DAYS[value.day]} {value.at:%H:%M}" if value else "off"


def positive_duration(value: object) -> timedelta:
    """Read a length of time above zero; raises ValueError."""
    span = duration(value)
    if not span:
        raise ValueError("must be at least 1s")
    return span


def age(value: object) -> timedelta | None:
    """Read for how long something is kept, a day at least, or `off` (None): for ever; raises ValueError."""
    if value == "off":
        return None
    span = duration(value)
    if span < timedelta(days=1):
        raise ValueError(f"must be at least 1d, or off, not {shown(value)}")
    return span


def age_text(value: timedelta | None) -> str:
    """Write for how long something is kept, or `off`."""
    return duration_text(value) if value else "off"


def threshold(value: object) -> ThresholdRule:
    """Read a threshold: a number, `auto`, `{precision: 0.8}` or `{per_day: 10}`; raises ValueError."""
    if value == "auto":
        return ThresholdRule()
    kind, number = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else ("number", value)
    most = _MOST.get(kind)
    if most is None or not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number <= most:
        raise ValueError(
            f"must be a number from 0 to 1, auto, {{precision: 0.8}} or {{per_day: 10}}, not {shown(value)}"
        )
    if number == 0 and kind != "number":
        raise ValueError(f"must ask for a {kind} above 0")
    return ThresholdRule(kind=kind, value=float(number))


def shown(value: object) -> str:
    """Give a short, safe picture of what was written, for an error message."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return "that number"
    text = str(value)
    short = text if len(text) <= 60 else text[:57] + "…"
    return repr(short) if isinstance(value, str) else short
