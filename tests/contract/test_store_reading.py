"""Takes a store, gives whether reading and judging keep the port's promises."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from monitor.errors import ClaimLost
from monitor.types import DeliveryKind, DeliveryState, ReadLater, Reason, StoryArticle, TextOrigin


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_entry_comes_back_as_it_was_stored(room: Any) -> None:
    """Every field, microseconds and all."""
    at = room.now + timedelta(microseconds=123_457)
    new = room.new(1, content="Whole.", published=None, seen_at=at, language="fr", backlog=True)
    room.declare("gazette")
    room.poll(new)

    [entry] = room.store.claim_to_read(room.worker, at, 9)

    kept = {
        name: getattr(new, name) for name in ("source_id", "url", "link", "title", "summary", "content", "language")
    }
    assert {name: getattr(entry, name) for name in kept} == kept
    assert (entry.outlet, entry.published, entry.seen_at) == ("Gazette", None, at)
    assert (entry.backlog, entry.attempts, entry.story_id) == (True, 0, None)


def test_entries_are_claimed_oldest_first_once_and_within_the_limit(room: Any) -> None:
    """What is claimed is not given again."""
    room.declare("gazette")
    room.poll(*(room.new(number) for number in range(5)))

    rounds = [room.store.claim_to_read(room.worker, room.now, 2) for _ in range(4)]

    assert [[entry.title[-1] for entry in each] for each in rounds] == [["0", "1"], ["2", "3"], ["4"], []]


def test_many_threads_never_claim_one_entry_twice(room: Any) -> None:
    """All entries are claimed, each by one worker."""
    room.declare("gazette")
    room.poll(*(room.new(number) for number in range(120)))
    workers = [room.hire(f"w{number}") for number in range(6)]

    with ThreadPoolExecutor(6) as pool:
        rounds = pool.map(lambda turn: room.store.claim_to_read(workers[turn % 6], room.now, 5), range(60))
    claimed = [entry.id for entry in chain.from_iterable(rounds)]

    assert len(claimed) == len(set(claimed)) == 120


def test_a_page_to_be_tried_again_waits_and_counts_its_attempts(room: Any) -> None:
    """It is not given before its time, and tells then how often it was tried."""
    [entry] = room.entries()
    later = ReadLater(entry_id=entry.id, digest=entry.digest, not_before=room.now + room.hour, note="timeout")

    room.store.save_read(room.worker, (), [later])
    room.store.save_read(room.worker, (), [later])

    assert room.store.claim_to_read(room.worker, room.now, 9) == []
    assert room.store.next_due() == room.now + room.hour
    assert room.store.claim_to_read(room.worker, room.now + room.hour, 9) == [replace(entry, attempts=1)]


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (TextOrigin.PAGE, "From the page."),
        (TextOrigin.FEED, "Content of the feed."),
        (TextOrigin.FEED, "Content, but shortened."),
        (TextOrigin.TITLE, ""),
        (TextOrigin.PAGE, ""),
    ],
)
def test_an_article_comes_back_as_it_was_read(room: Any, origin: TextOrigin, text: str) -> None:
    """Whether or not its text is that of the feed."""
    [entry] = room.entries(room.new(1, content="Content of the feed."))
    article = room.article(entry, text, origin=origin, note="http-404")

    room.store.save_read(room.worker, [article])

    assert room.store.to_judge(9) == [article]
    assert room.store.claim_to_read(room.worker, room.now, 9) == []


def test_a_text_that_the_entry_carries_is_not_stored_again(room: Any) -> None:
    """The feed's content is kept once; a summary stands in where there is none."""
    [entry] = room.entries()

    room.store.save_read(room.worker, [room.article(entry, entry.summary, origin=TextOrigin.FEED)])

    with room.store._database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM texts").scalar() == 0
    assert [article.text for article in room.store.to_judge(9)] == [entry.summary]


def test_saving_what_was_read_twice_changes_nothing(room: Any) -> None:
    """Not even when it was judged in between."""
    [entry] = room.entries()
    room.store.save_read(room.worker, [room.article(entry)])
    [article] = room.store.to_judge(9)
    room.store.save_judgements(room.worker, [room.judged(article)], now=room.now)

    room.store.save_read(room.worker, [room.article(entry, "Something else.")])

    [ledger] = room.store.ledgers(entry.url)
    assert (ledger.stage, ledger.article.text) == ("done", "The whole text.")


