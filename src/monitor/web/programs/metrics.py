"""Takes what the store, the model files and the page itself know, gives it to Prometheus in its text format: `GET /metrics`.

It is read from the database when asked for, because whatever polls, judges and delivers may be another process. So all but the
durations are gauges: what is kept now, which pruning makes less. Of the poll log only the last hour is counted: it keeps a few
hundred lines of each source, so a count over all of it would tell how much is kept and nothing of how polling goes, while its last
hour is whole at any interval above twenty seconds.

What took long to read is held for a while, so that asking often takes a twentieth of a processor at most; ages are reckoned from
the moment of asking all the same. That the database is away, or that a model cannot be read, is itself something to tell: what
else is known is still given.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.bootstrap import Front
from monitor.classify.lexicon import languages
from monitor.errors import ModelError, StoreBusy, StoreError, StoreFull
from monitor.notify.mrkdwn import clean
from monitor.notify.policy import DRY_RUN, NO_CHANNEL, OVER_THE_CAP, TOO_UNSURE
from monitor.sources.health import WINDOW, Standing, source_health
from monitor.sources.schedule import fresh
from monitor.types import DeliveryState, Figures
from monitor.web.pages.frame import Frame

MOST_SOURCES = 1_000  #: of more than these only how many are well is told: each would be a time series
QUICK = 0.05  #: seconds of reading that are spent at every asking
HELD, SHARE = 15.0, 20  #: what took longer holds for so many seconds, or so many times as long as it took

#: What keeps a flagged article from being told, as its gate begins; whatever a gate goes on to say would be a time series each.
GATES = ("backlog", "muted", DRY_RUN, OVER_THE_CAP, NO_CHANNEL, TOO_UNSURE)
SAID = {True: "yes", False: "no", None: "unsure"}


def routes(frame: Frame, taken: Histogram) -> Sequence[BaseRoute]:
    """Give the address of the metrics; `taken`: how long the page's answers took."""
    registry = CollectorRegistry()
    registry.register(_Known(frame))
    registry.register(taken)

    def metrics(request: Request) -> Response:  # noqa: ARG001 - as Starlette calls it
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return [Route("/metrics", metrics)]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """What was read at one moment."""

    figures: Figures
    standings: Mapping[Standing, int]
    last_ok: Mapping[str, datetime]  #: by source, where it ever answered; of too many sources none
    last_poll: datetime | None


class _Known(Collector):
    """What is known of the whole, read when asked."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._lock = Lock()
        self._held: _Read | None = None
        self._until = 0.0

    def collect(self) -> Iterable[Metric]:
        """Give all metrics but the page's own."""
        now, read = self._frame.clock(), self._read()
        yield GaugeMetricFamily(
            "monitor_database_up",
            "1 if the database could be read, else 0, and what it knows is left out.",
            float(read is not None),
        )
        if read:
            yield from _of_work(read.figures)
            yield from _of_waiting(read.figures, now)
            yield from _of_sources(read, now)
        yield from _of_model(self._frame.front, now)

    def _read(self) -> _Read | None:
        """Read, or give what is held; None where the database is away."""
        with self._lock:  # who asks meanwhile waits, and gets the same
            begun = monotonic()
            if self._held is None or begun >= self._until:
                try:
                    self._held = _read(self._frame.front, self._frame.clock())
                except (StoreBusy, StoreFull, StoreError):
                    self._held = None
                spent = monotonic() - begun
                self._until = begun + (max(HELD, SHARE * spent) if spent > QUICK else 0.0)
            return self._held


def _read(front: Front, now: datetime) -> _Read:
    store, sources = front.store, front.settings.sources
    states, activity, judged = store.source_states(), store.activity(WINDOW), languages()
    standings: Counter[Standing] = Counter()
    last_ok, last_polls = {}, []
    for source in sources:
        state, brought = states.get(source.id), activity.get(source.id)
        if state is None or state.url != source.url:  # nothing is known yet of what is declared now
            state, brought = fresh(source, now), None
        standings[source_health(source, state, brought, (), judged=judged, now=now).standing] += 1
        if state.last_ok_at:
            last_ok[source.id] = state.last_ok_at
        if state.last_poll_at:
            last_polls.append(state.last_poll_at)
    return _Read(
        figures=store.figures(now),
        standings=standings,
        last_ok=last_ok if len(sources) <= MOST_SOURCES else {},
        last_poll=max(last_polls, default=None),
    )


