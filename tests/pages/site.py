"""A small site that shows every state under `/state/NAME/LANGUAGE`, with the headers that services send."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from runtime.serving import Listener, serving
from runtime.web.headers import SecurityHeaders
from runtime.web.language import choose
from tests.pages.states import STATES, Looks, Shown


def page_app() -> ASGIApp:
    """The site. Whatever a page's form posts comes back as JSON; `/gone` answers 204, so that a page stays."""
    looks = Looks()

    async def show(request: Request) -> Response:
        language = choose(request.query_params.get("lang"), request.path_params["language"], None)
        shown = Shown(looks, language, quote(request.url.path), request.url.port or 80)
        return STATES[request.path_params["name"]](shown)

    async def take(request: Request) -> Response:
        body = (await request.body()).decode()
        return Response(json.dumps(body), media_type="application/json")

    async def gone(_: Request) -> Response:
        return Response(status_code=204)

    app = Starlette(
        routes=[
            Route("/state/{name}/{language}", show, methods=["GET"]),
            Route("/state/{name}/{language}", take, methods=["POST"]),
            Route("/gone", gone, methods=["GET", "POST"]),
            looks.pilot.static.route(),
        ]
    )
    return SecurityHeaders(app, https=False)


@asynccontextmanager
async def page_site() -> AsyncIterator[str]:
    """The origin of the running site."""
    async with serving(Listener(app=page_app(), port=0)) as (port,):
        yield f"http://127.0.0.1:{port}"
