"""Takes the address of a site, gives what could be watched there, as a table, as JSON lines and as lines of sources.yaml."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from monitor import bootstrap
from monitor.cli.sources.preview import in_short
from monitor.config.declaring import entry_of
from monitor.config.editing import known_as
from monitor.config.insertion import as_line
from monitor.jobs.asking.discovery import Discovery, discover
from monitor.notify.mrkdwn import clean
from monitor.sources.advice import advice
from monitor.sources.discover import Candidate
from monitor.types import Settings

_TITLE = 80  #: characters of a title in a table
_WIDE = 10_000  #: columns where nobody looks: an address is never broken


@contextmanager
def patience(url: str) -> Iterator[None]:
    """Say on a terminal that something is going on: a second lies between two requests to one host."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(f"asking {escape(clean(url))} …"):
        yield


def discovered(settings: Settings, url: str) -> Discovery:
    """Search a site, and say so meanwhile."""
    with patience(url), bootstrap.open_web(settings) as web:
        return discover(web, url)


def tell_nothing(found: Discovery, url: str) -> None:
    """Say on stderr that nothing was found, what was tried and what else could be."""
    lines = [in_short(one.url, one.result, one.detail) for one in found.tried]
    if len(found.tried) == 1:
        lines.append(advice(found.tried[0].result))
    else:
        lines = [f"Neither feed nor sitemap was found at {clean(url)}. Tried:", *(f"  {line}" for line in lines)]
        lines.append(
            f"A page of headlines will do as well: monitor sources try {clean(url)} --kind page --selector 'h2 a'"
        )
        lines.append("If you know an address of a feed: monitor sources try ADDRESS --kind feed")
    if "://" not in url:
        lines.append(
            f"It was asked over https, as no scheme was given; over http: monitor sources discover http://{clean(url)}"
        )
    print("\n".join(filter(None, lines)), file=sys.stderr)


def print_table(candidates: tuple[Candidate, ...], settings: Settings, *, to_stderr: bool = False) -> None:
    """Print what was found, numbered, and each as a line of sources.yaml."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    stream = sys.stderr if to_stderr else sys.stdout
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDE)
    table = Table("", "what", "entries", "newest (UTC)", "language", "title", "found", box=None, pad_edge=False)
    table.columns[5].overflow = "fold"
    for number, one in enumerate(candidates, 1):
        newest = f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else "undated"
        count = f"{one.entries} of {one.sitemaps} sitemaps" if one.sitemaps else str(one.entries)
        cells = (
            str(number),
            one.role.words,
            count,
            newest,
            one.language or "",
            one.title[:_TITLE],
            one.how,
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
    console.print(table)
    for number, one in enumerate(candidates, 1):
        known = known_as(one.url, settings.sources)
        line = f"declared already, as {known.id}" if known else as_line(entry_of(one, settings))
        same = f"  # the same as {clean(' '.join(one.also))}" if one.also else ""
        print(f"{number}:  {line}{same}", file=stream)


def print_lines(found: Discovery, settings: Settings, url: str) -> None:
    """Print what was found as JSON lines; where nothing was, an error with what was tried."""
    for number, one in enumerate(found.candidates, 1):
        known = known_as(one.url, settings.sources)
        facts = {
            "number": number,
            "url": one.url,
            "kind": one.kind,
            "role": one.role,
            "title": one.title,
            "entries": one.entries,
            "sitemaps": one.sitemaps,
            "newest": one.newest.isoformat() if one.newest else None,
            "language": one.language,
            "how": one.how,
            "also": one.also,
            "declared": known.id if known else None,
            "entry": entry_of(one, settings),
        }
        print(json.dumps(facts, ensure_ascii=False))
    if not found.candidates:
        tried = [{"url": one.url, "result": one.result, "detail": one.detail} for one in found.tried]
        print(json.dumps({"error": f"nothing was found at {url}", "tried": tried}, ensure_ascii=False))
