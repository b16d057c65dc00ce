"""Takes the store, gives what a person should know: how much waits, what fails, what is uncertain."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.ports import Store
from monitor.types import DeliveryState, SourceState

FAILING = 3.0  #: weighted failures in a row from which a source is told of
WAITING = timedelta(hours=1)  #: a delivery that has waited this long past its time is told of


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Counts, and what needs a person, a line each."""

    counts: Mapping[str, int]
    problems: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Give the same as plain facts."""
        return asdict(self)


def examine(store: Store, now: datetime) -> Health:
    """Look at sources and outbox."""
    states = store.source_states()
    counts = {"sources": len(states), **store.counts()}
    problems = [line for state in states.values() if (line := _source(state))]
    problems += [
        f"delivery {delivery.key} to {delivery.channel} is {delivery.state}: {delivery.error}"
        for delivery in store.outbox([DeliveryState.UNKNOWN, DeliveryState.DEAD])
    ]
    problems += _waiting(store, now)
    return Health(counts=counts, problems=tuple(problems))


def _source(state: SourceState) -> str:
    if state.stopped or state.failures >= FAILING:
        since = f", last good {state.last_ok_at:%Y-%m-%d %H:%M} UTC" if state.last_ok_at else ", never worked"
        return f"source {state.source_id}: {state.result}: {state.detail}{since}"
    return ""


def _waiting(store: Store, now: datetime) -> list[str]:
    waiting: dict[tuple[str, str], int] = {}
    for delivery in store.outbox([DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.REFUSED]):
        if delivery.state is DeliveryState.REFUSED or now - delivery.not_before > WAITING:
            place = (delivery.channel, delivery.error or "nothing delivers")
            waiting[place] = waiting.get(place, 0) + 1
    return [f"{n} deliveries to {channel} wait: {why}" for (channel, why), n in waiting.items()]
