"""Routes to talk to, and an authority that vouches for both sides."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.runtime.factories import Authority, an_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Vouches for whoever a test names."""
    return an_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    """An authority that nobody trusts."""
    return an_authority(tmp_path, "stranger")


async def echo(request: Request) -> Response:
    """What arrived."""
    peer: bytes | None = request.state.peer_certificate
    return JSONResponse(
        {
            "method": request.method,
            "host": request.headers["host"],
            "headers": dict(request.headers),
            "body": (await request.body()).decode(),
            "peer": hashlib.sha256(peer).hexdigest() if peer else None,
            "client": request.client.port if request.client else None,
        }
    )


async def endless(_: Request) -> Response:
    """More and more, until the other side has enough."""

    async def pieces() -> object:
        while True:
            yield b"x" * 10_000
            await asyncio.sleep(0)  # lets go, so that the server sees that nobody listens any more

    return StreamingResponse(pieces())  # type: ignore[arg-type]


async def never(_: Request) -> Response:
    """Does not answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def elsewhere(_: Request) -> Response:
    """Sends the client on."""
    return RedirectResponse("http://localhost:1/")


async def broken(_: Request) -> Response:
    """A bug that would tell a number."""
    raise RuntimeError("no such person: 999990019")


@pytest.fixture
def app() -> ASGIApp:
    """Routes that answer, answer too much, do not answer, or redirect."""
    return Starlette(
        routes=[
            Route("/", echo, methods=["GET", "POST"]),
            Route("/endless", endless),
            Route("/never", never),
            Route("/elsewhere", elsewhere),
            Route("/broken", broken),
            Route("/login/{handle}", elsewhere),
        ]
    )