def test_the_latest_pages_of_a_source_are_given_as_they_were_read(room: Any) -> None:
    """With the lines that were left out, or they would not be known again; not what came from feeds or other sources."""
    room.declare("gazette", "courier")
    entries = room.entries(room.new(1), room.new(2, seen_at=room.now - room.hour), room.new(3), room.new(4))
    room.poll(room.new(5, "courier"), source_id="courier")
    [other] = room.store.claim_to_read(room.worker, room.now, 9)

    room.store.save_read(
        room.worker,
        [
            *(room.article(entry, f"Text {entry.id}.", repeated="About us.") for entry in entries[:3]),
            room.article(entries[3], "Longer words of the feed.", origin=TextOrigin.FEED),
            room.article(other, "Of the courier."),
        ],
    )

    latest = [f"Text {entries[at].id}.\nAbout us." for at in (2, 0, 1)]
    assert room.store.page_texts("gazette", 9) == latest
    assert room.store.page_texts("gazette", 2) == latest[:2]


def test_what_a_buried_worker_read_is_left_to_the_next(room: Any) -> None:
    """Its claim is void, also when another has it by now."""
    [entry] = room.entries()
    room.store.bury(["first"])
    second = room.hire("second")
    room.store.claim_to_read(second, room.now, 9)

    room.store.save_read(room.worker, [room.article(entry, "Too late.")])
    room.store.save_read(second, [room.article(entry, "In time.")])

    assert [article.text for article in room.store.to_judge(9)] == ["In time."]


def test_articles_to_judge_come_oldest_first_within_the_limit(room: Any) -> None:
    """And stay until they are judged."""
    room.articles(*(room.new(number) for number in range(3)))

    assert [article.entry.title[-1] for article in room.store.to_judge(2)] == ["0", "1"]
    assert [article.entry.title[-1] for article in room.store.to_judge(9)] == ["0", "1", "2"]


def test_awkward_text_is_stored_without_what_no_database_takes(room: Any) -> None:
    """NUL characters go, lone surrogates become a question mark, everything else comes back."""
    awkward = "a\x00b \ud800 – 港口 🚢 \u202e \x1b[31m ' \" % :x"
    clean = "ab ? – 港口 🚢 \u202e \x1b[31m ' \" % :x"
    [entry] = room.entries(room.new(1, identity=awkward, url=awkward, title=awkward, summary=awkward, content=awkward))

    assert {entry.url, entry.title, entry.summary, entry.content} == {clean}
    assert len(room.store.known_entries("gazette", [awkward], [])) == 1
    assert len(room.store.ledgers(awkward)) == 1

    room.decide(room.delivery(message=room.message(awkward), channel=awkward))
    assert room.store.channels_due(room.now) == [clean]


def test_a_text_of_a_megabyte_comes_back_whole(room: Any) -> None:
    """Text is not cut by the store."""
    [entry] = room.entries()
    text = "Ein sehr langer Bericht über den Hafen. " * 26_000

    room.store.save_read(room.worker, [room.article(entry, text)])

    assert [article.text for article in room.store.to_judge(1)] == [text]


# ── judge ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_judgement_is_told_by_the_ledger(room: Any) -> None:
    """Verdicts, gate, language, story and deliveries; contributions of flagged verdicts only."""
    [article] = room.articles()
    dull = room.verdict("tea", flagged=False, probability=0.1, reason=Reason.BELOW, keyword="tea")
    judged = room.judged(article, verdicts=(room.verdict("ports"), dull), gate="backlog")
    told = room.delivery(subject=f"story:{article.entry.id}")

    assert room.store.save_judgements(room.worker, [judged], [told], now=room.now) == 1

    [ledger] = room.store.ledgers(article.entry.url)
    assert ledger.article.text == article.text
    assert (ledger.stage, ledger.language, ledger.judged, ledger.judged_at) == ("done", "en", True, room.now)
    assert ledger.verdicts == (room.verdict("ports"), replace(dull, contributions=()))
    assert ledger.gate == "backlog"
    assert ledger.story.articles[0].topics == ("ports",)
    assert [delivery.key for delivery in ledger.deliveries] == ["k1"]
    assert room.store.to_judge(9) == []


def test_the_ledger_is_found_by_published_link_too(room: Any) -> None:
    """And tells of an entry that was only seen so far; an unknown address has none."""
    [entry] = room.entries()

    [ledger] = room.store.ledgers(entry.link)

    assert (ledger.stage, ledger.judged, ledger.judged_at, ledger.story) == ("read", False, None, None)
    assert (ledger.article.origin, ledger.article.text, ledger.deliveries) == (TextOrigin.TITLE, "", ())
    assert room.store.ledgers("https://nowhere.example/") == []


