"""How much there is and what waits, on both databases: as programs that watch the monitor are told."""

from dataclasses import replace
from datetime import timedelta

from monitor.adapters.store import SqlStore
from monitor.types import DeliveryKind, DeliveryState, Imported, Label, MessageRef, Opinion, Via

from .conftest import HOUR, NOON, Newsroom


def test_an_empty_store_has_nothing_and_nothing_waits(store: SqlStore) -> None:
    """Every stage is named; the tables alone have a size."""
    found = store.figures(NOON)

    assert found.entries == {"read": 0, "judge": 0, "done": 0}
    assert (found.polls, found.gates, found.verdicts, found.alerts, found.deliveries, found.labels) == ({},) * 6
    assert found.stories == 0
    assert found.size > 10_000
    assert (found.to_read_since, found.to_judge_since, found.to_send_since) == (None, None, None)


def test_polls_are_counted_by_result_and_of_the_last_hour_only(room: Newsroom) -> None:
    """What is older than an hour, to the moment, is left out."""
    room.declare("gazette", "herald")
    told = [
        (3 * HOUR, "ok"),
        (HOUR + timedelta(seconds=1), "dns"),
        (HOUR, "timeout"),
        (HOUR / 2, "ok"),
        (HOUR / 3, "ok"),
    ]
    for ago, result in told:
        [state] = room.store.claim_sources(room.worker, NOON, 1, only=["gazette"])
        room.store.save_poll(room.worker, state, room.record(at=NOON - ago, result=result))

    assert room.store.figures(NOON).polls == {"timeout": 1, "ok": 2}
    assert room.store.figures(NOON - 3 * HOUR).polls == {"ok": 3, "dns": 1, "timeout": 1}
    assert room.store.figures(NOON + 5 * HOUR).polls == {}


def test_entries_are_counted_by_stage_also_while_somebody_reads_them(room: Newsroom) -> None:
    """One to be read, one being read, one to be judged, one judged, one that came with its answers."""
    [done, _] = room.articles(room.new(1), room.new(2))
    room.store.save_judgements(room.worker, [room.judged(done)], now=NOON)
    room.poll(room.new(3), room.new(4))
    room.store.claim_to_read(room.worker, NOON, 1)
    opinion = Opinion(topic="ports", value=True, who="ana", at=NOON)
    room.store.import_labels([Imported(url=None, title="Old", text="News", language="en", opinions=(opinion,))], NOON)

    assert room.store.figures(NOON).entries == {"read": 2, "judge": 1, "done": 2}


def test_verdicts_stories_and_what_kept_articles_from_being_told_are_counted(room: Newsroom) -> None:
    """An article that nothing kept counts nowhere among the gates."""
    read = room.articles(*(room.new(n) for n in range(1, 5)))
    no = room.verdict("trade", flagged=False)
    gates = ("", "dry run", "backlog: no date", "dry run")
    judged = [
        room.judged(one, story_id=read[0].entry.id if n < 2 else one.entry.id, gate=gate, verdicts=(room.verdict(), no))
        for n, (one, gate) in enumerate(zip(read, gates, strict=True))
    ]
    room.store.save_judgements(room.worker, judged, now=NOON)

    found = room.store.figures(NOON)

    assert found.verdicts == {("ports", True): 4, ("trade", False): 4}
    assert found.stories == 3
    assert found.gates == {"dry run": 2, "backlog: no date": 1}


def test_alerts_are_story_posts_that_are_not_held_and_deliveries_are_all(room: Newsroom) -> None:
    """A digest, a reply and what a dry run recorded are no alerts."""
    post = room.delivery
    room.decide(
        post("k1", "story:1"),
        post("k2", "story:2"),
        post("k3", "story:1", channel="#trade"),
        post("k4", "story:3", held="dry run"),
        post("k5", "digest:2026-03-02T08:00"),
        post("k6", "story:1", kind=DeliveryKind.REPLY),
    )
    first = room.store.claim_delivery(room.worker, "#trade", NOON)
    assert first is not None
    ref = MessageRef(channel="C1", ts="1.0")
    room.store.save_delivery(room.worker, first, DeliveryState.SENT, now=NOON, ref=ref)

    found = room.store.figures(NOON)

    assert found.alerts == {"#ports": 2, "#trade": 1}
    assert found.deliveries == {DeliveryState.PENDING: 4, DeliveryState.SENT: 1, DeliveryState.HELD: 1}


def test_answers_are_counted_by_what_they_say(room: Newsroom) -> None:
    """Yes, no and unsure."""
    read = room.articles(*(room.new(n) for n in range(1, 4)))
    for one, value in zip(read, (True, None, True), strict=True):
        label = Label(entry_id=one.entry.id, topic="ports", value=value, who="ana", at=NOON, via=Via.WEB)
        room.store.save_labels([label, replace(label, who="ben", value=False)])

    assert room.store.figures(NOON).labels == {True: 2, None: 1, False: 3}


def test_what_waits_to_be_read_or_judged_waits_since_its_time_came(room: Newsroom) -> None:
    """The oldest counts; what somebody is reading does not wait."""
    room.declare("gazette")
    room.poll(*(room.new(n, seen_at=NOON - n * HOUR) for n in range(1, 4)))
    before = room.store.figures(NOON)
    [claimed] = room.store.claim_to_read(room.worker, NOON - 2.5 * HOUR, 1)
    meanwhile = room.store.figures(NOON)
    room.store.save_read(room.worker, [room.article(claimed)])
    after = room.store.figures(NOON)

    assert (before.to_read_since, before.to_judge_since) == (NOON - 3 * HOUR, None)
    assert (meanwhile.to_read_since, meanwhile.to_judge_since) == (NOON - 2 * HOUR, None)
    assert (after.to_read_since, after.to_judge_since) == (NOON - 2 * HOUR, NOON - 3 * HOUR)


def test_a_delivery_is_late_from_its_time_on_and_stays_late_however_often_it_is_put_off(room: Newsroom) -> None:
    """One that sleeps through quiet hours is not late; one that fails and waits for its next attempt is."""
    asleep = room.delivery("k1", "story:1", channel="#asleep", created_at=NOON - 9 * HOUR, not_before=NOON + HOUR)
    awake = room.delivery("k2", "story:2", channel="#awake", created_at=NOON - 9 * HOUR, not_before=NOON - HOUR)
    room.decide(asleep, awake)
    at_first = room.store.figures(NOON)
    room.decide(room.delivery("k3", "story:3", created_at=NOON - 2 * HOUR, not_before=NOON - 2 * HOUR))
    tried = room.store.claim_delivery(room.worker, "#ports", NOON)
    assert tried is not None
    put_off = {"now": NOON, "not_before": NOON + HOUR / 2, "error": "refused"}
    room.store.save_delivery(room.worker, tried, DeliveryState.REFUSED, **put_off)

    assert at_first.to_send_since == NOON - HOUR
    assert room.store.figures(NOON).to_send_since == NOON - 2 * HOUR
