"""The jobs one after the other on one store: what a poll leaves is read, judged, told; what goes wrong is done again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.jobs.context import Context
from monitor.jobs.work import Jobs
from monitor.types import (
    Absent,
    AlertSettings,
    Came,
    DeliveryState,
    FullText,
    MessageRef,
    NotModified,
    Refused,
    Sent,
    Source,
    Summary,
    TryLater,
    Uncertain,
    Weight,
)

from .newsroom import BAKERY, PACT, PACT_AGAIN

FEED = "https://outlet-a.example/feed"
OTHER = "https://outlet-b.example/feed"
A = Source(id="a", name="Outlet A", url=FEED, full_text=FullText.NEVER)
B = Source(id="b", name="Outlet B", url=OTHER, full_text=FullText.NEVER)


def poll(jobs: Jobs) -> dict[str, Any]:
    """Poll all that is due."""
    return {polled.source_id: polled for state in jobs.claim_polls(100) for polled in [jobs.poll(state)]}


def go(jobs: Jobs) -> None:
    """Poll, read and judge all that is due."""
    poll(jobs)
    while (entries := jobs.claim_reads(100)) is not None:
        for entry in entries:
            jobs.read(entry)
    while jobs.judge():
        pass


def send_all(jobs: Jobs) -> list[Came]:
    """Deliver all that is due."""
    came = []
    for channel in jobs.channels():
        while attempt := jobs.deliver(channel):
            came.append(attempt.came)
    return came


def outbox(ctx: Context) -> list[tuple[str, str]]:
    """Give kind and state of every row of the outbox, oldest first."""
    return [(row.kind.value, row.state.value) for row in reversed(ctx.store.outbox(list(DeliveryState), limit=1000))]


@pytest.fixture
def told(make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any) -> Context:
    """Give a context in which one on-topic story waits in the outbox."""
    ctx = make_context((A, B))
    web.put(FEED, write_feed(("1", *PACT, clock.now), ("2", *BAKERY, clock.now)))
    go(Jobs(ctx))
    return ctx


def test_an_on_topic_article_becomes_one_message_and_an_ordinary_one_none(told: Context, channel: Any) -> None:
    """Of two articles one is told, beginning with its headline, with the reason."""
    came = send_all(Jobs(told))

    assert came == [Came.SENT]
    ((_, message, _),) = channel.arrived
    assert message.text.startswith(PACT[0])
    assert "Why" in str(message.blocks)


def test_polling_again_brings_nothing_again(told: Context, clock: Any) -> None:
    """Entries already kept are neither judged nor told a second time."""
    clock.move(hours=5)

    polled = poll(Jobs(told))

    assert polled["a"].new == 0
    assert Jobs(told).claim_reads(10) is None
    assert outbox(told) == [("post", "pending")]


def test_another_outlet_on_the_event_edits_the_message_that_was_sent(
    told: Context, web: Any, channel: Any, clock: Any, write_feed: Callable[..., str]
) -> None:
    """One story is one message, which grows."""
    send_all(Jobs(told))
    clock.move(hours=2)
    web.put(OTHER, write_feed(("9", *PACT_AGAIN, clock.now)))

    go(Jobs(told))
    send_all(Jobs(told))

    assert outbox(told) == [("post", "sent"), ("edit", "sent")]
    kind, message, ref = channel.arrived[-1]
    assert (kind, ref) == ("edit", MessageRef(channel="C1", ts="1.0"))
    assert PACT_AGAIN[0] in str(message.blocks)


def test_another_outlet_before_sending_is_folded_into_the_waiting_message(
    told: Context, web: Any, clock: Any, write_feed: Callable[..., str]
) -> None:
    """While the post waits it is rewritten; no edit follows it."""
    clock.move(hours=2)
    web.put(OTHER, write_feed(("9", *PACT_AGAIN, clock.now)))

    go(Jobs(told))

    assert outbox(told) == [("post", "pending")]
    (row,) = told.store.outbox([DeliveryState.PENDING])
    assert PACT_AGAIN[0] in str(row.message.blocks)


def test_an_edited_title_changes_the_message_and_posts_no_second_one(
    told: Context, web: Any, channel: Any, clock: Any, write_feed: Callable[..., str]
) -> None:
    """An article judged again stays in its story."""
    send_all(Jobs(told))
    clock.move(hours=5)
    new_title = "Peru and Ecuador agree joint navy patrols against cocaine smugglers"
    web.put(FEED, write_feed(("1", new_title, PACT[1], clock.now - timedelta(hours=5))))

    go(Jobs(told))
    send_all(Jobs(told))

    assert [kind for kind, _, _ in channel.arrived] == ["post", "edit"]
    assert channel.arrived[-1][1].text.startswith(new_title)


def test_a_message_that_may_have_arrived_is_looked_up_and_not_sent_again(
    told: Context, channel: Any, clock: Any
) -> None:
    """After an uncertain answer the channel's history decides."""
    channel.script = [Uncertain(detail="the connection broke")]
    channel.lookups = [Sent(ref=MessageRef(channel="C1", ts="7.0"))]

    first = send_all(Jobs(told))
    clock.move(minutes=1)
    second = send_all(Jobs(told))

    assert (first, second) == ([Came.LATER], [Came.SENT])
    assert channel.arrived == []
    assert outbox(told) == [("post", "sent")]


