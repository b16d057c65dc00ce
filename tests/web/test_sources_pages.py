"""The pages about sources over real HTTP: how each is, and a source found on a little site, looked at and added to sources.yaml."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.contract.conftest import NOON, Newsroom

from monitor.bootstrap import front
from monitor.config import load
from monitor.types import NewEntry
from monitor.web.pages import adding

from .conftest import HOSTILE, TOKEN, Browser

HOUR = timedelta(hours=1)
PAGE = """<html lang="en"><title>Harbour</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml">
<link rel="alternate" type="application/rss+xml" href="/comments.xml">
<h2><a href="/quay">The quay opens again on Saturday</a></h2><p class="more"><a href="/ferry">Ferry times</a></p>"""


def rss(title: str, *titles: str) -> str:
    """Give a feed with an entry per title."""
    items = "".join(
        f"<item><title><![CDATA[{each}]]></title><link>/{number}</link>"
        f"<pubDate>Sat, 21 Nov 2026 {number:02}:00:00 GMT</pubDate></item>"
        for number, each in enumerate(titles)
    )
    return f"<rss><channel><title><![CDATA[{title}]]></title><language>en-gb</language>{items}</channel></rss>"


class Site(ThreadingHTTPServer):
    """A site whose pages are a dictionary; notes what is asked for, and answers nobody while its gate is shut."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.pages = {
            "/": PAGE,
            "/feed.xml": rss("Harbour news", *(f"Ferry {number} leaves" for number in range(12))),
            "/comments.xml": rss("Comments for Harbour", "I agree"),
            "/hostile.xml": rss(*[escape(escape(HOSTILE))] * 2),  # what a title of HTML says as words
        }
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.gate.wait(20)
        body = self.server.pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len((body or "").encode())))
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a little site with a feed and a feed of comments."""
    running = Site()
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield running
    running.gate.set()
    running.shutdown()
    running.server_close()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a change of the files seen by the next request, not within two seconds."""
    monkeypatch.setattr(front, "LOOKED_AT_AGAIN", -1.0)


@pytest.fixture
def networks() -> str:
    """Give the networks of our own that may be asked."""
    return "127.0.0.0/8"


@pytest.fixture
def folder(folder: Path, networks: str) -> Path:
    """Give a configuration that may ask this machine, with a third source that hides something."""
    with (folder / "monitor.yaml").open("a") as monitor:
        monitor.write(f'fetch: {{allow_networks: ["{networks}"], delay: 0s, deadline: 20s}}\n')
    with (folder / "sources.yaml").open("a") as sources:
        sources.write(
            "  # the third\n  - {id: ministry, name: Ministry, url: 'https://ministry.example/feed?api_key=s3cr3t', "
            "headers: {Authorization: Bearer s3cr3t}, tags: [official], interval: 30m, note: 'Asked <b>them</b>'}\n"
        )
    return folder


def poll(room: Newsroom, id_: str, *results: str, **state: Any) -> None:
    """Keep polls of a source, an hour apart, the last an hour ago."""
    failed = 0
    for back, result in zip(range(len(results), 0, -1), results, strict=True):
        [before] = room.store.claim_sources(room.worker, NOON, 1, only=[id_])
        failed = 0 if result in ("ok", "not-modified") else failed + 1
        at = NOON - back * HOUR
        detail = f"It said {result}. {HOSTILE}"
        after = replace(
            before,
            **{
                "last_poll_at": at, "next_poll_at": NOON + HOUR, "result": result, "detail": detail,
                "failed_polls": failed, "failures": 1.0 * failed,
                "last_ok_at": before.last_ok_at if failed else at, "last_full_at": NOON, **state,
            },
        )  # fmt: skip
        room.store.save_poll(room.worker, after, room.record(id_, at=at, result=result, detail=detail))


