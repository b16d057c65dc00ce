"""What a search finds, and what it does not: the same on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.adapters.store import SqlStore
from monitor.adapters.store.asking.search import folded, terms

from .conftest import NOON, Newsroom

ARTICLES = (
    ("Peru and Ecuador sign pact", "Joint patrols against cocaine smugglers will begin in spring.", "gazette"),
    ("Vigilancia en el Perú", "Las patrullas conjuntas comenzarán en otoño, dijo la presidenta.", "herald"),
    ("Coca-Cola opens a plant", "The patrols of the night watch are joint with a neighbour's.", "herald"),
    ("Wheat slips", "Futures fell for a third day.", "gazette"),
)


@pytest.fixture
def room(store: SqlStore) -> Newsroom:
    """Give four judged articles, the first flagged and told, the last the latest."""
    room = Newsroom(store)
    room.declare("gazette", "herald")
    for number, (title, _, source) in enumerate(ARTICLES, 1):
        room.poll(room.new(number, source, title=title, published=NOON + timedelta(hours=number)), source_id=source)
    read = store.claim_to_read(room.worker, NOON, 100)
    store.save_read(room.worker, [room.article(entry, ARTICLES[entry.id - 1][1]) for entry in read])
    plain = replace(room.verdict(), flagged=False)
    judged = [
        room.judged(
            article,
            story_id=1 if article.entry.id == 1 else None,
            verdicts=(room.verdict() if article.entry.id == 1 else plain,),
        )
        for article in store.to_judge(100)
    ]
    store.save_judgements(room.worker, judged, now=NOON)
    assert store.index(100) == 4
    return room


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("patrols", [3, 1]),
        ("PATROLS joint", [3, 1]),
        ('"joint patrols"', [1]),
        ('"patrols joint"', []),
        ("peru", [2, 1]),
        ("Perú", [2, 1]),
        ("otono", [2]),
        ("patru*", [2]),
        ("coc*", [3, 1]),
        ('"coca cola"', [3]),
        ("coca-cola", [3]),
        ('"sign pact" ecuador', [1]),
        ("pact joint", [1]),
        ("zebra", []),
        ("patrols zebra", []),
        ("", []),
        ('"" * ! - :', []),
    ],
)
def test_words_phrases_and_open_endings_are_found_whatever_their_accents(
    room: Newsroom, question: str, found: list[int]
) -> None:
    """In headline and text, the latest first."""
    assert room.store.search(question, 10) == found


def test_what_is_found_can_be_narrowed(room: Newsroom) -> None:
    """By topic, source, time, and whether it was told; and it is cut at the limit."""
    store = room.store

    assert store.search("patrols", 1) == [3]
    assert store.search("patrols", 10, topic="ports") == [1]
    assert store.search("patrols", 10, told=True) == [1]
    assert store.search("patrols", 10, source="herald") == [3]
    assert store.search("patrols", 10, since=NOON + timedelta(hours=2)) == [3]


def test_a_changed_article_is_found_by_its_new_words_alone(room: Newsroom) -> None:
    """Once it is judged and indexed again."""
    store = room.store
    changed = room.new(4, title="Barley rises", digest="another", complete=True)
    room.poll(changed=((4, changed),))
    store.save_judgements(room.worker, [room.judged(article) for article in store.to_judge(10)], now=NOON)
    before = store.search("barley", 10)
    indexed = store.index(10)

    assert before == []
    assert indexed == 1
    assert store.search("barley", 10) == [4]
    assert store.search("wheat", 10) == []
    assert store.index(10) == 0


def test_what_is_not_judged_yet_is_not_indexed(store: SqlStore) -> None:
    """It may change before it is read."""
    room = Newsroom(store)
    room.entries()

    assert store.index(10) == 0


def test_several_may_index_at_the_same_moment(store: SqlStore, url: str, opened: Callable[..., SqlStore]) -> None:
    """Processes of one database take different articles; each is indexed once, with what it names."""
    room = Newsroom(store)
    room.declare("gazette")
    room.poll(*[room.new(number, title=f"Peru and Ecuador sign pact {number}") for number in range(80)])
    store.save_read(room.worker, [room.article(entry) for entry in store.claim_to_read(room.worker, NOON, 100)])
    judged = [room.judged(one, story_id=1, verdicts=(room.verdict(),)) for one in store.to_judge(100)]
    store.save_judgements(room.worker, judged, now=NOON)
    at_once = Barrier(4)

    def index(one: SqlStore) -> int:
        at_once.wait()
        done = 0
        while now := one.index(5):
            done += now
        return done

    stores = [store, *(opened(url) for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(index, stores))

    assert sum(counts) == 80
    assert store.named("country") == ["Ecuador", "Peru"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=40) | st.text(alphabet="\"*()&|!<>:-^~\\' andORNEAR\x00٣é", max_size=30))
def test_no_question_is_an_error(room: Newsroom, question: str) -> None:
    """Whatever is typed, no operator of a database acts in it."""
    assert isinstance(room.store.search(question, 5), list)


@given(st.text(max_size=80))
def test_a_text_is_found_by_each_of_its_own_words(text: Any) -> None:
    """Folding what is asked and what is indexed is one thing."""
    indexed = folded(text).split()

    assert all(set(term.words) <= set(indexed) for term in terms(text.replace("*", " ")))
