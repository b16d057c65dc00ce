"""Takes every request, gives it on and counts how long its answer took to begin: by the template of its address, never the address.

Until it begins, not until it ends: a stream that somebody watches for an hour is no slow page. What no page was found for, because
there is none or the guard answered before, counts as `none`, so that nobody can make up new time series by asking.
"""

from time import perf_counter

from prometheus_client import Histogram, disable_created_metrics
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  #: seconds


def durations() -> Histogram:
    """Give what one page's durations are counted in, for `metrics` to show."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # in this format they would be a series more for each
    meaning = "Seconds until an answer of the page began, by the template of its address and the class of its status."
    return Histogram("monitor_web_request_seconds", meaning, ["route", "status"], buckets=BUCKETS, registry=None)


class Timed:
    """Stands before the guard, so that what is refused counts too."""

    def __init__(self, app: ASGIApp, taken: Histogram) -> None:
        self._app, self._taken = app, taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give it on; an answer that never begins because of a fault of ours is a 500 to whoever asked, and counts as one."""
        begun, answered = perf_counter(), False

        def count(status: int) -> None:
            nonlocal answered
            answered = True
            self._taken.labels(_template(scope), f"{status // 100}xx").observe(perf_counter() - begun)

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start" and not answered:
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sender)
        except Exception:
            if not answered:
                count(500)
            raise


def _template(scope: Scope) -> str:
    """Give the template of the address, from what the router has left in the scope."""
    route = scope.get("route")
    if route is None:
        return "none"
    return str(route.path if isinstance(route, Mount) else scope.get("root_path", "") + route.path)
