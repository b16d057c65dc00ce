"""Takes the store and the declared sources, gives what a person should know: how each source is, what waits, what is uncertain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.classify.lexicon import languages
from monitor.ports import Store
from monitor.sources.health import WINDOW, SourceHealth, Standing, source_health
from monitor.sources.schedule import fresh
from monitor.types import DeliveryState, PollRecord, Source, SourceState

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


def examine_sources(
    store: Store, sources: Sequence[Source], now: datetime, only: Collection[str] | None = None
) -> list[Examined]:
    """Look at the declared sources, or those named: sick ones first, then silent ones, then the rest; else as declared.

    One that the store does not know yet, or knows under another address, has not been polled.
    """
    states, activity = store.source_states(), store.activity(WINDOW)
    found = []
    for source in sources:
        if only is not None and source.id not in only:
            continue
        state = states.get(source.id)
        if state is None or state.url != source.url:
            state, brought, polls = fresh(source, now), None, list[PollRecord]()
        else:
            brought = activity.get(source.id)
            polls = store.poll_log(source.id, max(POLLS_SHOWN, state.failed_polls))
        found.append(
            Examined(
                source=source,
                state=state,
                polls=polls[:POLLS_SHOWN],
                health=source_health(source, state, brought, polls, judged=languages(), now=now),
                latest_entry=brought.latest if brought else None,
            )
        )
    return sorted(found, key=lambda one: (one.health.standing, -one.state.failures))


def examine(store: Store, sources: Sequence[Source], now: datetime) -> Health:
    """Look at sources and outbox."""
    counts = {"sources": len(sources), **store.counts()}
    problems = [
        f"source {one.source.id}: {one.health.detail}"
        for one in examine_sources(store, sources, now)
        if one.state.stopped or one.state.failures >= FAILING or one.health.standing is Standing.SILENT
    ]
    problems += [
        f"delivery {delivery.key} to {delivery.channel} is {delivery.state}: {delivery.error}"
        for delivery in store.outbox([DeliveryState.UNKNOWN, DeliveryState.DEAD])
    ]
    problems += _waiting(store, now)
    return Health(counts=counts, problems=tuple(problems))


def _waiting(store: Store, now: datetime) -> list[str]:
    waiting: dict[tuple[str, str], int] = {}
    for delivery in store.outbox([DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.REFUSED]):
        if delivery.state is DeliveryState.REFUSED or now - delivery.not_before > WAITING:
            place = (delivery.channel, delivery.error or "nothing delivers")
            waiting[place] = waiting.get(place, 0) + 1
    return [f"{n} deliveries to {channel} wait: {why}" for (channel, why), n in waiting.items()]
