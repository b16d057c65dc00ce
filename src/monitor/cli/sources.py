"""Takes the address of a site or source, gives what could be watched there, and adds it to sources.yaml."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.jobs.discovery import Discovery
    from monitor.sources.discover import Candidate
    from monitor.types import Settings, Source

Fields = dict[str, Any]
Address = Annotated[str, typer.Argument(metavar="URL", help="Address of a site, feed, sitemap or listing page.")]
Kind = Annotated[
    Literal["feed", "sitemap", "page"] | None,
    typer.Option("--kind", help="What lies there; told by the document where left out."),
]
Selector = Annotated[
    str | None, typer.Option("--selector", help="CSS selector of the links on a listing page, such as 'h2 a'.")
]
Query = Annotated[str | None, typer.Option("--query", help="Words to ask a search feed for; URL holds {query}.")]
Language = Annotated[str | None, typer.Option("--language", help="Language code of the source; fills {language}.")]
Country = Annotated[str | None, typer.Option("--country", help="Country of the source; fills {country}.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
_TITLE = 80  #: characters of a title in a table
_WIDE = 10_000  #: columns where nobody looks: an address is never broken


def register(app: typer.Typer) -> None:
    """Add the group `sources`."""
    from monitor.cli import sources_files, sources_health

    sources = typer.Typer(no_args_is_help=True, help="The sources: find, try and add them, take lists in and out.")
    sources_health.register(sources)
    sources.command(
        epilog="Examples: monitor sources discover https://harbour.example · monitor sources discover harbour.example --json"
    )(discover)
    sources.command(
        "try",
        epilog="Examples: monitor sources try un-news · "
        "monitor sources try https://harbour.example/news --kind page --selector 'h2 a' · "
        "monitor sources try 'https://news.example/rss?q={query}' --query '\"working group\" drugs'",
    )(try_one)
    sources.command(
        epilog="Examples: monitor sources add harbour.example --tag press · monitor sources add harbour.example --yes · "
        "monitor sources add https://harbour.example/news --kind page --selector 'h2 a' · "
        "monitor sources add 'https://news.example/rss?q={query}' --query fentanyl"
    )(add)
    sources_files.register(sources)
    app.add_typer(sources, name="sources")


def discover(ctx: typer.Context, url: Address, as_json: AsJson = False) -> None:
    """Find the feeds and sitemaps of a site: what its pages declare and link to, and the usual paths.

    Each is fetched and read, politely and one after another, so this takes some seconds. The best comes first. Nothing is stored.
    Exit codes: 0 something was found, 1 nothing was.
    """
    settings = _load(ctx.obj.config_dir)
    found = _discovered(settings, _with_scheme(url))
    if as_json:
        _print_lines(found, settings, url)
    else:
        _print_table(found.candidates, settings)
    if not found.candidates:
        if not as_json:
            _tell_nothing(found, url)
        raise typer.Exit(1)
    if not as_json:
        print(
            f"\nTo watch one, paste its line under `sources:` in sources.yaml, or: monitor sources add {url} --choose 1"
        )


def try_one(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="URL|ID", help="An address, or the id of a declared source.")],
    kind: Kind = None,
    selector: Selector = None,
    query: Query = None,
    language: Language = None,
    country: Country = None,
    limit: Annotated[int, typer.Option("--limit", min=0, max=2_000, help="Most entries to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show what a source would bring right now, newest first; nothing is stored.

    For a listing page: the links that the selector finds, or those of headlines. Exit codes: 0 it can be read, 1 it cannot.
    """
    from monitor import bootstrap
    from monitor.cli import sources_preview
    from monitor.jobs.trial import look

    settings = _load(ctx.obj.config_dir)
    options = _given(kind=kind, selector=selector, query=query, language=language, country=country)
    source, declared = _source(what, options, settings)
    with _patience(source.url), bootstrap.open_web(settings) as web:
        seen = look(web, source, guess=not declared and "kind" not in options)
    sources_preview.show(source, seen, limit=limit, as_json=as_json)
    raise typer.Exit(0 if seen.feed is not None else 1)


