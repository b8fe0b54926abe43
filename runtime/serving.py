"""Serves several ports in one event loop, and stops them together: the front port, and the one with mutual TLS."""

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp

from runtime.connections import Connection
from runtime.settings import SERVER_LIMITS, ServerLimits
from stelsel.failures import Misconfigured

BACKLOG: Final = 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One port: `app` answers there, over TLS when `tls` is given. Port 0 is any that is free.

    `shared`: other processes may listen on the same port; the kernel divides connections among them.
    """

    app: ASGIApp
    port: int
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    shared: bool = False


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def serve(
    *listeners: Listener,
    ready: Callable[[Sequence[int]], None] | None = None,
    stop: asyncio.Event | None = None,
    limits: ServerLimits = SERVER_LIMITS,
) -> None:
    """Serves until SIGINT, SIGTERM or `stop`; what is being answered then is finished first.

    `ready` is called with the ports, in order, once all of them answer. Raises `Misconfigured` when one is taken.
    """
    stopping = stop or asyncio.Event()
    with _on_signals(stopping.set):
        async with serving(*listeners, limits=limits) as ports:
            # What was made at the start stays: the collector need not walk it again at each of its rounds.
            gc.collect()
            gc.freeze()
            if ready is not None:
                ready(ports)
            await stopping.wait()


@asynccontextmanager
async def serving(*listeners: Listener, limits: ServerLimits = SERVER_LIMITS) -> AsyncIterator[tuple[int, ...]]:
    """Serves as long as the block lasts; gives the ports, in order. Raises `Misconfigured` when one is taken."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(_bound(listener)) for listener in listeners]
        servers = [_Server(config) for config in _configs(listeners, limits)]
        tasks = [asyncio.create_task(server.serve([bound])) for server, bound in zip(servers, sockets, strict=True)]
        try:
            await _all_started(servers, tasks)
            yield tuple(bound.getsockname()[1] for bound in sockets)
        finally:
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*tasks)


class _Server(uvicorn.Server):
    """Signals are for all ports together: `serve` has them. Tells when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are captured here."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen."""
        await super().startup(sockets)
        self.answers.set()


async def _all_started(servers: Sequence[_Server], tasks: Sequence[asyncio.Task[None]]) -> None:
    """Returns when all answer; raises what ended one that does not."""
    for server, task in zip(servers, tasks, strict=True):
        answers = asyncio.create_task(server.answers.wait())
        await asyncio.wait({answers, task}, return_when=asyncio.FIRST_COMPLETED)
        if not answers.done():
            answers.cancel()
            await task
            raise Misconfigured("a server ended before it answered")


def _bound(listener: Listener) -> socket.socket:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    # With its protocol named: asyncio turns off the wait of Nagle for such sockets only, and that is 40 ms an answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listener.shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((listener.host, listener.port))
    except OSError as error:
        bound.close()
        raise Misconfigured(f"port {listener.port} of {listener.host} cannot be had: {error.strerror}") from error
    bound.setblocking(False)
    return bound


def _configs(listeners: Sequence[Listener], limits: ServerLimits) -> Iterator[uvicorn.Config]:
    """One for each port. An application on several ports starts and stops once."""
    begun: list[ASGIApp] = []
    for listener in listeners:
        yield _config(listener, limits, lifespan="off" if listener.app in begun else "auto")
        begun.append(listener.app)


def _config(listener: Listener, limits: ServerLimits, lifespan: Literal["auto", "off"]) -> uvicorn.Config:
    tls = listener.tls
    return uvicorn.Config(
        listener.app,
        http=type("Connection", (Connection,), {"limits": limits}),
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=limits.concurrent,
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=limits.stop_seconds,
        backlog=BACKLOG,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )


@contextlib.contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, SIGINT and SIGTERM call `stop`."""
    loop = asyncio.get_running_loop()
    for caught in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(caught, stop)
    try:
        yield
    finally:
        for caught in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(caught)