def _of_work(figures: Figures) -> Iterator[Metric]:
    yield _gauge(
        "polls_last_hour", "Polls of the last hour, by what came of them.", {"ok": 0, **figures.polls}, "result"
    )
    yield _gauge("entries", "Entries kept, by stage.", figures.entries, "stage")
    yield _gauge("gated_articles", "Articles on topic that were not told, by what kept them.", _gates(figures), "gate")
    verdicts = GaugeMetricFamily("monitor_verdicts", "Verdicts kept.", labels=["topic", "flagged"])
    for (topic, flagged), number in sorted(figures.verdicts.items()):
        verdicts.add_metric([clean(topic), str(flagged).lower()], number)
    yield verdicts
    yield _gauge("alerts", "Stories told, or about to be: posts kept that were not held.", figures.alerts, "channel")
    states = {state.value: figures.deliveries.get(state, 0) for state in DeliveryState}
    yield _gauge("deliveries", "Messages in the outbox, by state.", states, "state")
    labels = {said: figures.labels.get(value, 0) for value, said in SAID.items()}
    yield _gauge("labels", "Answers of people, by what they said.", labels, "value")
    yield GaugeMetricFamily("monitor_stories", "Stories kept.", figures.stories)
    yield GaugeMetricFamily("monitor_database_bytes", "Size of the database.", figures.size)


def _gates(figures: Figures) -> Mapping[str, int]:
    found = Counter(dict.fromkeys(GATES, 0))
    for gate, number in figures.gates.items():
        found[next((known for known in GATES if gate.startswith(known)), "other")] += number
    return found


def _of_waiting(figures: Figures, now: datetime) -> Iterator[Metric]:
    since = {"read": figures.to_read_since, "judge": figures.to_judge_since, "deliver": figures.to_send_since}
    ages = {queue: _age(at, now) if at else 0.0 for queue, at in since.items()}
    meaning = "Seconds that what is longest overdue has waited to be read, judged or delivered; 0 where nothing waits."
    yield _gauge("oldest_waiting_seconds", meaning, ages, "queue")


def _of_sources(read: _Read, now: datetime) -> Iterator[Metric]:
    standings = {standing.name.lower(): read.standings.get(standing, 0) for standing in Standing}
    yield _gauge("sources", "Declared sources, by how they are.", standings, "standing")
    meaning = "Seconds since a source last answered as it should; of more than 1,000 sources none."
    ages = {source: _age(at, now) for source, at in read.last_ok.items()}
    yield _gauge("source_last_success_age_seconds", meaning, ages, "source")
    yield _lone("last_poll_age_seconds", "Seconds since any declared source was polled.", read.last_poll, now)


def _of_model(front: Front, now: datetime) -> Iterator[Metric]:
    info = InfoMetricFamily("monitor_model", "The model in use.")
    since = None
    with suppress(ModelError):  # what is wrong with it is told by /health/ready
        files = front.models
        version = files.current()
        info.add_metric([], {"version": version})
        since = _instant(files.card(version).get("trained_at"))
        if since is None:
            since = _instant(next((one.at for one in reversed(files.history()) if one.version == version), None))
    yield info
    meaning = "Seconds since the model in use was trained, or where its card does not say, since it came into use."
    yield _lone("model_age_seconds", meaning, since, now)


def _instant(said: object) -> datetime | None:
    """Read a time off a file that anybody may have edited."""
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


def _age(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())


def _lone(name: str, meaning: str, at: datetime | None, now: datetime) -> GaugeMetricFamily:
    """Give an age that is left out where it is not known."""
    return GaugeMetricFamily(f"monitor_{name}", meaning, _age(at, now) if at else None)


def _gauge(name: str, meaning: str, values: Mapping[str, float], label: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"monitor_{name}", meaning, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([clean(value)], number)
    return family
