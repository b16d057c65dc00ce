"""Takes words on the command line, gives the `monitor` command.

Only typer is imported here: each command imports what it needs when it is called, so that help answers at once.
"""

import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from monitor import __version__
from monitor.errors import MonitorError


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What stands before the command."""

    config_dir: Path


app = typer.Typer(
    name="monitor",
    help="Watch news sources, flag articles on your topics, fold them into stories, tell your team in Slack.",
    epilog="Start with: monitor demo. Then: monitor init DIR, monitor --config DIR/config check, monitor run --once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(value: bool) -> None:
    if value:
        print(f"monitor {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config",
            envvar="MONITOR_CONFIG",
            metavar="DIR",
            help="Folder of monitor.yaml, sources.yaml, topics.yaml.",
        ),
    ] = Path("config"),
    version: Annotated[  # noqa: ARG001 - acted upon by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold what stands before the command."""
    ctx.obj = Options(config_dir=config)


def _register() -> None:
    from monitor.cli import cluster, run, setup, slack, web
    from monitor.cli.asking import inspect, people, report, search, stories
    from monitor.cli.database import command as db
    from monitor.cli.demo import command as demo
    from monitor.cli.learning import audit, label, labels, models, train
    from monitor.cli.sources import command as sources
    from monitor.cli.trying import documents as try_documents
    from monitor.cli.trying import replay
    from monitor.cli.trying import score as try_score
    from monitor.cli.trying import stories as try_stories

    trying = typer.Typer(no_args_is_help=True, help="Try any stage on files: no database, shipped model.")
    for module in (
        demo,
        setup,
        run,
        cluster,
        sources,
        inspect,
        search,
        label,
        labels,
        train,
        audit,
        replay,
        report,
        models,
        stories,
        people,
        web,
        db,
        slack,
    ):
        module.register(app)
    for module in (try_documents, try_score, try_stories):
        module.register(trying)
    app.add_typer(trying, name="try")


_register()


def main() -> None:
    """Run the command; an error that was raised on purpose is its message on stderr, a line each, and its exit code."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started us: as good as thrown away
            setattr(sys, stream, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
    code: int | str | None = 0
    try:
        code = _exit_code()
        sys.stdout.flush()  # what fails at the interpreter's own end can no longer be told in words
    except BrokenPipeError:
        # The reader of our output has gone (`monitor … | head`): nothing is wrong by that, and nobody is left to tell.
        _throw_away_the_rest()
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise
        print(f"{error.filename or 'the output'} cannot be written: {error.strerror}", file=sys.stderr)
        _throw_away_the_rest()
        code = code or 1
    sys.exit(code)


def _exit_code() -> int | str | None:
    try:
        app()
    except SystemExit as end:
        return end.code
    except MonitorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0  # typer itself ends with SystemExit


def _throw_away_the_rest() -> None:
    """Keep the interpreter, which flushes once more as it ends, from failing over what is left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
