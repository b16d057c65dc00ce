"""Takes nothing, gives whether the page and what stands behind it can work: `GET /health/ready`, for whatever watches processes.

Not ready is what has to be mended, or to pass, before anything works: the database, its tables, the model. What works meanwhile
with what there was before is a warning. Anybody may ask, so an answer names no place, no person, and nothing of what a file
holds: the log does.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.adapters.store import schema_state
from monitor.errors import ModelError, StoreBusy, StoreError, StoreFull
from monitor.jobs.watch.presence import running
from monitor.web.pages.frame import Frame

log = structlog.get_logger(__name__)

HELD = 1.0  #: seconds that an answer holds: anybody may ask, and every look opens a connection
PATIENCE = 2.0  #: seconds; whoever asks does not wait long

SAID = {
    StoreBusy: "the database is busy or out of reach",
    StoreFull: "the database has no space left",
    StoreError: "the database cannot be used: see `monitor db check`",
    ModelError: "the model in use does not load: see `monitor models show`",
}
MISTAKES = "the configuration has mistakes, and the one before them is in force: see `monitor check`"
NO_SERVICE = "no service is running: nothing is polled, judged or delivered"


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the address of the answer."""
    return [Route("/health/ready", _Ready(frame).show)]


class _Ready:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._database = frame.front.settings.database  # the one that was opened, whatever the files come to say
        self._lock = Lock()
        self._answer: Mapping[str, Any] = {}
        self._until = 0.0
        self._loads = ""  # the version that is known to load: once written it never changes
        self._logged = ""

    def show(self, request: Request) -> Response:  # noqa: ARG002 - as Starlette calls it
        """Say whether all is ready."""
        with self._lock:  # who asks meanwhile waits, and gets the same
            if monotonic() >= self._until:
                self._answer = self._look()
                self._until = monotonic() + HELD
            answer = self._answer
        return JSONResponse(answer, 200 if answer["ready"] else 503)

    def _look(self) -> Mapping[str, Any]:
        reasons, details = list[str](), list[str]()
        _ = self._frame.front.settings  # asked for, they are looked at again
        warnings = [MISTAKES] if self._frame.front.problems else []
        for look in (self._store, self._model):
            try:
                reason, warning = look()
                details.append(reason)
            except (StoreBusy, StoreFull, StoreError, ModelError) as trouble:
                reason, warning = SAID[type(trouble)], ""
                details.append(str(trouble))
            reasons += [reason] if reason else []
            warnings += [warning] if warning else []
        self._log("; ".join(filter(None, details)))
        said = {"reasons": reasons, "warnings": warnings}
        return {"ready": not reasons, **{name: lines for name, lines in said.items() if lines}}

    def _store(self) -> tuple[str, str]:
        """Give why the database is not fit, and what else is to be said of it; "" each where nothing is."""
        # Over a connection of its own: one that is open may go on reading a file that was taken away.
        state = schema_state(self._database, PATIENCE)
        if state.current is None:
            return "the database has no tables: is it the right one?", ""
        if state.current != state.head:
            mend = "run `monitor db upgrade`" if state.behind else "update the program"
            return f"the database is of version {state.current}, wanted is {state.head}: {mend}", ""
        # Over those that the page uses, which may all be taken.
        return "", "" if running(self._frame.front.store, self._frame.clock()) else NO_SERVICE

    def _model(self) -> tuple[str, str]:
        files = self._frame.front.models
        version = files.current()
        if version != self._loads:
            files.load(version)
            self._loads = version
        return "", ""

    def _log(self, wrong: str) -> None:
        """Write down what is wrong, once."""
        if wrong and wrong != self._logged:
            log.warning("web.not_ready", reason=wrong)
        self._logged = wrong