def test_judging_again_replaces_the_verdicts(room: Any) -> None:
    """Topics no longer judged are gone; a delivery decided before is not decided again."""
    [article] = room.articles()
    told = room.delivery()
    first = room.judged(article, verdicts=(room.verdict("ports"), room.verdict("tea")))
    assert room.store.save_judgements(room.worker, [first], [told], now=room.now) == 1

    second = room.judged(article, verdicts=(room.verdict("ports", probability=0.9),))
    assert room.store.save_judgements(room.worker, [second], [told], now=room.now) == 0

    [ledger] = room.store.ledgers(article.entry.url)
    assert ledger.verdicts == second.verdicts
    assert room.store.counts()["deliveries_pending"] == 1


def test_an_entry_changed_while_it_was_judged_is_read_and_judged_again(room: Any) -> None:
    """What was decided is kept all the same."""
    [article] = room.articles()
    room.poll(changed=((article.entry.id, room.new(1, title="Corrected", digest="d2")),))

    room.store.save_judgements(room.worker, [room.judged(article)], [room.delivery()], now=room.now)

    assert [entry.title for entry in room.store.claim_to_read(room.worker, room.now, 9)] == ["Corrected"]
    assert room.store.counts()["deliveries_pending"] == 1


def test_an_entry_that_needs_no_page_and_changed_while_it_was_judged_is_judged_again(room: Any) -> None:
    """It never leaves the stage of judging: its words tell that they are others."""
    room.declare("gazette")
    room.poll(room.new(1, complete=True))
    [article] = room.store.to_judge(9)
    room.poll(changed=((article.entry.id, room.new(1, title="Corrected", digest="d2", complete=True)),))

    room.store.save_judgements(room.worker, [room.judged(article)], now=room.now)

    [again] = room.store.to_judge(9)
    room.store.save_judgements(room.worker, [room.judged(again)], now=room.now)
    assert again.entry.title == "Corrected"
    assert room.store.to_judge(9) == []


@pytest.mark.parametrize("gone", [False, True])
def test_who_lost_the_lock_of_judging_decides_nothing(room: Any, gone: bool) -> None:
    """Another may have opened the same story meanwhile, and may have given the lock back already; nor is a ruling stored."""
    [article] = room.articles()
    room.store.bury(["first"])
    second = room.hire("second")
    room.store.lock("judge", second)
    if gone:
        room.store.unlock("judge", second)

    with pytest.raises(ClaimLost, match="taken over"):
        room.store.save_judgements(room.worker, [room.judged(article)], [room.delivery()], now=room.now)
    with pytest.raises(ClaimLost, match="taken over"):
        room.store.save_rulings(room.worker, [], {article.entry.id: article.entry.id})

    assert room.store.to_judge(9) == [article]
    assert room.store.counts()["deliveries_pending"] == 0


def test_open_stories_come_whole_as_soon_as_one_article_is_recent(room: Any) -> None:
    """Oldest article first; a story with nothing recent is not given; undated articles count by when they were seen."""
    day = 24 * room.hour
    times = [room.now - 5 * day, room.now - day, None, room.now - 5 * day]
    articles = room.articles(*(room.new(number, published=at) for number, at in enumerate(times)))
    first, second, undated, old = (article.entry.id for article in articles)
    joins = {first: second, second: second, undated: undated, old: old}
    flagged = (room.verdict("tea"), room.verdict("ports"), room.verdict("war", flagged=False))
    room.store.save_judgements(
        room.worker,
        [room.judged(article, story_id=joins[article.entry.id], verdicts=flagged) for article in articles],
        now=room.now,
    )

    stories = room.store.open_stories(room.now - 3 * day)

    assert [(story.id, [each.entry_id for each in story.articles]) for story in stories] == [
        (second, [first, second]),
        (undated, [undated]),
    ]
    entry = articles[1].entry
    assert stories[0].articles[1] == StoryArticle(
        entry_id=second,
        outlet="Gazette",
        title=entry.title,
        text="The whole text.",
        link=entry.link,
        published=entry.published,
        seen_at=entry.seen_at,
        topics=("ports", "tea"),
        language="en",
    )
    assert room.store.open_stories(room.now - day)[0].id == second  # "at or after"


