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
    """Serve the page alone, until stopped: inbox, labelling, search, sources, topics, model, audit. `monitor run` serves it too.

    Whoever reaches it from another machine needs a token (MONITOR_WEB_TOKEN); without tokens it listens on this machine alone.
    """
    from monitor import bootstrap
    from monitor.cli.logs import start_logging
    from monitor.cli.run import stopped_by_signals
    from monitor.errors import ConfigError

    try:
        from monitor.web import people, serve
    except ImportError as missing:
        raise ConfigError(f'the page needs {missing.name}: pip install "topic-monitor[web]"') from missing
    start_logging()
    stopped = stopped_by_signals()
    with bootstrap.open_front(ctx.obj.config_dir, os.environ) as front:
        known, settings = people.people(os.environ, bootstrap.login()), front.settings.web
        address = host or settings.host
        serve.refuse_openness(address, known)
        with serve.page(front, known, bootstrap.now, address, settings.port if port < 0 else port) as at:
            print(f"http://{f'[{address}]' if ':' in address else address}:{at}/", flush=True)
            stopped.wait()
