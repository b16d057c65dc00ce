"""Takes an empty temporary folder, gives the demo: the real pipeline polls the invented newsroom twice and prints its alerts."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.types import RunReport, Source

#: The loopback is allowed and not spared: nobody else's server is asked.
SETTINGS = """database: sqlite:///{folder}/demo.db
models: {folder}/models
fetch: {{allow_networks: ["127.0.0.0/8"], interval: 5s, min_interval: 1s, delay: 0s, per_host: 8}}
"""


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command(epilog="Example: monitor demo")(demo)


def demo(
    plain: Annotated[bool, typer.Option("--plain", help="No colours, also on a terminal.")] = False,
) -> None:
    """See the whole pipeline at work on an invented newsroom: offline, nothing kept, under a minute.

    Nine outlets are served on this machine; the monitor polls them over HTTP, judges, folds and prints what would reach
    Slack. Then the newsroom publishes an update, and a second round shows a story grow.
    """
    import logging

    from rich.console import Console

    from monitor import bootstrap
    from monitor.cli.demo.newsroom import Newsroom
    from monitor.cli.demo.tour import tour
    from monitor.cli.logs import start_logging

    start_logging(logging.ERROR)
    console = Console(no_color=plain, highlight=False, soft_wrap=True)
    with TemporaryDirectory(prefix="monitor-demo-") as name, Newsroom(bootstrap.now()) as newsroom:
        folder = Path(name)
        write_config(folder, newsroom.sources())
        console.rule("[bold]First round: nine outlets, polled over HTTP")
        first = _round(folder)
        newsroom.publish_update()
        console.rule("[bold]Second round: one more outlet, one new story, one corrected headline")
        second = _round(folder)
    _failing(console, first)
    console.rule("[bold]The tour")
    console.print(
        tour(
            sources=len(first.sources),
            failed=sum(polled.result != "ok" for polled in first.sources.values()),
            articles=sum(polled.new for round_ in (first, second) for polled in round_.sources.values()),
            stories=first.alerts + second.alerts,
        )
    )


def write_config(folder: Path, sources: "tuple[Source, ...]") -> None:
    """Write a configuration that watches these sources for the shipped topics and tells both in one channel."""
    import re

    from monitor.config import shipped

    (folder / "monitor.yaml").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    lines = [f'  - {{id: {source.id}, name: "{source.name}", url: "{source.url}"}}\n' for source in sources]
    (folder / "sources.yaml").write_text("sources:\n" + "".join(lines), encoding="utf-8")
    topics = (shipped("config") / "topics.yaml").read_text(encoding="utf-8")
    (folder / "topics.yaml").write_text(re.sub(r'channel: "[^"]*"', 'channel: "#alerts"', topics), encoding="utf-8")


def _round(folder: Path) -> "RunReport":
    from monitor import bootstrap
    from monitor.cli.progress import progress
    from monitor.errors import Permanent

    house = bootstrap.open_house(folder, {}, output=sys.stdout)
    try:
        with progress(shown=True) as watch:
            report = house.once(every=True, watch=watch).run()
    finally:
        house.close()
    if report.errors:
        raise Permanent("; ".join(report.errors))
    return report


def _failing(console: "Console", report: "RunReport") -> None:
    for polled in report.sources.values():
        if polled.result != "ok":
            console.print(f"[dim]{polled.source_id}: {polled.result} (broken on purpose; the others went on)[/dim]")