def test_backlog_alerts_counts_what_was_told_of_the_first_document(room: Any) -> None:
    """Not what a gate stopped, what came later, or what belongs to another source."""
    news = [room.new(number, backlog=number != 3) for number in range(4)]
    articles = room.articles(*news)
    gates = ["", "backlog", "", ""]
    stories = [articles[0].entry.id, articles[1].entry.id, None, articles[3].entry.id]
    room.store.save_judgements(
        room.worker,
        [
            room.judged(article, gate=gate, story_id=story)
            for article, gate, story in zip(articles, gates, stories, strict=True)
        ],
        now=room.now,
    )

    assert room.store.backlog_alerts("gazette") == 1
    assert room.store.backlog_alerts("herald") == 0


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_counts_name_every_stage_and_state(room: Any) -> None:
    """Also those with nothing in them."""
    assert set(room.store.counts().values()) == {0}

    articles = room.articles(room.new(1), room.new(2), room.new(3))
    room.store.save_judgements(
        room.worker,
        [room.judged(articles[0]), room.judged(articles[1], story_id=articles[0].entry.id)],
        [room.delivery(), room.delivery("k2", "story:2", held="dry run")],
        now=room.now,
    )
    room.poll(room.new(4))

    counts = {name: number for name, number in room.store.counts().items() if number}
    assert counts == {
        "entries_read": 1,
        "entries_judge": 1,
        "entries_done": 2,
        "deliveries_pending": 1,
        "deliveries_held": 1,
        "stories": 1,
        "articles_flagged": 2,
    }


def test_next_due_is_the_earliest_of_all_that_waits(room: Any) -> None:
    """None where nothing waits; what is under way does not."""
    assert room.store.next_due() is None

    later = room.now + room.hour
    room.decide(room.delivery(not_before=later + room.hour), room.delivery("k2", "story:2", not_before=later))
    assert room.store.next_due() == later

    [entry] = room.entries()
    assert room.store.next_due() == later

    sooner = later - room.hour / 2
    room.store.save_read(
        room.worker, (), [ReadLater(entry_id=entry.id, digest=entry.digest, not_before=sooner, note="")]
    )
    assert room.store.next_due() == sooner

    [entry] = room.store.claim_to_read(room.worker, sooner, 9)
    room.store.save_read(room.worker, [room.article(entry)])
    assert room.store.next_due() <= sooner


def test_what_was_tried_and_waits_says_when_its_channel_is_due(room: Any) -> None:
    """What stands in line behind it is not due before."""
    later = room.now + room.hour
    room.decide(room.delivery(), room.delivery("k2", "story:2"))
    delivery = room.store.claim_delivery(room.worker, "#ports", room.now)

    room.store.save_delivery(room.worker, delivery, DeliveryState.PENDING, now=room.now, not_before=later)

    assert room.store.next_due() == later
    assert list(room.store.overdue(room.now).values()) == [DeliveryKind.POST] * 2


def test_a_complete_entry_is_judged_as_it_stands(room: Any) -> None:
    """Where no page is to be read, the feed's own words are the article, also after a change."""
    to_read = room.entries(room.new(1, summary="Old words.", complete=True))
    [before] = room.store.to_judge(9)

    change = room.new(1, summary="New words.", digest="new", complete=True)
    room.poll(changed=((before.entry.id, change),))
    [after] = room.store.to_judge(9)

    assert to_read == []
    assert (before.text, after.text, after.origin.value) == ("Old words.", "New words.", "feed")


def test_what_is_passed_over_is_done_and_was_never_judged(room: Any) -> None:
    """It is counted once and comes back no more."""
    [first, _] = room.articles(room.new(1), room.new(2))

    passed = room.store.pass_over(room.now)

    assert (passed, room.store.pass_over(room.now), room.store.to_judge(9)) == (2, 0, [])
    [ledger] = room.store.ledgers(first.entry.url)
    assert (ledger.stage, ledger.judged, ledger.verdicts) == ("done", False, ())


def test_entries_handed_over_are_had_by_their_ids_alone_and_by_all_once_that_claim_is_lost(room: Any) -> None:
    """Whoever names them gets them at once; when that worker is buried they are due again, and not an hour later."""
    [entry] = room.entries(room.new(1))
    second = room.hire("second")

    room.store.hand_over(room.worker, [entry.id], room.now + room.hour)
    unnamed = room.store.claim_to_read(second, room.now, 10)
    named = room.store.claim_to_read(second, room.now, 10, only=[entry.id])
    room.store.bury(["second"])

    assert (unnamed, named) == ([], [entry])
    assert room.store.claim_to_read(room.worker, room.now, 10) == [entry]


def test_what_another_worker_has_claimed_is_not_handed_over(room: Any) -> None:
    """Only one's own."""
    [entry] = room.entries(room.new(1))

    room.store.hand_over(room.hire("second"), [entry.id], room.now + room.hour)

    assert room.store.claim_to_read(room.hire("third"), room.now, 10, only=[entry.id]) == []
