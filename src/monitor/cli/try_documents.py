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
Facts = dict[str, Any]
_TEASER = 200
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def register(trying: typer.Typer) -> None:
    """Add `try parse` and `try extract`."""
    trying.command(epilog="Example: monitor try parse feed.xml --json")(parse)
    trying.command(epilog="Example: monitor try extract page.html --json")(extract)


def parse(files: Files, as_json: Json = False, url: Url = "") -> None:
    """Show the entries of feed files: RSS, Atom or JSON Feed."""
    from monitor.bootstrap import now
    from monitor.parse import parse_feed

    def entries(body: bytes, reader: "ChildReader") -> Facts:
        feed = parse_feed(body, url=url, slow=reader.slow_feed, now=now())
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
    for entry in facts["entries"]:
        summary = entry["summary"]
        lines += [
            f"\n  {entry['title'] or '(no title)'}",
            f"  {entry['published'] or 'undated'}  {entry['link'] or '(no link)'}",
            *([f"  {summary[:_TEASER]}{'…' if len(summary) > _TEASER else ''}"] if summary else []),
        ]
    return "\n".join(lines) + "\n"


def _page_in_words(facts: Facts) -> str:
    return f"{facts['file']}: {facts['title'] or '(no title)'}\n{facts['published'] or 'undated'}\n\n{facts['text']}\n"


def _iso(moment: "datetime | None") -> str | None:
    return moment.isoformat() if moment else None
