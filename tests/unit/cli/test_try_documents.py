"""Takes files on the command line, gives tests of `try parse` and `try extract`."""

import gzip
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli.trying import documents as try_documents

FEED = b"""<rss version="2.0"><channel><title>Outlet</title><link>https://outlet.example/</link>
<item><guid>g1</guid><title>Quay \x1b[31mreopens</title><link>/1?utm_source=x</link><description>Ferries leave again.</description>
<pubDate>Sat, 21 Nov 2026 06:00:00 GMT</pubDate></item><item><title>Undated</title></item></channel></rss>"""
PARAGRAPH = (
    "<p>The old quay opened again on Saturday after two years of work, and the first ferry left before dawn.</p>"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a working folder with a feed, a page and a login page."""
    (tmp_path / "feed.xml").write_bytes(FEED)
    (tmp_path / "page.html").write_text(
        f"<html><head><title>Quay</title></head><body><article>{PARAGRAPH}</article></body></html>"
    )
    (tmp_path / "login.html").write_text("<html><body><form>Please sign in<input type=password></form></body></html>")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    """Run `monitor try WORDS`."""
    app = typer.Typer()
    try_documents.register(app)
    return CliRunner().invoke(app, list(words))


@pytest.mark.usefixtures("folder")
def test_parse_writes_a_line_of_json_per_file() -> None:
    """The line is the contract: absolute links, not canonicalised; dates in ISO or null."""
    result = run("parse", "feed.xml", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "file": "feed.xml",
        "title": "Outlet",
        "entries": [
            {
                "guid": "g1",
                "title": "Quay [31mreopens",
                "link": "https://outlet.example/1?utm_source=x",
                "published": "2026-11-21T06:00:00+00:00",
                "summary": "Ferries leave again.",
            },
            {"guid": None, "title": "Undated", "link": None, "published": None, "summary": ""},
        ],
        "error": None,
    }


@pytest.mark.usefixtures("folder")
def test_one_bad_file_is_told_and_the_others_are_still_read() -> None:
    """Its line carries the error; the exit code is 1."""
    result = run("parse", "missing.xml", "page.html", "feed.xml", "--json")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [line["file"] for line in lines] == ["missing.xml", "page.html", "feed.xml"]
    assert [line["error"] for line in lines] == ["No such file or directory", "An HTML page instead of a feed.", None]
    assert [len(line["entries"]) for line in lines] == [0, 0, 2]


def test_parse_knows_a_sitemap_by_its_root_packed_or_not(folder: Path) -> None:
    """Its pages are entries; there is no extra key."""
    sitemap = b"<urlset><url><loc>https://outlet.example/quay-reopens</loc><lastmod>2026-11-21</lastmod></url></urlset>"
    (folder / "plain.xml").write_bytes(sitemap)
    (folder / "packed.xml.gz").write_bytes(gzip.compress(sitemap))

    result = run("parse", "plain.xml", "packed.xml.gz", "--json")

    plain, packed = (json.loads(line) for line in result.stdout.splitlines())
    assert plain.keys() == {"file", "title", "entries", "error"}
    assert plain["entries"] == packed["entries"]
    assert [(entry["title"], entry["published"]) for entry in plain["entries"]] == [
        ("Quay reopens", "2026-11-21T00:00:00+00:00")
    ]


def test_parse_shows_the_sitemaps_of_an_index(folder: Path) -> None:
    """It has no entries of its own."""
    rows = "<sitemap><loc>/a.xml</loc><lastmod>2026-11-21</lastmod></sitemap><sitemap><loc>/b.xml</loc></sitemap>"
    (folder / "index.xml").write_text(f"<sitemapindex>{rows}</sitemapindex>")
    base = "https://outlet.example/index.xml"

    facts = json.loads(run("parse", "index.xml", "--json", "--url", base).stdout)
    words = run("parse", "index.xml", "--url", base).stdout

    assert (facts["entries"], facts["error"]) == ([], None)
    assert facts["sitemaps"] == [
        {"url": "https://outlet.example/a.xml", "modified": "2026-11-21T00:00:00+00:00"},
        {"url": "https://outlet.example/b.xml", "modified": None},
    ]
    assert "0 entries, 2 sitemaps" in words
    assert "undated  https://outlet.example/b.xml" in words


def test_parse_reads_a_listing_page_where_a_selector_is_given(folder: Path) -> None:
    """Only then is an HTML page no feed gone wrong."""
    (folder / "front.html").write_text(
        '<html><title>Outlet</title><body><h4><a href="/1">Quay reopens</a></h4></body></html>'
    )

    result = run("parse", "front.html", "--json", "--selector", "h4 a", "--url", "https://outlet.example/")

    facts = json.loads(result.stdout)
    assert (facts["title"], facts["error"]) == ("Outlet", None)
    assert [(entry["title"], entry["link"]) for entry in facts["entries"]] == [
        ("Quay reopens", "https://outlet.example/1")
    ]


@pytest.mark.usefixtures("folder")
def test_a_selector_that_is_none_is_a_wrong_call() -> None:
    """Before any file is opened."""
    assert run("parse", "page.html", "--selector", "h4 >").exit_code == 2


@pytest.mark.usefixtures("folder")
def test_extract_writes_the_article_or_why_there_is_none() -> None:
    """A login page is no article."""
    result = run("extract", "page.html", "login.html", "--json")

    article, login = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 1
    assert article["text"].startswith("The old quay")
    assert (article["title"], article["published"], article["error"]) == ("Quay", None, None)
    assert (login["text"], login["error"]) == ("", "login page")


@pytest.mark.usefixtures("folder")
def test_without_json_it_is_a_page_to_read() -> None:
    """Titles, dates and links stand one below the other, without escape sequences."""
    result = run("parse", "feed.xml")

    assert "feed.xml: Outlet, 2 entries" in result.stdout
    assert "2026-11-21T06:00:00+00:00  https://outlet.example/1?utm_source=x" in result.stdout
    assert "\x1b" not in result.stdout
