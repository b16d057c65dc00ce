"""Takes the jobs, gives the frame in which a process of the cluster works: signs of life, a wish to stop, trouble that ends it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Event
from typing import Any

import structlog

from monitor.errors import MonitorError
from monitor.ports import Work

log = structlog.get_logger(__name__)

BEAT = 2.0  #: seconds
LOOK = 0.2  #: seconds at most until a wish to stop is heard


class Shift:
    """Works until it is asked to stop, or until trouble that a process begun anew may not have."""

    def __init__(self, work: Work, stopped: Event, lost: tuple[type[Exception], ...]) -> None:
        """Args: lost: what is raised while the database is away, beside our own errors."""
        self._work = work
        self._stopped = stopped
        self._ending: tuple[type[Exception], ...] = (MonitorError, *lost)
        self.errors: list[str] = []

    @property
    def over(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ask for the end."""
        self._stopped.set()

    def give_up(self, trouble: Exception) -> None:
        """End because of trouble: the process exits with 1, and whoever watches it starts it again."""
        if not self.over:
            log.error("service.gives_up", reason=str(trouble))
            self.errors.append(str(trouble) or type(trouble).__name__)
        self.stop()

    async def run(self, doing: Callable[[], Awaitable[Any]]) -> None:
        """Do it, and give signs of life meanwhile; it ends by itself once the shift is over."""
        try:
            await asyncio.to_thread(self._work.beat)
            beating = asyncio.create_task(self._beat())
            try:
                await doing()
            finally:
                self.stop()
                await beating
            await asyncio.to_thread(self._work.leave)
        except self._ending as trouble:
            self.stop()
            self.errors.append(str(trouble))

    async def rest(self, seconds: float) -> None:
        """Wait, or less where the shift is over."""
        end = asyncio.get_running_loop().time() + seconds
        while not self.over and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, LOOK))

    async def _beat(self) -> None:
        while not self.over:
            await self.rest(BEAT)
            try:
                await asyncio.to_thread(self._work.beat)
            except MonitorError as trouble:
                self.give_up(trouble)


async def until_over(shift: Shift, doing: "asyncio.Task[None]") -> None:
    """Wait until something ends, and end it once the shift is over; raises what it raised by itself."""
    while not doing.done() and not shift.over:
        await asyncio.wait({doing}, timeout=LOOK)
    if not doing.done():
        doing.cancel()
        with suppress(asyncio.CancelledError):
            await doing
        return
    doing.result()
