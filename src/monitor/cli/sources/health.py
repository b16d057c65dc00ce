"""Takes the declared sources, gives each one's state: `sources list` what is declared and a word, `sources health` the whole."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from rich.table import Table
    from rich.text import Text

    from monitor.jobs.watch.health import Examined

MOST_WELL = 50  #: sources in good health that a table lists before it only counts them
WIDE = 200  #: columns where there is no terminal to ask
STYLES = ("red", "yellow", "")  #: of the standings, in their order

NONE_YET = "There are no sources yet: monitor sources add URL"

AsJson = Annotated[bool, typer.Option("--json", help="One JSON line per source.")]


def register(sources: typer.Typer) -> None:
    """Add `list` and `health` to the group `sources`."""
    sources.command("list", epilog="Example: monitor sources list --tag un --json")(list_sources)
    sources.command(
        epilog="Examples: monitor sources health · monitor sources health harbour-gazette · monitor sources health --json"
    )(health)


def list_sources(
    ctx: typer.Context,
    tag: Annotated[str | None, typer.Option("--tag", help="Only sources that have this tag.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the declared sources, and in one word how each is."""
    from monitor.config.declaring import facts_of

    found = sorted(_examined(ctx), key=lambda one: one.source.id)
    if tag is not None:
        _must_be_known("tag", [tag], {word for one in found for word in one.source.tags})
        found = [one for one in found if tag in one.source.tags]
    if as_json:
        for one in found:
            print(json.dumps(facts_of(one.source) | {"state": one.health.state}, ensure_ascii=False))
    elif found:
        _print(_list_table(found))
    else:
        print(NONE_YET)


def health(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Sources to tell of, else all.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"List also more than {MOST_WELL} sources in good health.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell how every source is: the sick first, then those that fell silent, then the rest.

    The marks are its last polls, the latest at the right. Sick sources do not change the exit code; `monitor health` does.
    """
    from monitor import bootstrap
    from monitor.sources.health import Standing

    found = _examined(ctx, ids or None)
    if as_json:
        for one in found:
            print(json.dumps(one.facts(), ensure_ascii=False))
        return
    if not found:
        print(NONE_YET)
        return
    well = [one for one in found if one.health.standing is Standing.WELL]
    left_out = [] if everything or ids else well[MOST_WELL:]
    shown = found[: len(found) - len(left_out)]
    _print(_health_table(shown, bootstrap.now()))
    if left_out:
        print(f"And {len(left_out)} more in good health: --all lists them.")
    _print(_legend(shown))


def _examined(ctx: typer.Context, ids: "Collection[str] | None" = None) -> "list[Examined]":
    """Look at the declared sources, or those named; a UsageError where one of them is not declared."""
    from monitor import bootstrap
    from monitor.jobs.watch.health import examine_sources

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        sources = archive.settings.sources
        _must_be_known("id", ids or (), {source.id for source in sources})
        return examine_sources(archive.store, sources, bootstrap.now(), ids)


def _must_be_known(noun: str, asked: "Collection[str]", known: "Collection[str]") -> None:
    from difflib import get_close_matches

    for name in asked:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            raise UsageError(
                f"no source has the {noun} {name}; {f'the nearest is {near[0]}' if near else 'none has any'}"
            )


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _list_table(found: "Sequence[Examined]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from monitor.config.quantities import duration_text

    table = Table("source", "state", "kind", "every", "language", "tags", box=None, padding=(0, 2, 0, 0))
    for one in found:
        source = one.source
        table.add_row(
            Text(source.id),
            Text(one.health.state, STYLES[one.health.standing]),
            source.kind.value,
            duration_text(source.interval),
            source.language or "",
            Text(" ".join(source.tags)),
        )
    return table


def _health_table(shown: "Sequence[Examined]", now: "datetime") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from monitor.sources.polls import strip

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("source", overflow="fold")
    table.add_column("state, last polls", overflow="fold")
    table.add_column("last good", no_wrap=True)
    table.add_column("next poll", no_wrap=True)
    for one in shown:
        style, last = STYLES[one.health.standing], one.state.last_ok_at
        table.add_row(
            Text(one.source.id, style or "bold"),
            Text.assemble((one.health.detail, style), ("\n" + strip(one.polls) if one.polls else "", "dim")),
            f"{_about(now - last)} ago" if last else "never",
            _next(one, now),
        )
    return table


def _legend(shown: "Sequence[Examined]") -> "Text":
    from rich.text import Text

    from monitor.sources.polls import legend

    words = [f"{mark.letter} {mark.meaning}" for mark in legend(poll for one in shown for poll in one.polls)]
    return Text("\n" + "   ".join(words) if words else "", "dim")


def _next(one: "Examined", now: "datetime") -> str:
    if one.state.stopped:
        return "never"
    wait = one.state.next_poll_at - now
    return f"in {_about(wait)}" if wait.total_seconds() > 0 else "due"


def _about(length: "timedelta") -> str:
    seconds = max(0, int(length.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _print(what: "Table | Text") -> None:
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(what)
