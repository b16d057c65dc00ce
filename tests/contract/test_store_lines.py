"""Lists of stories, narrowed: the same on both databases."""

from datetime import timedelta

import pytest

from monitor.adapters.store import SqlStore
from monitor.types import Label, Narrowed, SaidOf, Via

from .conftest import HOUR, NOON, Newsroom

ARTICLES = (  # title, source, story, topics, hours before noon
    ("Peru and Chile sign a pact on ports", "gazette", 1, ("ports",), 30),
    ("Ports pact signed at last", "herald", 1, ("ports", "tea"), 2),
    ("Tea harvest in Kenya fails", "herald", 3, ("tea",), 10),
    ("Nothing of note", "gazette", None, (), 1),
)


@pytest.fixture
def room(store: SqlStore) -> Newsroom:
    """Give three articles in two stories, and one in none."""
    room = Newsroom(store)
    room.declare("gazette", "herald")
    for number, (title, source, _, _, hours) in enumerate(ARTICLES, 1):
        published = NOON - hours * HOUR
        room.poll(room.new(number, source, title=title, published=published), source_id=source)
    read = store.claim_to_read(room.worker, NOON, 100)
    store.save_read(room.worker, [room.article(entry) for entry in read])
    judged = []
    for article, (_, _, story, topics, _) in zip(store.to_judge(100), ARTICLES, strict=True):
        flagged = tuple(room.verdict(topic, probability=0.5 + article.entry.id / 10) for topic in topics)
        judged.append(room.judged(article, story_id=story, verdicts=flagged))
    store.save_judgements(room.worker, judged, now=NOON)
    store.index(100)
    return room


def test_a_line_holds_what_a_list_shows(store: SqlStore, room: Newsroom) -> None:
    """Articles oldest first with outlet and topics; the latest story first; each topic with its highest probability."""
    first, second = store.story_lines(Narrowed(), 10)

    assert (first.id, second.id) == (1, 3)
    assert [(one.entry_id, one.outlet) for one in first.articles] == [(1, "Gazette"), (2, "Herald")]
    assert first.flagged == {"ports": 0.7, "tea": 0.7}
    assert first.articles[0].flagged == {"ports": 0.6}
    assert first.updated_at == NOON - 2 * HOUR


@pytest.mark.parametrize(("narrowed", "found"), [
    (Narrowed(topic="tea"), [1, 3]), (Narrowed(topic="ports"), [1]), (Narrowed(topic="zebra"), []),
    (Narrowed(source="herald"), [1, 3]), (Narrowed(source="gazette"), [1]),
    (Narrowed(country="Peru"), [1]), (Narrowed(country="Kenya"), [3]), (Narrowed(country="Chad"), []),
    (Narrowed(since=NOON - 5 * HOUR), [1]), (Narrowed(until=NOON - 5 * HOUR), [3, 1]),
    (Narrowed(since=NOON - 12 * HOUR, until=NOON - 5 * HOUR), [3]),
    (Narrowed(topic="tea", source="herald", country="Kenya", since=NOON - timedelta(days=9)), [3]),
    (Narrowed(said=SaidOf.NOTHING), [1, 3]), (Narrowed(said=SaidOf.SOMETHING), []), (Narrowed(said=SaidOf.DISPUTED), []),
])  # fmt: skip
def test_a_list_is_narrowed(store: SqlStore, room: Newsroom, narrowed: Narrowed, found: list[int]) -> None:
    """By topic, source, country, time and what was said; all of what is asked for must hold."""
    assert [line.id for line in store.story_lines(narrowed, 10)] == found


def test_what_was_said_narrows(store: SqlStore, room: Newsroom) -> None:
    """Somebody spoke; two who were sure differ; unsure is no dispute."""

    def say(who: str, *, value: bool | None, entry_id: int = 2) -> None:
        store.save_labels([Label(entry_id=entry_id, topic="tea", value=value, who=who, at=NOON, via=Via.WEB)])

    def ids(said: SaidOf) -> list[int]:
        return [line.id for line in store.story_lines(Narrowed(said=said), 10)]

    say("ana", value=True)
    say("ben", value=None)
    said, nothing, before = ids(SaidOf.SOMETHING), ids(SaidOf.NOTHING), ids(SaidOf.DISPUTED)
    say("eve", value=False)

    assert (said, nothing, before, ids(SaidOf.DISPUTED)) == ([1], [3], [], [1])
    (line, _) = store.story_lines(Narrowed(), 10)
    assert [label.who for label in line.articles[1].labels] == ["ana", "ben", "eve"]


def test_a_list_has_pages(store: SqlStore, room: Newsroom) -> None:
    """So many after so many; beyond the end nothing."""
    assert [line.id for line in store.story_lines(Narrowed(), 1)] == [1]
    assert [line.id for line in store.story_lines(Narrowed(), 1, 1)] == [3]
    assert store.story_lines(Narrowed(), 1, 2) == []


def test_articles_in_stories_are_tagged_as_they_are_indexed(store: SqlStore, room: Newsroom) -> None:
    """With what they name; a search is narrowed to a country, goes by pages, and is counted."""
    assert store.named("country") == ["Chile", "Kenya", "Peru"]
    assert store.named("zebra") == []
    assert store.search("pact", 10) == [2, 1]
    assert store.search("pact", 10, country="Peru") == [1]
    assert store.search("pact", 1, 1) == [1]
    assert store.found("pact", NOON - timedelta(days=9)) == 2
    assert store.found("pact", NOON - 5 * HOUR) == 1
    assert store.found("pact", NOON - timedelta(days=9), topic="tea") == 1
    assert store.found("", NOON - timedelta(days=9)) == 0
