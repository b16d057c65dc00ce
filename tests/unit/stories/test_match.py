"""Takes invented news, checks which articles are put into one story."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stories import StoryIndex, fold, shipped_idf
from monitor.types import StoryArticle

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SEIZURE = (
    "Navy of Lomanda seizes two tonnes of cocaine on fishing boat",
    "The navy of Lomanda stopped a fishing boat off Port Asker on Monday and found two tonnes of cocaine, "
    "Defence Minister Ilona Verrat said. Five crew members were arrested.",
)
SEIZURE_RETOLD = (
    "Five held as Lomanda's navy finds cocaine off Port Asker",
    "Ilona Verrat, the defence minister, praised sailors who boarded a vessel near Port Asker. The cocaine, "
    "some two tonnes of it, was hidden under fish, Lomanda's navy said.",
)
SEIZURE_LATER = (
    "Ostmark offers Lomanda patrol boats",
    "Ostmark will lend Lomanda two patrol boats, its defence ministry said, after sailors found cocaine on a fishing boat.",
)
SAME_TEMPLATE = (
    "Customs of Velsk seize 40 kilos of heroin in lorry",
    "Customs officers of Velsk stopped a lorry at the Ardo crossing on Monday and found 40 kilos of heroin, "
    "Finance Minister Petr Halloun said. The driver was arrested.",
)
PACT = (
    "Torvenia and Ostmark sign defence pact",
    "The defence ministers of Torvenia and Ostmark signed an agreement on joint exercises in Brunn on Tuesday.",
)


def article(number, words=SEIZURE, *, at=NOON, seen=NOON, outlet="Daily Harbour"):
    """Give an article with these words."""
    title, text = words
    return StoryArticle(
        entry_id=number, outlet=outlet, title=title, text=text, link=None, published=at, seen_at=seen, topics=()
    )


def index(*articles, **more):
    """Give an index in which each article has opened a story."""
    made = StoryIndex(shipped_idf(), **more)
    made.restore({one.entry_id: [one] for one in articles})
    return made


def story_of(known, newcomer):
    """Place one article and give its story."""
    return known.place([newcomer]).stories[newcomer.entry_id]


def test_the_first_article_opens_a_story():
    """Where nothing has been told, there is nothing to join."""
    assert story_of(index(), article(1)) == 1


def test_the_same_event_in_other_words_joins():
    """Another outlet's account of the same seizure belongs to its story."""
    known = index(article(1), article(2, PACT))

    assert story_of(known, article(3, SEIZURE_RETOLD, outlet="Coast Radio")) == 1


def test_the_same_template_with_another_place_and_figure_opens():
    """Another country's seizure on the same day is another story, though told in the same sentences."""
    assert story_of(index(article(1)), article(2, SAME_TEMPLATE)) == 2


@pytest.mark.parametrize(
    ("hours", "joins"), [(0, True), (71, True), (72, True), (73, False), (-72, True), (-73, False)]
)
def test_articles_further_apart_than_the_window_are_not_compared(hours, joins):
    """A copy joins up to the window's edge on either side, and not beyond."""
    assert story_of(index(article(1)), article(2, at=NOON + timedelta(hours=hours))) == (1 if joins else 2)


def test_an_undated_article_counts_from_when_it_was_seen():
    """Without a date the time of seeing decides whether a story is still open."""
    late = NOON + timedelta(days=9)

    assert story_of(index(article(1)), article(2, at=None)) == 1
    assert story_of(index(article(1)), article(2, at=None, seen=late)) == 2


def test_each_day_makes_a_story_harder_to_join():
    """What joins on the same day does not three days later."""
    assert story_of(index(article(1)), article(2, SEIZURE_LATER)) == 1
    assert story_of(index(article(1)), article(2, SEIZURE_LATER, at=NOON + timedelta(hours=71))) == 2


def test_a_third_account_binds_two_stories_and_the_one_that_was_told_keeps_its_name():
    """Two accounts with little in common are one story once a third has what both have."""
    first = (
        "Navy stops boat off Port Asker",
        "The navy stopped the fishing boat Marisol off Port Asker, an officer said.",
    )
    second = (
        "Two tonnes of cocaine found",
        "Two tonnes of cocaine lay under fish, Defence Minister Ilona Verrat said.",
    )
    third = (
        "Navy stops boat off Port Asker: two tonnes of cocaine found",
        "The navy stopped the fishing boat Marisol off Port Asker. Two tonnes of cocaine lay under fish, Ilona Verrat said.",
    )

    for told, name in ((), 1), ((2,), 2):
        known = index()
        assert known.place([article(1, first), article(2, second)]).stories == {1: 1, 2: 2}
        known.tell(told)
        placed = known.place([article(3, third)])
        assert placed.stories == {3: name}
        assert placed.ended == {3 - name: name}
        assert placed.moved == {3 - name: name}
        assert list(placed.changed) == [name]
        assert sorted(known.members(name)) == [1, 2, 3]


