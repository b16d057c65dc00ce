"""Takes stories that were told, checks what merging and splitting them by hand does, now and to what comes later."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from monitor.errors import StoreBusy, UsageError
from monitor.jobs import presence, regroup
from monitor.jobs.context import Context
from monitor.jobs.regroup import Editor
from monitor.jobs.work import Jobs
from monitor.types import DeliveryState, FullText, Source, Worker

SOURCES = {
    name: Source(id=name, name=f"Outlet {name}", url=f"https://{name}.example/feed", full_text=FullText.NEVER)
    for name in "abcd"
}
PACT = (
    "Peru and Ecuador agree joint patrols against cocaine smugglers",
    "The defence ministers of Peru and Ecuador signed a security cooperation agreement on joint police and navy patrols"
    " against drug trafficking along the border, and will share intelligence on cocaine cartels.",
)
PACT_AGAIN = (
    "Ecuador and Peru to patrol border together against cocaine trafficking",
    "Peru and Ecuador signed a security cooperation agreement: joint navy and police patrols against drug trafficking and"
    " shared intelligence on cocaine cartels along the border, their defence ministers said.",
)
OTHER = (
    "Ghana and Togo form task force against tramadol smuggling",
    "Police chiefs of Ghana and Togo launched a joint task force against the trafficking of tramadol, and agreed to train"
    " officers together and to extradite suspects.",
)


@pytest.fixture
def newsroom(make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any) -> Any:
    """Give what publishes an article in an outlet, polls, reads, judges and delivers."""
    ctx = make_context(tuple(SOURCES.values()))
    jobs = Jobs(ctx)

    def publish(outlet: str, words: tuple[str, str]) -> None:
        clock.move(hours=2)
        web.put(SOURCES[outlet].url, write_feed((f"{outlet}1", *words, clock.now)))
        for state in jobs.claim_polls(100):
            jobs.poll(state)
        while (entries := jobs.claim_reads(100)) is not None:
            for entry in entries:
                jobs.read(entry)
        while jobs.judge():
            pass
        for channel in jobs.channels():
            while jobs.deliver(channel):
                pass

    publish.ctx = ctx  # type: ignore[attr-defined]
    return publish


def editor(newsroom: Any) -> Editor:
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


def stories(newsroom: Any) -> dict[int, list[str]]:
    """Give the titles of each story."""
    found = newsroom.ctx.store.open_stories(newsroom.ctx.clock().replace(year=2020))
    return {story.id: [article.title for article in story.articles] for story in found}


def waiting(newsroom: Any) -> list[str]:
    """Give the messages that wait to be sent or edited, as text with their blocks."""
    rows = newsroom.ctx.store.outbox([DeliveryState.PENDING])
    return [f"{row.kind.value} {row.message.text} {row.message.blocks}" for row in reversed(rows)]


def test_two_stories_made_one_are_told_in_one_message_and_the_other_says_so(newsroom: Any) -> None:
    """The message of the older grows, that of the younger points to it; nothing is posted anew."""
    newsroom("a", PACT)
    newsroom("b", OTHER)
    assert len(stories(newsroom)) == 2
    first, second = stories(newsroom)

    whole = regroup.merge(editor(newsroom), [second, first], "ana")

    assert whole.id == first
    assert stories(newsroom) == {first: [PACT[0], OTHER[0]]}
    grown, gone = sorted(waiting(newsroom), key=lambda text: "Told with" in text)
    assert grown.startswith("edit ")
    assert OTHER[0] in grown
    assert gone.startswith(f"edit Told with another story: {PACT[0]}")


def test_a_story_split_by_hand_stays_split(newsroom: Any) -> None:
    """Its message drops what left, nobody is told again, and a later account does not bring the two together."""
    newsroom("a", PACT)
    newsroom("b", PACT_AGAIN)
    ((story, titles),) = stories(newsroom).items()
    assert titles == [PACT[0], PACT_AGAIN[0]]
    leaving = max(article.entry_id for article in newsroom.ctx.store.stories([story])[0].articles)

    left, new = regroup.split(editor(newsroom), story, [leaving], "ana")

    assert (left.id, new.id) == (story, leaving)
    (edit,) = waiting(newsroom)
    assert PACT[0] in edit
    assert PACT_AGAIN[0] not in edit
    newsroom("c", PACT)
    newsroom("d", PACT_AGAIN)
    now = stories(newsroom)
    assert not any({PACT[0], PACT_AGAIN[0]} <= set(titles) for titles in now.values() if len(titles) == 2)
    assert PACT[0] in now[story]
    assert PACT_AGAIN[0] in now[leaving]


def test_the_part_with_the_opener_keeps_the_name(newsroom: Any) -> None:
    """Whoever takes out the article that opened a story leaves the rest as the new one."""
    newsroom("a", PACT)
    newsroom("b", PACT_AGAIN)
    (story,) = stories(newsroom)

    left, new = regroup.split(editor(newsroom), story, [story], "ana")

    assert [article.entry_id for article in left.articles] == [story]
    assert new.id != story


def test_a_later_word_takes_an_earlier_one_back(newsroom: Any) -> None:
    """What was split may be merged again, and then holds together."""
    newsroom("a", PACT)
    newsroom("b", PACT_AGAIN)
    (story,) = stories(newsroom)
    leaving = max(article.entry_id for article in newsroom.ctx.store.stories([story])[0].articles)
    regroup.split(editor(newsroom), story, [leaving], "ana")

    regroup.merge(editor(newsroom), [story, leaving], "ben")
    newsroom("c", PACT)

    assert list(stories(newsroom)) == [story]
    assert all(ruling.together for ruling in newsroom.ctx.store.rulings())


def test_what_cannot_be_done_is_refused_with_what_can(newsroom: Any) -> None:
    """No such story, an article of another story, a story as a whole, one story alone."""
    newsroom("a", PACT)
    newsroom("b", OTHER)
    first, second = stories(newsroom)
    hand = editor(newsroom)

    with pytest.raises(UsageError, match="no story 999"):
        regroup.merge(hand, [first, 999], "ana")
    with pytest.raises(UsageError, match="two stories or more"):
        regroup.merge(hand, [first, first], "ana")
    with pytest.raises(UsageError, match=f"article {second} is not in story {first}"):
        regroup.split(hand, first, [second], "ana")
    with pytest.raises(UsageError, match="not all of them"):
        regroup.split(hand, first, [first], "ana")
    assert waiting(newsroom) == []


def test_while_articles_are_being_judged_a_change_waits_and_then_says_so(newsroom: Any) -> None:
    """What is being judged would put the articles back; a minute later the same change goes through."""
    newsroom("a", PACT)
    newsroom("b", OTHER)
    pact, other = stories(newsroom)
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
