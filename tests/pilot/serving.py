"""Real servers on loopback, for tests in which parties talk over HTTP and mutual TLS."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class MutualTls:
    """PEM files of a server that asks its clients for a certificate."""

    certificate: Path
    key: Path
    authority: Path


def listening() -> socket.socket:
    """A socket on a free port of loopback that accepts already, so that nobody has to wait for a server to start."""
    waiting = socket.socket()
    waiting.bind(("127.0.0.1", 0))
    waiting.listen(128)
    return waiting


def port_of(waiting: socket.socket) -> int:
    """The port of a socket."""
    return int(waiting.getsockname()[1])


@asynccontextmanager
async def serve(app: ASGIApp, waiting: socket.socket, tls: MutualTls | None = None) -> AsyncIterator[int]:
    """Answers at `waiting` with `app`; gives the port."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="on" if tls is None else "off",
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=str(tls.authority) if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls else ssl.CERT_NONE,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[waiting]))
    try:
        yield port_of(waiting)
    finally:
        server.should_exit = True
        await running
