"""Answers, imported articles, the stream and the audit's draws: the same on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.adapters.store import SqlStore
from monitor.types import IMPORTED, Draw, Imported, Label, Opinion, Via

from .conftest import NOON, Newsroom


@pytest.fixture
def room(store: SqlStore) -> Newsroom:
    """Give a newsroom with one judged, flagged article."""
    room = Newsroom(store)
    [article] = room.articles()
    store.save_judgements(room.worker, [room.judged(article)], now=NOON)
    return room


def label(entry_id: int = 1, **fields: Any) -> Label:
    """Give a yes of Ana's."""
    values: dict[str, Any] = {"topic": "ports", "value": True, "who": "ana", "at": NOON, "via": Via.TERMINAL}
    return Label(**{"entry_id": entry_id, **values, **fields})


def item(**fields: Any) -> Imported:
    """Give a labelled article of a file."""
    values: dict[str, Any] = {
        "url": "https://elsewhere.example/1",
        "title": "Two ports sign an accord",
        "text": "They did.",
        "language": "en",
        "opinions": (Opinion(topic="ports", value=True, who="import", at=NOON),),
    }
    return Imported(**{**values, **fields})


def test_the_latest_answer_of_a_person_replaces_the_former(room: Newsroom) -> None:
    """What they said before is gone; what somebody else said stays."""
    later = label(value=False, at=NOON + timedelta(hours=1))

    new = [room.store.save_labels([label(), label(who="bo")]), room.store.save_labels([later])]

    assert new == [2, 1]
    assert room.store.labels() == [later, label(who="bo")]


def test_an_older_answer_changes_nothing(room: Newsroom) -> None:
    """A file that is imported again does not undo what was said since."""
    room.store.save_labels([label(value=None)])

    new = room.store.save_labels([label(value=True, at=NOON - timedelta(hours=1))])

    assert (new, room.store.labels()) == (0, [label(value=None)])


def test_an_answer_can_be_given_in_one_go_twice_and_taken_back(room: Newsroom) -> None:
    """Of two in one batch the later one counts, whatever their order; withdrawing twice does no harm."""
    later = label(value=False, at=NOON + timedelta(minutes=1))
    room.store.save_labels([later, label()])
    kept = room.store.labels()

    room.store.withdraw_labels(1, "ana")
    room.store.withdraw_labels(1, "ana")

    assert (kept, room.store.labels()) == ([later], [])


def test_an_imported_article_is_stored_once_and_is_not_of_the_stream(room: Newsroom) -> None:
    """Nobody alerts on it, no audit counts it; its labels are like any other."""
    first = room.store.import_labels([item(), item(url=None, title="No address")], NOON)
    again = room.store.import_labels([item(), item(url=None, title="No address")], NOON)

    assert (first, again) == (([2, 3], 2), ([2, 3], 0))
    assert [one.article.entry.id for one in room.store.stream(NOON, 0, 10)] == [1]
    assert {score.entry_id for score in room.store.scores(NOON)} == {1}
    assert room.store.counts()["entries_done"] == 3
    [imported, _] = room.store.labelled(0, 10)
    assert (imported.article.entry.source_id, imported.article.text, imported.language) == (IMPORTED, "They did.", "en")


def test_labels_for_a_stored_address_are_about_the_stored_article(room: Newsroom) -> None:
    """It keeps its own words, and needs none in the file; an address that nobody knows needs them."""
    known = item(url="https://gazette.example/1", title="", text="")
    unknown = item(url="https://nowhere.example/1", title="", text="")

    ids, new = room.store.import_labels([known, unknown], NOON)

    assert (ids, new) == ([1, None], 1)
    [one] = room.store.labelled(0, 10)
    assert one.article.entry.title == "Harbour council meets, day 1"
    assert [said.who for said in one.labels] == ["import"]


def test_the_stream_comes_in_pages_with_verdicts_and_labels(store: SqlStore) -> None:
    """By rising id, each page where the last one ended, from a moment on."""
    room = Newsroom(store)
    articles = room.articles(*(room.new(number) for number in range(1, 6)))
    for number, article in enumerate(articles):
        store.save_judgements(room.worker, [room.judged(article)], now=NOON + timedelta(hours=number))
    store.save_labels([label(3)])

    pages = [store.stream(NOON + timedelta(hours=1), after, 2) for after in (0, 3, 5)]

    assert [[one.article.entry.id for one in page] for page in pages] == [[2, 3], [4, 5], []]
    assert [len(one.labels) for one in pages[0]] == [0, 1]
    assert pages[0][0].verdicts[0].topic == "ports"
    assert store.volume(NOON + timedelta(hours=2)) == (3, NOON + timedelta(hours=2))
    assert store.probabilities("ports", "m1", NOON) == [0.75] * 5
    assert store.probabilities("ports", "another", NOON) == []
    assert len(store.scores(NOON, NOON + timedelta(hours=2))) == 2


def test_a_week_is_drawn_once(room: Newsroom) -> None:
    """Whoever asks second gets what the first one drew: the weights belong to one draw."""
    draw = Draw(entry_id=1, topic="ports", week="2026-W09", stratum="flagged", population=9, drawn=2, belief=0.8)

    drawn = [room.store.save_draws([draw]), room.store.save_draws([replace(draw, population=7)])]

    assert (drawn, room.store.draws(), room.store.draws("2026-W10")) == ([1, 0], [draw], [])
