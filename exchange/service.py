"""A running service as others see it: what answers at the front, what at the back channel, how it begins and ends."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from exchange.assembly import Assembly
from exchange.upkeep import kept_up
from runtime.journal import new_code
from runtime.reports import Reports
from runtime.serving import Listener, serve
from runtime.web.direct import Direct
from runtime.web.errors import Errors
from runtime.web.frame import Frame
from runtime.web.look import Look
from stelsel.failures import Failure

_LOG: Final = logging.getLogger("namens.service")
# Traces and log lines are `runtime.telemetry`'s, which knows what may not stand in them.
_NOT_THEIRS: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}


@dataclass(frozen=True, slots=True)
class Service:
    """`front` is for browsers, `back` for other parties over mutual TLS; they share nothing but the parts behind."""

    front: ASGIApp
    back: ASGIApp
    assembly: Assembly

    async def run(self, ready: Callable[[Sequence[int]], None] | None = None) -> None:
        """Serves both ports until told to stop."""
        settings = self.assembly.settings
        await self.assembly.load()
        try:
            async with kept_up(self.assembly):
                await serve(
                    Listener(app=self.front, host=settings.host, port=settings.port),
                    Listener(
                        app=self.back,
                        host=settings.host,
                        port=settings.back_channel_port,
                        tls=self.assembly.tls.context(),
                    ),
                    ready=ready,
                    limits=settings.server,
                )
        finally:
            await self.assembly.close()


def application(
    routes: Sequence[BaseRoute],
    look: Look,
    report: Reports,
    frame: Callable[[Request], Awaitable[Frame]],
    *,
    https: bool,
    for_programs: bool = False,
) -> ASGIApp:
    """An application that journals every failure, its own and the framework's, and tells it as OUTCOMES has it."""

    async def record(request: Request, error: Exception) -> str:
        if isinstance(error, Failure):
            return await report(error, {"door": door_of(request)})
        code = new_code()
        _LOG.error("unexpected", exc_info=error, extra={"code": code, "door": door_of(request)})
        return code

    # A path has one spelling: nobody is sent on to another that the Host header would name.
    app = FastAPI(
        routes=list(routes),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NOT_THEIRS,
    )
    errors = Errors(look=look, record=record, frame=frame, speaks_json=lambda _: for_programs)
    errors.install(app)
    return Direct(app, routes, errors, https=https)


def health_route(assembly: Assembly) -> Route:
    """`/health`: whether this process can serve a login: its store answers, and it knows somebody.

    `keys` says whether the files of our own keys could be read at the last look; with the last good ones it serves on.
    """

    async def health(request: Request) -> Response:
        await assembly.party.store.get("health")
        known = len(assembly.party.trust)
        told = {
            "status": "ok" if known else "no parties",
            "parties": known,
            "keys": "last good" if assembly.own.trouble else "ok",
        }
        return JSONResponse(told, 200 if known else 503)

    return Route("/health", health, methods=["GET"])


def door_of(request: Request) -> str:
    """Where a request came in, without the handle that a path may end with."""
    return (
        "/".join(request.url.path.split("/")[:3])
        if request.path_params.get("handle") is None
        else "/" + request.url.path.split("/")[1]
    )