@pytest.fixture
def polled(room: Newsroom, front: Any) -> Newsroom:
    """Give a store in which the herald is sick, the gazette is well and the ministry was never polled."""
    room.store.sync_sources(front.settings.sources, NOON)
    poll(room, "gazette", "ok", "ok", "not-modified")
    poll(room, "herald", "ok", "timeout", "http-404")
    return room


def names(shown: str) -> list[str]:
    """Give the ids of the sources that a list shows, in its order."""
    return [part.split('"')[0] for part in shown.split('<th scope="row"><a href="/sources/')[1:]]


def entry_form(shown: str) -> dict[str, str]:
    """Give the fields of the form that adds a source."""
    form = shown.split('<form method="post" action="/sources/add"')[1].partition("</form>")[0]
    inputs = [part.split(">")[0] for part in form.split("<input")[1:]]
    found = {}
    for each in inputs:
        name, value = (
            each.split(f'{key}="')[1].split('"')[0] if f'{key}="' in each else "" for key in ("name", "value")
        )
        found[name] = value
    return found


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.usefixtures("polled")
def test_the_sick_come_first_with_their_polls_in_marks_and_in_words(page: Browser) -> None:
    """The latest mark is at the right; whoever does not see it hears it."""
    _, shown, _ = page.get("/sources")

    assert names(shown) == ["herald", "gazette", "ministry"]
    assert ">1 sick</a>" in shown
    assert ">2 well</a>" in shown
    assert 'aria-label="3 polls: 1 refused (4xx), 1 timeout, 1 read"' in shown
    strip = shown.split('class="strip" role="img"')[1].split("</td>")[0]
    assert "".join(part.split("<")[0] for part in strip.split(">")[1:]).strip() == "·T4"
    assert 'title="1 poll: 1 timeout; 2 Mar 2026, 10:00" class="bad">T<' in strip
    assert "Failing since 2026-03-02 10:00 UTC (2 polls)" in shown
    assert "Not polled yet." in shown


@pytest.mark.usefixtures("polled")
@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("state=sick", ["herald"]),
        ("state=well", ["gazette", "ministry"]),
        ("state=http-404", ["herald"]),
        ("tag=official", ["ministry"]),
        ("name=HARBOUR+g", ["gazette"]),
        ("name=herald.example", ["herald"]),
        ("name=s3cr3t", []),
        ("state=well&tag=official&name=mini", ["ministry"]),
        ("state=zebra", []),
        ("page=7", []),
        ("page=-1&tag=", ["herald", "gazette", "ministry"]),
    ],
)
def test_the_list_is_narrowed(page: Browser, query: str, left: list[str]) -> None:
    """By state, tag and part of a name; what is asked for stands in the form again."""
    status, shown, _ = page.get(f"/sources?{query}")

    assert (status, names(shown)) == (200, left)
    assert ("No source fits." in shown) is (left == [])


def test_a_long_list_has_pages(folder: Path, page: Browser) -> None:
    """Fifty each; the next page keeps what the list was narrowed to."""
    lines = "".join(f"  - {{id: s{n:03}, url: 'https://s{n:03}.example/feed', tags: [many]}}\n" for n in range(150))
    (folder / "sources.yaml").write_text(f"sources:\n{lines}")

    first, second, third = (page.get(f"/sources?tag=many{more}")[1] for more in ("", "&page=1", "&page=2"))

    assert names(first) + names(second) + names(third) == [f"s{n:03}" for n in range(150)]
    assert len(names(first)) == 50
    assert 'href="?tag=many&amp;page=1"' in first
    assert "1 to 50 of 150" in first
    assert "101 to 150 of 150" in third
    assert 'rel="next"' not in third


