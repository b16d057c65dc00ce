"""Takes the invented newsroom and its tour, checks that they are what the demo promises: real formats, real prose."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import combinations
from time import struct_time

import feedparser
import pytest
import requests
import trafilatura
from protego import Protego
from rich.console import Console

from monitor.cli.demo import OUTLETS, FeedFormat, NewsArticle, Outlet, articles
from monitor.cli.demo.newsroom import Newsroom
from monitor.cli.demo.tour import STEPS, tour

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
BOTH = ("drug_policy", "bilateral_security")
COMMANDS = {"init", "check", "run", "run --once", "why", "try score", "models show", "db check", "slack check"}


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """Give a newsroom that has opened with its first edition."""
    with Newsroom(NOW) as room:
        yield room


def told(event: str, edition: int = 1) -> list[NewsArticle]:
    """Give the articles of an edition that tell this event."""
    return [article for article in articles() if article.event == event and article.edition == edition]


def get(url: str, etag: str = "") -> requests.Response:
    """Ask the newsroom, with a validator where one is at hand."""
    return requests.get(url, headers={"If-None-Match": etag} if etag else {}, timeout=5)


def entries(newsroom: Newsroom, outlet: str) -> list[dict[str, str]]:
    """Give the entries of an outlet's feed as they stand there now."""
    source = next(source for source in newsroom.sources() if source.id == outlet)
    answer = get(source.url)
    if "json" in answer.headers["Content-Type"]:
        names = {"id": "id", "title": "title", "link": "url", "published": "date_published"}
        return [{name: item[key] for name, key in names.items()} for item in json.loads(answer.content)["items"]]
    document = feedparser.parse(answer.content, sanitize_html=False, resolve_relative_uris=False)
    return [entry | {"published": moment(entry.published_parsed)} for entry in document.entries]


def moment(parts: struct_time) -> str:
    """Give a date of feedparser, which is in UTC, as ISO 8601."""
    return datetime(*parts[:6], tzinfo=UTC).isoformat()


def test_every_article_has_the_length_of_a_news_item() -> None:
    """At least 48 articles, each of 120 to 350 words with a teaser, at most 20 hours old and under an address of its own."""
    pieces = articles()

    assert len(pieces) >= 48
    assert len({piece.path for piece in pieces}) == len(pieces)
    assert all(120 <= len(" ".join(piece.body).split()) <= 350 for piece in pieces)
    assert all(piece.teaser and 0 < piece.hours <= 20 for piece in pieces)
    assert {piece.outlet for piece in pieces} == {o.id for o in OUTLETS if o.format is not FeedFormat.BROKEN}


@pytest.mark.parametrize(
    ("event", "topics", "outlets"),
    [("working-group", BOTH, 5), ("estonia-law", BOTH[:1], 3), ("arctic-patrol", BOTH[1:], 3)],
)
def test_an_event_is_told_by_several_outlets(event: str, topics: tuple[str, ...], outlets: int) -> None:
    """Each of the three shared events is on its topics in every outlet that tells it."""
    pieces = told(event)

    assert len({piece.outlet for piece in pieces}) == len(pieces) == outlets
    assert {piece.topics for piece in pieces} == {topics}


@pytest.mark.parametrize("event", ["working-group", "estonia-law", "arctic-patrol"])
def test_outlets_tell_an_event_in_words_of_their_own(event: str) -> None:
    """No two outlets share a run of eight words, so that folding them into one story is not done by comparing copies."""
    runs = {piece.outlet: word_runs(piece, 8) for piece in told(event) + told(event, edition=2)}

    assert all(not (runs[one] & runs[other]) for one, other in combinations(runs, 2))


def word_runs(piece: NewsArticle, length: int) -> set[tuple[str, ...]]:
    """Give every run of so many words in an article."""
    words = re.findall(r"\w+", " ".join([piece.title, *piece.body]).lower())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_most_of_the_news_is_on_no_topic() -> None:
    """As in an ordinary newsroom, less than two fifths is on a topic; some stories have one outlet only."""
    pieces = articles()

    positives = [piece for piece in pieces if piece.topics]

    assert 0 < len(positives) < 0.4 * len(pieces)
    assert len([piece for piece in positives if not piece.event and piece.edition == 1]) >= 5


