"""Takes an application and an address, gives it served in a thread of its own, for as long as the service runs."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Thread

import structlog
import uvicorn
from starlette.applications import Starlette

from monitor.adapters.answers.callbacks import Callbacks
from monitor.bootstrap import Front
from monitor.errors import ConfigError
from monitor.web.app import application
from monitor.web.people import VARIABLE, People
from monitor.web.work import Works

log = structlog.get_logger(__name__)

LONGEST_END = 5  #: seconds that requests under way have to end


def refuse_openness(host: str, people: People) -> None:
    """Refuse to be reached from elsewhere by everybody.

    Raises:
        ConfigError: the address is not this machine's own, and nobody has a token.
    """
    if not people.open:
        return
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not here:
        raise ConfigError(
            f"web.host {host} can be reached from other machines: set {VARIABLE} to name:token for each person, or use 127.0.0.1"
        )


@contextmanager
def page(  # noqa: PLR0917 - each is another thing
    front: Front,
    people: People,
    clock: Callable[[], datetime],
    host: str,
    port: int,
    callbacks: Callbacks | None = None,
) -> Iterator[int]:
    """Serve the page, and Slack's callbacks where they come this way; give the port. Raises as `served` does."""
    works = Works(front, clock)
    app, proxies = application(front, people, clock, works, callbacks), front.settings.web.proxies
    with served(app, host, port, works.close, proxies) as at:
        yield at


@contextmanager
def served(
    app: Starlette,
    host: str,
    port: int,
    end: Callable[[], None] = lambda: None,
    proxies: Sequence[str] = (),
) -> Iterator[int]:
    """Serve; give the port. `end` is called as serving ends, before requests under way are waited for.

    `proxies`: addresses and networks whose word on who asks, and by which scheme, is taken.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigError(f"web.host and web.port: {host}:{port} cannot be listened on ({error.strerror})") from error
    # asyncio sets this only on sockets that name their protocol, and each answer would wait 40 ms for the other side.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        forwarded_allow_ips=[*proxies],
        timeout_graceful_shutdown=LONGEST_END,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listening],), name="web", daemon=True)
    thread.start()
    at = int(listening.getsockname()[1])
    log.info("web.listening", host=host, port=at)
    try:
        yield at
    finally:
        end()
        server.should_exit = True
        thread.join(2 * LONGEST_END)
        listening.close()
