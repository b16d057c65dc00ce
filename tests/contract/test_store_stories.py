"""Takes stories that change after they were stored, checks what either database keeps of it."""

from datetime import timedelta
from typing import Any

from monitor.types import DeliveryState, Refresh, Ruling

NOWHERE = "told with another story"


def two_stories(room: Any) -> list[int]:
    """Store two articles, each in a story that it opened; give their entries."""
    articles = room.articles(room.new(1), room.new(2))
    room.store.save_judgements(room.worker, [room.judged(article) for article in articles], now=room.now)
    return [article.entry.id for article in articles]


def folded(room: Any, subject: str) -> Refresh:
    """Give a refresh that says that a subject has nothing to tell any more."""
    return Refresh(
        key="k9", subject=subject, channel="#ports", message=room.message("Gone"), at=room.now, instead=NOWHERE
    )


def test_articles_move_to_another_story_with_the_judgement_that_moves_them(room: Any) -> None:
    """A story that has lost its last article is none any more."""
    first, second = two_stories(room)

    room.store.save_judgements(room.worker, [], moved={second: first}, now=room.now)

    [story] = room.store.stories([first, second])
    assert story.id == first
    assert [article.entry_id for article in story.articles] == [first, second]


def test_what_people_say_is_kept_and_the_latest_on_a_pair_holds(room: Any) -> None:
    """With it goes what follows from it."""
    first, second = two_stories(room)
    apart = Ruling(entry=first, other=second, together=False, who="ana", at=room.now)
    together = Ruling(entry=first, other=second, together=True, who="ben", at=room.now + timedelta(hours=1))

    room.store.save_rulings(room.worker, [apart], {})
    assert room.store.rulings() == [apart]
    room.store.save_rulings(room.worker, [together], {second: first})

    assert room.store.rulings() == [together]
    assert [len(story.articles) for story in room.store.stories([first])] == [2]


def test_a_waiting_message_with_nothing_to_tell_any_more_is_held(room: Any) -> None:
    """It was not told yet, so nobody needs to hear that it moved."""
    room.decide(room.delivery())

    assert room.decide(refreshes=[folded(room, "story:1")]) == 0

    assert room.store.channels_due(room.now) == []
    [held] = room.store.outbox([DeliveryState.HELD])
    assert (held.key, held.error) == ("k1", NOWHERE)


def test_a_message_that_was_sent_is_edited_to_say_where_its_articles_went(room: Any) -> None:
    """The post stays where it is in the channel."""
    room.decide(room.delivery())
    post = room.store.claim_delivery(room.worker, "#ports", room.now)
    room.store.save_delivery(room.worker, post, DeliveryState.SENT, now=room.now)

    assert room.decide(refreshes=[folded(room, "story:1")]) == 1

    [edit] = room.store.outbox([DeliveryState.PENDING])
    assert (edit.kind.value, edit.message.text) == ("edit", "Gone")