# ── one source ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.usefixtures("polled")
def test_a_source_is_shown_with_what_it_brought_and_what_to_do(page: Browser) -> None:
    """Its state, its polls, its latest articles with their topics, and where its site's feeds may lie."""
    _, well, _ = page.get("/sources/gazette")
    _, sick, _ = page.get("/sources/herald")

    assert well.count('href="/articles/') == 3
    assert "Drug policy" in well
    assert "<details><summary>The last" in well
    assert "<details open><summary>The last 3</summary>" in sick
    assert sick.count('<td class="wrong">') == 2
    assert 'href="/sources/add?url=https%3A%2F%2Fherald.example%2F"' in sick
    assert "None yet." in sick
    assert page.get("/sources/zebra")[0] == 404


@pytest.mark.usefixtures("polled")
@pytest.mark.parametrize("path", ["/sources", "/sources/ministry"])
def test_no_secret_of_a_source_is_shown(page: Browser, path: str) -> None:
    """Neither a header nor the key in an address."""
    _, shown, _ = page.get(path)

    assert "s3cr3t" not in shown
    if path == "/sources/ministry":
        assert "Authorization: ***" in shown
        assert "https://ministry.example/feed?api_key=***" in shown
        assert "Asked &lt;b&gt;them&lt;/b&gt;" in shown
        assert "<dd>30m</dd>" in shown


@pytest.mark.usefixtures("polled")
@pytest.mark.parametrize("path", ["/sources", "/sources/herald", "/sources/gazette"])
def test_words_of_polls_and_articles_stay_words(page: Browser, path: str) -> None:
    """No element, no attribute, no template."""
    _, shown, _ = page.get(path)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert shown.count("<script") == 1  # ours
    assert "<img" not in shown
    assert "{{ 7*7 }}" in shown
    assert "\u202e" not in shown


def test_what_lies_there_now_is_shown_and_not_stored(folder: Path, site: Site, page: Browser, front: Any) -> None:
    """By its own settings; the poll log stays empty."""
    (folder / "sources.yaml").write_text(
        f"sources:\n  - {{id: port, url: '{site.url}/', kind: page, selector: .more a}}\n"
    )

    _, shown, _ = page.get("/sources/port?look=1")

    assert "page, 1 entry" in shown
    assert f'<a href="{site.url}/ferry" rel="noreferrer">Ferry times</a>' in shown
    assert "Not polled yet." in shown
    assert front.store.poll_log("port") == []


# ── finding and adding ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_feed_is_found_looked_at_and_added(page: Browser, site: Site, folder: Path) -> None:
    """The file keeps every character it had; a second time it is refused."""
    before = (folder / "sources.yaml").read_text()

    _, found, _ = page.get(f"/sources/add?{urlencode({'url': f'{site.url}/'})}")
    look = found.split(' href="/sources/add?')[1].split('"')[0].replace("&amp;", "&")
    _, seen, _ = page.get(f"/sources/add?{look}")
    fields = entry_form(seen)
    status, added, answer = page.get("/sources/add", {**fields, "tags": "press  harbour"})
    again, refused, _ = page.get("/sources/add", {**fields, "id": "another"})
    searched, known, _ = page.get(f"/sources/add?{urlencode({'url': f'{site.url}/feed.xml'})}")

    assert "Harbour news" in found
    assert "COMMENTS" in found
    assert "feed, 12 entries, newest of 21 Nov 2026, 11:00, language en" in seen
    assert seen.count(" leaves</a>") == 10
    assert seen.index("Ferry 11 leaves") < seen.index("Ferry 2 leaves")
    line = f"- {{id: harbour-news, name: Harbour news, url: {site.url}/feed.xml, language: en}}"
    assert f">{line}</textarea>" in seen
    assert (status, answer.url) == (200, f"{page.base}/sources/add?added=harbour-news")
    assert f"Added harbour-news to sources.yaml: {site.url}/feed.xml." in added
    assert (folder / "sources.yaml").read_text().startswith(before)
    new = load(folder, {}).sources[-1]
    assert (new.id, new.name, new.url, new.language) == ("harbour-news", "Harbour news", f"{site.url}/feed.xml", "en")
    assert new.tags == ("press", "harbour")
    assert (again, searched) == (400, 400)
    for told in (refused, known):
        assert "is declared already, as harbour-news: nothing was added" in told
    assert len(load(folder, {}).sources) == 4


