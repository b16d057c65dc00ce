"""Takes sites, lists and a configuration, and drives `monitor sources` from outside: find, try, add, take in and out."""

import json
import os
import pty
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitor.config import load

Desk = Callable[..., Any]
ITEM = "<item><title>On {0}</title><link>/{0}</link><pubDate>Sat, 21 Nov 2026 0{1}:00:00 GMT</pubDate></item>"
PAGE = """<html lang="en"><title>Harbour</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="comments.xml">
<link rel="alternate" type="application/rss+xml" href="feed.xml">
<h2><a href="/quay">The quay opens again on Saturday</a></h2><p class="more"><a href="/ferry">Ferry times</a></p>"""


def rss(title: str, *names: str) -> str:
    """Give a feed with an entry per name."""
    items = "".join(ITEM.format(name, number) for number, name in enumerate(names))
    return f"<rss><channel><title>{title}</title><language>en</language>{items}</channel></rss>"


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Give the address of a small site with a feed and a feed of comments."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name, text in {
        "index.html": PAGE,
        "feed.xml": rss("Harbour \x1b[31m\u202enews", "quay", "ferry", "crane"),
        "comments.xml": rss("Comments for Harbour", "one"),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_site_of_the_news_web_becomes_a_source_that_is_polled(news_web: Any, desk: Desk) -> None:
    """Found by its front page, added to the file, and read by the next run."""
    web = news_web("--sites", "3", "--hosts", "3", "--crawl-delay-ratio", "0")
    place = desk([("mine", f"http://127.0.0.3:{web.port}/s0001/atom.xml")])
    remarked = f"# ours\n{(place.config / 'sources.yaml').read_text()}"
    (place.config / "sources.yaml").write_text(remarked)
    address = f"http://127.0.0.2:{web.port}/s0000/"

    found = json.loads(place.run("sources", "discover", address, "--json").stdout)
    added = place.run("sources", "add", address, "--tag", "trial", "--interval", "30m", "--json")

    entry = json.loads(added.stdout)
    assert found["url"] == entry["url"] == f"http://127.0.0.2:{web.port}/s0000/feed.xml"
    assert (found["entries"], found["language"], found["how"]) == (40, "en", "declared by the page")
    assert (entry["tags"], entry["interval"]) == (["trial"], "30m")
    assert (place.config / "sources.yaml").read_text().startswith(remarked[:-2])
    assert place.once()["sources"][entry["id"]]["result"] == "ok"


def test_what_was_found_is_shown_with_the_line_to_paste(site: str, desk: Desk) -> None:
    """Numbered, comments marked, nothing that acts on a terminal."""
    done = desk([]).run("sources", "discover", site)

    first, second = (line for line in done.stdout.splitlines() if line[:3] in ("1  ", "2  "))
    assert "Harbour [31mnews" in first
    assert "COMMENTS" in second
    assert f"1:  - {{id: harbour-31mnews, name: 'Harbour [31mnews', url: {site}/feed.xml}}" in done.stdout.splitlines()
    assert "--choose 1" in done.stdout
    assert not {"\x1b", "\u202e"} & set(done.stdout)
    assert done.returncode == 0


def test_nothing_found_ends_with_what_was_tried_and_what_to_do(site: str, desk: Desk, tmp_path: Path) -> None:
    """Exit code 1; with --json as one line."""
    place = desk([])
    (tmp_path / "site" / "feed.xml").unlink()  # it would be found at the top of the site, whatever page is named

    in_words, as_json = (place.run("sources", "discover", f"{site}/gone", *more) for more in ((), ("--json",)))

    assert (in_words.returncode, as_json.returncode) == (1, 1)
    assert f"{site}/gone  http-404" in in_words.stderr
    assert "--kind page --selector" in in_words.stderr
    assert {row["result"] for row in json.loads(as_json.stdout)["tried"]} == {"http-404"}


