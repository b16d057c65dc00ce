"""Takes what was named on the command line, gives the source that is meant: a declared one, or one that could be."""

import sys
from dataclasses import replace

import typer

from monitor import bootstrap
from monitor.cli.sources.preview import in_short, next_step
from monitor.cli.sources.search import discovered, patience, print_table, tell_nothing
from monitor.config.declaring import Fields, declared, new_source, with_scheme
from monitor.config.editing import fields_of, source_from
from monitor.errors import UsageError
from monitor.jobs.asking.discovery import Discovery
from monitor.jobs.asking.trial import look
from monitor.notify.mrkdwn import clean
from monitor.sources.words import counted
from monitor.types import Settings, Source


def source_to_try(what: str, options: Fields, settings: Settings) -> tuple[Source, bool]:
    """Give the source to try, and whether it is a declared one."""
    known = next((source for source in settings.sources if source.id == what), None)
    if known:
        fields = {**fields_of(known, settings.fetch), **options}
        return replace(source_from(fields, settings), headers=known.headers), True
    if "." not in what and "://" not in what:
        ids = ", ".join(source.id for source in settings.sources[:20]) or "none"
        raise UsageError(f"no source {what!r} is declared: write an address, or one of these ids: {ids}")
    return source_from({"url": with_scheme(what), **options}, settings), False


def keys_of(url: str, options: Fields, settings: Settings, choose: int | None, *, yes: bool) -> tuple[Fields, str]:
    """Look at what was named; give the keys that declare it, and what it holds, in words."""
    source = new_source({"url": with_scheme(url), **options}, settings)
    if "kind" in options or source.template:
        fields, told = _checked(source, settings, guess="kind" not in options)
    else:
        fields, told = _chosen(discovered(settings, source.url), settings, url, choose, yes=yes)
    return fields | options, told


def _checked(source: Source, settings: Settings, *, guess: bool) -> tuple[Fields, str]:
    """Look at a source that was named in full; give the keys that are known by that, and what it holds."""
    with patience(source.url), bootstrap.open_web(settings) as web:
        seen = look(web, source, guess=guess)
    if seen.feed is None:
        print(f"{in_short(source.url, seen.result, seen.detail)} Nothing was added.", file=sys.stderr)
        print(next_step(source, seen), file=sys.stderr)
        raise typer.Exit(1)
    kind = "sitemap" if guess and seen.kind == "sitemap" else source.kind
    title = "" if source.query else seen.feed.title  # which names the search engine, not the phrase
    return declared(title, source.template or source.url, kind), f"{kind}, {counted(len(seen.feed.entries))}"


def _chosen(found: Discovery, settings: Settings, url: str, choose: int | None, *, yes: bool) -> tuple[Fields, str]:
    candidates = found.candidates
    if not candidates:
        tell_nothing(found, url)
        raise typer.Exit(1)
    number = choose or (1 if yes or len(candidates) == 1 else 0)
    if number > len(candidates):
        raise UsageError(
            f"--choose {number}: `monitor sources discover {clean(url)}` lists no more than {len(candidates)}"
        )
    if not number:
        print_table(candidates, settings, to_stderr=True)
        if not sys.stdin.isatty():
            raise UsageError(f"{len(candidates)} were found: name one with --choose N, or take the best with --yes")
        while not 1 <= number <= len(candidates):
            number = typer.prompt(f"Which one (1 to {len(candidates)})", type=int, default=1, err=True)
    one = candidates[number - 1]
    return declared(one.title, one.url, one.kind), f"{one.kind}, {counted(one.entries)}"
