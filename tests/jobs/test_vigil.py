"""Stuck jobs, failing polls, what waits too long, a model that does not load, an outage: told when they begin and when they end."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from monitor.adapters.store import SqlStore
from monitor.jobs.context import Context
from monitor.jobs.watch.vigil import EVERY, STUCK, Vigil
from monitor.jobs.work import Jobs
from monitor.types import AlertSettings, DeliveryKind, DeliveryState, Message, NewDelivery, TryLater

from .newsroom import SOURCES


class Seconds:
    """A clock that only goes on, when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A context with a channel for the engineer, a vigil, and both clocks."""

    def __init__(self, ctx: Context, clock: Any) -> None:
        self.seconds, self.clock = Seconds(), clock
        self.trouble: dict[str, str] = {}
        self.lines: list[str] = []
        settings = replace(ctx.settings, alerts=AlertSettings(ops_channel="#ops"))
        self.ctx = replace(ctx, settings=settings, trouble=lambda: self.trouble, over=self.over)
        self.jobs = Jobs(self.ctx, elapsed=self.seconds)
        self.vigil = self.jobs._vigil

    def over(self) -> Sequence[str]:
        lines, self.lines = self.lines, []
        return lines

    def pass_time(self, seconds: float = EVERY) -> None:
        """Let both clocks go on, and look."""
        self.seconds.now += seconds
        self.clock.move(seconds=seconds)
        self.jobs.beat()

    def told(self) -> list[str]:
        """Give what the engineer was told, in order."""
        rows = self.ctx.store.outbox([*DeliveryState])
        return [row.message.text for row in reversed(rows) if row.channel == "#ops"]


@pytest.fixture
def desk(make_context: Callable[..., Context], clock: Any) -> Desk:
    """Give a desk over a real store and two sources."""
    return Desk(make_context(tuple(SOURCES.values())), clock)


def test_a_job_that_does_not_end_is_told_once_and_again_when_it_ended(desk: Desk) -> None:
    """However often it is looked; nothing before its time."""
    begun, end = Event(), Event()

    def hang() -> None:
        with desk.vigil.job("poll", "w", source="gazette"):
            begun.set()
            end.wait(20)

    thread = Thread(target=hang)
    thread.start()
    begun.wait(20)
    desk.pass_time(STUCK - 1)
    before = desk.told()
    for _ in range(3):
        desk.pass_time()
    end.set()
    thread.join()
    desk.pass_time()
    desk.pass_time()

    words = "jobs run for more than 10 minutes: poll gazette."
    assert before == []
    assert desk.told() == [f"J{words[1:]}", f"No longer: {words}"]


def test_a_trouble_that_comes_and_goes_is_no_flood(desk: Desk) -> None:
    """Of one kind one message of each sort in an hour, also from several workers."""
    other = Jobs(desk.ctx, elapsed=desk.seconds)
    for minute in range(50):
        desk.trouble = {"model": "model seed-9 cannot be read"} if minute % 2 else {}
        desk.pass_time()
        other.beat()

    assert desk.told() == ["Model seed-9 cannot be read", "No longer: model seed-9 cannot be read"]


def test_without_a_channel_it_is_in_the_log(desk: Desk) -> None:
    """With what would let somebody in masked."""
    settings = replace(desk.ctx.settings, alerts=AlertSettings())
    vigil = Vigil(desk.seconds)
    desk.trouble = {"model": "no way to https://ana:hush@models.example/"}
    desk.seconds.now += EVERY

    with capture_logs() as logs:
        vigil.look(replace(desk.ctx, settings=settings))

    assert logs == [
        {"event": "trouble", "what": "model", "reason": "no way to https://***@models.example/", "log_level": "warning"}
    ]
    assert desk.told() == []


def test_sources_that_fail_by_the_dozen_are_told_and_single_ones_are_not(desk: Desk) -> None:
    """From more than half of the polls on; over when it is a quarter."""
    for result in ["timeout"] * 5 + ["ok"] * 5:
        desk.vigil.polled(result)
    desk.pass_time()
    half = desk.told()
    for _ in range(4):
        desk.vigil.polled("dns")
    desk.pass_time()
    desk.pass_time()
    for _ in range(30):
        desk.vigil.polled("not-modified")
    desk.pass_time()

    assert half == []
    assert [text.split(":")[0] for text in desk.told()] == ["9 of the last 14 polls failed", "No longer"]


def test_polls_of_the_service_are_what_is_counted(desk: Desk, web: Any) -> None:
    """The network is gone: all sources fail, twice and a half."""
    for _ in range(3):
        desk.clock.move(days=8)
        for state in desk.jobs.claim_polls(100):
            desk.jobs.poll(state)
    desk.pass_time()

    assert web.asked
    assert desk.told()[0].startswith("12 of the last 12 polls failed")


def test_what_waits_for_more_than_an_hour_is_told(desk: Desk) -> None:
    """Here a message that nobody delivers."""
    now = desk.clock.now
    waits = NewDelivery(
        key="k",
        subject="s",
        channel="#x",
        kind=DeliveryKind.POST,
        message=Message(text="x"),
        created_at=now,
        not_before=now,
    )
    desk.ctx.store.tell([waits])
    desk.pass_time(3_600)
    before = desk.told()
    desk.pass_time()

    assert before == []
    assert desk.told()[0].startswith("What waits to be read, judged or delivered has waited since 2026-03-02 12:00 UTC")


def test_an_outage_is_told_when_it_is_over(desk: Desk) -> None:
    """Before, the message could not be stored."""
    desk.lines = ["the database could not be used for 7 min; it can again, and nothing is lost."]
    desk.pass_time()

    assert desk.told() == ["The database could not be used for 7 min; it can again, and nothing is lost."]


def test_every_line_of_a_job_says_which_one_and_whose(desk: Desk, channel: Any) -> None:
    """What adapters log in the midst of it carries source, delivery and worker; afterwards nothing is left behind."""
    seen: list[dict[str, Any]] = []
    desk.ctx.store.tell(
        [
            NewDelivery(
                key="k1",
                subject="s",
                channel="#x",
                kind=DeliveryKind.POST,
                message=Message(text="x"),
                created_at=desk.clock.now,
                not_before=desk.clock.now,
            )
        ]
    )

    def note(*_: Any) -> Any:
        seen.append(dict(structlog.contextvars.get_contextvars()))
        return TryLater(result="timeout", detail="")

    [state, *_] = desk.jobs.claim_polls(100)
    desk.ctx.fetcher.fetch = note  # type: ignore[method-assign]
    channel.wait, send = lambda _: 0.0, channel.send
    channel.send = lambda *args: note() and send(*args)
    desk.jobs.poll(state)
    desk.jobs.deliver("#x")

    assert seen == [
        {"job": "poll", "worker": "here/1", "source": state.source_id},
        {"job": "deliver", "worker": "here/1", "channel": "#x", "delivery": "k1", "subject": "s"},
    ]
    assert structlog.contextvars.get_contextvars() == {}


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────────────
def polled(desk: Desk) -> int:
    """Poll what is due; give how many sources were."""
    states = desk.jobs.claim_polls(100)
    for state in states:
        desk.jobs.poll(state)
    return len(states)


def test_a_clock_that_was_a_year_ahead_and_is_put_right_keeps_nothing_waiting(desk: Desk) -> None:
    """As on a machine whose time is only known once the network is there: polled in the future, due again at once."""
    desk.jobs.beat()
    desk.clock.move(days=365)
    first = polled(desk)
    desk.jobs.beat()
    desk.clock.move(days=-365)
    stuck = polled(desk)

    with capture_logs() as logs:
        desk.jobs.beat()

    assert (first, stuck, polled(desk)) == (4, 0, 4)
    assert [(line["event"], line["seconds"]) for line in logs] == [("clock.jumped", -365 * 86_400)]


def test_the_same_at_a_start(desk: Desk) -> None:
    """The clock was put right while nothing ran."""
    desk.clock.move(days=365)
    polled(desk)
    desk.clock.move(days=-365)

    desk.ctx.store.sync_sources(desk.ctx.settings.sources, desk.clock.now)

    assert polled(desk) == 4


def test_a_clock_that_is_put_forward_makes_each_source_due_once(desk: Desk) -> None:
    """A machine that slept, or a clock that was behind: what was missed is one poll, not hundreds."""
    polled(desk)
    desk.jobs.beat()
    desk.clock.move(days=30)

    with capture_logs() as logs:
        desk.jobs.beat()

    assert (polled(desk), polled(desk)) == (4, 0)
    assert [line["event"] for line in logs] == ["clock.jumped"]


def test_a_clock_put_back_delivers_nothing_twice(desk: Desk, channel: Any) -> None:
    """What was sent is sent; what is new goes out."""
    assert isinstance(desk.ctx.store, SqlStore)

    def tell(key: str) -> None:
        at = desk.clock.now
        new = NewDelivery(
            key=key,
            subject=key,
            channel="#x",
            kind=DeliveryKind.POST,
            message=Message(text=key),
            created_at=at,
            not_before=at,
        )
        desk.ctx.store.tell([new])
        while desk.jobs.deliver("#x"):
            pass

    tell("first")
    desk.clock.now -= timedelta(days=3)
    tell("second")

    assert [message.text for _, message, _ in channel.arrived] == ["first", "second"]
