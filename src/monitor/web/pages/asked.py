"""Takes an address, gives what a list is narrowed to; whatever cannot be meant is left out."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from monitor.types import Narrowed, SaidOf
from monitor.web.pages.frame import number

DAYS = (1, 3, 7, 30, 365)
USUAL = 3  #: days of the inbox
MOST_PAGES = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a list is narrowed to."""

    q: str = ""  #: words of a search
    topic: str = ""
    source: str = ""
    country: str = ""
    said: str = ""
    day: str = ""  #: one day, ISO 8601, in the configured time zone; instead of `days`
    days: int = USUAL
    page: int = 0

    @classmethod
    def of(cls, said: QueryParams, topics: Collection[str], days: int = USUAL) -> "Asked":
        """Read it off the query of an address; `days`: what goes without saying."""
        asked_days, page = (number(said.get(name, "")[:6]) for name in ("days", "page"))
        return cls(
            q=said.get("q", "")[:500],
            topic=said.get("topic", "") if said.get("topic") in topics else "",
            source=said.get("source", "")[:200],
            country=said.get("country", "")[:200],
            said=said.get("said", "") if said.get("said") in [*SaidOf] else "",
            day=said.get("day", "") if _day(said.get("day", "")) else "",
            days=asked_days if asked_days in DAYS else days,
            page=min(page or 0, MOST_PAGES),
        )

    def since(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Give from when on."""
        if (day := _day(self.day)) is not None:
            return datetime.combine(day, time(), zone)
        return now - timedelta(days=self.days)

    def narrowed(self, now: datetime, zone: ZoneInfo) -> Narrowed:
        """Give it as the store takes it."""
        day = _day(self.day)
        return Narrowed(
            topic=self.topic,
            source=self.source,
            country=self.country,
            since=self.since(now, zone),
            until=datetime.combine(day + timedelta(days=1), time(), zone) if day else None,
            said=SaidOf(self.said) if self.said else None,
        )

    def on_page(self, page: int) -> str:
        """Give the query of another page of the same list."""
        kept = {**asdict(self), "page": page}
        return "?" + urlencode({name: value for name, value in kept.items() if value})


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date.max else None
