"""Takes the files in force, gives the page of all settings: each with where it comes from, secrets masked."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.config.origins import DEFAULT, Group, origins
from monitor.types import ConfigChange
from monitor.web.pages.frame import Frame

RECENT, MOST_CHANGES = timedelta(days=365), 10


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the address of the settings."""
    return [Route("/settings", _Settings(frame).show)]


class _Settings:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._lock = Lock()
        self._known: tuple[Mapping[str, bytes | None], list[Group]] | None = None

    def show(self, request: Request) -> Response:
        """Show all settings in force. Where the files have a mistake by now, lines are those of the files as they were."""
        return self._frame.page(
            request, "settings.html", groups=self._groups(), default=DEFAULT, changes=self._changes()
        )

    def _changes(self) -> list[ConfigChange]:
        return self._frame.front.store.config_changes(self._frame.clock() - RECENT, MOST_CHANGES)

    def _groups(self) -> list[Group]:
        """Give the settings; they are worked out once for each change of the files, for a long list of sources takes seconds."""
        front = self._frame.front
        with self._lock:
            files = front.files
            if self._known is None or self._known[0] is not files:
                self._known = files, origins(files, front.environ)
            return self._known[1]
