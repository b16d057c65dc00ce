"""Takes the configured database, gives the commands that tell its size and make it smaller: `db size`, `db prune`, `db vacuum`."""

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.types import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Write what was found as one JSON object.")]


def register(commands: typer.Typer) -> None:
    """Add the commands to the group `db`."""
    commands.command(epilog="Examples: monitor db size · monitor db size --json")(size)
    commands.command(epilog="Examples: monitor db prune --dry-run · monitor db prune --json")(prune)
    commands.command(epilog="Example: monitor db vacuum")(vacuum)


def size(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tell how many bytes each kind of thing takes, and an article."""
    from monitor.adapters.store.upkeep.sizes import measure

    found = measure(_settings(ctx).database)
    if as_json:
        print(json.dumps({**asdict(found), "bytes_per_article": found.per_article}))
        return
    for name, one in found.tables.items():
        rows = "" if one.rows is None else f"{one.rows:,}"
        print(f"{name:<12} {one.bytes:>16,} bytes {rows:>14}{' rows' if rows else ''}")
    free = "" if found.free is None else f", {found.free:,} of them free"
    each = "" if found.per_article is None else f", {found.per_article:,.0f} bytes per article"
    print(f"{found.database}: {found.bytes:,} bytes{free}; {found.articles:,} articles{each}")


def prune(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how much it would be.")] = False,
    as_json: AsJson = False,
) -> None:
    """Drop what is older than it is to be kept (`retention` in monitor.yaml), as the service does once a day.

    Titles, links, verdicts and answers stay, and the texts of articles somebody answered about.
    """
    from datetime import timedelta

    from monitor.adapters.store import open_store
    from monitor.adapters.store.upkeep.retention import prune as drop
    from monitor.bootstrap import now

    settings = _settings(ctx)
    keep = asdict(settings.retention)
    if keep["messages"]:  # a story that is still open would be told anew
        keep["messages"] = max(keep["messages"], settings.alerts.story_window + timedelta(days=1))
    open_store(settings.database).close()  # refuses one that is behind or ahead
    dropped = drop(settings.database, keep, now(), dry_run=dry_run)
    if as_json:
        print(json.dumps({"dropped": dropped, "dry_run": dry_run}))
        return
    for kind, number in dropped.items():
        print(f"{kind}: {number:,} {'would be ' if dry_run else ''}dropped (older than {keep[kind].days} days)")
    for kind in sorted(set(keep) - set(dropped)):
        print(f"{kind}: kept for ever")


def vacuum(ctx: typer.Context) -> None:
    """Give the room of what was dropped back to the disk; until then it is used for what is new.

    On SQLite nothing can be written meanwhile, and the disk needs room for a second copy.
    """
    from monitor.adapters.store.upkeep.sizes import measure
    from monitor.adapters.store.upkeep.sizes import vacuum as give_back

    url = _settings(ctx).database
    before = measure(url).bytes
    give_back(url)
    print(f"{before:,} bytes before, {measure(url).bytes:,} now")


def _settings(ctx: typer.Context) -> "Settings":
    from monitor.config import load

    return load(ctx.obj.config_dir, os.environ)
