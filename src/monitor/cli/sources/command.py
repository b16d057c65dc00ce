"""Takes the address of a site or source, gives what could be watched there, and adds it to sources.yaml."""

import json
import os
from typing import Annotated, Any, Literal

import typer

Fields = dict[str, Any]
Address = Annotated[str, typer.Argument(metavar="URL", help="Address of a site, feed, sitemap or listing page.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
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


def register(app: typer.Typer) -> None:
    """Add the group `sources`."""
    from monitor.cli.sources import files as sources_files
    from monitor.cli.sources import health as sources_health

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
    from monitor.cli.sources.search import discovered, print_lines, print_table, tell_nothing
    from monitor.config import load
    from monitor.config.declaring import with_scheme

    settings = load(ctx.obj.config_dir, os.environ)
    found = discovered(settings, with_scheme(url))
    if as_json:
        print_lines(found, settings, url)
    elif found.candidates:
        print_table(found.candidates, settings)
        print(
            f"\nTo watch one, paste its line under `sources:` in sources.yaml, or: monitor sources add {url} --choose 1"
        )
    else:
        tell_nothing(found, url)
    raise typer.Exit(0 if found.candidates else 1)


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
    from monitor.cli.sources.meant import source_to_try
    from monitor.cli.sources.preview import show
    from monitor.cli.sources.search import patience
    from monitor.config import load
    from monitor.jobs.asking.trial import look

    settings = load(ctx.obj.config_dir, os.environ)
    options = _given(kind=kind, selector=selector, query=query, language=language, country=country)
    source, is_declared = source_to_try(what, options, settings)
    with patience(source.url), bootstrap.open_web(settings) as web:
        seen = look(web, source, guess=not is_declared and "kind" not in options)
    show(source, seen, limit=limit, as_json=as_json)
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
    from monitor.cli.sources.meant import keys_of
    from monitor.config import load
    from monitor.config.declaring import new_source
    from monitor.config.editing import add_sources
    from monitor.errors import UsageError
    from monitor.notify.mrkdwn import clean

    settings = load(ctx.obj.config_dir, os.environ)
    where = _given(kind=kind, selector=selector, query=query, language=language, country=country)
    options = _given(id=id_, name=name, tags=tag, interval=interval) | where
    if id_ in {source.id for source in settings.sources}:
        raise UsageError(f"the id {id_} is taken: name another with --id")
    fields, told = keys_of(url, options, settings, choose, yes=yes)
    source = new_source(fields, settings)
    fields = {"id": source.id, **fields}
    add_sources(ctx.obj.config_dir, os.environ, [fields])
    if as_json:
        print(json.dumps(fields, ensure_ascii=False))
    else:
        print(f"Added {source.id} to sources.yaml: {clean(source.url)} ({told}).")


def _given(**options: Any) -> Fields:
    """Give the keys that were set; a selector is for a page."""
    given = {key: value for key, value in options.items() if value}
    return given if "selector" not in given else {"kind": "page", **given}
