"""The way out to other parties: one TLS identity, kept connections, a deadline, a bound on the answer, no redirects.

Stands on httpcore itself: what httpx adds to it (redirects, proxies and passwords from the environment, unpacking of
answers) is what a back channel must not do.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from runtime.settings import HTTP_LIMITS, HttpLimits
from runtime.telemetry import traceparent
from stelsel.failures import PartyUnavailable

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; of a repeated header the last value counts."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class HttpClient:
    """Sends requests with one TLS identity, over connections that are shared with nobody else.

    `tls` None: https is checked against the public authorities, without a client certificate. `loopback` allows plain
    http to this machine, for the pilot; to anywhere else it is refused always.
    """

    def __init__(self, tls: ssl.SSLContext | None, loopback: bool, limits: HttpLimits = HTTP_LIMITS) -> None:
        self._loopback = loopback
        self._limits = limits
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limits.connections,
            keepalive_expiry=limits.keep_alive_seconds,
            network_backend=_Network(),
        )

    async def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        deadline_seconds: float,
        max_bytes: int,
    ) -> Answer:
        """The answer of the party at `url`, whatever its status; a redirect is an answer too.

        Raises `PartyUnavailable` when there is no whole answer of at most `max_bytes` within the deadline, connecting
        included. What stands in it names the host only, for a path may name a person.
        """
        host = self._allowed(url)
        try:
            async with asyncio.timeout(deadline_seconds), self._room(host):
                return await self._exchange(method, url, content, headers or {}, max_bytes)
        except TimeoutError as error:
            raise PartyUnavailable(f"{host} did not answer within {deadline_seconds:g} s") from error
        except httpcore.ConnectError as error:
            raise PartyUnavailable(f"{host} does not accept our connection: {_reason(error)}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise PartyUnavailable(f"{host} broke off: {_reason(error)}") from error

    async def close(self) -> None:
        """Closes every kept connection."""
        await self._pool.aclose()

    async def _exchange(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str], max_bytes: int
    ) -> Answer:
        sent = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        sent += [(b"Accept-Encoding", b"identity"), (b"traceparent", traceparent().encode("ascii"))]
        async with self._pool.stream(method, url, headers=sent, content=content or None) as response:
            pieces: list[bytes] = []
            size = 0
            async for piece in response.aiter_stream():
                size += len(piece)
                if size > max_bytes:
                    raise PartyUnavailable(f"{urlsplit(url).hostname} answered with more than {max_bytes} bytes")
                pieces.append(piece)
            received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, received, b"".join(pieces))

    def _allowed(self, url: str) -> str:
        """The host of `url`. Raises `PartyUnavailable` for an address that we do not speak to."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https" and host:
            return host
        if parts.scheme == "http" and is_loopback(host) and self._loopback:
            return host
        raise PartyUnavailable(f"we do not speak {parts.scheme or 'this'} to {host or 'nobody'}")

    @asynccontextmanager
    async def _room(self, host: str) -> AsyncIterator[None]:
        """A place among the connections of `host`: one that hangs must not hold those of others (spec/security P1)."""
        async with self._rooms.setdefault(host, asyncio.Semaphore(self._limits.connections_per_host)):
            yield


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by its name alone (RFC 6761 6.3: every name under `localhost` is)."""
    return host in LOOPBACK or host.endswith(".localhost")


class _Network(httpcore.AsyncNetworkBackend):
    """Connections of asyncio itself, whose TLS uvloop does in C: half the cost of those of anyio.

    Names under `localhost` lead to this machine, which the resolver may not know. The URL stays as it is, and with it
    the Host header, the name sent in TLS and the name that the certificate is checked for; the pool tells parties
    apart by it.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to `host`, or to this machine when it is named so. Deadlines are the caller's."""
        address = "127.0.0.1" if host != "::1" and is_loopback(host) else host
        try:
            return _Stream(*await asyncio.open_connection(address, port))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    async def sleep(self, seconds: float) -> None:
        """Used by httpcore between attempts."""
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    """One connection; what breaks is told in httpcore's words."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, or nothing when the other side has closed."""
        try:
            return await self._reader.read(max_bytes)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends all of `buffer`, as fast as the other side takes it."""
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Lets go of the connection, without waiting for the other side."""
        self._writer.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """The same connection under TLS, the certificate checked for `server_hostname`."""
        try:
            await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except OSError as error:  # ssl.SSLError is one
            self._writer.transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> Any:
        """`is_readable`: in a connection that waits, a sign that the other side has closed it."""
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing()
        return self._writer.get_extra_info(info)


def _reason(error: Exception) -> str:
    """The kind of trouble and the words of OpenSSL or the system about it, which hold no data of ours."""
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__