def test_a_page_of_headlines_is_watched_where_there_is_no_feed(page: Browser, site: Site, folder: Path) -> None:
    """By all headlines, or by what a selector names."""
    site.pages = {"/": PAGE}

    _, nothing, _ = page.get(f"/sources/add?{urlencode({'url': site.url})}")
    _, headlines, _ = page.get(nothing.split('as well: <a href="')[1].split('"')[0].replace("&amp;", "&"))
    selected = {"feed": f"{site.url}/", "kind": "page", "selector": ".more a"}
    _, chosen, _ = page.get(f"/sources/add?{urlencode(selected)}")
    none, wrong, _ = page.get(f"/sources/add?{urlencode({**selected, 'selector': '[['})}")
    page.get("/sources/add", {**entry_form(chosen), "name": "Ferries", "id": "ferries"})

    assert "Nothing was found" in nothing
    assert "http-404" in nothing
    assert "The quay opens again on Saturday" in headlines
    assert "Ferry times" in chosen
    assert "quay" not in chosen
    assert (none, "must be a CSS selector" in wrong) == (400, True)
    new = load(folder, {}).sources[-1]
    assert (new.id, new.kind, new.selector, new.name) == ("ferries", "page", ".more a", "Ferries")


@pytest.mark.parametrize("query", ["url={}/", "feed={}/feed.xml&kind=feed"])
@pytest.mark.parametrize("networks", ["10.9.9.0/24"])
def test_an_address_within_a_network_is_not_asked(page: Browser, site: Site, query: str) -> None:
    """Unless the configuration allows it; the page says how."""
    _, shown, _ = page.get(f"/sources/add?{query.format(site.url)}")

    assert "refused-address" in shown
    assert "127.0.0.1 is loopback; such addresses are not asked" in shown
    assert "fetch.allow_networks" in shown
    assert site.asked == []
    assert "Add it" not in shown


def test_what_a_site_says_stays_words(page: Browser, site: Site, folder: Path) -> None:
    """Its titles in the preview, in the fields of the form and in the line of YAML, which says them as they are."""
    site.pages["/"] = '<link rel="alternate" type="application/rss+xml" href="/hostile.xml">'

    _, found, _ = page.get(f"/sources/add?{urlencode({'url': site.url})}")
    _, seen, _ = page.get(f"/sources/add?feed={site.url}/hostile.xml&kind=feed")
    _, typed, _ = page.get(f"/sources/add?{urlencode({'url': HOSTILE})}")

    for shown in (found, seen, typed):
        assert "alert(1)" in shown
        assert shown.count("<script") == 1  # ours
        assert "<img" not in shown
    assert "\u202e" not in found + seen
    page.send("/sources/add", url=f"{site.url}/hostile.xml", name=HOSTILE)
    assert load(folder, {}).sources[-1].name == HOSTILE.replace("\u202e", "")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "https://new.example/feed", "id": "gazette"}, "the id gazette is taken"),
        ({"url": "https://new.example/feed", "id": "a b"}, "`id` must be letters"),
        ({"url": "https://gazette.example/feed/"}, "is declared already, as gazette: nothing was added"),
        ({"url": "ftp://new.example/feed"}, "must be an http or https address"),
        ({"url": "https://new.example/feed?q={query}"}, "there is no `query`"),
        ({"url": "https://new.example/feed", "kind": "zebra"}, "`kind`"),
        ({"url": "https://new.example/feed", "language": "?"}, "must be a language code"),
        ({}, "must be an http or https address"),
    ],
)
def test_what_cannot_be_added_changes_nothing(page: Browser, folder: Path, fields: dict[str, str], said: str) -> None:
    """The page says why, in the words of the command."""
    before = (folder / "sources.yaml").read_bytes()

    status, shown, _ = page.send("/sources/add", **fields)

    assert status == 400
    assert said in shown
    assert (folder / "sources.yaml").read_bytes() == before


