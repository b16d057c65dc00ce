"""Takes database URLs and files, gives the commands that take all data elsewhere and back: `db copy`, `db backup`, `db restore`."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.adapters.store.upkeep.copying import Compared

AsJson = Annotated[bool, typer.Option("--json", help="Write what came of it as one JSON object.")]


def register(commands: typer.Typer) -> None:
    """Add the commands to the group `db`."""
    commands.command(
        epilog="Example: monitor db copy sqlite:///data/monitor.db postgresql://monitor@db.example/monitor"
    )(copy)
    commands.command(epilog="Examples: monitor db backup backups/ · monitor db backup monitor-backup.db")(backup)
    commands.command(epilog="Example: monitor db restore backups/monitor-20260302T120000Z.db")(restore)


def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="URL of the database that is read.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="URL of an empty database, or of a copy begun before.")],
    force: Annotated[bool, typer.Option("--force", help="Also while a service writes to the first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy all data to another database and compare; exit 1 where they differ. Stop the service first.

    SQLite and PostgreSQL, each to each; ids stay. Called again after it was ended, it goes on where it stood.
    """
    from monitor.adapters.store.upkeep.copying import copy as copy_all
    from monitor.cli.progress import progress
    from monitor.errors import UsageError
    from monitor.fetch.masked import without_password

    if source == target:
        raise UsageError("both databases are the same: name two")
    _refuse_in_use(source, force=force)
    with progress(shown=not as_json) as watch:
        tables = copy_all(source, target, watch)
    equal = all(one.equal for one in tables)
    if as_json:
        shown = {"from": without_password(source), "to": without_password(target), "equal": equal}
        print(json.dumps({**shown, "tables": [_facts(one) for one in tables]}))
    else:
        _print(tables)
        print(
            "Both hold the same. Set `database` to the new one, then start the service."
            if equal
            else "They differ. Stop whatever writes to either, empty the second, and copy again."
        )
    raise typer.Exit(0 if equal else 1)


def backup(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="In a folder it is named by the time (UTC).")],
    as_json: AsJson = False,
) -> None:
    """Back up the database, also while the service runs; the copy is looked through before it gets its name.

    SQLite only: for PostgreSQL the command to use is told, and the exit code is 2.
    """
    from monitor.adapters.store.upkeep.files import back_up
    from monitor.bootstrap import now
    from monitor.cli.progress import progress

    database = _file(_database(ctx), "backed up", "pg_dump", f"--format=custom --file={target}")
    with progress(shown=not as_json) as watch:
        made = back_up(database, target, now(), watch)
    size = made.stat().st_size
    print(json.dumps({"file": str(made), "bytes": size}) if as_json else f"{made}: {size:,} bytes, in order")


def restore(
    ctx: typer.Context,
    backup: Annotated[Path, typer.Argument(metavar="FILE", help="What `db backup` made.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also where the database holds articles, or a service seems to use it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database; the old one is kept beside it. Stop the service first.

    SQLite only: for PostgreSQL the command to use is told, and the exit code is 2.
    """
    from monitor.adapters.store import schema_state
    from monitor.adapters.store.upkeep.files import restore as put_back
    from monitor.bootstrap import now

    url = _database(ctx)
    database = _file(url, "restored", "pg_restore", f"--clean --if-exists {backup}")
    if not force and database.exists():
        _refuse_in_use(url, force=False)
        _refuse_full(url)
    kept = put_back(backup, database, now())
    state = schema_state(url)
    if as_json:
        print(json.dumps({"database": str(database), "kept": kept and str(kept), "behind": state.behind}))
        return
    print(f"{database} is {backup} now." + (f" What was there is {kept}." if kept else ""))
    if state.behind:
        print("It is of an older version: run `monitor db upgrade` before the service.")


def _file(url: str, done: str, program: str, words: str) -> Path:
    """Give the file of a SQLite database.

    Raises:
        UsageError: it is PostgreSQL; says with which of its own programs this is done.
    """
    from monitor.adapters.store.upkeep.files import path_of
    from monitor.errors import UsageError
    from monitor.fetch.masked import without_password

    if (found := path_of(url)) is None:
        raise UsageError(
            f"PostgreSQL is {done} by its own program (password from ~/.pgpass):\n"
            f"{program} --dbname='{without_password(url)}' {words}"
        )
    return found


def _database(ctx: typer.Context) -> str:
    from monitor.config import load

    return load(ctx.obj.config_dir, os.environ).database


def _refuse_in_use(url: str, *, force: bool) -> None:
    from monitor.adapters.store import open_store, schema_state
    from monitor.bootstrap import now
    from monitor.errors import UsageError
    from monitor.jobs.watch.presence import living

    state = schema_state(url)
    if force or state.current != state.head:
        return
    store = open_store(url)
    try:
        working = living(store, now())
    finally:
        store.close()
    if working:
        where = ", ".join(f"{worker.host} (process {worker.pid})" for worker in working)
        raise UsageError(f"the database is in use on {where}: stop the service, or say --force")


def _refuse_full(url: str) -> None:
    from monitor.adapters.store.upkeep.check import examine
    from monitor.errors import UsageError

    if any(number for name, number in examine(url).counts.items() if name.startswith("entries")):
        raise UsageError(
            "the database holds articles: say --force to put the backup in its place; it is kept beside it"
        )


def _facts(one: "Compared") -> dict[str, object]:
    return {
        "table": one.table,
        "rows": one.rows,
        "copied": one.copied,
        "digest": one.digest,
        "copy_digest": one.copy_digest,
        "equal": one.equal,
    }


def _print(tables: "Sequence[Compared]") -> None:
    width = max(len(one.table) for one in tables)
    print(f"{'table':<{width}}  {'rows':>12}  {'copied':>12}  digest")
    for one in tables:
        same = one.digest[:16] if one.digest == one.copy_digest else f"{one.digest[:16]} ≠ {one.copy_digest[:16]}"
        print(f"{one.table:<{width}}  {one.rows:>12,}  {one.copied:>12,}  {same}{'' if one.equal else '  DIFFERENT'}")
