"""Takes the configuration, gives the page: what a person would rather look at than read in a terminal."""

import os
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `web`."""
    app.command(epilog="Examples: monitor web · monitor web --port 8080")(web)


def web(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on (default: web.host).")] = "",
    port: Annotated[int, typer.Option(min=-1, max=65_535, help="Port to listen on (default: web.port).")] = -1,
) -> None:
    """Serve the page until stopped: inbox of stories, story, article with its whole case, search. It changes nothing.

    Whoever reaches it from another machine needs a token (MONITOR_WEB_TOKEN); without tokens it listens on this machine alone.
    """
    from monitor import bootstrap
    from monitor.cli.logs import start_logging
    from monitor.cli.run import stopped_by_signals
    from monitor.errors import ConfigError

    try:
        from monitor.web import app, pages, people, serve
    except ImportError as missing:
        raise ConfigError(f'the page needs {missing.name}: pip install "topic-monitor[web]"') from missing
    start_logging()
    stopped = stopped_by_signals()
    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        settings = archive.settings
        known = people.people(os.environ, bootstrap.login())
        address = host or settings.web.host
        serve.refuse_openness(address, known)
        house = pages.House(
            store=archive.store,
            settings=lambda: settings,
            judge=bootstrap.judge_of(archive),
            people=known,
            clock=bootstrap.now,
        )
        with serve.served(app.application(house), address, settings.web.port if port < 0 else port) as at:
            print(f"http://{f'[{address}]' if ':' in address else address}:{at}/", flush=True)
            stopped.wait()
