"""A TCP port in front of a party's back channel: it passes bytes on, until a test lets it misbehave."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runtime.tls import TlsIdentity, server_context

Trouble = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
# Closing a socket that lingers for no time at all sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Between:
    """Listens on `port`. `trouble` is what happens to a connection instead of being passed on to `real_port`.

    `asked` is set when a connection in trouble has come.
    """

    port: int
    real_port: int
    asked: asyncio.Event
    trouble: Trouble | None = None
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def listen(self) -> None:
        """From now on connections are accepted."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    def refuse(self) -> None:
        """From now on nobody listens."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.hang_up()

    def spoil(self, trouble: Trouble) -> None:
        """From now on every connection has this trouble."""
        self.asked.clear()
        self.trouble = trouble
        self.hang_up()

    def hang_up(self) -> None:
        """Ends what is open: a connection that was kept would not know of any trouble."""
        for each in self._open:
            each.close()

    async def give_back(self) -> None:
        """All is well again."""
        self.trouble = None
        if self._server is None:
            await self.listen()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if self.trouble is None:
                await self.pass_on(reader, writer)
            else:
                self.asked.set()
                await self.trouble(reader, writer)
        writer.close()
        self._open.discard(writer)

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What it does when all is well."""
        there, back = await asyncio.open_connection("127.0.0.1", self.real_port)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))


@asynccontextmanager
async def between(port: int, real_port: int) -> AsyncIterator[Between]:
    """One that listens as long as the block lasts."""
    one = Between(port, real_port, asyncio.Event())
    await one.listen()
    try:
        yield one
    finally:
        one.refuse()


def over_tls(identity: Path, ca: Path, inside: Trouble) -> Trouble:
    """Trouble that begins behind a TLS handshake, for which `identity` (certificate and key) is shown."""
    tls = server_context(TlsIdentity(certificate=identity, key=identity), ca)

    async def handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ssl.SSLError):
            await writer.start_tls(tls)
            await inside(reader, writer)

    return handshake


def answering(answer: bytes, *, to_anything: bool = False) -> Trouble:
    """Reads the headers of a request, or the first byte `to_anything`, says this, and hangs up."""

    async def answer_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (reader.read(1) if to_anything else reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()

    return answer_it


def stalling(beginning: bytes) -> Trouble:
    """Says this, and nothing more until the other side has had enough."""

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(beginning)
        await _until_gone(reader)

    return stall


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and says nothing, not even in TLS."""
    await _until_gone(reader)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Breaks off hard."""
    await reader.read(1)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()
