"""Takes articles that were told, gives what has become of them: as their feeds change, and as their pages are a day later.

What has become of one is stored before its new words are, so that it is found again if the process ends in between; the message
that says so is written by the next judging.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.errors import ChildFailed
from monitor.fetch import page_request
from monitor.jobs.context import Context
from monitor.stories.corrections import correction, takes_back
from monitor.types import (
    Corrected,
    Correction,
    Entry,
    Fetched,
    FullText,
    Gone,
    NewEntry,
    TryLater,
)

AFTER, UNTIL = (
    timedelta(hours=24),
    timedelta(hours=72),
)  #: of judging: when a page is looked at again, and when it is too late
GONE = frozenset({"http-404", "http-410", "gone"})


def of_changes(ctx: Context, changed: Sequence[tuple[int, NewEntry]], now: datetime) -> list[Correction]:
    """Give what feeds have changed materially in articles that are part of a story."""
    if not changed:
        return []
    new = dict(changed)
    found = []
    for one in ctx.store.judgements(list(new)):
        entry = one.article.entry
        if entry.story_id is None:
            continue
        after = new[entry.id]
        kind = correction((entry.title, entry.content or entry.summary), (after.title, after.content or after.summary))
        if kind:
            found.append(Correction(entry_id=entry.id, kind=kind, before=entry.title, at=now))
    return found


def claim(ctx: Context, limit: int) -> list[Entry]:
    """Claim articles told a day ago; of sources whose pages are not fetched none is looked at."""
    now = ctx.clock()
    claimed = ctx.store.claim_to_check(now - UNTIL, now - AFTER, now, limit)
    return [entry for entry in claimed if _may_fetch(ctx, entry)]


def check(ctx: Context, entry: Entry) -> bool:
    """Look at a page once more; tell whether it is gone, or says that it takes something back."""
    source = ctx.sources.get(entry.source_id)
    if source is None:  # taken out of the configuration while its page waited
        return False
    outcome = ctx.fetcher.fetch(page_request(source, entry.link or "", ctx.settings.fetch), ctx.clock())
    if isinstance(outcome, Gone) or (isinstance(outcome, TryLater) and outcome.result in GONE):
        kind = Corrected.WITHDRAWN
    elif isinstance(outcome, Fetched) and not takes_back(entry.title) and takes_back(_title(ctx, outcome)):
        kind = Corrected.RETRACTED
    else:
        return False
    return bool(
        ctx.store.save_corrections([Correction(entry_id=entry.id, kind=kind, before=entry.title, at=ctx.clock())])
    )


def _title(ctx: Context, page: Fetched) -> str:
    try:
        return ctx.reader.page(page.body, page.url, page.headers.get("content-type", "")).title
    except ChildFailed:
        return ""


def _may_fetch(ctx: Context, entry: Entry) -> bool:
    source = ctx.sources.get(entry.source_id)
    return source is not None and source.full_text is not FullText.NEVER
