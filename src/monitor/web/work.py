"""Takes a command of ours that takes long, gives it run in a process of its own, with its progress for whoever looks.

A page shows where it stands; a reload finds it again by its number. It ends with the service, and is forgotten then.
What it says on stderr, a line at a time, is what it is doing; "2,000 of 24,932" in it is how far it is. On stdout it says JSON.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock, Thread
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from monitor.bootstrap import Front
from monitor.errors import UsageError
from monitor.web.pages.frame import Form, Frame, back

log = structlog.get_logger(__name__)

KEPT = 30  #: of what has ended
AT_ONCE = 2
LONGEST_END = 5.0  #: seconds that what runs has to end
LOOK = 0.3  #: seconds between two looks of whoever watches
SILENT = 15.0  #: seconds after which a watcher hears that the line still stands
_HOW_FAR = re.compile(r"([\d,]+) of ([\d,]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One command as it stands."""

    id: int
    words: tuple[str, ...]  #: behind `monitor`
    what: str  #: for people
    who: str
    at: datetime
    doing: str = "starting"
    share: float | None = None  #: done, 0 to 1; None: not known
    code: int | None = None  #: None: it runs
    result: Mapping[str, Any] | None = None  #: what it said
    complaint: str = ""  #: what it said where it failed

    @property
    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self.code is not None

    def event(self) -> str:
        """Give what a watcher is sent."""
        said = {"doing": self.doing, "share": self.share, "ended": self.ended}
        return f"data: {json.dumps(said)}\n\n"


class Works:
    """What runs and what has run. Safe for any number of threads."""

    def __init__(self, front: Front, clock: Callable[[], datetime]) -> None:
        self._front, self._clock = front, clock
        self._lock = Lock()
        self._all: dict[int, Work] = {}
        self._running: dict[int, subprocess.Popen[str]] = {}
        self._threads: list[Thread] = []
        self._number = 0
        self.closed = False  #: whether all is to end

    def start(self, words: Sequence[str], what: str, who: str) -> Work:
        """Start a command; the same one is not started twice.

        Raises:
            UsageError: enough is running already.
        """
        with self._lock:
            for work in self._all.values():
                if not work.ended and work.words == tuple(words):
                    return work
            if len(self._running) >= AT_ONCE:
                raise UsageError("Two long tasks are running already: wait until one has ended, or stop it.")
            self._number += 1
            work = Work(id=self._number, words=tuple(words), what=what, who=who, at=self._clock())
            self._all[work.id] = work
            for old in [one.id for one in self._all.values() if one.ended][:-KEPT]:
                del self._all[old]
            command = [sys.executable, "-m", "monitor", "--config", str(self._front.folder), *words]
            self._running[work.id] = process = subprocess.Popen(  # noqa: S603 - our own words, each an argument of its own
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(self._front.environ)
            )
        self.aside(lambda: self._follow(work.id, process))
        return work

    def aside(self, do: Callable[[], None]) -> None:
        """Do something beside the pages, in a thread; `close` waits for it, and it is to look at `closed` now and then."""
        thread = Thread(target=do, name="aside", daemon=True)
        with self._lock:
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            thread.start()

    def get(self, id_: int | None) -> Work | None:
        """Give a work by its number; None where there is none, or it was forgotten."""
        with self._lock:
            return self._all.get(id_ or 0)

    def latest(self, first_word: str) -> list[Work]:
        """Give the works of a command, the latest first."""
        with self._lock:
            return [work for work in reversed(self._all.values()) if work.words[0] == first_word]

    def stop(self, id_: int) -> None:
        """End a work early. Idempotent."""
        with self._lock:
            process = self._running.get(id_)
        if process is not None:
            process.terminate()

    def close(self) -> None:
        """End all that runs and wait for it; whoever watches is let go."""
        self.closed = True
        with self._lock:
            running, threads = [*self._running.values()], [*self._threads]
        for process in running:
            process.terminate()
        for thread in threads:
            thread.join(LONGEST_END)

    async def events(self, id_: int) -> AsyncIterator[str]:
        """Give each change of a work as it happens, and its end."""
        told, silent = None, 0.0
        while not self.closed and (work := self.get(id_)) is not None:
            if work != told:
                told, silent = work, 0.0
                yield work.event()
            if work.ended:
                return
            await asyncio.sleep(LOOK)
            silent += LOOK
            if silent > SILENT:
                silent = 0.0
                yield ": still running\n\n"

    def _follow(self, id_: int, process: "subprocess.Popen[str]") -> None:
        said: list[str] = []
        lines: list[str] = []
        assert process.stdout is not None
        assert process.stderr is not None
        with process:  # both pipes are read at once: a full one would stop it
            reading = Thread(target=lambda stream: said.append(stream.read()), args=(process.stdout,), daemon=True)
            reading.start()
            for line in process.stderr:
                lines = [*lines[-20:], line.strip()]
                self._change(id_, doing=line.strip()[:200], share=_share(line))
            reading.join()
        with self._lock:
            del self._running[id_]
        result = _facts("".join(said))
        complaint = "" if result is not None else "\n".join(lines[-3:])
        self._change(id_, code=process.returncode, result=result, complaint=complaint)
        log.info("work.ended", work=id_, command=self._all[id_].words[0], exit=process.returncode)

    def _change(self, id_: int, **values: Any) -> None:
        with self._lock:
            self._all[id_] = replace(self._all[id_], **values)


def routes(frame: Frame, works: Works) -> Sequence[BaseRoute]:
    """Give the addresses of works: where one stands, as it changes, and its early end."""

    def show(request: Request) -> Response:
        work = works.get(request.path_params["id"])
        if work is None:
            return frame.missing(request, "There is no such task any more: the service has started again since.")
        return frame.page(request, "work.html", work=work)

    async def events(request: Request) -> Response:
        return StreamingResponse(works.events(request.path_params["id"]), media_type="text/event-stream")

    def stop(request: Request, form: Form) -> Response:
        works.stop(request.path_params["id"])
        return back(form)

    return [
        Route("/work/{id:int}", show, methods=["GET"]),
        Route("/work/{id:int}/events", events, methods=["GET"]),
        Route("/work/{id:int}/stop", frame.changing(stop), methods=["POST"]),
    ]


def shown_at(work: Work, address: str) -> Response:
    """Lead to the page that shows a work."""
    return RedirectResponse(f"{address}?work={work.id}#work", status_code=303)


def _share(line: str) -> float | None:
    found = _HOW_FAR.search(line)
    if not found:
        return None
    done, whole = (int(part.replace(",", "") or 0) for part in found.groups())
    return min(1.0, done / whole) if whole else None


def _facts(said: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(said)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
