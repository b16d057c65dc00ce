"""Takes stories that were told, checks what merging and splitting them by hand does, now and to what comes later."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.errors import StoreBusy, UsageError
from monitor.jobs.people import regroup
from monitor.jobs.people.regroup import Editor
from monitor.jobs.watch import presence
from monitor.types import Worker

from .newsroom import OTHER, PACT, PACT_AGAIN, Newsroom


@pytest.fixture
def publish(newsroom: Newsroom) -> Any:
    """Give what publishes an article and tells it."""

    def go(outlet: str, words: tuple[str, str]) -> None:
        newsroom(outlet, words)
        newsroom.deliver()

    return go


def editor(newsroom: Newsroom) -> Editor:
    """Give an editor at the newsroom's store."""
    ctx = newsroom.ctx
    return Editor(
        settings=ctx.settings,
        store=ctx.store,
        open_judge=ctx.open_judge,
        clock=ctx.clock,
        worker=presence.this_worker(ctx.clock()),
        key=ctx.key,
    )


def test_two_stories_made_one_are_told_in_one_message_and_the_other_says_so(newsroom: Newsroom, publish: Any) -> None:
    """The message of the older grows, that of the younger points to it; nothing is posted anew."""
    publish("a", PACT)
    publish("b", OTHER)
    assert len(newsroom.stories()) == 2
    first, second = newsroom.stories()

    whole = regroup.merge(editor(newsroom), [second, first], "ana")

    assert whole.id == first
    assert newsroom.stories() == {first: [PACT[0], OTHER[0]]}
    grown, gone = sorted(newsroom.waiting(), key=lambda text: "Told with" in text)
    assert grown.startswith("edit ")
    assert OTHER[0] in grown
    assert gone.startswith(f"edit Told with another story: {PACT[0]}")


def test_a_story_split_by_hand_stays_split(newsroom: Newsroom, publish: Any) -> None:
    """Its message drops what left, nobody is told again, and a later account does not bring the two together."""
    publish("a", PACT)
    publish("b", PACT_AGAIN)
    ((story, titles),) = newsroom.stories().items()
    assert titles == [PACT[0], PACT_AGAIN[0]]
    leaving = max(article.entry_id for article in newsroom.ctx.store.stories([story])[0].articles)

    left, new = regroup.split(editor(newsroom), story, [leaving], "ana")

    assert (left.id, new.id) == (story, leaving)
    (edit,) = newsroom.waiting()
    assert PACT[0] in edit
    assert PACT_AGAIN[0] not in edit
    publish("c", PACT)
    publish("d", PACT_AGAIN)
    assert newsroom.stories() == {story: [PACT[0]] * 2, leaving: [PACT_AGAIN[0]] * 2}


def test_the_part_with_the_opener_keeps_the_name(newsroom: Newsroom, publish: Any) -> None:
    """Whoever takes out the article that opened a story leaves the rest as the new one."""
    publish("a", PACT)
    publish("b", PACT_AGAIN)
    (story,) = newsroom.stories()

    left, new = regroup.split(editor(newsroom), story, [story], "ana")

    assert [article.entry_id for article in left.articles] == [story]
    assert new.id != story


def test_a_later_word_takes_an_earlier_one_back(newsroom: Newsroom, publish: Any) -> None:
    """What was split may be merged again, and then holds together."""
    publish("a", PACT)
    publish("b", PACT_AGAIN)
    (story,) = newsroom.stories()
    leaving = max(article.entry_id for article in newsroom.ctx.store.stories([story])[0].articles)
    regroup.split(editor(newsroom), story, [leaving], "ana")

    regroup.merge(editor(newsroom), [story, leaving], "ben")
    publish("c", PACT)

    assert list(newsroom.stories()) == [story]
    rulings = [(one.entry, one.other, one.together, one.who) for one in newsroom.ctx.store.rulings()]
    assert rulings == [(story, leaving, True, "ben")]


def test_what_cannot_be_done_is_refused_with_what_can(newsroom: Newsroom, publish: Any) -> None:
    """No such story, an article of another story, a story as a whole, one story alone."""
    publish("a", PACT)
    publish("b", OTHER)
    first, second = newsroom.stories()
    hand = editor(newsroom)

    with pytest.raises(UsageError, match="no story 999"):
        regroup.merge(hand, [first, 999], "ana")
    with pytest.raises(UsageError, match="two stories or more"):
        regroup.merge(hand, [first, first], "ana")
    with pytest.raises(UsageError, match=f"article {second} is not in story {first}"):
        regroup.split(hand, first, [second], "ana")
    with pytest.raises(UsageError, match="not all of them"):
        regroup.split(hand, first, [first], "ana")
    assert newsroom.waiting() == []


def test_while_articles_are_being_judged_a_change_waits_and_then_says_so(newsroom: Newsroom, publish: Any) -> None:
    """What is being judged would put the articles back; a minute later the same change goes through."""
    publish("a", PACT)
    publish("b", OTHER)
    pact, other = newsroom.stories()
    store = newsroom.ctx.store
    judging = Worker(id="elsewhere/7/1.00", host="elsewhere", pid=7, started=1, seen_at=newsroom.ctx.clock())
    assert store.lock("judge", judging)
    pauses: list[float] = []
    impatient = replace(editor(newsroom), pause=pauses.append)

    with pytest.raises(StoreBusy, match="try again in a minute"):
        regroup.merge(impatient, [pact, other], "Ana")

    assert len(pauses) == regroup.PATIENCE
    waiting_editor = replace(impatient, pause=lambda _: store.unlock("judge", judging))
    assert len(regroup.merge(waiting_editor, [pact, other], "Ana").articles) == 2
    assert store.lock("judge", judging), "it was given back"