def test_where_the_file_cannot_be_written_its_line_is_given(page: Browser, folder: Path, tmp_path: Path) -> None:
    """To be pasted by whoever can."""
    (folder / "sources.yaml").unlink()
    (folder / "sources.yaml").symlink_to(tmp_path / "gone" / "sources.yaml")

    status, shown, _ = page.send("/sources/add", url="new.example/feed", name="New")

    assert status == 400
    assert "sources.yaml cannot be written" in shown
    assert ">- {id: new, name: New, url: https://new.example/feed}</textarea>" in shown


def test_a_form_that_is_not_ours_adds_nothing(open_page: Callable[[str], str], folder: Path) -> None:
    """Without its token, and with one of somebody who is signed in elsewhere."""
    before = (folder / "sources.yaml").read_bytes()
    ana, other = (Browser(open_page(f"ana:{TOKEN}")) for _ in range(2))
    other.get("/sign-in", {"token": TOKEN})
    ana.get("/sign-in", {"token": TOKEN})
    theirs = other.get("/sources/add")[1].split('name="form_token" value="')[1].split('"')[0]
    fields = {"url": "https://new.example/feed"}

    answers = [ana.get("/sources/add", {**fields, **token})[0] for token in ({}, {"form_token": f"x{theirs}"})]
    outside = Browser(ana.base).get("/sources/add", fields)[0]

    assert answers == [403, 403]
    assert outside == 200  # the door
    assert (folder / "sources.yaml").read_bytes() == before


def test_another_sites_page_makes_nobody_ask(open_page: Callable[[str], str], site: Site) -> None:
    """An image there with the address of a search brings the empty form."""
    base, query = open_page(""), urlencode({"url": f"{site.url}/"})

    _, elsewhere, _ = Browser(base, {"Sec-Fetch-Site": "cross-site"}).get(f"/sources/add?{query}")
    asked = list(site.asked)
    _, ours, _ = Browser(base, {"Sec-Fetch-Site": "same-origin"}).get(f"/sources/add?{query}")

    assert (asked, "Harbour news" in elsewhere) == ([], False)
    assert f'value="{site.url}/"' in elsewhere
    assert "Harbour news" in ours


def test_no_more_are_looked_at_at_once_than_may_be(page: Browser, site: Site) -> None:
    """Whoever comes too many is told at once; as soon as one has ended there is room again."""
    site.gate.clear()
    look = f"/sources/add?feed={site.url}/feed.xml&kind=feed"
    with ThreadPoolExecutor(adding.AT_ONCE) as people:
        waiting = [people.submit(Browser(page.base).get, look) for _ in range(adding.AT_ONCE)]
        while len(site.asked) < adding.AT_ONCE:
            threading.Event().wait(0.01)
        status, shown, _ = page.get(look)
        site.gate.set()
        statuses = [one.result()[0] for one in waiting]

    assert (status, "Try again in half a minute" in shown) == (503, True)
    assert statuses == [200] * adding.AT_ONCE
    assert page.get(look)[0] == 200


def test_a_source_that_was_added_is_on_the_list_without_a_restart(
    page: Browser, site: Site, front: Any, room: Newsroom
) -> None:
    """As soon as the files are looked at again; once the service polls it, it has a past."""
    page.send("/sources/add", url=f"{site.url}/feed.xml", name="Port", id="port")

    listed = names(page.get("/sources")[1])
    room.store.sync_sources(front.settings.sources, NOON)
    new: NewEntry = room.new(7, "port", title="Ferry leaves")
    room.poll(new, source_id="port")

    assert listed == ["gazette", "herald", "ministry", "port"]
    assert "Ferry leaves" in page.get("/sources/port")[1]
