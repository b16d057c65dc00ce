"""The feed of a topic's stories, over real HTTP, read by the house's own parser and by feedparser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import feedparser
import pytest
import requests
from tests.contract.conftest import NOON, Newsroom

from monitor.bootstrap import Front
from monitor.parse import parse_feed
from monitor.web.programs.feeds import LATEST

from .conftest import TOKEN, Browser

FEED = "/feeds/drug_policy.atom"


@pytest.fixture
def base(open_page: Callable[[str], str]) -> str:
    """Give where the page is, before those who are listed."""
    return open_page(f"ana:{TOKEN}")


def ask(base: str, path: str = FEED, **headers: str) -> requests.Response:
    """Ask as a feed reader does: with name and token."""
    return requests.get(f"{base}{path}", headers=headers, auth=("ana", TOKEN), timeout=30)


def tell(room: Newsroom, *new: tuple[int, int, dict[str, Any]]) -> None:
    """Store judged articles: number, story, fields."""
    read = room.articles(*(room.new(number, **fields) for number, _, fields in new))
    judged = [
        room.judged(one, story_id=story, verdicts=(room.verdict("drug_policy"),))
        for one, (_, story, _) in zip(read, new, strict=True)
    ]
    room.store.save_judgements(room.worker, judged, now=NOON)


def test_our_own_reader_and_feedparser_read_the_same_stories(base: str) -> None:
    """Headline, page, time and summary, the latest story first."""
    answer = ask(base)
    ours = parse_feed(answer.content, url=f"{base}{FEED}", content_type=answer.headers["Content-Type"])
    theirs = feedparser.parse(answer.content, response_headers=dict(answer.headers))

    assert answer.headers["Content-Type"] == "application/atom+xml"
    assert not theirs.bozo
    assert theirs.version == "atom10"
    assert ours.title == theirs.feed.title == "Drug policy · Topic monitor"
    assert [one.link for one in ours.entries] == [f"{base}/stories/3", f"{base}/stories/1"]
    assert ours.entries[1].title == "Accord signed at the harbour"
    assert ours.entries[1].published == NOON - timedelta(hours=1)
    assert ours.entries[1].summary == "Gazette · likely 75 %"
    assert [one.id for one in theirs.entries] == ["tag:127.0.0.1,2026:story:3", "tag:127.0.0.1,2026:story:1"]
    assert [one.guid for one in ours.entries] == [one.id for one in theirs.entries]
    assert theirs.entries[1].updated == "2026-03-02T11:00:00+00:00"


def test_an_entry_names_outlets_topics_and_the_outlets_own_page(base: str, room: Newsroom) -> None:
    """Who else writes of it is counted; an address that is none is left out."""
    room.store.sync_sources([room.source(one) for one in ("gazette", "herald", "courier")], NOON)
    for number, source in ((7, "herald"), (8, "courier")):
        room.poll(room.new(number, source, title="Short"), source_id=source)
    room.store.save_read(room.worker, [room.article(one) for one in room.store.claim_to_read(room.worker, NOON, 9)])
    later = [
        room.judged(
            one,
            story_id=1,
            verdicts=(room.verdict("drug_policy"), room.verdict("bilateral_security", probability=0.95)),
        )
        for one in room.store.to_judge(9)
    ]
    room.store.save_judgements(room.worker, later, now=NOON)

    by_number = {one.id.rpartition(":")[2]: one for one in feedparser.parse(ask(base).content).entries}

    assert [one.name for one in by_number["1"].authors] == ["Gazette", "Herald", "Courier"]
    assert by_number["1"].summary == "Gazette and 2 more · likely 75 %"
    assert sorted((one.term, one.label) for one in by_number["1"].tags) == [
        ("bilateral_security", "Bilateral security cooperation"),
        ("drug_policy", "Drug policy"),
    ]
    assert [one.href for one in by_number["1"].links if one.rel == "related"] == ["https://gazette.example/2"]
    assert [one for one in by_number["3"].links if one.rel == "related"] == []


def test_words_from_the_web_stay_words(base: str, room: Newsroom) -> None:
    """No element, no direction of writing, nothing that XML cannot hold; a headline of nothing but that is said to be none."""
    tell(room, (5, 5, {"title": "Harbour \ufffe\uffff\x0b]]> & <b>opens</b>"}), (6, 6, {"title": "\u202e\ufeff"}))

    entries = {one.id.rpartition(":")[2]: one for one in feedparser.parse(ask(base).content).entries}

    assert entries["5"].title_detail.type == "text/plain"
    assert entries["5"].title == "Harbour ]]> & <b>opens</b>"
    assert entries["6"].title == "(no headline)"
    assert "<script>alert(1)</script>" in entries["3"].title
    assert "\u202e" not in entries["3"].title


def test_a_reader_that_has_it_is_told_so(base: str, room: Newsroom) -> None:
    """Until something in it changes."""
    first = ask(base)
    tag = first.headers["ETag"]
    same = [ask(base, **{"If-None-Match": stated}) for stated in (tag, f'"x", W/{tag}', "*")]
    tell(room, (5, 1, {"title": "Accord was signed at the harbour", "published": NOON}))
    changed = ask(base, **{"If-None-Match": tag})

    assert first.headers["Last-Modified"] == "Mon, 02 Mar 2026 11:00:00 GMT"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert [(one.status_code, one.content, one.headers["ETag"]) for one in same] == [(304, b"", tag)] * 3
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert ask(base, **{"If-None-Match": "zebra"}).status_code == 200


def test_the_latest_stories_are_in_it(base: str, room: Newsroom) -> None:
    """As many as a reader looks through."""
    tell(room, *((number, number, {"published": NOON}) for number in range(10, 10 + LATEST)))

    entries = feedparser.parse(ask(base).content).entries

    assert len(entries) == LATEST
    assert entries[0].published_parsed[:4] == (2026, 3, 2, 12)
    assert not {"Harbour council signs accord", "Accord signed at the harbour"} & {one.title for one in entries}


def test_a_topic_without_stories_has_a_feed_and_an_unknown_one_has_none(base: str) -> None:
    """Somebody may subscribe before anything happened."""
    empty = ask(base, "/feeds/bilateral_security.atom")

    assert (empty.status_code, feedparser.parse(empty.content).bozo) == (200, False)
    assert feedparser.parse(empty.content).entries == []
    assert ask(base, "/feeds/zebra.atom").status_code == 404
    assert ask(base, "/feeds/..%2fdrug_policy.atom").status_code == 404


def test_nobody_reads_it_without_a_token(base: str, front: Front) -> None:
    """A feed reader is told how to sign in, not sent to a page."""
    status, _, answer = Browser(base).get(FEED)

    assert status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