def test_a_message_that_was_not_found_is_sent(told: Context, channel: Any, clock: Any) -> None:
    """Only the history's word that it is absent allows another post."""
    channel.script = [Uncertain(detail="the connection broke")]
    channel.lookups = [Absent()]
    send_all(Jobs(told))
    clock.move(minutes=1)

    send_all(Jobs(told))

    assert len(channel.arrived) == 1


def test_where_the_history_may_not_be_read_silence_is_preferred(told: Context, channel: Any, clock: Any) -> None:
    """The delivery is listed as unknown and never sent again."""
    channel.script = [Uncertain(detail="the connection broke")]
    send_all(Jobs(told))
    clock.move(minutes=1)

    came = send_all(Jobs(told))
    clock.move(days=1)

    assert came == [Came.UNKNOWN]
    assert send_all(Jobs(told)) == []
    assert outbox(told) == [("post", "unknown")]


def test_a_worker_that_died_while_sending_leaves_a_message_to_be_looked_up(
    told: Context, channel: Any, clock: Any
) -> None:
    """The next worker looks before it sends."""
    assert told.store.claim_delivery(told.worker, "#alerts", clock.now) is not None
    told.store.bury([told.worker.id])
    channel.lookups = [Absent()]
    clock.move(minutes=1)

    send_all(Jobs(told))

    assert channel.looked == ["key-1"]
    assert len(channel.arrived) == 1


def test_a_refused_message_waits_and_the_next_run_sends_it(told: Context, channel: Any, clock: Any) -> None:
    """A wrong token loses nothing: what it refused is due at once when a run begins."""
    channel.script = [Refused(detail="the token is not valid")]
    first = send_all(Jobs(told))
    again_too_soon = send_all(Jobs(told))

    told.store.retry_now(clock.now)
    mended = send_all(Jobs(told))

    assert (first, again_too_soon, mended) == ([Came.REFUSED], [], [Came.SENT])


