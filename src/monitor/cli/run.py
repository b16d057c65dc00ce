"""Takes the configuration, gives one run or the service."""

import ctypes
import gc
import json
import os
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.bootstrap import House
    from monitor.types import RunReport

_M_ARENA_MAX = -8  #: of malloc.h


def register(app: typer.Typer) -> None:
    """Add `run`."""
    app.command(epilog="Examples: monitor run --once --all · monitor run --once --dry-run --json · monitor run")(run)


def run(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do all that is due, then exit.")] = False,
    every: Annotated[bool, typer.Option("--all", help="With --once: poll every source now, due or not.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge and record, but never send these alerts.")] = False,
    backfill: Annotated[
        str | None,
        typer.Option(metavar="30d", help="How far back a source's first poll may alert (default: config, 24h)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON line of counts.")] = False,
) -> None:
    """Poll sources, judge articles, post alerts: as a service, or once.

    Exit codes: 0 done (also when sources fail), 1 store, model or delivery failed for good, 2 wrong usage or config.
    """
    from monitor import bootstrap
    from monitor.cli.logs import start_logging
    from monitor.cli.progress import progress
    from monitor.errors import MonitorError, UsageError

    if every and not once:
        raise UsageError("--all goes with --once: the service polls each source when it is due")
    start_logging()
    keep_house()
    window, stopped = _span(backfill), stopped_by_signals()
    try:
        house = bootstrap.open_house(
            ctx.obj.config_dir,
            os.environ,
            output=sys.stdout,
            dry_run=dry_run,
            backfill=window,
            service=not once,
            stopped=stopped,
        )
    except MonitorError:
        if as_json:  # the report ends every run, whatever the exit code
            print(json.dumps(as_line(bootstrap.nothing_done(ctx.obj.config_dir, os.environ))))
        raise
    try:
        with progress(shown=once and not as_json) as watch:
            if once:
                report = house.once(every=every, watch=watch).run()
            else:
                service = house.service()
                with house.listening(), _web(house, ctx.obj.config_dir):
                    report = service.run()
    finally:
        house.close()
    _tell(report, once=once, as_json=as_json)
    end(1 if report.errors else 0)


@contextmanager
def _web(house: "House", folder: Path) -> "Iterator[None]":
    """Serve the page, and Slack's callbacks where answers come that way; without these a page that cannot be is a warning."""
    import structlog

    from monitor import bootstrap
    from monitor.errors import ConfigError

    callbacks, settings = house.callbacks(), house.settings.web
    with ExitStack() as served:
        try:
            from monitor.web import people, serve

            known = people.people(os.environ, bootstrap.login())
            serve.refuse_openness(settings.host, known)
            front = served.enter_context(bootstrap.open_front(folder, os.environ))
            served.enter_context(serve.page(front, known, bootstrap.now, settings.host, settings.port, callbacks))
        except (ImportError, ConfigError) as trouble:
            reason = str(trouble)
            if isinstance(trouble, ImportError):
                reason = f'the page needs {trouble.name}: pip install "topic-monitor[web]"'
            if callbacks is not None:
                raise ConfigError(f"slack.answers: http cannot be served: {reason}") from trouble
            structlog.get_logger(__name__).warning("web.off", reason=reason)
        yield


def keep_house() -> None:
    """Set up memory for a program of a few large tables and many short-lived strings in many threads."""
    # By the interpreter's own thresholds an eighth of a run is spent on looking for cycles.
    gc.set_threshold(50_000, 20, 100)
    # glibc keeps a heap per thread, and what one has freed no other uses: with two heaps a run peaks 20 MB lower.
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _span(text: str | None) -> timedelta | None:
    from monitor.config import duration
    from monitor.errors import UsageError

    if text is None:
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise UsageError(f"--backfill: {error}") from error


def stopped_by_signals() -> threading.Event:
    """Give what SIGTERM and SIGINT set."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # In a thread: the handler runs amid the main thread, which may hold the event's lock at this moment.
        threading.Thread(target=stopped.set).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def end(code: int) -> None:
    """Exit; where a request was left behind, without the interpreter's waiting for its thread, which may take half a minute."""
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)


def _tell(report: "RunReport", *, once: bool, as_json: bool) -> None:
    for line in report.errors:
        print(line, file=sys.stderr)
    if as_json:
        print(json.dumps(as_line(report)))
    elif once:
        print(_in_words(report), file=sys.stderr)


def as_line(report: "RunReport") -> dict[str, object]:
    """Give the last line of `run --once --json`."""
    counts = ("articles", "flagged", "alerts", "delivered", "held", "failed", "unknown", "seconds")
    sources = {p.source_id: {"result": p.result, "entries": p.entries, "new": p.new} for p in report.sources.values()}
    return {"sources": sources, **{name: getattr(report, name) for name in counts}}


def _in_words(report: "RunReport") -> str:
    polled = [p for p in report.sources.values() if p.result != "not-due"]
    working = sum(p.result in {"ok", "not-modified"} for p in polled)
    new = sum(p.new for p in polled)
    lines = [
        f"{len(polled)} of {len(report.sources)} sources polled, {working} working, {new} new entries;"
        f" {report.articles} articles judged, {report.flagged} on topic; {report.alerts} new alerts, {report.delivered} delivered"
        + "".join(
            f", {n} {word}"
            for word, n in (("held", report.held), ("failed", report.failed), ("unknown", report.unknown))
            if n
        )
        + f"; {report.seconds:.1f} s"
    ]
    lines += [f"  {p.source_id}: {p.result}" for p in polled if p.result not in {"ok", "not-modified"}]
    return "\n".join(lines)
