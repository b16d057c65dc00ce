"""Takes the callbacks, gives the application that serves them: addresses for buttons, for commands, and one that says it lives."""

from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.adapters.answers.callbacks import LARGEST, Answered, Callbacks

Take = Callable[[bytes, Mapping[str, str]], Answered]


def application(callbacks: Callbacks) -> Starlette:
    """Give the application."""
    return Starlette(
        routes=[
            Route("/slack/actions", _taker(callbacks.actions), methods=["POST"]),
            Route("/slack/commands", _taker(callbacks.commands), methods=["POST"]),
            Route("/health/live", _live),
        ]
    )


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
