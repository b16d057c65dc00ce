"""Takes a declared source, gives what lies at its address right now; nothing is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import ChildFailed, ParseFailure
from monitor.jobs.poll import request_for
from monitor.parse import parse
from monitor.ports import Fetcher, Reader
from monitor.sources import fresh
from monitor.types import Fetched, FetchSettings, Source, TryLater


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One source as it answered."""

    source: str
    result: str
    entries: int = 0
    detail: str = ""


def try_source(
    source: Source, settings: FetchSettings, fetcher: Fetcher, reader: Reader, clock: Callable[[], datetime]
) -> Trial:
    """Fetch and parse one source; trouble is a result."""
    now = clock()
    outcome = fetcher.fetch(request_for(source, fresh(source, now), settings, now), now)
    if isinstance(outcome, TryLater):
        return Trial(source=source.id, result=outcome.result, detail=outcome.detail)
    if not isinstance(outcome, Fetched):
        return Trial(source=source.id, result="gone", detail="the server says that this address is gone for good")
    try:
        feed = parse(source, outcome, limits=settings, slow=reader.slow_feed, listing=reader.listing, now=now)
    except (ParseFailure, ChildFailed) as failure:
        return Trial(source=source.id, result=getattr(failure, "result", "parse-error"), detail=str(failure))
    newest = max((entry.published for entry in feed.entries if entry.published), default=None)
    dated = f"newest of {newest:%Y-%m-%d %H:%M} UTC" if newest else "none dated"
    return Trial(source=source.id, result="ok", entries=len(feed.entries), detail=dated if feed.entries else "")
