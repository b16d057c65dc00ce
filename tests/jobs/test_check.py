"""Takes stories that were told, checks that a changed or vanished article is marked in its message, once."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.jobs.work import Jobs
from monitor.types import DeliveryState, Fetched, FullText, Gone, TryLater

from .newsroom import PACT, PACT_AGAIN, SOURCES, Newsroom

OTHER_FIGURE = ("Peru and Ecuador agree 12 joint patrols against cocaine smugglers", PACT[1])
NOW_OTHER = ("Peru and Ecuador agree 30 joint patrols against cocaine smugglers", PACT[1])


def edits(room: Newsroom) -> list[str]:
    """Give the edits that wait."""
    rows = room.ctx.store.outbox([DeliveryState.PENDING])
    return [str(row.message.blocks) for row in rows if row.kind == "edit"]


def test_a_headline_with_another_figure_is_marked_with_what_was_told(newsroom: Newsroom) -> None:
    """In the message that was sent; a further change keeps the first mark."""
    newsroom("a", OTHER_FIGURE)
    newsroom.deliver()

    newsroom("a", NOW_OTHER)
    (edit,) = edits(newsroom)
    newsroom("a", (NOW_OTHER[0].replace("30", "40"), PACT[1]))

    assert f"*Changed* by the outlet since it was told: “{OTHER_FIGURE[0]}”" in edit
    assert NOW_OTHER[0] in edit
    (last,) = edits(newsroom)
    assert f"“{OTHER_FIGURE[0]}”" in last


def test_polish_is_not_marked(newsroom: Newsroom) -> None:
    """The message follows the new words without a remark."""
    newsroom("a", PACT)
    newsroom.deliver()

    newsroom("a", (f"{PACT[0]} at last", PACT[1]))

    (edit,) = edits(newsroom)
    assert "at last" in edit
    assert "Changed" not in edit


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    """Give a newsroom whose pages are looked at."""
    sources = tuple(replace(source, full_text=FullText.AUTO) for source in SOURCES.values())
    settings = replace(newsroom.ctx.settings, sources=sources)
    ctx = replace(newsroom.ctx, settings=settings, sources={source.id: source for source in sources})
    return Newsroom(ctx, newsroom.web, newsroom.write_feed, newsroom.clock)


def look_again(room: Newsroom) -> list[bool]:
    """Look again at what it is time for, then judge, which writes the messages."""
    found = [room.jobs.check(entry) for entry in room.jobs.claim_checks(100)]
    room.jobs.judge()
    return found


@pytest.mark.parametrize("outcome", [Gone(), TryLater(result="http-404", detail="no such page")])
def test_a_page_that_is_gone_a_day_later_is_marked_once(room: Newsroom, outcome: Any) -> None:
    """Not before, and not twice; the other outlet's article stands unmarked."""
    room("a", PACT)
    room("b", PACT_AGAIN)
    room.deliver()
    early = look_again(room)
    room.clock.move(hours=24)
    room.web.pages["https://news.example/b1"] = outcome
    room.web.put("https://news.example/a1", "the article as it was")

    found = look_again(room)
    (edit,) = edits(room)
    room.deliver()
    again = look_again(room)

    assert early == []
    assert sorted(found) == [False, True]
    assert again == []
    assert ("Withdrawn" in edit) or ("(withdrawn)" in edit)
    assert edits(room) == []


@pytest.mark.parametrize("result", ["timeout", "http-503", "http-403", "robots"])
def test_trouble_with_a_page_is_no_withdrawal(room: Newsroom, result: str) -> None:
    """A server in trouble, a paywall, robots.txt."""
    room("a", PACT)
    room.deliver()
    room.clock.move(hours=24)
    room.web.pages["https://news.example/a1"] = TryLater(result=result, detail="")

    assert look_again(room) == [False]
    assert edits(room) == []


def test_a_fault_of_ours_leaves_an_article_unmarked_and_the_others_be(room: Newsroom) -> None:
    """One odd page does not end a run; nor does a source that was taken out meanwhile."""
    room("a", PACT)
    room("b", PACT_AGAIN)
    room.deliver()
    room.clock.move(hours=24)
    room.web.pages["https://news.example/a1"] = Fetched(url="https://news.example/a1", headers={}, body=b"\xff")
    room.web.pages["https://news.example/b1"] = Gone()
    claimed = room.jobs.claim_checks(100)
    without = Jobs(replace(room.ctx, sources={}))

    found = {entry.source_id: room.jobs.check(entry) for entry in claimed}

    assert found == {"a": False, "b": True}
    assert [without.check(entry) for entry in claimed] == [False, False]


def test_pages_that_are_never_fetched_are_not_looked_at_again(newsroom: Newsroom) -> None:
    """`full_text: never` holds for this too."""
    newsroom("a", PACT)
    newsroom.clock.move(hours=24)

    assert newsroom.jobs.claim_checks(100) == []
