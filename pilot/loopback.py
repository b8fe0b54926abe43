"""HTTP to `*.localhost` for the pilot's foreign parties, which stand on httpx as it comes: names, and nothing else."""

import ssl
from collections.abc import Iterable
from typing import Final

import httpcore
import httpx

LOOPBACK: Final = "127.0.0.1"
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class NetworkAway(Exception):
    """Nobody answers at this address."""


class LocalhostNames(httpcore.AsyncNetworkBackend):
    """Connects `localhost` and every `*.localhost` to loopback, as browsers do; no other name is for the pilot."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to loopback; Host header and the name in the certificate stay those of the URL."""
        if host not in ("localhost", LOOPBACK) and not host.endswith(".localhost"):
            raise httpcore.ConnectError(f"{host} is not on this machine")
        return await self._backend.connect_tcp(LOOPBACK, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """The wait between httpcore's own attempts."""
        await self._backend.sleep(seconds)


class LoopbackTransport(httpx.AsyncBaseTransport):
    """httpx over LocalhostNames, by httpx's public seam for transports."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore.AsyncConnectionPool(ssl_context=tls, network_backend=LocalhostNames())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, read to its end."""
        try:
            answer = await self._pool.request(
                request.method,
                str(request.url),
                headers=request.headers.raw,
                content=await request.aread(),
                extensions=request.extensions,
            )
        except httpcore.NetworkError as error:
            raise NetworkAway(f"nobody answers at {request.url.host}:{request.url.port}") from error
        except (httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise NetworkAway(f"{request.url.host} stopped answering ({type(error).__name__})") from error
        return httpx.Response(answer.status, headers=answer.headers, content=answer.content)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._pool.aclose()
