"""Takes the store and the declared sources, gives what a person should know: how each source is, what waits, what is uncertain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.classify.lexicon import languages
from monitor.ports import Outbox, Polls, Store
from monitor.sources.health import SHORTEST_SILENCE, WINDOW, SourceHealth, Standing, source_health
from monitor.sources.schedule import fresh
from monitor.types import Activity, DeliveryState, PollRecord, Source, SourceState

FAILING = 3.0  #: weighted failures in a row from which a source is told of
WAITING = timedelta(hours=1)  #: a delivery that has waited this long past its time is told of
POLLS_SHOWN = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Counts, and what needs a person, a line each."""

    counts: Mapping[str, int]
    problems: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Give the same as plain facts."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """One declared source: what is remembered of it, its latest polls (latest first), how it is."""

    source: Source
    state: SourceState
    polls: Sequence[PollRecord]
    health: SourceHealth
    latest_entry: datetime | None  #: when its latest entry was seen

    def facts(self) -> dict[str, Any]:
        """Give the same as plain facts."""
        state, how = self.state, self.health
        return {
            "id": self.source.id,
            "name": self.source.name,
            "kind": self.source.kind.value,
            "url": self.source.url,
            "state": how.state,
            "detail": how.detail,
            "since": _iso(how.since),
            "last_poll": _iso(state.last_poll_at),
            "last_ok": _iso(state.last_ok_at),
            "next_poll": None if state.stopped else _iso(state.next_poll_at),
            "failures": state.failed_polls,
            "moved_to": state.poll_url if state.poll_url != state.url else None,
            "per_day": None if how.per_day is None else round(how.per_day, 2),
            "latest_entry": _iso(self.latest_entry),
            "polls": [
                {
                    "at": _iso(poll.at),
                    "result": poll.result,
                    "detail": poll.detail,
                    "entries": poll.entries,
                    "new": poll.new,
                    "seconds": round(poll.seconds, 3),
                }
                for poll in self.polls
            ],
        }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """One declared source in the order in which sources are told of."""

    source: Source
    standing: Standing = Standing.WELL
    state: SourceState | None = None  #: None: it is not among those that may be sick or silent
    word: str = ""  #: for the state of one that is sick or silent


def examine_sources(
    store: Polls, sources: Sequence[Source], now: datetime, only: Collection[str] | None = None
) -> list[Examined]:
    """Look at the declared sources, or those named: sick ones first, then silent ones, then the rest; else as declared."""
    wanted = [source for source in sources if only is None or source.id in only]
    return examined(store, [one.source for one in in_order(store, wanted, now)], now)


def in_order(store: Polls, sources: Sequence[Source], now: datetime) -> list[Placed]:
    """Put sources in that order; of those that are well nothing is read, so it is quick for thousands."""
    ailing = store.ailing(SHORTEST_SILENCE)
    placed = [Placed(source=source, state=_own(ailing, source)) for source in sources]
    quiet = [one.source.id for one in placed if one.state and not one.state.stopped and not one.state.failed_polls]
    activity = store.activity(WINDOW, quiet) if quiet else {}
    return sorted(
        (_judged(one, activity.get(one.source.id), now) for one in placed),
        key=lambda one: (one.standing, -one.state.failures if one.state else 0.0),
    )


def _judged(one: Placed, brought: Activity | None, now: datetime) -> Placed:
    if one.state is None:
        return one
    how = _health(one.source, one.state, brought, (), now)
    return one if how.standing is Standing.WELL else replace(one, standing=how.standing, word=how.state)


def examined(store: Polls, sources: Sequence[Source], now: datetime) -> list[Examined]:
    """Look at these sources, in this order.

    One that the store does not know yet, or knows under another address, has not been polled.
    """
    ids = [source.id for source in sources]
    states, activity = store.source_states(ids), store.activity(WINDOW, ids)
    logs = store.poll_logs(ids, POLLS_SHOWN)
    found = []
    for source in sources:
        state, brought, polls = _own(states, source), activity.get(source.id), logs.get(source.id, [])
        if state is None:
            state, brought, polls = fresh(source, now), None, []
        # The poll with which its failures began may lie further back than is shown.
        since = polls if state.failed_polls <= POLLS_SHOWN else store.poll_log(source.id, state.failed_polls)
        found.append(
            Examined(
                source=source,
                state=state,
                polls=polls,
                health=_health(source, state, brought, since, now),
                latest_entry=brought.latest if brought else None,
            )
        )
    return found


def _own(states: Mapping[str, SourceState], source: Source) -> SourceState | None:
    """Give the state of a source, where it is that of its address."""
    state = states.get(source.id)
    return state if state and state.url == source.url else None


def _health(
    source: Source, state: SourceState, brought: Activity | None, polls: Sequence[PollRecord], now: datetime
) -> SourceHealth:
    return source_health(source, state, brought, polls, judged=languages(), now=now)


def examine(store: Store, sources: Sequence[Source], now: datetime) -> Health:
    """Look at sources and outbox."""
    counts = {"sources": len(sources), **store.counts()}
    in_need = [one.source for one in in_order(store, sources, now) if _needs_a_person(one)]
    problems = [f"source {one.source.id}: {one.health.detail}" for one in examined(store, in_need, now)]
    problems += [
        f"delivery {delivery.key} to {delivery.channel} is {delivery.state}: {delivery.error}"
        for delivery in store.outbox([DeliveryState.UNKNOWN, DeliveryState.DEAD])
    ]
    problems += _waiting(store, now)
    return Health(counts=counts, problems=tuple(problems))


def _needs_a_person(one: Placed) -> bool:
    lasting = one.state is not None and (one.state.stopped or one.state.failures >= FAILING)
    return lasting or one.standing is Standing.SILENT


def _waiting(store: Outbox, now: datetime) -> list[str]:
    waiting: dict[tuple[str, str], int] = {}
    for delivery in store.outbox([DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.REFUSED]):
        if delivery.state is DeliveryState.REFUSED or now - delivery.not_before > WAITING:
            place = (delivery.channel, delivery.error or "nothing delivers")
            waiting[place] = waiting.get(place, 0) + 1
    return [f"{n} deliveries to {channel} wait: {why}" for (channel, why), n in waiting.items()]