def add(
    ctx: typer.Context,
    url: Address,
    id_: Annotated[str | None, typer.Option("--id", help="Name under which it is remembered.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name for people; the feed's title where left out.")
    ] = None,
    kind: Kind = None,
    selector: Selector = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A word of your own; may be given again.")] = None,
    interval: Annotated[str | None, typer.Option("--interval", help="Between two polls, such as 30m or 6h.")] = None,
    query: Query = None,
    language: Language = None,
    country: Country = None,
    choose: Annotated[
        int | None, typer.Option("--choose", metavar="N", min=1, help="Take number N of what `discover` lists.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take the best without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add a source to sources.yaml: a feed or sitemap as it is, of a site the one that you choose.

    It is read first, and one that cannot be read is not added. The rest of the file stays as it is, comments included.
    Exit codes: 0 added, 1 nothing usable was found there, 2 wrong usage, or it is declared already.
    """
    from monitor.config.editing import add_sources, source_from

    settings = _load(ctx.obj.config_dir)
    options = _given(
        id=id_,
        name=name,
        kind=kind,
        selector=selector,
        tags=tag,
        interval=interval,
        query=query,
        language=language,
        country=country,
    )
    if id_ in {source.id for source in settings.sources}:
        raise UsageError(f"the id {id_} is taken: name another with --id")
    asked = {"url": _with_scheme(url), **options}
    source = source_from(asked, settings)
    _refuse_known(source, settings)
    if "kind" in options or source.template:
        fields, told = _checked(source, settings, guess="kind" not in options)
    else:
        fields, told = _chosen(_discovered(settings, source.url), settings, url, choose, yes=yes)
    source = source_from(fields | options, settings)
    _refuse_known(source, settings)
    fields = {"id": source.id} | fields | options
    add_sources(ctx.obj.config_dir, os.environ, [fields])
    if as_json:
        _print_json(fields)
    else:
        print(f"added {source.id} to sources.yaml: {_clean(source.url)} ({told})")


def _load(folder: Path) -> "Settings":
    from monitor.config import load

    return load(folder, os.environ)


def _with_scheme(url: str) -> str:
    """Give an address that can be asked; people leave out the scheme.

    Raises:
        UsageError: it is none.
    """
    from monitor.config import checks

    whole = url if "://" in url else f"https://{url}"
    try:
        return checks.url(whole)
    except ValueError as error:
        raise UsageError(f"URL {error}") from error


def _given(**options: Any) -> Fields:
    """Give the keys that were set; a selector is for a page."""
    given = {key: value for key, value in options.items() if value}
    return given if "selector" not in given else {"kind": "page", **given}


def _source(what: str, options: Fields, settings: "Settings") -> "tuple[Source, bool]":
    """Give the source to try, and whether it is a declared one."""
    from dataclasses import replace

    from monitor.config.editing import fields_of, source_from

    declared = next((source for source in settings.sources if source.id == what), None)
    if declared:
        fields = {**fields_of(declared, settings.fetch), **options}
        return replace(source_from(fields, settings), headers=declared.headers), True
    if "." not in what and "://" not in what:
        known = ", ".join(source.id for source in settings.sources[:20]) or "none"
        raise UsageError(f"no source {what!r} is declared: write an address, or one of these ids: {known}")
    return source_from({"url": _with_scheme(what), **options}, settings), False


def _refuse_known(source: "Source", settings: "Settings") -> None:
    from monitor.config.editing import known_as

    if known := known_as(source.url, settings.sources):
        raise UsageError(f"{_clean(source.url)} is declared already, as {known.id}: nothing was added")


@contextmanager
def _patience(url: str) -> Iterator[None]:
    """Say on a terminal that something is going on: a second lies between two requests to one host."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(f"asking {escape(_clean(url))} …"):
        yield


def _discovered(settings: "Settings", url: str) -> "Discovery":
    from monitor import bootstrap
    from monitor.jobs.discovery import discover as search

    with _patience(url), bootstrap.open_web(settings) as web:
        return search(web, url)


def _checked(source: "Source", settings: "Settings", *, guess: bool) -> tuple[Fields, str]:
    """Look at a source that was named in full; give the keys that are known by that, and what it holds."""
    from monitor import bootstrap
    from monitor.cli.sources_preview import advice
    from monitor.jobs.trial import look

    with _patience(source.url), bootstrap.open_web(settings) as web:
        seen = look(web, source, guess=guess)
    if seen.feed is None:
        print(f"{_clean(source.url)}: {seen.result}: {_clean(seen.detail)}; nothing was added", file=sys.stderr)
        print(advice(source, seen), file=sys.stderr)
        raise typer.Exit(1)
    kind = "sitemap" if guess and seen.kind == "sitemap" else source.kind
    title = "" if source.query else seen.feed.title  # which names the search engine, not the phrase
    return _declared(title, source.template or source.url, kind), f"{kind}, {len(seen.feed.entries)} entries"


def _chosen(found: "Discovery", settings: "Settings", url: str, choose: int | None, *, yes: bool) -> tuple[Fields, str]:
    candidates = found.candidates
    if not candidates:
        _tell_nothing(found, url)
        raise typer.Exit(1)
    number = choose or (1 if yes or len(candidates) == 1 else 0)
    if number > len(candidates):
        raise UsageError(f"--choose {number}: only {len(candidates)} were found, see monitor sources discover {url}")
    if not number:
        _print_table(candidates, settings, to_stderr=True)
        if not sys.stdin.isatty():
            raise UsageError(f"{len(candidates)} were found: name one with --choose N, or take the best with --yes")
        while not 1 <= number <= len(candidates):
            number = typer.prompt(f"Which one (1 to {len(candidates)})", type=int, default=1, err=True)
    one = candidates[number - 1]
    return _declared(one.title, one.url, one.kind), f"{one.kind}, {one.entries} entries"


def _declared(title: str, url: str, kind: str) -> Fields:
    """Give the keys that declare what was found."""
    fields = {"name": _clean(title)[:200], "url": url, "kind": "" if kind == "feed" else str(kind)}
    return {key: value for key, value in fields.items() if value}


def _entry(one: "Candidate", settings: "Settings") -> Fields:
    from monitor.config.editing import source_from

    fields = _declared(one.title, one.url, one.kind)
    return {"id": source_from(fields, settings).id, **fields}


def _print_table(candidates: "tuple[Candidate, ...]", settings: "Settings", *, to_stderr: bool = False) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from monitor.config.insertion import as_line

    if not candidates:
        return
    stream = sys.stderr if to_stderr else sys.stdout
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDE)
    table = Table(
        "", "what", "entries", "newest (UTC)", "language", "title", "found", "address", box=None, pad_edge=False
    )
    table.columns[-1].overflow = table.columns[5].overflow = "fold"
    for number, one in enumerate(candidates, 1):
        newest = f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else "undated"
        what = {"site": "feed", "section": "feed of a section", "comments": "COMMENTS"}.get(one.role, str(one.role))
        count = f"{one.entries} of {one.sitemaps} sitemaps" if one.sitemaps else str(one.entries)
        cells = (
            str(number),
            what,
            count,
            newest,
            one.language or "",
            one.title[:_TITLE],
            one.how,
            " = ".join((one.url, *one.also)),
        )
        table.add_row(*(Text(_clean(cell)) for cell in cells))
    console.print(table)
    for number, one in enumerate(candidates, 1):
        print(f"{number}:  {as_line(_entry(one, settings))}", file=stream)


def _print_lines(found: "Discovery", settings: "Settings", url: str) -> None:
    for number, one in enumerate(found.candidates, 1):
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
            "entry": _entry(one, settings),
        }
        _print_json(facts)
    if not found.candidates:
        tried = [{"url": one.url, "result": one.result, "detail": one.detail} for one in found.tried]
        _print_json({"error": f"nothing was found at {url}", "tried": tried})


def _tell_nothing(found: "Discovery", url: str) -> None:
    print(f"Neither feed nor sitemap was found at {_clean(url)}. Tried:", file=sys.stderr)
    for one in found.tried:
        print(f"  {_clean(one.url)}  {one.result}: {_clean(one.detail)}", file=sys.stderr)
    if len(found.tried) == 1:
        from monitor.cli.sources_preview import advice_on

        print(advice_on(found.tried[0].result), file=sys.stderr)
        return
    print(
        f"A page of headlines will do as well: monitor sources try {url} --kind page --selector 'h2 a'\n"
        "If you know an address of a feed: monitor sources try ADDRESS --kind feed",
        file=sys.stderr,
    )


def _clean(text: str) -> str:
    from monitor.notify.mrkdwn import clean

    return clean(text)


def _print_json(facts: Mapping[str, Any]) -> None:
    import json

    print(json.dumps(facts, ensure_ascii=False))
