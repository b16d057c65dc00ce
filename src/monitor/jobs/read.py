"""Takes claimed entries, gives each the text that is judged: its page where the page could matter, else the feed's words.

A page costs the publisher a request and us a second; so it is fetched only when title and teaser leave the verdict open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor.errors import ChildFailed, MonitorError
from monitor.extract import belongs, detect, without_repeated
from monitor.fetch import page_request
from monitor.fetch.outcome import naming
from monitor.jobs.context import Context
from monitor.types import (
    Article,
    Entry,
    Fetched,
    FullText,
    ReadLater,
    TextOrigin,
    TryLater,
    Weight,
)

MAX_ATTEMPTS = 3  #: an article is worth telling on its teaser rather than late
RETRY = timedelta(seconds=20)  #: doubled with every attempt
LONGEST_WAIT = timedelta(hours=6)  #: however long the server asks to be left alone: by then the teaser will do
OTHER_PAGES = 20  #: of the same source, that a page's text is compared with
NOT_DECLARED = "pages of this source are not fetched any more"
ENOUGH = 1_200  #: characters in the feed itself beyond which its text is taken for the whole article

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    """Entries whose text is at hand, and entries whose page is to be fetched."""

    at_hand: tuple[Article, ...]
    to_fetch: tuple[Entry, ...]


def sort_out(ctx: Context, entries: Sequence[Entry]) -> Sorted:
    """Decide for each claimed entry whether its page is worth a request."""
    at_hand: list[Article] = []
    to_fetch: list[Entry] = []
    for entry in entries:
        try:
            note = _why_not(ctx, entry)
        except MonitorError:
            raise
        except Exception as fault:  # one odd entry must not keep what was claimed with it from being read
            log.exception("sort_out.failed", source=entry.source_id, entry=entry.id)
            note = _ours(fault)
        if note:
            at_hand.append(from_feed(entry, note))
        else:
            to_fetch.append(entry)
    return Sorted(at_hand=tuple(at_hand), to_fetch=tuple(to_fetch))


def _why_not(ctx: Context, entry: Entry) -> str:
    source = ctx.sources.get(entry.source_id)
    if source is None or source.full_text is FullText.NEVER:
        return NOT_DECLARED
    if entry.url is None:
        return "no link"
    if source.full_text is FullText.ALWAYS:
        return ""
    if len(entry.content) >= ENOUGH:
        return "the feed carries the text"
    teaser = entry.content or entry.summary
    language = detect(f"{entry.title}\n{teaser}", entry.language or source.language)
    return "" if ctx.judge.gate(entry.title, teaser, language) else "title and teaser are far off topic"


def from_feed(entry: Entry, note: str) -> Article:
    """Make the article of what the feed said."""
    text = entry.content or entry.summary
    return Article(entry=entry, text=text, origin=TextOrigin.FEED if text else TextOrigin.TITLE, note=note)


def read_page(ctx: Context, entry: Entry) -> bool:
    """Fetch and store one claimed entry's page; False where it is to be tried again later.

    Raises:
        StoreBusy, StoreFull, StoreError: nothing was stored.
    """
    source = ctx.sources.get(entry.source_id)
    if source is None:  # taken out of the configuration while its page waited
        ctx.store.save_read(ctx.worker, [from_feed(entry, NOT_DECLARED)])
        return True
    request = page_request(source, entry.link or entry.url or "", ctx.settings.fetch)
    outcome = naming(ctx.fetcher.fetch(request, ctx.clock()), "fetch.max_page_bytes")
    if isinstance(outcome, TryLater) and _may_pass(outcome) and entry.attempts + 1 < MAX_ATTEMPTS:
        later = ReadLater(
            entry_id=entry.id,
            digest=entry.digest,
            not_before=_again_at(entry, outcome, ctx.clock()),
            note=outcome.detail,
        )
        ctx.store.save_read(ctx.worker, [], [later])
        return False
    if isinstance(outcome, Fetched):
        article = _from_page(ctx, entry, outcome)
    else:
        article = from_feed(entry, outcome.detail if isinstance(outcome, TryLater) else "the page is gone")
    ctx.store.save_read(ctx.worker, [article])
    return True


def failed(ctx: Context, entry: Entry, fault: Exception) -> None:
    """Store that reading a page failed by a fault of ours, so that the article is judged by what the feed said."""
    ctx.store.save_read(ctx.worker, [from_feed(entry, _ours(fault))])


def _ours(fault: Exception) -> str:
    return f"a fault of ours: {type(fault).__name__}: {fault}"


def _may_pass(outcome: TryLater) -> bool:
    # Who asks robots not to come, or has no such page, means it; nobody waits for that to change.
    return outcome.weight is not Weight.HARD and outcome.result not in {"robots", "http-404"}


def _again_at(entry: Entry, outcome: TryLater, now: datetime) -> datetime:
    again = now + RETRY * (1 << entry.attempts)
    return max(again, min(outcome.retry_after or now, now + LONGEST_WAIT))


def _from_page(ctx: Context, entry: Entry, page: Fetched) -> Article:
    try:
        found = ctx.reader.page(page.body, page.url, page.headers.get("content-type", ""))
    except ChildFailed as failure:
        return from_feed(entry, str(failure))
    teaser = entry.content or entry.summary
    if not found.text or len(found.text) < len(teaser):
        return from_feed(entry, found.note or "the page has less text than the feed")
    if not belongs(entry.title, teaser, f"{found.title}\n{found.text}"):
        return from_feed(entry, "the page is about something else")
    others = ctx.store.page_texts(entry.source_id, OTHER_PAGES)
    text, repeated = without_repeated(found.text, others, (entry.title, found.title))
    return Article(entry=entry, text=text, origin=TextOrigin.PAGE, note=found.note, repeated=repeated)
