"""Takes a folder, gives a first configuration in it; takes a configuration, gives what is wrong with it and what will surprise."""

import json
import os
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from monitor.jobs.asking.trial import Trial
    from monitor.types import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


def register(app: typer.Typer) -> None:
    """Add `init`, `check` and `config`."""
    app.command(epilog="Examples: monitor init · monitor init ~/newsdesk · monitor init ~/newsdesk --force")(init)
    app.command(
        epilog="Examples: monitor check · monitor --config /srv/news/config check --json · monitor check --live"
    )(check)
    config = typer.Typer(no_args_is_help=True, help="Things about the configuration files themselves.")
    config.callback()(_config)
    config.command(
        "schema", epilog="Examples: monitor config schema --dir config · monitor config schema > schemas.json"
    )(schema)
    config.command(
        "show", epilog="Examples: monitor config show · monitor --config /srv/news/config config show --json"
    )(show)
    config.command(
        "log", epilog="Examples: monitor config log · monitor config log --days 365 · monitor config log --json"
    )(log)
    app.add_typer(config, name="config")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to work in; the files go to DIR/config.")
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write a first configuration: sources, two topics, and the manifest of the Slack app.

    Files that are there are kept, unless --force is given.
    """
    from monitor.config import shipped

    target = folder / "config"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(shipped("config").glob("*.yaml")):
            _copy(file, target / file.name, force=force)
    except OSError as error:
        raise UsageError(
            f"cannot write to {target} ({error.strerror}): name another folder with monitor init DIR"
        ) from error
    before = "" if folder == Path() else f" --config {target}"
    print(f"Edit the files in {target}, then: monitor{before} check · monitor{before} run --once")


def _copy(source: Path, target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        print(f"kept     {target}")
        return
    word = "replaced" if target.exists() else "written "
    target.write_bytes(source.read_bytes())
    print(f"{word} {target}")


def _config() -> None:
    """Hold the group `config`."""


def schema(
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Write one file per schema into this folder.")
    ] = None,
) -> None:
    """Give JSON Schemas of the files, by which an editor completes keys and marks mistakes while you type.

    With --dir they are written where the first line of each starter file looks for them.
    """
    from monitor.config import schema as schemas

    if folder is None:
        print(json.dumps(schemas(), ensure_ascii=False, indent=2))
        return
    for name, content in schemas().items():
        path = folder / f"{name}.schema.json"
        try:
            path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"cannot write {path} ({error.strerror}): name a folder that is there and is yours"
            ) from error
        print(f"written  {path}")


def show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List every setting with where it comes from: a line of a file, the environment, or the default.

    Passwords and tokens are masked; of the environment only what is set is told. Of more than 200 sources the first are listed.
    """
    from monitor.cli.trying.jsonlines import write_line
    from monitor.config.loading import read_files
    from monitor.config.origins import origins
    from monitor.notify.mrkdwn import clean

    for group in origins(read_files(ctx.obj.config_dir), os.environ):
        for setting in group.settings:
            if as_json:
                write_line({"group": group.name, **asdict(setting)})
            else:
                print(f"{setting.key}: {clean(setting.value)}  # {setting.origin}")


def log(
    ctx: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Of the last so many days.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List what changed in the configuration and when, the latest last, as the service or a run took it up.

    Passwords and tokens are masked; `who` is whose process took it up first, and where, not who edited the file.
    """
    from monitor import bootstrap
    from monitor.cli.trying.jsonlines import write_line
    from monitor.notify.mrkdwn import clean

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        changes = archive.store.config_changes(bootstrap.now() - timedelta(days=days))
    for one in reversed(changes):
        if as_json:
            write_line({**asdict(one), "at": one.at.isoformat()})
            continue
        print(f"{one.at:%Y-%m-%d %H:%M} UTC  {one.digest[:12]}  {clean(one.who)}")
        for line in one.summary:
            print(f"    {clean(line)}")
    if not changes and not as_json:
        print(f"No change of the last {days} days was noted: that happens when `monitor run` takes one up.")


def check(
    ctx: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="Ask every source once, and tell what came.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the configuration: every mistake with its place, then what is allowed but will surprise.

    Exit codes: 0 usable (warnings and failing sources included), 2 a mistake.
    """
    settings = _checked(ctx.obj.config_dir, as_json=as_json)
    if live:
        from monitor import bootstrap

        for row in bootstrap.try_sources(settings):
            _tell_source(row, as_json=as_json)


def _checked(folder: Path, *, as_json: bool) -> "Settings":
    from monitor.config import load, warnings

    try:
        settings = load(folder, os.environ)
    except ConfigError as error:
        if as_json:
            print(json.dumps({"ok": False, "errors": str(error).splitlines(), "warnings": []}, ensure_ascii=False))
        raise
    surprises = warnings(settings, os.environ)
    counts = {"sources": len(settings.sources), "topics": len(settings.topics)}
    if as_json:
        print(json.dumps({"ok": True, "errors": [], "warnings": surprises, **counts}, ensure_ascii=False))
        return settings
    for surprise in surprises:
        print(f"warning: {surprise}", file=sys.stderr)
    counted = [_number(number, noun) for noun, number in (*counts.items(), ("warnings", len(surprises)))]
    print(f"The configuration in {folder} is usable: {', '.join(counted)}.")
    return settings


def _number(count: int, nouns: str) -> str:
    return f"{count} {nouns.removesuffix('s') if count == 1 else nouns}"


def _tell_source(row: "Trial", *, as_json: bool) -> None:
    from monitor.notify.mrkdwn import clean
    from monitor.sources.words import counted

    if as_json:
        print(json.dumps(asdict(row), ensure_ascii=False))
    else:
        came = f"ok, {counted(row.entries)}." if row.result == "ok" else f"{row.result}."
        print(f"{row.source}: {came} {clean(row.detail)}".rstrip())
