"""Takes a token, gives a session; takes a session, ends it."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.web.guard import COOKIE, Tries
from monitor.web.pages.frame import Form, Frame, form, within
from monitor.web.people import STAYS


def routes(frame: Frame, tries: Tries) -> Sequence[BaseRoute]:
    """Give the addresses of the door."""
    door = _Door(frame, tries)
    return [
        Route("/sign-in", door.show, methods=["GET"]),
        Route("/sign-in", door.enter, methods=["POST"]),
        Route("/sign-out", frame.changing(door.leave), methods=["POST"]),
    ]


class _Door:
    def __init__(self, frame: Frame, tries: Tries) -> None:
        self._frame, self._tries = frame, tries

    def show(self, request: Request) -> Response:
        """Show the door."""
        return self._show(request)

    async def enter(self, request: Request) -> Response:
        """Let somebody in who has a token."""
        return await run_in_threadpool(self._enter, request, await form(request))

    def leave(self, request: Request, form: Form) -> Response:  # noqa: ARG002 - as every change is called
        """Sign out: the browser forgets its cookie, and a copy of it opens nothing."""
        self._frame.people.end(request.cookies.get(COOKIE, ""), self._frame.clock())
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    def _enter(self, request: Request, form: Form) -> Response:
        frame, now = self._frame, self._frame.clock()
        address = request.client.host if request.client else ""
        who = frame.people.by_token(form.get("token", ""))
        if who is None:
            if self._tries.too_many(address, now):
                return self._show(request, "Too many wrong tokens. Wait five minutes.", 429)
            self._tries.failed(address, now)
            return self._show(request, "This is nobody's token.", 403)
        answer = RedirectResponse(within(request.query_params.get("to", "/")), status_code=303)
        answer.set_cookie(
            COOKIE,
            frame.people.cookie(who, now),
            max_age=int(STAYS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _show(self, request: Request, wrong: str = "", status: int = 200) -> Response:
        to = within(request.query_params.get("to", "/"))
        return self._frame.page(request, "sign-in.html", status, to=to, wrong=wrong)
