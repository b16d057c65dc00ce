"""Takes polls over a real store, gives that what needs a person is named, in the words that `sources health` uses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.fetch.outcome import failed
from monitor.jobs.context import Context
from monitor.jobs.watch.health import POLLS_SHOWN, examine, examine_sources, in_order
from monitor.jobs.work import Jobs
from monitor.types import Fetched, Gone, Source, Weight

GAZETTE = Source(id="gazette", name="Harbour Gazette", url="https://gazette.example/feed")
HERALD = Source(id="herald", name="Herald", url="https://herald.example/feed")
HOUR = timedelta(hours=1)


@pytest.fixture
def ctx(make_context: Callable[..., Context]) -> Context:
    """Give a context with two sources."""
    return make_context((GAZETTE, HERALD))


def poll_all(ctx: Context) -> None:
    """Poll every source, due or not."""
    jobs = Jobs(ctx, lambda same: (same, []))
    for state in jobs.claim_polls(9, every=True):
        jobs.poll(state)


def problems(ctx: Context) -> tuple[str, ...]:
    """Give what needs a person."""
    return examine(ctx.store, [GAZETTE, HERALD], ctx.clock()).problems


def words(ctx: Context) -> dict[str, str]:
    """Give each source's state in a word, in the order in which they are told."""
    return {one.source.id: one.health.state for one in examine_sources(ctx.store, [GAZETTE, HERALD], ctx.clock())}


def test_nothing_polled_is_no_problem(ctx: Context) -> None:
    """Both sources are there, and nothing is said of them."""
    health = examine(ctx.store, [GAZETTE, HERALD], ctx.clock())

    assert (health.problems, health.counts["sources"]) == ((), 2)


def test_a_source_is_told_of_from_its_third_failure_and_no_more_once_it_works(
    ctx: Context, clock: Any, web: Any, write_feed: Callable[..., str]
) -> None:
    """One bad hour is nobody's business; the recovery is noted in the poll log."""
    feed = write_feed(("1", "Harbour reopens", "Ferries leave again.", clock.now))
    web.put(HERALD.url, feed)
    web.pages[GAZETTE.url] = failed("timeout", "No answer within 30 s.", weight=Weight.HARD)
    told = []

    for _ in range(3):
        poll_all(ctx)
        told.append(problems(ctx))
        clock.move(hours=1)

    assert told[:2] == [(), ()]
    since = f"{clock.now - 3 * HOUR:%Y-%m-%d %H:%M} UTC"
    [problem] = told[2]
    assert problem.startswith(f"source gazette: No answer within 30 s. Failing since {since} (3 polls). ")
    assert words(ctx) == {"gazette": "timeout", "herald": "working"}

    web.put(GAZETTE.url, feed)
    poll_all(ctx)

    assert problems(ctx) == ()
    [record] = ctx.store.poll_log("gazette", 1)
    assert record.detail == "1 entry, 1 of them new. Works again after 3 failed polls."


def test_a_source_that_is_gone_is_told_of_until_its_address_is_changed(ctx: Context, web: Any) -> None:
    """At once, since nothing but a person brings it back."""
    web.pages[GAZETTE.url] = Gone()
    web.pages[HERALD.url] = Fetched(
        url=HERALD.url, headers={}, body=b"<rss><channel><title>Herald</title></channel></rss>"
    )
    poll_all(ctx)
    assert [problem.split(":")[0] for problem in problems(ctx)] == ["source gazette"]

    moved = replace(GAZETTE, url="https://gazette.example/new")
    ctx.store.sync_sources([moved, HERALD], ctx.clock())

    assert examine(ctx.store, [moved, HERALD], ctx.clock()).problems == ()


def test_a_silent_source_is_told_of(ctx: Context, clock: Any, web: Any, write_feed: Callable[..., str]) -> None:
    """After two weeks of something every six hours, two days of nothing are too many; the other source was never that busy."""
    web.put(HERALD.url, write_feed(("h", "Herald opens", "", clock.now)))
    for number in range(14 * 4):
        web.put(GAZETTE.url, write_feed((f"{number}", f"Ferry {number} leaves", "", clock.now)))
        poll_all(ctx)
        clock.move(hours=6)
    assert problems(ctx) == ()

    clock.move(hours=42)
    poll_all(ctx)

    assert problems(ctx) == (
        "source gazette: Works, but brought nothing new for 2 days, although it usually brings about 4 a day.",
    )
    assert words(ctx) == {"gazette": "silent", "herald": "working"}


def test_sources_are_put_in_order_without_looking_at_those_that_are_well(
    ctx: Context, clock: Any, web: Any, write_feed: Callable[..., str]
) -> None:
    """And since when a source fails is found in its log, however far back that lies."""
    web.put(HERALD.url, write_feed(("h", "Herald opens", "", clock.now)))
    web.pages[GAZETTE.url] = failed("timeout", "No answer within 30 s.", weight=Weight.HARD)
    began = clock.now
    for _ in range(POLLS_SHOWN + 5):
        poll_all(ctx)
        clock.move(hours=1)

    declared = [HERALD, GAZETTE, Source(id="new", name="New", url="https://new.example/feed")]
    placed = in_order(ctx.store, declared, ctx.clock())
    whole = examine_sources(ctx.store, declared, ctx.clock())

    assert [(one.source.id, one.word) for one in placed] == [("gazette", "timeout"), ("herald", ""), ("new", "")]
    assert [one.source for one in whole] == [one.source for one in placed]
    assert [one.health.standing for one in whole] == [one.standing for one in placed]
    assert [len(one.polls) for one in whole] == [POLLS_SHOWN, POLLS_SHOWN, 0]
    assert whole[0].health.since == began
    assert f"Failing since {began:%Y-%m-%d %H:%M} UTC ({POLLS_SHOWN + 5} polls)" in whole[0].health.detail


def test_time_in_which_the_monitor_was_off_makes_no_source_silent(
    ctx: Context, clock: Any, web: Any, write_feed: Callable[..., str]
) -> None:
    """Whoever comes back from a holiday finds no alarms."""
    for number in range(14 * 4):
        web.put(GAZETTE.url, write_feed((f"{number}", f"Ferry {number} leaves", "", clock.now)))
        poll_all(ctx)
        clock.move(hours=6)

    clock.move(days=21)

    assert "gazette" not in " ".join(problems(ctx))