@pytest.mark.parametrize("outlet", [outlet for outlet in OUTLETS if outlet.format is not FeedFormat.BROKEN])
def test_a_feed_carries_every_headline_with_its_link_and_date(newsroom: Newsroom, outlet: Outlet) -> None:
    """Titles, links and identities come out of RSS, Atom and JSON Feed as they went in, dated within the last 20 hours."""
    expected = [piece for piece in articles() if piece.outlet == outlet.id and piece.edition == 1]

    found = entries(newsroom, outlet.id)

    assert [entry["title"] for entry in found] == [piece.title for piece in expected]
    assert [entry["link"] for entry in found] == [newsroom.base_url + piece.path for piece in expected]
    assert len({entry["id"] for entry in found}) == len(expected)
    ages = [NOW - datetime.fromisoformat(entry["published"]) for entry in found]
    assert all(timedelta(0) <= age <= timedelta(hours=20) for age in ages)


@pytest.mark.parametrize("outlet", [o for o in OUTLETS if o.format in {FeedFormat.RSS, FeedFormat.ATOM}])
def test_the_xml_feeds_are_well_formed_for_a_second_reader(newsroom: Newsroom, outlet: Outlet) -> None:
    """A second parser finds nothing to complain of and the same titles."""
    parsed = feedparser.parse(
        get(newsroom.base_url + outlet.feed_path).content, sanitize_html=False, resolve_relative_uris=False
    )

    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [entry["title"] for entry in entries(newsroom, outlet.id)]


def test_a_page_holds_the_text_amid_boilerplate(newsroom: Newsroom) -> None:
    """Every page carries a cookie line, other headlines and a footer, and an extractor still finds just the article."""
    for piece in articles("Tuesday"):  # the day before NOW
        if piece.edition > 1:
            continue

        html = get(newsroom.base_url + piece.path).text
        text = trafilatura.extract(html, fast=True, include_comments=False) or ""

        assert all(line in html for line in ("cookies", "More from", "Subscribe to our newsletter"))
        assert all(paragraph in text for paragraph in piece.body), piece.path
        assert not any(line in text for line in ("cookies", "More from", "Subscribe to our newsletter")), piece.path


def test_what_has_not_changed_is_answered_with_304(newsroom: Newsroom) -> None:
    """A validator sent back brings 304 without a body; the update changes three feeds and leaves the others."""
    etags = {source.id: get(source.url).headers["ETag"] for source in newsroom.sources()}
    again = [get(source.url, etags[source.id]) for source in newsroom.sources()]

    newsroom.publish_update()
    after = {source.id: get(source.url, etags[source.id]).status_code for source in newsroom.sources()}

    assert {answer.status_code for answer in again} == {304}
    assert not any(answer.content for answer in again)
    assert {outlet for outlet, status in after.items() if status == 200} == {"broadsheet", "regional", "broadcaster"}


def test_the_update_brings_an_outlet_a_story_and_a_corrected_headline(newsroom: Newsroom) -> None:
    """A sixth outlet takes up the main event, one on-topic story is new, and one entry keeps its guid under another title."""
    before = {o: {e["id"]: e["title"] for e in entries(newsroom, o)} for o in ("broadsheet", "regional", "broadcaster")}

    newsroom.publish_update()
    after = {outlet: {e["id"]: e["title"] for e in entries(newsroom, outlet)} for outlet in before}

    new = {outlet: after[outlet].keys() - before[outlet].keys() for outlet in before}
    assert new["regional"] == {"urn:newsroom:regional:kochi-port-working-group"}
    assert new["broadcaster"] == {"urn:newsroom:broadcaster:thailand-laos-mekong"}
    assert not new["broadsheet"]
    changed = [guid for guid, title in before["broadsheet"].items() if after["broadsheet"][guid] != title]
    assert changed == ["urn:newsroom:broadsheet:estonia-drugs-law"]
    assert [piece.outlet for piece in told("working-group", edition=2)] == ["regional"]


