"""The edge of a service: whatever was raised becomes a page or a problem document, and a line in the journal.

Nothing of an exception leaves the house but the code under which the journal keeps it (STYLE 5).
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.journal import new_code
from runtime.web.frame import Frame
from runtime.web.language import choose
from runtime.web.look import Look
from runtime.web.pages import End, end
from runtime.web.problem import problem
from stelsel.failures import Failure, MessageMalformed, PageUnknown, TooManyTries, outcome_of

_LOG: Final = logging.getLogger("namens.web")


@dataclass(frozen=True, slots=True)
class Told:
    """What the outside hears: which page, under which HTTP status."""

    page: End
    http: int
    retry_after_seconds: int = 0


def told(error: Exception) -> Told:
    """How `error` is told by a page of ours (OUTCOMES).

    What is no `Failure`, or one that only the DV should have heard, came here by a fault of ours.
    """
    if not isinstance(error, Failure):
        return Told(End.OURS, 500)
    outcome = outcome_of(error)
    if outcome.page is None:
        return Told(End.OURS, 500)
    seconds = error.retry_after_seconds if isinstance(error, TooManyTries) else 0
    return Told(End(outcome.page), outcome.http, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How one service tells its failures.

    `record` writes the journal and returns the code that people read out. `frame` knows, from the request alone, the
    language and the way back. `speaks_json` says whether the caller is a program.
    """

    look: Look
    record: Callable[[Request, Exception], Awaitable[str]]
    frame: Callable[[Request], Awaitable[Frame]]
    speaks_json: Callable[[Request], bool] = lambda _: False

    def install(self, app: Starlette) -> None:
        """Makes `app` tell every failure, the framework's own too. To be called before other middleware is added."""
        app.add_exception_handler(Failure, self._on_error)
        app.add_exception_handler(HTTPException, self._on_http)
        app.add_middleware(_CatchAll, tell=self._on_error)

    async def tell(self, request: Request, error: Exception) -> Response:
        """The answer to `request` that ended in `error`, be it the framework's own."""
        if isinstance(error, HTTPException):
            return await self._on_http(request, error)
        return await self.respond(request, error)

    async def respond(self, request: Request, error: Exception) -> Response:
        """The answer to `request` that ended in `error`; a bare one, and no record, where nobody listens any more."""
        if isinstance(error, ClientDisconnect):
            _LOG.info("the client hung up before its request was whole")
            return Response(status_code=400)
        return await self._respond(request, error, told(error))

    async def _on_error(self, request: Request, error: Exception) -> Response:
        return await self.respond(request, error)

    async def _on_http(self, request: Request, error: Exception) -> Response:
        """What Starlette itself refuses: an unknown path, a method, a malformed body."""
        if not isinstance(error, HTTPException):
            return await self.respond(request, error)
        unknown = error.status_code in (404, 405)
        failure = (
            PageUnknown(f"{request.method} {error.status_code}")
            if unknown
            else MessageMalformed(
                clause="", expected="a request that HTTP allows", found=f"one refused with {error.status_code}"
            )
        )
        known = Told(told(failure).page, error.status_code)
        response = await self._respond(request, failure, known if error.status_code < 500 else Told(End.OURS, 500))
        response.headers.update(error.headers or {})
        return response

    async def _respond(self, request: Request, error: Exception, known: Told) -> Response:
        code = await self._code(request, error)
        if self.speaks_json(request):
            response: Response = problem(known.http, code)
            if known.page is End.TOO_OFTEN:
                response.headers["Retry-After"] = str(known.retry_after_seconds)
            return response
        frame = await self._frame(request)
        return end(self.look, frame, known.page, code, http=known.http, retry_after_seconds=known.retry_after_seconds)

    async def _frame(self, request: Request) -> Frame:
        """The frame, or a bare one where what it needs is away too: a page must come in any case."""
        try:
            return await self.frame(request)
        except Exception as away:
            _LOG.error("no frame (%s)", type(away).__name__)
            return Frame(language=choose(None, None, request.headers.get("accept-language")))

    async def _code(self, request: Request, error: Exception) -> str:
        """The journal's code; where the journal itself is away, one that stands in the log."""
        try:
            return await self.record(request, error)
        except Exception as away:
            code = new_code()
            _LOG.error("not journalled: %s under code %s (%s)", type(error).__name__, code, type(away).__name__)
            return code


class _CatchAll:
    """ASGI middleware inside Starlette's own, which would raise the exception once more for the server to print."""

    def __init__(self, app: ASGIApp, tell: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self._app = app
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if started:
                raise
            response = await self._tell(Request(scope, receive), error)
            await response(scope, receive, send)
