"""Takes the configuration, gives the two processes of a cluster: `scheduler` and `worker`, for `engine: procrastinate`."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.bootstrap import House
    from monitor.ports import Engine

QUEUES = ("deliver", "judge", "read", "poll", "learn")


def register(app: typer.Typer) -> None:
    """Add `scheduler` and `worker`."""
    app.command(epilog="Example: monitor scheduler")(scheduler)
    app.command(epilog="Examples: monitor worker · monitor worker --queues poll,read --concurrency 32")(worker)


def scheduler(ctx: typer.Context) -> None:
    """Look after a cluster: see what is due, make tasks of it for the workers, give to others what a dead worker had in hand.

    Any number may run: one leads, and when it dies another does within seconds.
    The leader also hears what people answer in Slack, over the socket.
    Exit codes: 0 asked to stop, 1 the database is gone or cannot be used, 2 wrong usage or config.
    """
    _serve(ctx, lambda house: house.scheduler())


def worker(
    ctx: typer.Context,
    queues: Annotated[
        str, typer.Option(metavar="NAMES", help="Queues to work for, with commas between them (default: all).")
    ] = ",".join(QUEUES),
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="Requests to the web at once (default: fetch.workers).")
    ] = None,
) -> None:
    """Poll, read, judge and deliver for a cluster, as the scheduler says; on as many machines as you like.

    Queues, first things first: deliver, judge, read, poll, learn (the weekly training and report). SIGTERM: what is under way has
    three seconds to end; what does not is done again elsewhere.
    Exit codes: 0 asked to stop, 1 the database is gone or cannot be used, 2 wrong usage or config.
    """
    from monitor.errors import UsageError

    named = [name.strip() for name in queues.split(",") if name.strip()]
    if not named or not set(named) <= set(QUEUES):
        raise UsageError(f"--queues {queues}: name some of {', '.join(QUEUES)}")
    _serve(ctx, lambda house: house.worker(named, concurrency))


def _serve(ctx: typer.Context, engine: "Callable[[House], Engine]") -> None:
    from monitor import bootstrap
    from monitor.cli.logs import start_logging
    from monitor.cli.run import end, keep_house, stopped_by_signals

    start_logging()
    keep_house()
    house = bootstrap.open_house(
        ctx.obj.config_dir, os.environ, output=sys.stdout, cluster=True, stopped=stopped_by_signals()
    )
    try:
        report = engine(house).run()
    finally:
        house.close()
    for line in report.errors:
        print(line, file=sys.stderr)
    end(1 if report.errors else 0)
