"""Takes a context, gives the jobs as an engine sees them (`ports.Work`)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import structlog

from monitor.errors import MonitorError
from monitor.jobs import check, deliver, digest, judge, poll, read
from monitor.jobs.context import Context
from monitor.jobs.people import answer
from monitor.jobs.watch import presence
from monitor.jobs.watch.vigil import Vigil
from monitor.types import Attempt, Command, Decided, DeliveryKind, Entry, Polled, Pressed, Reply, SourceState

HANDED_OVER = timedelta(
    hours=1
)  #: pages of a host that is asked slowly wait long; what nobody takes is sorted out again
#: A quick host soon has room for what was put off; for a slow one, thousands are not to be sorted out every few seconds.
SHORTEST_MOMENT, LONGEST_MOMENT, PART_OF_WAIT = timedelta(seconds=5), timedelta(minutes=1), 1 / 8
INDEXED_AT_ONCE = 200  #: articles: some hundredths of a second under the database's lock

log = structlog.get_logger(__name__)

Renew = Callable[[Context], tuple[Context, list[str]]]


class Jobs:
    """The jobs under the settings in force; a renewed context is taken up between two claims."""

    def __init__(
        self, ctx: Context, renew: Renew = lambda ctx: (ctx, []), elapsed: Callable[[], float] = monotonic
    ) -> None:
        self._ctx = ctx
        self._renew = renew
        #: Articles whose messages are to be written anew: answered here, or found changed or withdrawn.
        self._to_show: set[int] = answer.unshown(ctx) if ctx.answers else set()
        self._lock = Lock()
        self._vigil = Vigil(elapsed)

    def beat(self) -> None:
        """Say that this worker lives, and bury those that do not."""
        ctx, now = self._ctx, self._ctx.clock()
        presence.beat(ctx.store, ctx.worker, now)
        if self._vigil.jumped(now):  # what was put off by the old time would wait for as long as that was ahead
            ctx.store.sync_sources(ctx.settings.sources, now)
        self._vigil.look(ctx)

    def refresh(self) -> list[str]:
        """Take up changed configuration or a new model."""
        ctx, lines = self._renew(self._ctx)
        if ctx.declares and ctx.settings.sources != self._ctx.settings.sources:
            ctx.store.sync_sources(ctx.settings.sources, ctx.clock())
        self._ctx = ctx
        return lines

    def lead(self) -> None:
        """Make the stored sources those declared, from now on, and due what was refused."""
        self._ctx = ctx = replace(self._ctx, declares=True)
        ctx.store.sync_sources(ctx.settings.sources, ctx.clock())
        ctx.store.retry_now(ctx.clock())
        if ctx.answers:  # what the one before it heard and did not show
            with self._lock:
                self._to_show |= answer.unshown(ctx)

    def claim_polls(self, limit: int, *, every: bool = False, only: Collection[str] | None = None) -> list[SourceState]:
        """Claim sources that are due, hosts in turn, so that one slow host does not take all threads."""
        if limit < 1:
            return []
        ctx = self._ctx
        if only is not None:  # one that our configuration does not know yet would stay claimed
            only = ctx.sources.keys() & only
        elif every:
            only = ctx.sources.keys()
        return _hosts_in_turn(ctx.store.claim_sources(ctx.worker, ctx.clock(), limit, only=only, due=not every))

    def due_polls(self, limit: int) -> list[tuple[str, str]]:
        """Give the sources that could be claimed, each with the address to ask."""
        return self._ctx.store.due_sources(self._ctx.clock(), limit)

    def stopped(self) -> list[str]:
        """Give the sources that are not polled any more."""
        return [source_id for source_id, state in self._ctx.store.source_states().items() if state.stopped]

    def poll(self, state: SourceState) -> Polled:
        """Poll one claimed source; a fault of ours in it is logged and costs this source its poll, nothing else."""
        ctx = self._ctx
        if state.source_id not in ctx.sources:
            return poll.not_ours(ctx, state)
        with self._vigil.job("poll", ctx.worker.id, source=state.source_id):
            try:
                polled = poll.poll(ctx, state)
            except MonitorError:
                raise
            except Exception as fault:
                log.exception("poll.failed")
                polled = poll.failed(ctx, state, f"{type(fault).__name__}: {fault}")
        self._vigil.polled(polled.result)
        return polled

    def claim_reads(self, limit: int) -> list[Entry] | None:
        """Claim entries to read; those that need no page are stored at once."""
        ctx = self._ctx
        entries = ctx.store.claim_to_read(ctx.worker, ctx.clock(), limit)
        if not entries:
            return None
        sorted_out = read.sort_out(ctx, entries)
        if sorted_out.at_hand:
            ctx.store.save_read(ctx.worker, sorted_out.at_hand)
        return list(sorted_out.to_fetch)

    def hand_over(self, entries: Sequence[Entry], also: Callable[[Any], None]) -> None:
        """Free claimed entries for whoever is told their ids, by `also`, in the same transaction."""
        ctx = self._ctx
        ctx.store.hand_over(ctx.worker, [entry.id for entry in entries], ctx.clock() + HANDED_OVER, also)

    def put_off(self, entries: Sequence[Entry]) -> None:
        """Free claimed entries for a moment, which is the longer the longer they have waited."""
        ctx, now = self._ctx, self._ctx.clock()
        waited = now - max(entry.seen_at for entry in entries)
        moment = min(max(waited * PART_OF_WAIT, SHORTEST_MOMENT), LONGEST_MOMENT)
        ctx.store.hand_over(ctx.worker, [entry.id for entry in entries], now + moment)

    def claim_pages(self, ids: Collection[int]) -> list[Entry]:
        """Claim these entries; one whose source our configuration does not know any more is read without its page."""
        ctx = self._ctx
        entries = ctx.store.claim_to_read(ctx.worker, ctx.clock(), len(ids), only=ids)
        if lost := [
            read.from_feed(entry, read.NOT_DECLARED) for entry in entries if entry.source_id not in ctx.sources
        ]:
            ctx.store.save_read(ctx.worker, lost)
        return [entry for entry in entries if entry.source_id in ctx.sources]

    def read(self, entry: Entry) -> bool:
        """Read one claimed entry's page; a fault of ours in it is logged and costs this article its page, nothing else."""
        ctx = self._ctx
        with self._vigil.job("read", ctx.worker.id, source=entry.source_id, entry=entry.id):
            try:
                return read.read_page(ctx, entry)
            except MonitorError:
                raise
            except Exception as fault:
                log.exception("read.failed")
                read.failed(ctx, entry, fault)
        return True

    def claim_checks(self, limit: int) -> list[Entry]:
        """Claim articles told a day ago."""
        return check.claim(self._ctx, limit)

    def entries(self, ids: Collection[int]) -> list[Entry]:
        """Give these entries, as far as their sources are declared."""
        entries = [one.article.entry for one in self._ctx.store.judgements(ids)]
        return [entry for entry in entries if entry.source_id in self._ctx.sources]

    def check(self, entry: Entry) -> bool:
        """Look at one article's page again; the message that says what has become of it follows with the next judging.

        A fault of ours is logged, and leaves this article unmarked and all others be.
        """
        with self._vigil.job("check", self._ctx.worker.id, source=entry.source_id, entry=entry.id):
            try:
                found = check.check(self._ctx, entry)
            except MonitorError:
                raise
            except Exception:
                log.exception("check.failed")
                found = False
        if found:
            with self._lock:
                self._to_show.add(entry.id)
        return found

    def judge(self) -> Decided | None:
        """Show what was answered, write the digests that are due, then judge the next batch of articles."""
        with self._vigil.job("judge", self._ctx.worker.id):
            self.show_answers()
            digest.write(self._ctx)
            decided = judge.judge(self._ctx)
            if decided is None:  # there is time for what nobody waits for
                self._ctx.store.index(INDEXED_AT_ONCE)
        return decided

    def show_answers(self) -> None:
        """Write the messages anew that somebody has answered here, or whose article's page has changed."""
        with self._lock:
            waiting, self._to_show = self._to_show, set()
        shown = False
        try:
            shown = not waiting or answer.show(self._ctx, waiting)
        except MonitorError:
            raise
        except Exception:  # a message that cannot be written must not keep others from being judged
            log.exception("show_answers.failed")
            shown = True
        finally:  # those not shown wait for the next time, also where the database failed
            if not shown:
                with self._lock:
                    self._to_show |= waiting

    def channels(self) -> list[str]:
        """Give the channels with a delivery due."""
        return self._ctx.store.channels_due(self._ctx.clock())

    def deliver(self, channel: str) -> Attempt | None:
        """Make one attempt at the channel's next delivery."""
        with self._vigil.job("deliver", self._ctx.worker.id, channel=channel):
            return deliver.deliver(self._ctx, channel)

    def pause(self, channel: str) -> float:
        """Give the seconds for which a channel is to be left alone."""
        return self._ctx.notifier.wait(channel)

    def next_due(self) -> datetime | None:
        """Give the earliest time at which something waits to be read, judged or delivered."""
        return self._ctx.store.next_due()

    def overdue(self) -> Mapping[int, DeliveryKind]:
        """Give the deliveries that should have been sent by now, were not, and that nobody is sending."""
        return self._ctx.store.overdue(self._ctx.clock())

    def now(self) -> datetime:
        """Give the time."""
        return self._ctx.clock()

    def press(self, pressed: Pressed) -> Reply | None:
        """Store what was pressed; the messages that show it follow with the next judging."""
        reply = answer.press(self._ctx, pressed)
        if pressed.press.action in answer.SHOWN:
            with self._lock:
                self._to_show.add(pressed.press.entry)
        return reply

    def command(self, asked: Command) -> Reply:
        """Do what a command says; the messages that show it follow with the next judging."""
        done = answer.command(self._ctx, asked)
        with self._lock:
            self._to_show |= done.entries
        return Reply(message=done.message)

    def reachable(self) -> None:
        """Try at once what was put off because the channel was out of reach."""
        self._ctx.store.retry_now(self._ctx.clock())

    def leave(self) -> None:
        """Give back whatever is still claimed."""
        self._ctx.store.bury([self._ctx.worker.id])


def _hosts_in_turn(states: Iterable[SourceState]) -> list[SourceState]:
    by_host: dict[str, list[SourceState]] = defaultdict(list)
    for state in states:
        by_host[urlsplit(state.poll_url).netloc].append(state)
    return [state for state in chain.from_iterable(zip_longest(*by_host.values())) if state is not None]
