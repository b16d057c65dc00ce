"""Takes files of feeds or pages, gives what is read off them: the stages `parse` and `extract`, with nothing stored."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.adapters.reader import ChildReader

Files = Annotated[list[Path], typer.Argument(help="Files as a server would send them.", metavar="FILE...")]
Json = Annotated[bool, typer.Option("--json", help="One JSON line per file.")]
Url = Annotated[str, typer.Option("--url", help="The address the files came from: base of relative links.")]
Selector = Annotated[
    str,
    typer.Option(
        "--selector", help="Read the files as listing pages: CSS selector of the links; relative ones need --url."
    ),
]
Facts = dict[str, Any]
_TEASER = 200
_MOST_ENTRIES = 50_000  #: shown of one file: as many as a sitemap may have
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def register(trying: typer.Typer) -> None:
    """Add `try parse` and `try extract`."""
    trying.command(epilog="Example: monitor try parse feed.xml --json")(parse)
    trying.command(epilog="Example: monitor try extract page.html --json")(extract)


def parse(files: Files, as_json: Json = False, url: Url = "", selector: Selector = "") -> None:
    """Show the entries of files: RSS, Atom, JSON Feed, a sitemap (also packed), or a listing page with --selector.

    An index of sitemaps has no entries: the sitemaps that it names are shown.
    """
    from monitor.bootstrap import now
    from monitor.parse import parse as parse_document
    from monitor.parse.listing import selector_problem
    from monitor.parse.sitemap import is_sitemap
    from monitor.types import Fetched, FetchSettings, Source, SourceKind

    if selector and (problem := selector_problem(selector)):
        raise typer.BadParameter(problem, param_hint="--selector")
    limits = FetchSettings(max_entries=_MOST_ENTRIES)

    def entries(body: bytes, reader: "ChildReader") -> Facts:
        kind = SourceKind.PAGE if selector else SourceKind.SITEMAP if is_sitemap(body) else SourceKind.FEED
        source = Source(id="file", name="", url=url, kind=kind, selector=selector or None)
        page = Fetched(url=url, headers={}, body=body)
        feed = parse_document(source, page, limits=limits, slow=reader.slow_feed, listing=reader.listing, now=now())
        sitemaps = [{"url": sitemap.url, "modified": _iso(sitemap.modified)} for sitemap in feed.sitemaps]
        return {
            "title": feed.title,
            "entries": [
                {
                    "guid": entry.guid,
                    "title": entry.title,
                    "link": entry.link,
                    "published": _iso(entry.published),
                    "summary": entry.summary,
                }
                for entry in feed.entries
            ],
            **({"sitemaps": sitemaps} if sitemaps else {}),
        }

    _each(files, entries, {"title": "", "entries": []}, _feed_in_words, as_json=as_json)


def extract(files: Files, as_json: Json = False, url: Url = "") -> None:
    """Show the article of HTML files: title, date and text without the page around it."""

    def article(html: bytes, reader: "ChildReader") -> Facts:
        page = reader.page(html, url)
        facts = {"title": page.title, "text": page.text, "published": _iso(page.published)}
        return facts | ({"error": page.note} if page.note else {})

    _each(files, article, {"title": "", "text": "", "published": None}, _page_in_words, as_json=as_json)


def _each(
    files: list[Path],
    read: Callable[[bytes, "ChildReader"], Facts],
    nothing: Facts,
    in_words: Callable[[Facts], str],
    *,
    as_json: bool,
) -> None:
    """Write a line for every file, whatever happened to the one before; exit with 1 if any could not be read."""
    from monitor.adapters.reader import ChildReader

    reader, failed = ChildReader(), False
    try:
        for file in files:
            try:
                found: Facts = {"error": None} | read(file.read_bytes(), reader)
            except MonitorError as error:
                found = {"error": str(error)}
            except OSError as error:
                found = {"error": error.strerror or str(error)}
            facts = {"file": str(file), **nothing, **found}
            facts["error"] = facts.pop("error")
            failed = failed or facts["error"] is not None
            print(
                json.dumps(facts, ensure_ascii=False) if as_json else _CONTROLS.sub("", _told(facts, in_words)),
                flush=True,
            )
    finally:
        reader.close()
    if failed:
        raise typer.Exit(1)


def _told(facts: Facts, in_words: Callable[[Facts], str]) -> str:
    return f"{facts['file']}: {facts['error']}\n" if facts["error"] else in_words(facts)


def _feed_in_words(facts: Facts) -> str:
    lines = [f"{facts['file']}: {facts['title'] or '(no title)'}, {len(facts['entries'])} entries"]
    if sitemaps := facts.get("sitemaps", ()):
        lines[0] += f", {len(sitemaps)} sitemaps"
    for entry in facts["entries"]:
        summary = entry["summary"]
        lines += [
            f"\n  {entry['title'] or '(no title)'}",
            f"  {entry['published'] or 'undated'}  {entry['link'] or '(no link)'}",
            *([f"  {summary[:_TEASER]}{'…' if len(summary) > _TEASER else ''}"] if summary else []),
        ]
    lines += [f"  {sitemap['modified'] or 'undated'}  {sitemap['url']}" for sitemap in sitemaps]
    return "\n".join(lines) + "\n"


def _page_in_words(facts: Facts) -> str:
    return f"{facts['file']}: {facts['title'] or '(no title)'}\n{facts['published'] or 'undated'}\n\n{facts['text']}\n"


def _iso(moment: "datetime | None") -> str | None:
    return moment.isoformat() if moment else None