@pytest.mark.parametrize("choice", [("--yes",), ("--choose", "1")])
def test_without_a_terminal_a_choice_is_asked_for(site: str, desk: Desk, choice: tuple[str, ...]) -> None:
    """The list is shown, nothing is added; with the choice made it is, once."""
    place = desk([])

    unchosen, chosen, again = (place.run("sources", "add", site, *words) for words in ((), choice, choice))

    assert (unchosen.returncode, chosen.returncode, again.returncode) == (2, 0, 2)
    assert f"{site}/comments.xml" in unchosen.stderr
    assert "--choose N" in unchosen.stderr
    assert "declared already, as harbour-31mnews" in again.stderr
    assert [source.url for source in load(place.config, {}).sources] == [f"{site}/feed.xml"]


def test_on_a_terminal_the_person_is_asked(site: str, desk: Desk) -> None:
    """The number typed is the one that is added."""
    place = desk([])
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"7\n2\n")

    done = subprocess.run(
        place.command("sources", "add", site, "--id", "talk"),
        stdin=terminal,
        env=place.environ(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    os.close(keyboard)
    os.close(terminal)
    assert "Which one" in done.stderr
    assert done.returncode == 0, done.stderr
    assert [(source.id, source.url) for source in load(place.config, {}).sources] == [("talk", f"{site}/comments.xml")]


def test_a_search_feed_is_added_with_its_phrase(site: str, desk: Desk) -> None:
    """The template is what stands in the file, the address filled in is what is asked; another phrase is another source."""
    place = desk([])
    template = f"{site}/feed.xml?q={{query}}&hl={{language}}"

    first = place.run("sources", "add", template, "--query", '"working group" drugs', "--language", "en")
    second = place.run("sources", "add", template, "--query", "fentanyl", "--language", "en")
    lacking = place.run("sources", "add", template, "--query", "fentanyl")

    assert (first.returncode, second.returncode, lacking.returncode) == (0, 0, 2)
    assert "there is no `language`" in lacking.stderr
    found = load(place.config, {}).sources
    assert [source.template for source in found] == [template, template]
    assert found[0].url == f"{site}/feed.xml?q=%22working%20group%22%20drugs&hl=en"
    assert found[1].id == "127-0-0-1-fentanyl"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("{site}/gone.xml", "--kind", "feed"), 1, "http-404"),
        (("{site}/index.html", "--kind", "feed"), 1, "An HTML page instead of a feed."),
        (("{site}/feed.xml", "--interval", "often"), 2, "`interval` must be a length of time"),
        (("{site}/feed.xml", "--id", "a b"), 2, "`id` must be letters"),
        (("{site}/feed.xml", "--id", "mine"), 2, "the id mine is taken"),
        (("{site}/feed.xml?q={query}",), 2, "there is no `query`"),
        (("{site}", "--choose", "7"), 2, "lists no more than 2"),
        (("ftp://127.0.0.1/feed.xml",), 2, "must be an http or https address"),
        (("http://10.0.0.1/feed.xml",), 1, "fetch.allow_networks"),
    ],
)
def test_what_cannot_be_added_changes_nothing(
    site: str, desk: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    """Each with its exit code and a reason."""
    place = desk([("mine", "http://127.0.0.1:9/x")])
    before = (place.config / "sources.yaml").read_bytes()

    done = place.run("sources", "add", *(word.replace("{site}", site) for word in words))

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert (place.config / "sources.yaml").read_bytes() == before


def test_trying_a_page_shows_what_its_selector_finds(site: str, desk: Desk) -> None:
    """Without one, headlines; with one that finds nothing, what to do."""
    place = desk([])

    headlines = place.run("sources", "try", f"{site}/", "--kind", "page")
    selected = place.run("sources", "try", f"{site}/", "--selector", ".more", "--json")
    nothing = place.run("sources", "try", f"{site}/", "--selector", ".none")

    assert "The quay opens again on Saturday" in headlines.stdout
    assert "Links of headlines" in headlines.stdout
    facts = json.loads(selected.stdout)
    assert [entry["title"] for entry in facts["entries"]] == ["Ferry times"]
    assert (facts["selector"], facts["kind"], facts["result"]) == (".more", "page", "ok")
    assert "'.none' selects no link" in nothing.stdout
    assert "another --selector" in nothing.stdout
    assert (headlines.returncode, selected.returncode, nothing.returncode) == (0, 0, 1)


def test_what_is_declared_already_is_found_as_such(site: str, desk: Desk) -> None:
    """No second line to paste for the same feed."""
    place = desk([("mine", f"{site}/feed.xml")])

    in_words, as_json = place.run("sources", "discover", site), place.run("sources", "discover", site, "--json")

    assert "1:  declared already, as mine\n" in in_words.stdout
    assert [json.loads(line)["declared"] for line in as_json.stdout.splitlines()] == ["mine", None]


def test_trying_a_feed_that_breaks_off_tells_so(site: str, desk: Desk, tmp_path: Path) -> None:
    """Also where `check --live` asks it: what is shown is not all."""
    (tmp_path / "site" / "short.xml").write_text(rss("Harbour", "quay", "ferry").partition("</item></channel>")[0])
    place = desk([("short", f"{site}/short.xml")])

    tried, checked = place.run("sources", "try", "short"), place.run("check", "--live")

    remark = "The document was not read to its end: it breaks off in the middle."
    assert f"\n{remark}\n" in tried.stdout
    assert f"short: ok, 2 entries. The newest is of 2026-11-21 01:00 UTC. {remark}\n" in checked.stdout


def test_an_address_without_scheme_says_that_https_was_asked(site: str, desk: Desk) -> None:
    """A server of one's own often speaks http only."""
    address = site.removeprefix("http://")

    done = desk([]).run("sources", "discover", address)

    assert done.returncode == 1
    assert f"over http: monitor sources discover http://{address}" in done.stderr


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n\0\0\0\r"], ids=["nothing", "picture"])
def test_what_is_no_page_is_not_offered_as_one(site: str, desk: Desk, tmp_path: Path, body: bytes) -> None:
    """Nothing can be selected there."""
    (tmp_path / "site" / "odd.xml").write_bytes(body)

    done = desk([]).run("sources", "try", f"{site}/odd.xml")

    assert "`monitor sources discover` finds the feeds of a site" in done.stdout
    assert "--kind page" not in done.stdout


def test_trying_a_feed_shows_its_newest_entries(site: str, desk: Desk) -> None:
    """By address or by id; nothing is stored, and the configuration stays as it is."""
    place = desk([("mine", f"{site}/feed.xml")])
    before = (place.config / "sources.yaml").read_bytes()

    by_id = place.run("sources", "try", "mine", "--limit", "2")
    page = place.run("sources", "try", site)
    unknown = place.run("sources", "try", "yours")

    assert [line[2:] for line in by_id.stdout.splitlines() if line.startswith("  2026")] == [
        "2026-11-21 02:00  On crane",
        "2026-11-21 01:00  On ferry",
    ]
    assert "ok: feed, 3 entries, newest of 2026-11-21 02:00 UTC, language en" in by_id.stdout
    assert "An HTML page instead of a feed." in page.stdout
    assert "monitor sources discover" in page.stdout
    assert "one of these ids: mine" in unknown.stderr
    assert (by_id.returncode, page.returncode, unknown.returncode) == (0, 1, 2)
    assert (place.config / "sources.yaml").read_bytes() == before
    assert not (place.folder / "data").exists()


SOURCES = """
sources:
  - {id: a, name: "A & B <c>", url: "https://a.example/{query}", query: x "y", kind: page, interval: 3h, full_text: never,
     tags: [un, "b; c"], language: pt, country: BR, selector: h2 > a, user_agent: desk, topics: [drug_policy], note: "=slow\\nvery"}
  - {id: b, name: B, url: "https://b.example/rss", headers: {Authorization: secret}, tags: [un]}
  - {id: c, name: C, url: "https://c.example/sitemap.xml", kind: sitemap}
"""


@pytest.mark.parametrize("name", ["list.opml", "list.csv"])
def test_what_is_exported_is_imported_whole(desk: Desk, tmp_path: Path, name: str) -> None:
    """Everything but headers, which may be passwords, and that is said."""
    place = desk([])
    (place.config / "sources.yaml").write_text(SOURCES)
    before = {source.id: source for source in load(place.config, {}).sources}

    out = place.run("sources", "export", "--output", name)
    (place.config / "sources.yaml").write_text("# empty\nsources: []\n")
    dry = place.run("sources", "import", name, "--dry-run")
    empty = (place.config / "sources.yaml").read_text()
    back, again = (place.run("sources", "import", name) for _ in range(2))

    after = {source.id: source for source in load(place.config, {}).sources}
    assert "headers of b" in out.stderr
    assert "secret" not in (place.folder / name).read_text()
    assert [text.stdout for text in (dry, back, again)] == [
        "3 would be added, 0 already there, 0 refused.\n",
        "3 added, 0 already there, 0 refused.\n",
        "0 added, 3 already there, 0 refused.\n",
    ]
    assert empty == "# empty\nsources: []\n"
    assert after["b"].headers == ()
    assert {key: after[key] for key in "ac"} == {key: before[key] for key in "ac"}
    assert after["b"].tags == ("un",)


def test_export_goes_to_the_terminal_as_opml(desk: Desk) -> None:
    """So that it can be piped; CSV on request."""
    place = desk([("mine", "https://a.example/rss")])

    opml, table = place.run("sources", "export"), place.run("sources", "export", "--format", "csv")

    assert opml.stdout.startswith("<?xml")
    assert 'xmlUrl="https://a.example/rss"' in opml.stdout
    assert table.stdout.splitlines()[0].startswith("id,name,url")


def test_bad_lines_of_a_list_are_refused_and_the_others_added(desk: Desk) -> None:
    """Each with file, line and reason; exit code 1. As JSON, a line per source and the sums."""
    place = desk([("mine", "https://a.example/rss")])
    rows = [
        "url,interval",
        "https://b.example/rss,",
        "https://a.example/rss/,",
        "nonsense,",
        "https://c.example/rss,1s",
    ]
    (place.folder / "list.csv").write_text("\n".join(rows))

    as_json = place.run("sources", "import", "list.csv", "--json", "--dry-run")
    in_words = place.run("sources", "import", "list.csv")

    *lines, sums = map(json.loads, as_json.stdout.splitlines())
    assert [(line["line"], line["result"]) for line in lines] == [
        (2, "added"),
        (3, "there"),
        (4, "refused"),
        (5, "refused"),
    ]
    assert sums == {"added": 1, "there": 1, "refused": 2, "dry_run": True}
    assert in_words.stdout == "1 added, 1 already there, 2 refused.\n"
    assert "list.csv:4: `url` must be an http or https address" in in_words.stderr
    assert "list.csv:5: `interval` must be at least 15m" in in_words.stderr
    assert (as_json.returncode, in_words.returncode) == (1, 1)
    assert [source.url for source in load(place.config, {}).sources] == [
        "https://a.example/rss",
        "https://b.example/rss",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'<!DOCTYPE o [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><opml><body><outline xmlUrl="&b;"/></body></opml>',
            "entities",
        ),
        (
            '<!DOCTYPE o [<!ENTITY a "aa">]><opml><body><outline xmlUrl="&a;"/></body></opml>'.encode("utf-16"),
            "entities",
        ),
        (b"<opml><body>" + b"<outline>" * 100_000, "broken XML"),
        (b"<opml><body><outline " + b"a" * 50_000_000, "larger than 10 MB"),
        (b"\x00\xff\xfe garbage", "no table of sources"),
        (b"", "no table of sources"),
        (None, "cannot be read"),
    ],
    ids=["bomb", "bomb in UTF-16", "deep", "50 MB", "garbage", "empty", "absent"],
)
def test_a_hostile_list_is_refused_in_one_line(desk: Desk, body: bytes | None, said: str) -> None:
    """Exit code 2, and the configuration as it was."""
    place = desk([("mine", "https://a.example/rss")])
    if body is not None:
        (place.folder / "list.opml").write_bytes(body)

    done = place.run("sources", "import", "list.opml")

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("list.opml: ")
    assert said in done.stderr
    assert len(load(place.config, {}).sources) == 1
