"""Takes invented news, checks which articles are put into one story."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stories import Joins, Opens, StoryIndex, fold, shipped_idf
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


def index(*articles, window=timedelta(hours=72)):
    """Give an index in which each article has opened a story."""
    made = StoryIndex(shipped_idf(), window=window)
    for one in articles:
        made.add(one.entry_id, one)
    return made


def test_the_first_article_opens_a_story():
    """Where nothing has been told, there is nothing to join."""
    assert index().match(article(1)) == Opens()


def test_the_same_event_in_other_words_joins():
    """Another outlet's account of the same seizure belongs to its story, and is no copy."""
    found = index(article(1), article(2, PACT)).match(article(3, SEIZURE_RETOLD, outlet="Coast Radio"))

    assert isinstance(found, Joins)
    assert (found.story_id, found.near_copy) == (1, False)
    assert 0 < found.similarity < 1


def test_the_same_template_with_another_place_and_figure_opens():
    """Another country's seizure on the same day is another story, though told in the same sentences."""
    assert index(article(1)).match(article(2, SAME_TEMPLATE)) == Opens()


def test_other_figures_or_names_in_the_title_make_less_alike():
    """Titles that give another figure or another place than the story's speak against it, beyond the words not shared."""
    text = (
        "Officers stopped a lorry at the crossing on Monday and found heroin under a load of fruit, the customs said."
    )
    known = index(article(1, ("Customs find 40 kilos of heroin at crossing", text)))

    without = known.match(article(2, ("Customs find many kilos of heroin at crossing", text + " It was a record.")))
    other = known.match(article(2, ("Customs find 7 kilos of heroin at crossing", text + " It was a record.")))

    assert isinstance(without, Joins)
    assert isinstance(other, Joins)
    assert other.similarity < without.similarity - 0.03


def test_a_rolling_report_with_another_figure_is_no_copy():
    """Two days' reports of one series differ in the figure of the title, so the later does not pass for a copy."""
    text = (
        "Here is what we know of the talks in Brunn so far. Negotiators met again and left without a word to the press."
    )
    found = index(article(1, ("Talks in Brunn: day 12", text))).match(
        article(2, ("Talks in Brunn: day 13", text), at=NOON + timedelta(days=1))
    )

    assert isinstance(found, Opens) or not found.near_copy


@pytest.mark.parametrize(
    ("hours", "joins"), [(0, True), (71, True), (72, True), (73, False), (-72, True), (-73, False)]
)
def test_articles_further_apart_than_the_window_are_not_compared(hours, joins):
    """A copy joins up to the window's edge on either side, and not beyond."""
    found = index(article(1)).match(article(2, at=NOON + timedelta(hours=hours)))

    assert isinstance(found, Joins) is joins


def test_an_undated_article_counts_from_when_it_was_seen():
    """Without a date the time of seeing decides whether a story is still open."""
    late = NOON + timedelta(days=9)

    assert isinstance(index(article(1)).match(article(2, at=None)), Joins)
    assert index(article(1)).match(article(2, at=None, seen=late)) == Opens()


def test_each_day_makes_a_story_harder_to_join():
    """What would join on the same day does not three days later."""
    known = index(article(1))

    assert isinstance(known.match(article(2, SEIZURE_LATER)), Joins)
    assert known.match(article(2, SEIZURE_LATER, at=NOON + timedelta(hours=71))) == Opens()


def test_one_link_to_the_edge_of_a_story_does_not_chain():
    """An article near one member joins that member's story if it stands alone, and not a large story it is the edge of."""
    bridge = article(
        9,
        (
            "Ilona Verrat flies to Brunn",
            "Defence Minister Ilona Verrat of Lomanda left for Brunn for talks on patrols after the cocaine find on Monday.",
        ),
    )
    newcomer = article(
        10,
        (
            "Ministers in Brunn",
            "Ministers of three states opened talks in Brunn. Joint patrols in the strait are on the table, officials said.",
        ),
    )
    alone = index(bridge)
    crowd = index()
    for number, words in enumerate((SEIZURE, SEIZURE_RETOLD, SEIZURE, SEIZURE_RETOLD)):
        crowd.add(1, article(number, words, at=NOON - timedelta(days=2)))
    crowd.add(1, bridge)

    assert isinstance(alone.match(newcomer), Joins)
    assert crowd.match(newcomer) == Opens()


def test_a_wire_text_under_another_headline_is_a_near_copy():
    """An agency's text that an outlet printed with its own headline and one more sentence joins as a near-copy."""
    _, text = SEIZURE
    reprint = ("Cocaine worth millions found at sea", f"{text} Our reporters contributed.")

    found = index(article(1)).match(article(2, reprint, outlet="Coast Radio"))

    assert isinstance(found, Joins)
    assert found.near_copy


def test_an_article_is_not_compared_with_itself():
    """Judging an article again does not find the article itself."""
    assert index(article(1)).match(article(1)) == Opens()


def test_adding_an_article_again_replaces_it():
    """An edited article counts with its new words and in its new story only."""
    known = index(article(1))

    known.add(7, article(1, PACT))

    assert known.match(article(2)) == Opens()
    assert known.match(article(3, PACT)) == Joins(story_id=7, similarity=1.0, near_copy=True)


def test_what_is_forgotten_is_not_found():
    """Days before the given time are let go, that day itself is kept."""
    known = index(article(1), article(2, PACT, at=NOON + timedelta(days=2)))

    known.forget(NOON + timedelta(days=2))

    assert known.match(article(3)) == Opens()
    assert isinstance(known.match(article(4, PACT)), Joins)


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


@settings(max_examples=60, deadline=None)
@given(drawn=BATCH)
def test_every_article_gets_one_story_and_always_the_same(drawn):
    """A story is named after an article of the batch that is in it, and the same input gives the same stories."""
    batch = batch_of(drawn)

    found = fold(batch, index())

    assert len(found) == len(batch)
    assert all(found[story - 1] == story for story in found)
    assert found == fold(batch, index())


@settings(max_examples=60, deadline=None)
@given(drawn=BATCH, original=st.tuples(WORDS, WORDS, st.integers(0, 200)), later=st.integers(-72, 72))
def test_an_exact_copy_joins_a_copy_within_the_window(drawn, original, later):
    """Whatever else is in the index, an exact copy joins as a near-copy, and its original's story if there is no older copy."""
    *others, first = batch_of([*drawn, original])
    known = index(*others, first)

    found = known.match(article(99, (first.title, first.text), at=first.at + timedelta(hours=later)))

    assert isinstance(found, Joins)
    assert found.near_copy
    copies = {
        one.entry_id
        for one in (*others, first)
        if (one.title + " " + one.text).split() == (first.title + " " + first.text).split()
    }
    assert found.story_id in copies