def test_a_dry_run_records_and_never_sends(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """The alert is held; a later outlet on the event, in a real run, does not wake it."""
    web.put(FEED, write_feed(("1", *PACT, clock.now)))
    go(Jobs(make_context((A, B), dry_run=True)))
    ctx = make_context((A, B))
    clock.move(hours=2)
    web.put(OTHER, write_feed(("9", *PACT_AGAIN, clock.now)))

    go(Jobs(ctx))

    assert outbox(ctx) == [("post", "held")]
    assert send_all(Jobs(ctx)) == []


def test_the_backlog_of_a_new_source_is_told_only_where_it_is_young_and_dated(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """A first poll tells nothing that is undated or older than a day; the ledger says so."""
    ctx = make_context((A,))
    web.put(FEED, write_feed(("old", *PACT, clock.now - timedelta(days=2)), ("undated", *PACT_AGAIN, None)))

    go(Jobs(ctx))

    assert outbox(ctx) == []
    (old,) = ctx.store.ledgers("https://news.example/old")
    (undated,) = ctx.store.ledgers("https://news.example/undated")
    assert (old.gate, undated.gate) == ("backlog: older than 24 h", "backlog: no date")


def test_over_the_hourly_cap_one_line_lists_what_was_held_back(
    make_context: Callable[..., Context], web: Any, channel: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """The channel gets as many messages as allowed, and one that names the others."""
    ctx = make_context((A,), alerts=AlertSettings(max_per_hour=1))
    law = (
        "Parliament in Ghana votes to decriminalise cannabis possession",
        "Lawmakers passed a bill that ends prison sentences for possession of cannabis and sets up a drug treatment fund.",
    )
    web.put(FEED, write_feed(("1", *PACT, clock.now), ("2", *law, clock.now)))

    go(Jobs(ctx))
    send_all(Jobs(ctx))

    assert sorted(outbox(ctx)) == [("post", "held"), ("post", "sent"), ("post", "sent")]
    assert "1 more story this hour" in channel.arrived[-1][1].text


def test_what_is_held_back_later_in_the_hour_joins_what_was(
    make_context: Callable[..., Context], web: Any, channel: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """One post lists both, however much was held for other reasons."""
    ctx = make_context((replace(A, interval=timedelta(minutes=5)),), alerts=AlertSettings(max_per_hour=1))
    law = (
        "Parliament in Ghana votes to decriminalise cannabis possession",
        "Lawmakers passed a bill that ends prison sentences for possession of cannabis and sets up a drug treatment fund.",
    )
    cells = (
        "Norway opens supervised consumption rooms for heroin users",
        "The health ministry will let cities open drug consumption rooms, a change of drug policy that doctors asked for.",
    )
    web.put(FEED, write_feed(("1", *PACT, clock.now), ("2", *law, clock.now)))
    go(Jobs(ctx))
    send_all(Jobs(ctx))

    clock.move(minutes=30)
    web.put(FEED, write_feed(("1", *PACT, clock.now), ("2", *law, clock.now), ("3", *cells, clock.now)))
    go(Jobs(ctx))
    send_all(Jobs(ctx))

    assert sorted(outbox(ctx)) == [
        ("edit", "sent"), ("post", "held"), ("post", "held"), ("post", "sent"), ("post", "sent"),
    ]  # fmt: skip
    assert "2 more stories this hour" in channel.arrived[-1][1].text


def test_a_page_is_fetched_only_where_it_could_matter(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """The bakery's page costs nobody a request; the pact's page is read and judged."""
    ctx = make_context((Source(id="a", name="Outlet A", url=FEED),))
    web.put(FEED, write_feed(("1", *PACT, clock.now), ("2", *BAKERY, clock.now)))
    web.put("https://news.example/1", PACT[1] * 3)

    go(Jobs(ctx))

    assert [request.url for request in web.asked] == [FEED, "https://news.example/1"]
    assert web.asked[1].check_robots
    (ledger,) = ctx.store.ledgers("https://news.example/1")
    assert ledger.article.origin == "page"


def test_a_page_that_fails_for_a_while_is_tried_again_and_then_the_teaser_is_judged(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """Three tries, 20 and 40 seconds apart; then the article is told on its teaser rather than never."""
    ctx = make_context((Source(id="a", name="Outlet A", url=FEED),))
    web.put(FEED, write_feed(("1", *PACT, clock.now)))
    web.pages["https://news.example/1"] = TryLater(result="http-503", detail="busy", weight=Weight.SOFT)

    go(Jobs(ctx))
    early = []
    for seconds in (20, 40):
        clock.move(seconds=seconds - 1)
        early.append(Jobs(ctx).claim_reads(10))
        clock.move(seconds=1)
        go(Jobs(ctx))

    assert early == [None, None]
    assert len([request for request in web.asked if request.url.endswith("/1")]) == 3
    (ledger,) = ctx.store.ledgers("https://news.example/1")
    assert (ledger.stage, ledger.article.origin, ledger.article.note) == ("done", "feed", "busy")
    assert outbox(ctx) == [("post", "pending")]


def test_a_broken_source_says_why_and_the_next_poll_comes_later(
    make_context: Callable[..., Context], web: Any, clock: Any
) -> None:
    """An HTML page where the feed should be is no feed; the other source is polled all the same."""
    ctx = make_context((A, B))
    web.put(FEED, "<!doctype html><html><body>Maintenance</body></html>")
    web.pages[OTHER] = NotModified(headers={})

    polled = poll(Jobs(ctx))

    assert (polled["a"].result, polled["b"].result) == ("not-a-feed", "not-modified")
    state = ctx.store.source_states()["a"]
    assert state.failures == 1
    assert state.next_poll_at > clock.now + timedelta(hours=1)


def test_a_fault_of_ours_in_one_poll_stops_no_other(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """An unforeseen exception becomes that source's result `error`."""
    ctx = make_context((A, B))
    web.pages[FEED] = "neither fetched nor anything else"
    web.put(OTHER, write_feed(("1", *BAKERY, clock.now)))

    polled = poll(Jobs(ctx))

    assert (polled["a"].result, polled["b"].result) == ("error", "ok")


def test_a_source_that_one_of_us_does_not_know_is_given_back(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """Taken out of the configuration between claim and poll, or not yet in it: others find it, with its state, a minute later."""
    ctx = make_context((A,))
    web.put(FEED, write_feed(("1", *BAKERY, clock.now)))
    (before,) = ctx.store.source_states().values()

    polled = poll(Jobs(replace(ctx, sources={})))
    at_once = Jobs(ctx).claim_polls(9)
    clock.move(minutes=1)
    known = poll(Jobs(ctx))

    assert (polled["a"].result, at_once) == ("error", [])
    assert known["a"].result == "ok"
    assert (before.failed_polls, ctx.store.poll_log("a", 9)[-1].detail[:29]) == (0, "This source is not in the con")


class Scribe:
    """Writes what it was given, and remembers what it was asked about."""

    def __init__(self, words: str | None) -> None:
        self.words, self.asked = words, []

    def summarise(self, title: str, text: str, *, outlet: str, language: str) -> Summary | None:
        self.asked.append((title, outlet, language))
        return Summary(sentences=(self.words,), outlet=outlet, written_by="small") if self.words else None


LONG = (
    "The defence ministers of Peru and Ecuador signed a security cooperation agreement on joint police and navy patrols against"
    " drug trafficking along the border on Monday. The two navies will share intelligence on cocaine cartels and train"
    " together from May. The agreement was four years in the making, officials of both countries said. Peru will send two"
    " patrol boats to the gulf, and Ecuador will open a new command post in Machala."
)


@pytest.mark.parametrize("words", ["Peru and Ecuador will patrol together.", None])
def test_a_model_s_summary_is_shown_where_one_is_to_be_had(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any, words: str | None
) -> None:
    """It says who wrote it; otherwise the article speaks for itself."""
    scribe = Scribe(words)
    ctx = replace(make_context((A,)), writer=scribe)
    web.put(FEED, write_feed(("1", PACT[0], LONG, clock.now)))

    go(Jobs(ctx))

    (row,) = ctx.store.outbox([DeliveryState.PENDING])
    shown = str(row.message.blocks)
    assert scribe.asked == [(PACT[0], "Outlet A", "en")]
    assert ("Peru and Ecuador will patrol together. (written by small)" in shown) is bool(words)
    assert ("signed a security cooperation agreement on joint police and navy patrols" in shown) is not bool(words)


def test_a_teaser_is_no_matter_for_a_model(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """Two sentences need no summary, and cost nothing."""
    scribe = Scribe("Something.")
    web.put(FEED, write_feed(("1", *PACT, clock.now)))

    go(Jobs(replace(make_context((A,)), writer=scribe)))

    assert scribe.asked == []


def test_a_message_names_the_facts_and_marks_the_copy(
    told: Context, web: Any, clock: Any, write_feed: Callable[..., str]
) -> None:
    """Countries and substances of the story; the same text in the other paper is no second voice."""
    clock.move(hours=2)
    web.put(OTHER, write_feed(("9", *PACT, clock.now)))

    go(Jobs(told))

    (row,) = told.store.outbox([DeliveryState.PENDING])
    assert "Countries: Peru · Ecuador — Substances: cocaine" in str(row.message.blocks)
    assert str(row.message.blocks).count("(wire copy)") == 1
