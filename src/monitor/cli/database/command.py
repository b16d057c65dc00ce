"""Takes the configured database, gives the commands that look after it; those that move or shrink it have their own modules."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from monitor.cli.database import moving as db_moving
from monitor.cli.database import shrinking as db_shrinking

_commands = typer.Typer(no_args_is_help=True, help="Look after the database.")
for _module in (db_moving, db_shrinking):
    _module.register(_commands)


def register(app: typer.Typer) -> None:
    """Add the group `db` to the command line."""
    app.add_typer(_commands, name="db")


@_commands.command(epilog="Example: monitor db upgrade")
def upgrade(ctx: typer.Context) -> None:
    """Bring the database up to the version of this program; back it up before."""
    from monitor.adapters.store import upgrade as bring_up
    from monitor.bootstrap import upgrade_cluster
    from monitor.config import load

    settings = load(ctx.obj.config_dir, os.environ)
    was = bring_up(settings.database)
    if was.current == was.head:
        print(f"The database is up to date ({was.head}).")
    else:
        print(f"The database was brought from {was.current or 'nothing'} to {was.head}.")
    if line := upgrade_cluster(settings):
        print(line)


@_commands.command(epilog="Examples: monitor db check · monitor db check --json")
def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Write what was found as one JSON object.")] = False,
) -> None:
    """Examine the database: file, schema, orphans, outbox; exit 1 where anything is wrong."""
    from monitor.adapters.store.upkeep.check import examine

    report = examine(_url(ctx))
    if as_json:
        print(json.dumps(asdict(report)))
    else:
        for problem in report.problems:
            print(problem)
        for name, number in report.counts.items():
            print(f"{name.replace('_', ' ')}: {number}")
        print(
            f"{report.database}: {'not in order' if report.problems else 'in order'} (schema {report.schema.current or 'none'})"
        )
    raise typer.Exit(1 if report.problems else 0)


def _url(ctx: typer.Context) -> str:
    from monitor.config import load

    return load(ctx.obj.config_dir, os.environ).database
