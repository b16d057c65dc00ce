"""Takes what is to be served, gives the application: the pages, Slack's callbacks, and what programs ask for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.adapters.answers.callbacks import LARGEST, Answered, Callbacks
from monitor.bootstrap import Front
from monitor.errors import MonitorError
from monitor.web import door, work
from monitor.web.guard import Guard, Tries
from monitor.web.pages import audit, lists, model, queue, settings, sources, story, topics
from monitor.web.pages.frame import Frame
from monitor.web.people import People
from monitor.web.programs import api, exports, feeds, metrics, ready
from monitor.web.timed import Timed, durations
from monitor.web.work import Works

Take = Callable[[bytes, Mapping[str, str]], Answered]


def application(
    front: Front,
    people: People,
    clock: Callable[[], datetime],
    works: Works,
    callbacks: Callbacks | None = None,
) -> Starlette:
    """Give the application that shows the pages, and takes Slack's signed requests where they come this way."""
    frame, tries, taken = Frame(front, people, clock), Tries(), durations()
    slack = callback_routes(callbacks) if callbacks else []
    signed = frozenset(route.path for route in slack)

    def not_here(request: Request, _: Exception) -> Response:
        return frame.missing(request, "There is no such page.")

    return Starlette(
        routes=[
            *lists.routes(frame),
            *story.routes(frame),
            *queue.routes(frame),
            *audit.routes(frame),
            *topics.routes(frame, works),
            *model.routes(frame, works),
            *work.routes(frame, works),
            *sources.routes(frame),
            *settings.routes(frame),
            *api.routes(frame),
            *feeds.routes(frame),
            *exports.routes(frame),
            *metrics.routes(frame, taken),
            *ready.routes(frame),
            *door.routes(frame, tries),
            *slack,
            Route("/health/live", _live),
            Mount("/static", StaticFiles(directory=Path(__file__).with_name("static"))),
        ],
        middleware=[
            Middleware(Timed, taken=taken),
            Middleware(Guard, people=people, tries=tries, clock=clock, signed=signed),
        ],
        exception_handlers={MonitorError: frame.in_trouble, 404: not_here},
    )


def callbacks_alone(callbacks: Callbacks) -> Starlette:
    """Give the application that takes Slack's signed requests, and shows nothing."""
    return Starlette(routes=[*callback_routes(callbacks), Route("/health/live", _live)])


def callback_routes(callbacks: Callbacks) -> list[Route]:
    """Give the addresses to which Slack sends what people press and write."""
    return [
        Route("/slack/actions", _taker(callbacks.actions), methods=["POST"]),
        Route("/slack/commands", _taker(callbacks.commands), methods=["POST"]),
    ]


def _taker(take: Take) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                return PlainTextResponse("too large", status_code=413)
        # In a thread: storing waits for the database.
        answered = await run_in_threadpool(take, body, dict(request.headers))
        then = BackgroundTask(answered.then) if answered.then else None
        if answered.body is not None:
            return JSONResponse(answered.body, status_code=answered.status, background=then)
        return Response(status_code=answered.status, background=then)

    return answer


async def _live(request: Request) -> Response:  # noqa: ARG001 - as Starlette calls it
    return PlainTextResponse("alive")
