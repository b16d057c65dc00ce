"""Takes the headers of an answer, gives how long the answer says that it stays fresh: until then asking again brings nothing new.

The rules are those of a private cache (RFC 9111, section 4.2.1): `max-age`, else `Expires` counted from the answer's own Date, so
that a wrong clock does no harm; `s-maxage` is for shared caches. `no-cache`, `no-store` and what has expired already are no wish.
`Age` is subtracted: a copy that has lain in a cache for 50 of its 60 minutes is replaced there in 10, and waiting for 60 would only
make us late.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_NO_WISH = {"no-cache", "no-store"}
_MOST_DIGITS = 10  #: 300 years; more would not fit into a timedelta


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Give how much longer an answer is fresh; zero where it does not say. Header names are lower-case."""
    directives = dict(_directive(written) for written in headers.get("cache-control", "").split(","))
    if directives.keys() & _NO_WISH:
        return timedelta()
    if "max-age" in directives:
        lifetime = _seconds(directives["max-age"])
    else:
        expires = http_date(headers.get("expires", ""))
        lifetime = expires - (http_date(headers.get("date", "")) or now) if expires else timedelta()
    return max(timedelta(), lifetime - _seconds(headers.get("age", "")))


def http_date(value: str) -> datetime | None:
    """Read a date as headers have it (RFC 9110, section 5.6.7), aware and in UTC; None where it is none."""
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # the library raises each on some malformed date
        return None


def _directive(written: str) -> tuple[str, str]:
    name, _, value = written.strip().partition("=")
    return name.strip().lower(), value.strip('" ')


def _seconds(written: str) -> timedelta:
    digits = written.strip()
    plain = digits.isascii() and digits.isdigit()
    return timedelta(seconds=int(digits[:_MOST_DIGITS])) if plain else timedelta()
