"""Takes a story that was told and grows, checks what is told in its thread: what is new, once, and not more than a few times."""

from dataclasses import replace
from datetime import time

import pytest

from monitor.jobs.telling import MOST_REPLIES
from monitor.types import AlertSettings, DeliveryKind, QuietHours

from .newsroom import PACT, PACT_AGAIN, PACT_GROWN, SOURCES, Newsroom


def replies(room: Newsroom) -> list[str]:
    """Give what was told in the first story's thread, or waits to be."""
    (story, *_) = room.stories()
    return [one.message.text for one in room.ctx.store.replies(f"story:{story}")]


def test_a_further_account_that_adds_something_is_told_in_the_thread(newsroom: Newsroom) -> None:
    """The new figure, with its headline; the message itself is edited as ever."""
    newsroom("a", PACT)
    newsroom.deliver()

    newsroom("b", PACT_GROWN)

    assert replies(newsroom) == [f"New figure: 900 police — {PACT_GROWN[0]}"]
    assert {text.split()[0] for text in newsroom.waiting()} == {"reply", "edit"}


def test_mere_repetition_is_not_told_in_the_thread(newsroom: Newsroom) -> None:
    """The count of outlets tells it."""
    newsroom("a", PACT)
    newsroom.deliver()

    newsroom("b", PACT_AGAIN)

    assert replies(newsroom) == []
    assert [text.split()[0] for text in newsroom.waiting()] == ["edit"]


def test_what_comes_before_the_message_went_out_is_part_of_it(newsroom: Newsroom) -> None:
    """The message that waits is written anew; there is no thread to reply in."""
    newsroom("a", PACT)

    newsroom("b", PACT_GROWN)

    assert replies(newsroom) == []
    assert [text.split()[0] for text in newsroom.waiting()] == ["post"]


def test_a_thread_gets_a_few_replies_at_most(newsroom: Newsroom) -> None:
    """However often the figure grows; and the same article, edited and judged again, is not told again."""
    newsroom("a", PACT)
    newsroom.deliver()

    for number in range(MOST_REPLIES + 3):
        title = PACT_GROWN[0].replace("900", str(1_100 + 100 * number))
        newsroom("bcd"[number % 3], (title, f"{PACT_GROWN[1]} Report {number}."), number)
        newsroom.deliver()

    assert len(replies(newsroom)) == MOST_REPLIES
    arrived = [kind for kind, _, _ in newsroom.ctx.notifier.arrived]  # type: ignore[attr-defined]
    assert arrived.count(DeliveryKind.REPLY) == MOST_REPLIES


@pytest.mark.parametrize("asleep", [True, False])
def test_a_reply_waits_for_the_end_of_quiet_hours(newsroom: Newsroom, asleep: bool) -> None:
    """As a message does."""
    newsroom("a", PACT)
    newsroom.deliver()
    quiet = QuietHours(start=time(13) if asleep else time(1), end=time(20) if asleep else time(2))
    settings = replace(newsroom.ctx.settings, alerts=AlertSettings(quiet_hours=quiet), sources=tuple(SOURCES.values()))
    room = Newsroom(replace(newsroom.ctx, settings=settings), newsroom.web, newsroom.write_feed, newsroom.clock)

    room("b", PACT_GROWN)

    (story,) = room.stories()
    (reply,) = room.ctx.store.replies(f"story:{story}")
    assert (reply.not_before > room.clock()) is asleep