def test_an_article_of_the_second_edition_is_not_there_before(newsroom: Newsroom) -> None:
    """A page that is not published yet is 404, and 200 from the update on."""
    url = newsroom.base_url + told("working-group", edition=2)[0].path

    early = get(url).status_code
    newsroom.publish_update()

    assert (early, get(url).status_code) == (404, 200)


def test_a_hostile_title_is_served_as_it_was_written(newsroom: Newsroom) -> None:
    """The feed hands on mark-up, raw and escaped, for the monitor to neutralise; the page shows it as text."""
    hostile = next(piece for piece in articles() if "!channel" in piece.title)

    page = get(newsroom.base_url + hostile.path).text

    assert set(hostile.topics) == set(BOTH)
    assert all(
        trick in hostile.title for trick in ("<b>", "&amp;", "&lt;!channel&gt;", "&lt;https://evil.example|", "\u202e")
    )
    assert hostile.title in [entry["title"] for entry in entries(newsroom, hostile.outlet)]
    assert "<b>" not in page


def test_one_outlet_is_broken(newsroom: Newsroom) -> None:
    """The gazette answers 200 with an error page in HTML, which no feed reader takes for a feed."""
    gazette = next(source for source in newsroom.sources() if source.id == "gazette")

    answer = get(gazette.url)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    parsed = feedparser.parse(answer.content, sanitize_html=False, resolve_relative_uris=False)
    assert (parsed.version, parsed.entries) == ("", [])


def test_robots_may_read_everything(newsroom: Newsroom) -> None:
    """robots.txt allows every page and every feed."""
    rules = Protego.parse(get(f"{newsroom.base_url}/robots.txt").text)

    urls = [source.url for source in newsroom.sources()] + [newsroom.base_url + piece.path for piece in articles()]

    assert all(rules.can_fetch(url, "topic-monitor") for url in urls)


def test_the_newsroom_keeps_quiet_and_closes(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is written while it serves, misses included, and its port is free once it is left."""
    with Newsroom(NOW) as room:
        get(f"{room.base_url}/robots.txt")
        get(f"{room.base_url}/nothing-here")

    written = capfd.readouterr()

    assert (written.out, written.err) == ("", "")
    with pytest.raises(requests.ConnectionError):
        get(f"{room.base_url}/robots.txt")


def test_the_day_of_the_news_is_the_day_before_it_was_read(newsroom: Newsroom) -> None:
    """Articles name the weekday on which their events happened, never a placeholder."""
    pages = [get(newsroom.base_url + piece.path).text for piece in articles() if piece.edition == 1]

    assert any("on Tuesday" in page for page in pages)
    assert not any("{day}" in page for page in pages)


def drawn(*, failed: int = 1, stories: int = 9) -> str:
    """Give the tour as it stands on a terminal of 80 columns."""
    screen = StringIO()
    Console(width=80, file=screen).print(tour(sources=9, failed=failed, articles=49, stories=stories))
    return screen.getvalue()


def test_the_tour_tells_what_the_run_came_to() -> None:
    """The numbers passed in are the numbers shown, and one is not a plural."""
    words = " ".join(drawn().split())

    assert "9 sources polled" in words
    assert "1 of them broken on purpose" in words
    assert "49 articles stored and judged, 9 stories told" in words
    assert "1 story told" in " ".join(drawn(stories=1).split())
    assert "broken" not in drawn(failed=0)


def test_the_tour_fits_one_screen_and_names_only_commands_that_exist() -> None:
    """At 80 × 24 nothing scrolls away, and nobody is sent to a command that is not there."""
    text = drawn()

    named = {re.sub(r" (URL|FILE)$", "", command).removeprefix("monitor ") for command, _ in STEPS}

    assert len(text.splitlines()) <= 24
    assert all(command in text for command, _ in STEPS)
    assert named == COMMANDS
