"""Takes what is to be served, gives the application: the pages, Slack's callbacks, an address that says it lives."""

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.adapters.answers.callbacks import LARGEST, Answered, Callbacks
from monitor.web.guard import Guard
from monitor.web.pages import House, Pages

Take = Callable[[bytes, Mapping[str, str]], Answered]


def callbacks_alone(callbacks: Callbacks) -> Starlette:
    """Give the application that takes Slack's signed requests, and shows nothing."""
    return Starlette(routes=[*_callbacks(callbacks), Route("/health/live", _live)])


def application(house: House) -> Starlette:
    """Give the application that shows the pages."""
    pages = Pages(house)
    return Starlette(
        routes=[
            Route("/", pages.inbox),
            Route("/stories/{id:int}", pages.story),
            Route("/articles/{id:int}", pages.article),
            Route("/search", pages.search),
            Route("/sign-in", pages.door, methods=["GET", "POST"]),
            Route("/sign-out", pages.leave, methods=["POST"]),
            Route("/health/live", _live),
            Mount("/static", StaticFiles(directory=Path(__file__).with_name("static"))),
        ],
        middleware=[Middleware(Guard, people=house.people, clock=house.clock)],
    )


def _callbacks(callbacks: Callbacks) -> list[BaseRoute]:
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