def test_what_people_have_said_holds():
    """Articles that a person has parted stay apart, whatever binds them; those put together stay together."""
    parted = index(article(1), apart=[(1, 2)])
    joined = index(article(1), article(2, PACT), together=[(1, 2)])

    assert story_of(parted, article(2)) == 2
    # The pact's newcomer comes near to one of the two, and finds both in one story afterwards.
    joined.place([article(3, PACT), article(4, SEIZURE_RETOLD)])
    assert sorted(joined.members(1)) == [1, 2, 3, 4]


def test_how_many_come_at_once_makes_no_difference_to_plain_cases():
    """A stream gives the same stories one by one, in small rounds and all at once."""
    words = [SEIZURE, PACT, SEIZURE_RETOLD, SAME_TEMPLATE, PACT, SAME_TEMPLATE]
    stream = [article(number, one) for number, one in enumerate(words, 1)]

    found = {size: fold(stream, index(), size=size) for size in (1, 3, 100)}

    assert found[1] == found[3] == found[100]
    assert found[1][:5] == [1, 2, 1, 4, 2]


def test_a_wire_text_under_another_headline_joins():
    """An agency's text that an outlet printed with its own headline and one more sentence joins whatever the nearness."""
    _, text = SEIZURE
    reprint = ("Cocaine worth millions found at sea", f"{text} Our reporters contributed.")

    assert story_of(index(article(1)), article(2, reprint, at=NOON + timedelta(days=3), outlet="Coast Radio")) == 1


def test_an_article_that_was_placed_stays_in_its_story():
    """Judging an article again does not move it."""
    known = index()
    known.place([article(1), article(2, SEIZURE_RETOLD)])

    assert known.place([article(2, PACT)]).stories == {2: 1}


def test_what_is_forgotten_is_not_found():
    """Articles that came together and are all older are let go, with the links of those that stay."""
    known = index()
    known.place([article(1), article(5, SEIZURE_RETOLD)])
    known.place([article(2, PACT, at=NOON + timedelta(days=2))])
    for number in range(3):  # a small batch is put together with its neighbour; these keep the two apart
        known.place([article(100 + 10 * number + more, ("", f"filler {number} {more}"), at=NOON) for more in range(9)])

    known.forget(NOON + timedelta(days=3))

    assert story_of(known, article(3)) == 3
    assert story_of(known, article(4, PACT)) == 4


def test_a_story_outlives_the_article_that_opened_it():
    """A stream goes on for weeks: the first article is forgotten, and the story keeps its name."""
    days = [
        article(number, SEIZURE if number % 2 else SEIZURE_RETOLD, at=NOON + timedelta(days=number))
        for number in range(12)
    ]

    assert set(fold(days, index(), size=1)) == {0}


def test_articles_without_words_open_stories_of_their_own():
    """Two articles that say nothing are not about the same thing."""
    assert fold([article(1, ("", "")), article(2, ("", "!"))], index()) == [1, 2]


def test_a_batch_is_folded_in_order():
    """Each article sees those before it; a story is named after the one that opened it."""
    batch = [article(1), article(2, PACT), article(3, SEIZURE_RETOLD), article(4, SAME_TEMPLATE), article(5, PACT)]

    assert fold(batch, index()) == [1, 2, 1, 4, 2]


WORDS = st.lists(
    st.sampled_from(["port", "quay", "navy", "Lomanda", "cocaine", "pact", "seized", "40", "12", "the", "of"]),
    min_size=1,
    max_size=12,
)
BATCH = st.lists(st.tuples(WORDS, WORDS, st.integers(0, 200)), max_size=15)


def batch_of(drawn):
    """Give the drawn words as articles, numbered from 1, so many hours after noon."""
    return [
        article(number, (" ".join(title), " ".join(text)), at=NOON + timedelta(hours=hours))
        for number, (title, text, hours) in enumerate(drawn, 1)
    ]


@settings(max_examples=60)
@given(drawn=BATCH)
def test_every_article_gets_one_story_and_always_the_same(drawn):
    """A story is named after an article of the batch that is in it, and the same input gives the same stories."""
    batch = batch_of(drawn)

    found = fold(batch, index())

    assert len(found) == len(batch)
    assert all(found[story - 1] == story for story in found)
    assert found == fold(batch, index())


@settings(max_examples=60)
@given(drawn=BATCH, original=st.tuples(WORDS, WORDS, st.integers(0, 200)), later=st.integers(-72, 72))
def test_an_exact_copy_is_in_the_story_of_its_original(drawn, original, later):
    """Whatever else is in the index, an exact copy within the window belongs to its original's story, if it has a telling word."""
    *others, first = batch_of([*drawn, original])
    known = index()
    known.place([*others, first])

    copy = article(99, (first.title, first.text), at=first.at + timedelta(hours=later))
    known.place([copy])

    telling = {"Lomanda", "navy", "cocaine", "quay", "pact"} & set(f"{first.title} {first.text}".split())
    if telling:
        assert {first.entry_id, 99} <= set(known.members(known.place([copy]).stories[99]))
