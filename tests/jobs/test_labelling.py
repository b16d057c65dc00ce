"""What people are asked, from a real store: the audit's weekly sample, disputes, and nothing twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.adapters.store import SqlStore, open_store
from monitor.feedback.queue import Kind
from monitor.jobs.people import labelling
from monitor.jobs.watch import presence
from monitor.types import Judged, Label, LearningSettings, NewEntry, PollRecord, Reason, Source, Topic, Verdict, Via

WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)
LAST_WEEK = WEDNESDAY - timedelta(days=6)
TOPIC = Topic(id="ports", name="Ports")
SETTINGS = LearningSettings(audit=10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store with forty articles of last week, of rising probability."""
    opened = open_store(f"sqlite:///{tmp_path}/monitor.db")
    worker = presence.this_worker(WEDNESDAY)
    opened.join(worker)
    opened.sync_sources([Source(id="gazette", name="Gazette", url="https://g.example/")], LAST_WEEK)
    [state] = opened.claim_sources(worker, LAST_WEEK, 1)
    record = PollRecord(source_id="gazette", at=LAST_WEEK, result="ok", detail="", entries=40, new=40, seconds=0)
    opened.save_poll(worker, state, record, [entry(number) for number in range(40)])
    judged = [
        Judged(
            entry_id=one.entry.id,
            digest=one.entry.digest,
            language="en",
            judged=True,
            verdicts=(verdict(one.entry.id / 41),),
        )
        for one in opened.to_judge(100)
    ]
    opened.lock("judge", worker)
    opened.save_judgements(worker, judged, now=LAST_WEEK)
    yield opened
    opened.close()


def entry(number: int) -> NewEntry:
    """Give an entry."""
    return NewEntry(
        source_id="gazette",
        identity=str(number),
        url=f"https://g.example/{number}",
        link=None,
        title=f"Port call number {number}",
        summary="",
        content="",
        published=LAST_WEEK,
        seen_at=LAST_WEEK,
        digest=str(number),
        complete=True,
    )


def verdict(probability: float) -> Verdict:
    """Give a verdict with a threshold in the middle."""
    flagged = probability >= 0.5
    reason = Reason.SCORE if flagged else Reason.BELOW
    return Verdict(topic="ports", probability=probability, threshold=0.5, flagged=flagged, reason=reason, model="m")


def say(store: SqlStore, entry_id: int, value: bool | None, who: str, minutes: int = 0) -> None:
    """Answer."""
    at = WEDNESDAY + timedelta(minutes=minutes)
    store.save_labels([Label(entry_id=entry_id, topic="ports", value=value, who=who, at=at, via=Via.WEB)])


def ask(store: SqlStore, who: str, count: int = 100) -> dict[int, Kind]:
    """Give what a person would be asked."""
    asked = labelling.questions(store, [TOPIC], SETTINGS, who, WEDNESDAY, count=count)
    return {question.entry_id: question.kind for question, _ in asked}


def test_a_dispute_goes_back_to_whoever_did_not_answer_last(store: SqlStore) -> None:
    """Ana differs from Bo: Bo is asked again, and a third person; when Bo gives way nobody is."""
    say(store, 7, True, "bo")
    say(store, 7, False, "ana", minutes=1)

    first = [ask(store, who).get(7) for who in ("ana", "bo", "cem")]
    say(store, 7, False, "bo", minutes=2)
    then = [ask(store, who).get(7) for who in ("ana", "bo", "cem")]

    assert first == [None, Kind.DISPUTED, Kind.DISPUTED]
    assert then == [None, None, None]


def test_what_somebody_answered_is_not_asked_again(store: SqlStore) -> None:
    """Of nobody: one answer is enough until somebody doubts it."""
    for entry_id in range(1, 39):
        say(store, entry_id, None if entry_id % 2 else True, "ana")

    assert set(ask(store, "bo")) == {39, 40}


def test_the_sample_of_last_week_is_drawn_once_and_feeds_the_audit(store: SqlStore) -> None:
    """Asked about as random ones; when all are answered there is an estimate, and the misses found are named."""
    drawn = {one.entry_id for one in labelling.draw_week(store, [TOPIC], 10, WEDNESDAY)}
    again = {one.entry_id for one in labelling.draw_week(store, [TOPIC], 10, WEDNESDAY + timedelta(days=1))}
    kinds = ask(store, "ana")
    for entry_id in drawn:
        say(store, entry_id, entry_id > 10, "ana")

    estimate = labelling.estimates(store, [TOPIC])["ports"]
    missed = {one.article.entry.id for one in labelling.misses(store, [TOPIC])["ports"]}

    assert drawn == again
    assert {id_ for id_, kind in kinds.items() if kind is Kind.RANDOM} <= drawn
    assert estimate.answered == len(drawn)
    assert estimate.recall[1] <= 20 / 30 <= estimate.recall[2]
    assert missed == {entry_id for entry_id in drawn if 10 < entry_id < 21}


def test_a_new_week_draws_a_new_sample(store: SqlStore) -> None:
    """Of the week before it, where anything was judged then."""
    labelling.draw_week(store, [TOPIC], 10, WEDNESDAY)

    later = labelling.draw_week(store, [TOPIC], 10, WEDNESDAY + timedelta(days=7))

    assert {one.week for one in later} == {"2026-W09"}


def test_a_sample_that_is_still_to_be_drawn_is_known_without_drawing_it(store: SqlStore) -> None:
    """By the name of the week; not where it was drawn, or where none is wanted."""
    before = [labelling.undrawn(store, [TOPIC], size, WEDNESDAY) for size in (10, 0)]
    untouched = store.draws()
    labelling.draw_week(store, [TOPIC], 10, WEDNESDAY)
    after = [labelling.undrawn(store, [TOPIC], 10, WEDNESDAY + timedelta(days=days)) for days in (0, 7)]
    another = labelling.undrawn(store, [TOPIC, Topic(id="tea", name="Tea")], 10, WEDNESDAY)

    assert before == ["2026-W09", ""]
    assert untouched == []
    assert after == ["", "2026-W10"]
    assert another == "2026-W09"


def test_a_sample_says_what_came_of_each_article(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settled, unsure, disputed or waiting; what was said of articles that were not drawn is no part of it."""
    monkeypatch.setattr(labelling, "MOST_ASKED", 3)  # so that several questions are put to the store
    drawn = sorted({one.entry_id for one in labelling.draw_week(store, [TOPIC], 10, WEDNESDAY)})
    elsewhere = next(id_ for id_ in range(1, 41) if id_ not in drawn)
    say(store, drawn[0], True, "ana")
    say(store, drawn[1], None, "ana")
    say(store, drawn[2], True, "ana")
    say(store, drawn[2], False, "bo")
    say(store, drawn[-1], False, "bo")
    say(store, elsewhere, True, "ana")

    sample = labelling.samples(store, [TOPIC])["ports"]

    assert sample.answers == {drawn[0]: True, drawn[-1]: False}
    assert (sample.unsure, sample.disputed) == ({drawn[1]}, {drawn[2]})
    assert {one.entry_id for one in sample.waiting} == set(drawn[3:-1])
    assert labelling.samples(store, [TOPIC], "2026-W10")["ports"].drawn == ()
